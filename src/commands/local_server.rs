//! Selects the server on this machine that a command works on.

use std::path::PathBuf;

use clap::Args;
use claviger_cli::failure::Failure;
use claviger_cli::terminal::output::Output;

use crate::config::{self, Flags, Settings};

/// Which server of this machine is meant. What no flag says comes from the environment, `claviger.toml` and the
/// defaults, in that order.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "On this machine")]
pub struct OnThisMachine {
    /// Use the temporary server of `claviger serve --dev`
    #[arg(long)]
    dev: bool,

    /// Print JSON instead of text
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    folders: Folders,
}

/// Where a server keeps what it has.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "On this machine")]
pub struct Folders {
    /// The folder of the embedded database [default: data, with --dev data/dev]
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,

    /// Database URL: sqlite://PATH or postgres://USER@HOST/DATABASE; with a password in CLAVIGER_DATABASE_URL only
    /// [default: the embedded database in the data folder]
    #[arg(long, value_name = "URL")]
    database_url: Option<String>,

    /// The folder of the master key [default: keys, with --dev in the data folder]
    #[arg(long, value_name = "DIR")]
    keys_dir: Option<PathBuf>,
}

impl OnThisMachine {
    pub fn flags(&self) -> Flags {
        self.folders.flags(self.dev)
    }

    /// Also chooses the form of what the command prints.
    pub fn settings(&self, output: &mut Output) -> Result<Settings, Failure> {
        self.choose_form(output);
        settings(&self.flags())
    }

    pub fn choose_form(&self, output: &mut Output) {
        output.prefer_json(self.json);
    }
}

impl Folders {
    pub fn flags(&self, dev: bool) -> Flags {
        Flags {
            data_dir: self.data_dir.clone(),
            database_url: self.database_url.clone(),
            keys_dir: self.keys_dir.clone(),
            dev,
            ..Flags::default()
        }
    }
}

/// An invalid setting is a usage error, whatever its source.
pub fn settings(flags: &Flags) -> Result<Settings, Failure> {
    config::load(flags).map_err(|error| Failure::usage(error.to_string()))
}
