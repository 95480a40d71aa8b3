//! The OAuth endpoints: token, introspection, revocation, keys, metadata, and the demonstration resource.

mod bodies;
mod client_credentials;
mod error;
mod feed_query;
mod form;
mod forward_auth;
mod introspect;
mod key_set;
mod metadata;
mod registry;
mod registry_request;
mod revocations;
mod revoke;
mod routes;
mod token;
mod whoami;

pub use error::headers_refused;
pub use routes::{configure, operations};
