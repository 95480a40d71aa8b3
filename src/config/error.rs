//! Why settings are refused.

use crate::config::known::known;

/// One sentence: the setting, its origin, and the expected value.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    #[error("setting {name} ({origin}) is \"{value}\", but must be {expected}")]
    Invalid { name: &'static str, origin: String, value: String, expected: String },
    #[error("setting {0} is missing: {1}")]
    Missing(&'static str, &'static str),
    #[error("claviger.toml has the unknown setting \"{0}\": the settings are {known}", known = known().collect::<Vec<_>>().join(", "))]
    Unknown(String),
    #[error("claviger.toml cannot be read: {0}")]
    File(String),
    #[error("{0}")]
    Refused(String),
}
