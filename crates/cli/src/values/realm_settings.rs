//! Flags for the settings of a realm.

use clap::Args;
use serde::Serialize;

use crate::values::lifetime::Lifetime;
use crate::values::shared_flags::emptied_if;
use claviger_domain::Algorithm;

/// Settings that are missing remain unchanged.
#[derive(Debug, Args, Serialize)]
#[group(required = true, multiple = true)]
pub struct RealmSettings {
    /// What people call the realm
    #[arg(long, value_name = "TEXT")]
    #[serde(skip_serializing_if = "Option::is_none")]
    display_name: Option<String>,

    /// Whether service credentials may be created
    #[arg(long, value_name = "BOOL")]
    #[serde(skip_serializing_if = "Option::is_none")]
    service_credentials: Option<bool>,

    /// Whether service credentials may administer, with scopes that an account_holder grants
    #[arg(long, value_name = "BOOL")]
    #[serde(skip_serializing_if = "Option::is_none")]
    administrative_credentials: Option<bool>,

    /// Whether a token request must name one audience
    #[arg(long, value_name = "BOOL")]
    #[serde(skip_serializing_if = "Option::is_none")]
    require_resource: Option<bool>,

    /// Algorithm of the next signing key: ES256, EdDSA, RS256 or PS256
    #[arg(long, value_name = "ALG")]
    #[serde(skip_serializing_if = "Option::is_none")]
    default_alg: Option<Algorithm>,

    /// Container registry to issue tokens for, replacing the list; may be repeated
    #[arg(long = "registry-service", value_name = "SERVICE")]
    #[serde(skip_serializing_if = "Option::is_none")]
    registry_services: Option<Vec<String>>,

    /// Give registry tokens for any registry
    #[arg(long, conflicts_with = "registry_services")]
    #[serde(skip)]
    any_registry: bool,

    /// Lifetime of registry tokens: 60s to 300s
    #[arg(long, value_name = "TIME")]
    #[serde(rename = "registry_token_ttl_seconds", skip_serializing_if = "Option::is_none")]
    registry_token_ttl: Option<Lifetime>,
}

impl RealmSettings {
    /// With the list that is to be empty.
    #[must_use]
    pub fn body(mut self) -> Self {
        emptied_if(self.any_registry, &mut self.registry_services);
        self
    }
}
