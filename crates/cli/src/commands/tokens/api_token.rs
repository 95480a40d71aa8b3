//! `claviger api-token`: opaque tokens for REST, git and the registry.

use clap::{Args, Subcommand};
use serde::Serialize;

use crate::commands::tokens::member_token::Noun;
use crate::failure::Failure;
use crate::server::client::Client;
use crate::server::confirmation::RemovalFlags;
use crate::terminal::creation::Creation;
use crate::terminal::output::Output;
use crate::values::identifier::Reference;
use crate::values::list_flags::{EndingFlags, ListFlags};
use crate::values::moment::Moment;
use crate::values::scope_choice::ScopeChoice;
use crate::values::shared_flags::{SignedIn, WaitFlag};

/// API tokens: one string for REST, git and the container registry
#[derive(Debug, Args)]
pub struct ApiTokenCommand {
    #[command(flatten)]
    server: SignedIn,

    #[command(subcommand)]
    act: ApiTokenAct,
}

const CREATE_EXAMPLE: &str = "\
Examples:
  claviger api-token create --description laptop --expires-at 2027-01-31 --preset git
  claviger api-token create --expires-at 2027-01-31 --scope source:read --scope containers:read";

#[derive(Debug, Subcommand)]
enum ApiTokenAct {
    /// Create a token of your own, and show it this once
    ///
    /// Send it as `Authorization: Bearer TOKEN` or `OSF-TOKEN: TOKEN`, or type it as the password of git or of
    /// `docker login`, with any user name.
    #[command(after_help = CREATE_EXAMPLE)]
    Create(NewApiToken),

    /// List your tokens, or all tokens of the realm if you may read it
    List {
        #[command(flatten)]
        flags: ListFlags,

        #[command(flatten)]
        ending: EndingFlags,
    },

    /// Revoke your own token, or any token as an administrator; this is final
    Revoke {
        /// Its id, or its description if only one has it
        #[arg(value_name = "ID|DESCRIPTION")]
        id: Reference,

        #[command(flatten)]
        wait: WaitFlag,

        #[command(flatten)]
        how: RemovalFlags,
    },
}

#[derive(Debug, Args, Serialize)]
pub struct NewApiToken {
    /// What it is for
    #[arg(long, value_name = "TEXT")]
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,

    /// Expiry: a day (at 00:00 UTC) or a time, such as 2027-01-31T12:00:00Z
    #[arg(long, value_name = "TIME")]
    expires_at: Moment,

    #[command(flatten)]
    scopes: ScopeChoice,
}

const NOUN: Noun = Noun {
    route: "api-tokens",
    words: "an API token",
    plural: "API tokens",
    creation: Creation {
        object: "API token with the id",
        secret: "text",
        remedy: "revoke it with `claviger api-token revoke ID`, and create another",
    },
};

impl ApiTokenCommand {
    pub fn run(self, output: &mut Output) -> Result<(), Failure> {
        let client = Client::connect(self.server, "api-token", output)?;
        match self.act {
            ApiTokenAct::Create(mut new) => {
                new.scopes.settle(&client)?;
                NOUN.create(&client, &new, output)
            }
            ApiTokenAct::List { flags, ending } => NOUN.list(&client, &flags, ending, output),
            ApiTokenAct::Revoke { id, wait, how } => NOUN.revoke(&client, &id, wait, how, output),
        }
    }
}
