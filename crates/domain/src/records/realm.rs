//! A realm is a tenant with its own issuer, keys, members and all other objects.

use claviger_contract::{MAX_REFRESH_TOKEN_SECONDS, RealmLabel, Scope, Timestamp};
use serde::{Deserialize, Serialize};

use crate::records::names::Description;
use crate::records::registry::{RegistryService, RegistryTokenLifetime};
use crate::records::signing_key::Algorithm;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Realm {
    pub label: RealmLabel,
    pub display_name: Description,
    pub settings: RealmSettings,
    /// While set, the realm neither issues nor accepts tokens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suspended_at: Option<Timestamp>,
    /// Set for good. The realm no longer exists for its clients, and its name is not free yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deleted_at: Option<Timestamp>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

impl Realm {
    /// The shortest time for which the name of a deleted realm is not used again: no token of it lives longer.
    pub const NAME_KEPT_SECONDS: i64 = MAX_REFRESH_TOKEN_SECONDS + 86_400;
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RealmSettings {
    /// Whether service credentials may be created.
    pub service_credentials: bool,
    /// Whether service credentials may administer, with scopes granted by an account holder.
    #[serde(default)]
    pub administrative_credentials: bool,
    /// Whether a token request must name one audience (RFC 8707).
    pub require_resource: bool,
    /// Algorithm of the next signing key.
    pub default_alg: Algorithm,
    /// The registries that tokens are issued for; empty means any.
    #[serde(default)]
    pub registry_services: Vec<RegistryService>,
    #[serde(default)]
    pub registry_token_ttl_seconds: RegistryTokenLifetime,
}

impl Default for RealmSettings {
    fn default() -> Self {
        Self {
            service_credentials: true,
            administrative_credentials: false,
            require_resource: false,
            default_alg: Algorithm::Es256,
            registry_services: Vec::new(),
            registry_token_ttl_seconds: RegistryTokenLifetime::default(),
        }
    }
}

/// A word or `type:action` in the realm's register.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScopeEntry {
    pub scope: Scope,
    pub description: Description,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// The fourteen scopes of the factory product, with what each is for.
pub const fn foundries_preset() -> [(&'static str, &'static str); 14] {
    [
        ("source:read", "Clone, fetch and pull git repositories"),
        ("source:read-update", "Push to existing branches"),
        ("source:delete", "Delete and force-push git references"),
        ("source:create", "Create branches and tags"),
        ("containers:read", "Pull containers"),
        ("containers:read-update", "Push containers"),
        ("ci:read", "Read builds"),
        ("ci:read-update", "Start builds; a push with source:read-update starts one by itself"),
        ("devices:read", "View devices"),
        ("devices:read-update", "Change the configuration of a device"),
        ("devices:create", "Register a device"),
        ("devices:delete", "Delete a device"),
        ("targets:read", "View targets.json"),
        ("targets:read-update", "Change targets.json"),
    ]
}
