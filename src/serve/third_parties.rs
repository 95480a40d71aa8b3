//! What the settings say of third parties: further source types, hosts that may be private, and their authorities.

use std::path::PathBuf;
use std::sync::Arc;

use claviger_vault::{Authorities, Catalog, ListedHosts, OutboundSettings};

use crate::config::Settings;
use crate::serve::error::ServeError;
use crate::sign_in::IdentityProviders;
use crate::vault::{Providers, SourceTypes};
use crate::webhooks::WebhookSender;
use claviger_domain::Clock;

/// Without a file, the built-in catalog is read when it is needed.
fn source_types(settings: &Settings) -> Result<SourceTypes, ServeError> {
    let Some(path) = &settings.vault_catalogue else { return Ok(SourceTypes::default()) };
    let name = path.display().to_string();
    let text = std::fs::read_to_string(path).map_err(|error| format!("{name}: {error}"));
    let catalog = text.and_then(|text| Catalog::with(&name, &text).map_err(|error| error.to_string()));
    catalog.map(SourceTypes::of).map_err(|why| ServeError::Refused(format!("vault_catalogue: {why}")))
}

fn authorities(setting: &str, file: Option<&PathBuf>) -> Result<Authorities, ServeError> {
    let Some(path) = file else { return Ok(Authorities::default()) };
    let pem = std::fs::read(path).map_err(|error| error.to_string());
    let authorities = pem.and_then(|pem| Authorities::of_pem(&pem).map_err(|error| error.to_string()));
    authorities.map_err(|why| ServeError::Refused(format!("{setting}: {}: {why}", path.display())))
}

/// A file that is missing or has faults stops the start.
pub fn providers(settings: &Settings, clock: Arc<dyn Clock>) -> Result<Providers, ServeError> {
    let outbound = outbound("vault_allowed_hosts", &settings.vault_allowed_hosts)?;
    let outbound = OutboundSettings {
        authorities: authorities("vault_ca_file", settings.vault_ca_file.as_ref())?,
        ..outbound
    };
    Ok(Providers::new(source_types(settings)?, outbound, clock))
}

pub fn identity_providers(
    settings: &Settings,
    clock: Arc<dyn Clock>,
) -> Result<IdentityProviders, ServeError> {
    let outbound = outbound("sign_in_allowed_hosts", &settings.sign_in_allowed_hosts)?;
    let authorities = authorities("sign_in_ca_file", settings.sign_in_ca_file.as_ref())?;
    Ok(IdentityProviders::new(OutboundSettings { authorities, ..outbound }, clock))
}

pub fn webhook_sender(settings: &Settings, clock: Arc<dyn Clock>) -> Result<WebhookSender, ServeError> {
    Ok(WebhookSender::new(outbound("webhook_allowed_hosts", &settings.webhook_allowed_hosts)?, clock))
}

fn outbound(setting: &str, hosts: &[String]) -> Result<OutboundSettings, ServeError> {
    let listed_hosts = ListedHosts::new(hosts.iter().map(String::as_str))
        .map_err(|error| ServeError::Refused(format!("{setting}: {error}")))?;
    Ok(OutboundSettings { listed_hosts, ..OutboundSettings::default() })
}
