//! Settings: the only module that reads the environment and settings files.

mod addresses;
mod base_url;
mod error;
mod explain;
mod flags;
mod known;
mod load;
mod settings;
mod sources;

pub use error::ConfigError;
pub use explain::{Explained, explain};
pub use flags::Flags;
pub use load::load;
pub use settings::{LogFormat, Settings, TlsFiles};
