//! Settings: the only module that reads the environment and settings files.

mod addresses;
#[cfg(test)]
mod bad_values;
mod base_url;
mod error;
mod explain;
mod flags;
mod known;
mod load;
mod numbers;
mod settings;
mod sources;
mod variables;

pub use error::ConfigError;
pub use explain::{Explained, explain};
pub use flags::Flags;
pub use load::load;
pub use settings::{LogFormat, Settings, TlsFiles};
