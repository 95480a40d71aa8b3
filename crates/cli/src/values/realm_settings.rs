//! The settings of a realm: flags and text form.

use clap::Args;
use claviger_api::RealmView;
use serde::Serialize;

use crate::terminal::output::Readable;
use crate::terminal::page::{Facts, Page};
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

impl Readable for RealmView {
    fn write(&self, page: &mut Page) {
        let yes = |is: bool| if is { "yes" } else { "no" };
        page.heading(&self.realm);
        let facts = Facts::default()
            .fact("Issuer", &self.issuer)
            .text("Display name", self.display_name.as_str())
            .fact("Service credentials", yes(self.service_credentials))
            .fact("Requires a resource", yes(self.require_resource))
            .fact("Next key", self.default_alg);
        let facts = match self.registry_services.is_empty() {
            true => facts.fact("Registries", "any"),
            false => facts.list("Registries", &self.registry_services),
        };
        let seconds = self.registry_token_ttl_seconds.as_seconds();
        let facts = facts.fact("Registry tokens", format!("{seconds} s"));
        page.facts(&facts.fact_if("Suspended", self.suspended_at));
    }
}
