//! All of diesel: the database, its tables, and the log that everything else follows.

mod audit_events;
mod change;
mod column;
mod connection;
mod error;
mod groups;
mod idempotency_keys;
mod load;
mod log;
mod members;
mod migrations;
mod nodes;
mod personal_access_tokens;
mod project;
mod realms;
mod resource_servers;
mod resources;
mod revoked_tokens;
mod schema;
mod scopes;
mod service_credentials;
mod session;
mod signing_keys;
mod usage;

pub use audit_events::StoredAuditEvent;
pub use change::{Appended, Decision, Entry, Store};
pub use error::StoreError;
pub use idempotency_keys::Made;
pub use load::{Loaded, Record};
pub use log::{Head, LogRow};
pub use session::Session;
