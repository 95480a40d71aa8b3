//! Settings: the only reader of the environment and of settings files.

mod error;
mod explain;
mod profile;
mod settings;
mod sources;

pub use error::ConfigError;
pub use explain::{Explained, explain};
pub use profile::profile_file;
pub use settings::{Flags, LogFormat, Settings, TlsFiles, load};
use sources::KNOWN;
