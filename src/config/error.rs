//! Why settings are refused.

use crate::config::known::{known, nearest};
use crate::config::variables::{OF_COMMANDS, PREFIX};

/// One sentence: the setting, its origin, and the expected value.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    #[error("setting {name} ({origin}) is \"{value}\", but must be {expected}")]
    Invalid { name: &'static str, origin: String, value: String, expected: String },
    #[error("setting {0} is missing: {1}")]
    Missing(&'static str, &'static str),
    #[error("{origin} has the unknown setting {name}: {}", meant(name))]
    Unknown { origin: &'static str, name: String },
    #[error("claviger.toml cannot be read: {0}")]
    File(String),
    #[error("{0}")]
    Refused(String),
}

/// The setting or variable that a misspelt name means, or all settings.
fn meant(name: &str) -> String {
    let nearest = match name.to_ascii_uppercase().strip_prefix(PREFIX) {
        Some(name) => {
            nearest(name, known().chain(OF_COMMANDS)).map(|name| format!("{PREFIX}{}", name.to_uppercase()))
        }
        None => nearest(name, known()).map(str::to_owned),
    };
    match nearest {
        Some(nearest) => format!("did you mean {nearest}? `claviger config show` lists all settings"),
        None => format!("the settings are {}", known().collect::<Vec<_>>().join(", ")),
    }
}
