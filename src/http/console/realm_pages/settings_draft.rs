//! What was typed into the form of the realm's settings.

use claviger_api::{RealmEdit, RealmView};
use claviger_console::{Address, Fault, Faults};

use crate::http::console::editing::sentence;
use crate::http::console::fields::read_description;
use crate::http::console::visit::Visit;
use claviger_domain::{Algorithm, RegistryService, RegistryTokenLifetime, Role};

/// What was typed.
#[derive(Default)]
pub struct Draft {
    pub display_name: String,
    pub allow: Vec<String>,
    pub default_alg: String,
    pub registry_services: String,
    pub registry_token_ttl_seconds: String,
}

pub const SERVICE_CREDENTIALS: &str = "service_credentials";
pub const ADMINISTRATIVE_CREDENTIALS: &str = "administrative_credentials";
pub const REQUIRE_RESOURCE: &str = "require_resource";

pub fn read<'a>(fields: impl Iterator<Item = (&'a str, &'a str)>) -> Draft {
    let mut draft = Draft::default();
    for (name, value) in fields {
        match name {
            "display_name" => value.clone_into(&mut draft.display_name),
            "allow" => draft.allow.push(value.to_owned()),
            "default_alg" => value.clone_into(&mut draft.default_alg),
            "registry_services" => value.clone_into(&mut draft.registry_services),
            "registry_token_ttl_seconds" => value.trim().clone_into(&mut draft.registry_token_ttl_seconds),
            _ => {}
        }
    }
    draft
}

impl Draft {
    pub fn of(view: &RealmView) -> Self {
        let allowed = [
            (view.service_credentials, SERVICE_CREDENTIALS),
            (view.administrative_credentials, ADMINISTRATIVE_CREDENTIALS),
            (view.require_resource, REQUIRE_RESOURCE),
        ];
        let services: Vec<&str> = view.registry_services.iter().map(RegistryService::as_str).collect();
        Self {
            display_name: view.display_name.to_string(),
            allow: allowed.into_iter().filter(|(on, _)| *on).map(|(_, name)| name.to_owned()).collect(),
            default_alg: view.default_alg.as_str().to_owned(),
            registry_services: services.join("\n"),
            registry_token_ttl_seconds: view.registry_token_ttl_seconds.as_seconds().to_string(),
        }
    }

    pub fn allows(&self, name: &str) -> bool {
        self.allow.iter().any(|allowed| allowed == name)
    }

    /// The form with all of it.
    pub fn address(&self, visit: &Visit) -> Address {
        let form = visit.links().settings().with("display_name", &self.display_name);
        let form = self.allow.iter().fold(form, |address, name| address.with("allow", name));
        form.with("default_alg", &self.default_alg)
            .with("registry_services", &self.registry_services)
            .with("registry_token_ttl_seconds", &self.registry_token_ttl_seconds)
    }

    /// A switch that this member cannot press stays as it is.
    pub fn edit(&self, visit: &Visit, view: &RealmView) -> Result<RealmEdit, Faults> {
        let mut faults = Vec::new();
        let display_name = read_description(&self.display_name).map_err(|fault| {
            faults.push(Fault { field: "display_name", label: "Display name", ..fault });
        });
        let default_alg = self.default_alg.parse::<Algorithm>().map_err(|_| {
            faults.push(sentence("default_alg", "Algorithm", "choose one of these"));
        });
        let services: Result<Vec<RegistryService>, _> =
            self.registry_services.split_whitespace().map(str::parse).collect();
        let services = services.map_err(|error| {
            faults.push(sentence("registry_services", "Container registries", &error.to_string()));
        });
        let seconds = self.registry_token_ttl_seconds.parse().ok();
        let lifetime = seconds.and_then(|seconds| RegistryTokenLifetime::seconds(seconds).ok());
        if lifetime.is_none() {
            let label = "Lifetime of registry tokens";
            let detail = "a whole number of seconds from 60 to 300";
            faults.push(sentence("registry_token_ttl_seconds", label, detail));
        }
        let locked = visit.role() != Role::AccountHolder && !view.administrative_credentials;
        let administers = self.allows(ADMINISTRATIVE_CREDENTIALS);
        match (display_name, default_alg, services) {
            (Ok(display_name), Ok(default_alg), Ok(services)) if faults.is_empty() => Ok(RealmEdit {
                display_name: Some(display_name),
                service_credentials: Some(self.allows(SERVICE_CREDENTIALS)),
                administrative_credentials: (!locked || administers).then_some(administers),
                require_resource: Some(self.allows(REQUIRE_RESOURCE)),
                default_alg: Some(default_alg),
                registry_services: Some(services),
                registry_token_ttl_seconds: lifetime,
            }),
            _ => Err(Faults(faults)),
        }
    }
}
