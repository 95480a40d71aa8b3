//! Flags that several commands share.

use clap::{Args, ValueEnum};
use claviger_contract::RealmLabel;

use super::failure::Failure;
use super::secret_input::{PresentedSecret, SecretSource};
use super::transport::ServerUrl;

/// Which realm of which server, and in which form to show its answers.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Server")]
pub struct Place {
    /// Where the server is
    #[arg(long, global = true, env = "CLAVIGER_URL", hide_env_values = true, value_name = "URL")]
    #[arg(default_value = "http://127.0.0.1:8080")]
    pub url: ServerUrl,

    /// The realm to work in
    #[arg(long, global = true, env = "CLAVIGER_REALM", hide_env_values = true, value_name = "NAME")]
    realm: Option<RealmLabel>,

    /// Print the API's own JSON instead of text for people
    #[arg(long, global = true)]
    pub json: bool,
}

impl Place {
    /// Flags that several commands of a noun share cannot be required, so this one is asked for here.
    pub fn realm(&self) -> Result<RealmLabel, Failure> {
        let missing = || Failure::usage("which realm? Add --realm NAME, or set CLAVIGER_REALM");
        self.realm.clone().ok_or_else(missing)
    }
}

/// A place, and the personal access token of whoever works there. It comes from `CLAVIGER_TOKEN` unless a file is named.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Server")]
pub struct SignedIn {
    #[command(flatten)]
    pub place: Place,

    /// File that holds your personal access token; - is standard input. Without it, CLAVIGER_TOKEN
    /// holds the token
    #[arg(long, global = true, value_name = "FILE")]
    pub token_file: Option<SecretSource>,

    /// Read from the environment alone: it is refused as an argument, which other users of the machine can see.
    #[arg(long = "token", id = TOKEN_OF_THE_ENVIRONMENT, global = true, hide = true, env = "CLAVIGER_TOKEN", hide_env_values = true)]
    pub token: Option<PresentedSecret>,
}

pub const TOKEN_OF_THE_ENVIRONMENT: &str = "token_of_the_environment";

/// Whom a revocation waits for.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Wait {
    /// The nodes of this server
    Nodes,
    /// The nodes, and the resource servers that follow the feed of revocations
    Verifiers,
}

impl Wait {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Nodes => "nodes",
            Self::Verifiers => "verifiers",
        }
    }
}

/// The list that takes the place of the old one, or `None` where nothing was said of it.
pub fn replacement<T>(list: Vec<T>, none_at_all: bool) -> Option<Vec<T>> {
    (none_at_all || !list.is_empty()).then_some(list)
}
