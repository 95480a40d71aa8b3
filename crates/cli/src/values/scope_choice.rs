//! The scopes of a new object: individual scopes, or a common combination.

use clap::Args;
use serde::Deserialize;

use crate::failure::{Exit, Failure};
use crate::server::client::Client;

#[derive(Debug, Args)]
#[group(required = true, multiple = true)]
pub struct ScopeChoice {
    /// A scope that you hold; may be repeated
    #[arg(long = "scope", value_name = "SCOPE")]
    scopes: Vec<String>,

    /// Preset of scopes: git, read-only, read-update or docker-pull
    ///
    /// The realm must have the scopes of the preset.
    #[arg(long, value_name = "NAME")]
    preset: Option<String>,
}

#[derive(Deserialize)]
struct Presets {
    items: Vec<Preset>,
}

#[derive(Deserialize)]
struct Preset {
    name: String,
    scopes: Vec<String>,
}

impl ScopeChoice {
    pub fn settle(self, client: &Client) -> Result<Vec<String>, Failure> {
        let mut scopes = self.scopes;
        if let Some(name) = self.preset {
            let presets: Presets = client.get(&["scope-presets"])?.decode()?;
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
            scopes.extend(preset.scopes);
        }
        Ok(scopes)
    }
}
