//! The settings that a command line gives.

use std::path::PathBuf;

use serde::Serialize;

/// The settings given as flags. The rest comes from the environment, `claviger.toml` and defaults, in that order.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Flags {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub listen: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub public_url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub database_url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub keys_dir: Option<PathBuf>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data_dir: Option<PathBuf>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub log_format: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trust_clock: Option<bool>,
    /// A development server: everything is below its data folder unless a setting says otherwise.
    #[serde(skip)]
    pub dev: bool,
}
