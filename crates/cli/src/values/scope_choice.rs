//! The scopes of a new object: individual scopes, or a common combination.

use clap::Args;
use claviger_api::{Items, ScopePresetView};
use serde::Serialize;

use crate::failure::{Exit, Failure};
use crate::server::client::Client;

/// Serialized as the scopes, which are complete once settled.
#[derive(Debug, Args, Serialize)]
#[group(required = true, multiple = true)]
#[serde(transparent)]
pub struct ScopeChoice {
    /// A scope that you hold; may be repeated
    #[arg(long = "scope", value_name = "SCOPE")]
    scopes: Vec<String>,

    /// Preset of scopes: git, read-only, read-update or docker-pull
    ///
    /// The realm must have the scopes of the preset.
    #[arg(long, value_name = "NAME")]
    #[serde(skip)]
    preset: Option<String>,
}

impl ScopeChoice {
    /// Adds the scopes of the preset.
    pub fn settle(&mut self, client: &Client) -> Result<(), Failure> {
        if let Some(name) = self.preset.take() {
            let presets: Items<ScopePresetView> = client.get(&["scope-presets"])?.decode()?;
            let known =
                presets.items.iter().map(|preset| preset.name.as_str()).collect::<Vec<_>>().join(", ");
            let found = presets.items.into_iter().find(|preset| preset.name == name);
            let preset = found.ok_or_else(|| {
                let known = if known.is_empty() { "none".to_owned() } else { known };
                Failure::new(
                    Exit::Invalid,
                    format!("this realm has no preset \"{name}\"; its presets: {known}"),
                )
            })?;
            self.scopes.extend(preset.scopes.iter().map(ToString::to_string));
        }
        Ok(())
    }
}
