//! The OAuth wire: token, introspection, revocation, keys, metadata, and the demonstration resource.

mod client_credentials;
mod described;
mod error;
mod form;
mod introspect;
mod key_set;
mod metadata;
mod revoke;
mod routes;
mod token;
mod whoami;

pub use described::operations;
pub use routes::configure;
