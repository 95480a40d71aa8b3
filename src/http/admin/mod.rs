//! The administration API: `/api/v1/realms/{realm}/…`, JSON requests and responses, problems by RFC 9457.

mod application_credentials;
mod audit_events;
mod body;
mod caller;
mod credential_import;
mod expirations;
mod groups;
mod listing;
mod needed_scopes;
mod nodes;
mod outcome;
mod path;
mod people;
mod problem;
mod realm;
mod registry_keys;
mod registry_tokens;
mod resource_servers;
mod resources;
mod routes;
mod scopes;
mod service_credentials;
mod signing_keys;
mod trace;
mod vault;
mod webhooks;

pub use problem::{headers_refused, method_refused};
pub use routes::{REALM, configure, operations};
