//! `claviger personal-access-token`: tokens that authenticate a member.

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
use crate::values::shared_flags::{SignedIn, WaitFlag};

/// Personal access tokens: authenticate a member at the API
#[derive(Debug, Args)]
pub struct PersonalAccessTokenCommand {
    #[command(flatten)]
    server: SignedIn,

    #[command(subcommand)]
    act: PersonalAccessTokenAct,
}

const CREATE_EXAMPLE: &str = "\
Example:
  claviger personal-access-token create --description laptop \\
      --expires-at 2027-01-31 --scope admin:read";

#[derive(Debug, Subcommand)]
enum PersonalAccessTokenAct {
    /// Create a token of your own, and show it this once
    #[command(after_help = CREATE_EXAMPLE)]
    Create(NewPersonalAccessToken),

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
pub struct NewPersonalAccessToken {
    /// What it is for
    #[arg(long, value_name = "TEXT")]
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,

    /// Expiry: a day (at 00:00 UTC) or a time, such as 2027-01-31T12:00:00Z
    #[arg(long, value_name = "TIME")]
    expires_at: Moment,

    /// A scope that you hold, admin:read or admin:read-update; may be repeated
    #[arg(long = "scope", value_name = "SCOPE", required = true)]
    scopes: Vec<String>,
}

const NOUN: Noun = Noun {
    route: "personal-access-tokens",
    words: "a personal access token",
    plural: "personal access tokens",
    creation: Creation {
        object: "personal access token with the id",
        secret: "text",
        remedy: "revoke it with `claviger personal-access-token revoke ID`, and create another",
    },
};

impl PersonalAccessTokenCommand {
    pub fn run(self, output: &mut Output) -> Result<(), Failure> {
        let client = Client::connect(self.server, "personal-access-token", output)?;
        match self.act {
            PersonalAccessTokenAct::Create(new) => NOUN.create(&client, &new, output),
            PersonalAccessTokenAct::List { flags, ending } => NOUN.list(&client, &flags, ending, output),
            PersonalAccessTokenAct::Revoke { id, wait, how } => NOUN.revoke(&client, &id, wait, how, output),
        }
    }
}
