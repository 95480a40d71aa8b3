//! What the settings say of third parties: further source types, and hosts that may be private.

use std::sync::Arc;

use claviger_vault::{Catalog, ListedHosts, OutboundSettings};

use crate::config::Settings;
use crate::serve::error::ServeError;
use crate::vault::{Providers, SourceTypes};
use claviger_domain::Clock;

/// A file with faults stops the start. Without a file, the built-in catalog is read when it is needed.
fn source_types(settings: &Settings) -> Result<SourceTypes, ServeError> {
    let Some(path) = &settings.vault_catalogue else { return Ok(SourceTypes::default()) };
    let text =
        std::fs::read_to_string(path).map_err(|source| ServeError::File { path: path.clone(), source })?;
    let catalog = Catalog::with(&path.display().to_string(), &text);
    catalog.map(SourceTypes::of).map_err(|error| ServeError::Refused(format!("vault_catalogue: {error}")))
}

pub fn providers(settings: &Settings, clock: Arc<dyn Clock>) -> Result<Providers, ServeError> {
    let listed_hosts = ListedHosts::new(settings.vault_allowed_hosts.iter().map(String::as_str))
        .map_err(|error| ServeError::Refused(format!("vault_allowed_hosts: {error}")))?;
    let outbound = OutboundSettings { listed_hosts, ..OutboundSettings::default() };
    Ok(Providers::new(source_types(settings)?, outbound, clock))
}
