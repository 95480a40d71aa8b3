//! Settings: the only module that reads the environment and settings files.

mod error;
mod explain;
mod process;
mod profile;
mod settings;
mod sources;

pub use error::ConfigError;
pub use explain::{Explained, explain};
pub use process::{
    arguments, docker_config_file, is_on_path, own_programs, pushers_scopes, registry_helper_files,
    replacement_refs, this_program,
};
pub use profile::profile_file;
pub use settings::{Flags, LogFormat, Settings, TlsFiles, load};
