//! The settings of a realm: flags and text form.

use clap::Args;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::terminal::cell::Cell;
use crate::terminal::output::Readable;
use crate::terminal::page::{Facts, Page};
use crate::values::lifetime::Lifetime;
use claviger_domain::Algorithm;

#[derive(Debug, Args)]
#[group(required = true, multiple = true)]
pub struct RealmSettings {
    /// What people call the realm
    #[arg(long, value_name = "TEXT")]
    display_name: Option<String>,

    /// Whether service credentials may be created
    #[arg(long, value_name = "BOOL")]
    service_credentials: Option<bool>,

    /// Whether a token request must name one audience
    #[arg(long, value_name = "BOOL")]
    require_resource: Option<bool>,

    /// Algorithm of the next signing key: ES256, EdDSA, RS256 or PS256
    #[arg(long, value_name = "ALG")]
    default_alg: Option<Algorithm>,

    /// Container registry to issue tokens for, replacing the list; may be repeated
    #[arg(long = "registry-service", value_name = "SERVICE")]
    registry_services: Vec<String>,

    /// Give registry tokens for any registry
    #[arg(long, conflicts_with = "registry_services")]
    any_registry: bool,

    /// Lifetime of registry tokens: 60s to 300s
    #[arg(long, value_name = "TIME")]
    registry_token_ttl: Option<Lifetime>,
}

impl RealmSettings {
    pub fn body(&self) -> Map<String, Value> {
        let mut body = Map::new();
        let mut put = |name: &str, value: Option<Value>| {
            if let Some(value) = value {
                body.insert(name.to_owned(), value);
            }
        };
        put("display_name", self.display_name.as_ref().map(|text| json!(text)));
        put("service_credentials", self.service_credentials.map(Value::Bool));
        put("require_resource", self.require_resource.map(Value::Bool));
        put("default_alg", self.default_alg.map(|alg| json!(alg)));
        let services = self.any_registry || !self.registry_services.is_empty();
        put("registry_services", services.then(|| json!(self.registry_services)));
        put("registry_token_ttl_seconds", self.registry_token_ttl.map(|ttl| json!(ttl)));
        body
    }
}

#[derive(Deserialize)]
pub struct Realm {
    realm: String,
    issuer: String,
    display_name: String,
    service_credentials: bool,
    require_resource: bool,
    default_alg: String,
    registry_services: Vec<String>,
    registry_token_ttl_seconds: i64,
    suspended_at: Option<String>,
}

impl Readable for Realm {
    fn write(&self, page: &mut Page) {
        let yes = |is: bool| if is { "yes" } else { "no" };
        page.heading(&self.realm);
        let facts = Facts::default()
            .fact("Issuer", &self.issuer)
            .text("Display name", &self.display_name)
            .fact("Service credentials", yes(self.service_credentials))
            .fact("Requires a resource", yes(self.require_resource))
            .fact("Next key", &self.default_alg);
        let facts = match self.registry_services.is_empty() {
            true => facts.fact("Registries", "any"),
            false => facts.list("Registries", &self.registry_services),
        };
        let facts = facts.fact("Registry tokens", format!("{} s", self.registry_token_ttl_seconds));
        page.facts(&match &self.suspended_at {
            Some(at) => facts.fact("Suspended", Cell::from(at)),
            None => facts,
        });
    }
}
