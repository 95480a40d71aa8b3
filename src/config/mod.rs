//! Settings: the only reader of the environment and of settings files.

mod error;
mod explain;
mod process;
mod profile;
mod settings;
mod sources;

pub use error::ConfigError;
pub use explain::{Explained, explain};
pub use process::{arguments, docker_config_file, is_on_path, own_programs, pushers_scopes, this_program};
pub use profile::profile_file;
pub use settings::{Flags, LogFormat, Settings, TlsFiles, load};
use sources::KNOWN;
