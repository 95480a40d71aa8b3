//! Settings: the only module that reads the environment and settings files.

mod error;
mod explain;
mod flags;
mod known;
mod settings;
mod sources;

pub use error::ConfigError;
pub use explain::{Explained, explain};
pub use flags::Flags;
pub use settings::{LogFormat, Settings, TlsFiles, load};
