//! The records of the product and their limits.

pub(crate) mod application_credential;
pub(crate) mod built_in_scope;
pub(crate) mod effective_scopes;
pub(crate) mod grant;
pub(crate) mod group;
pub(crate) mod last_seen;
pub(crate) mod limits;
pub(crate) mod member;
pub(crate) mod member_token;
pub(crate) mod names;
pub(crate) mod plain_text;
pub(crate) mod realm;
pub(crate) mod registry;
pub(crate) mod resource;
pub(crate) mod resource_server;
pub(crate) mod role;
pub(crate) mod scope_presets;
pub(crate) mod secrets;
pub(crate) mod service_credential;
pub(crate) mod signing_key;
pub(crate) mod status;
pub(crate) mod usage;
pub(crate) mod validity;
