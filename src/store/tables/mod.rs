//! One file per table. The tables hold the state that the log adds up to.

pub(super) mod application_credentials;
pub(super) mod deleted_audiences;
pub(super) mod ended;
pub(super) mod grant_cuts;
pub(super) mod grant_sets;
pub(super) mod groups;
pub(super) mod heard;
pub(super) mod idempotency_keys;
pub(super) mod load;
pub(super) mod people;
pub(super) mod project;
pub(super) mod realms;
pub(super) mod registry_tokens;
pub(super) mod removed_realms;
pub(super) mod resource_servers;
pub(super) mod resources;
pub(super) mod restrictions;
pub(super) mod revoked_tokens;
pub(super) mod scopes;
pub(super) mod service_credential_list;
pub(super) mod service_credentials;
pub(super) mod signing_keys;
pub(super) mod stored;
pub(super) mod usage;
pub(super) mod vault;
pub(super) mod webhooks;
