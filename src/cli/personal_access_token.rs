//! `claviger personal-access-token`: tokens with which a member acts as themselves.

use clap::{Args, Subcommand};
use serde::Deserialize;
use serde_json::json;

use super::cell::{BOLD, Cell};
use super::client::{Client, Listed};
use super::failure::Failure;
use super::identifier::Identifier;
use super::list_flags::{ListFlags, StatusFlag};
use super::moment::Moment;
use super::output::{Output, Readable};
use super::page::{Facts, Page, Table};
use super::receipt::Receipt;
use super::shared_flags::SignedIn;

/// Personal access tokens: with which a member acts as themselves
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
    Create {
        /// What it is for
        #[arg(long, value_name = "TEXT")]
        description: Option<String>,

        /// When it ends: a day, which begins at midnight UTC, or a time such as 2027-01-31T12:00:00Z
        #[arg(long, value_name = "TIME")]
        expires_at: Moment,

        /// A scope that you hold, admin:read or admin:read-update; may be repeated
        #[arg(long = "scope", value_name = "SCOPE", required = true)]
        scopes: Vec<String>,
    },

    /// List your tokens; whoever may read the realm sees everybody's
    List {
        #[command(flatten)]
        flags: ListFlags,

        #[command(flatten)]
        status: StatusFlag,
    },

    /// Revoke one of your tokens, or as an administrator anybody's; this is final
    Revoke {
        /// As `claviger personal-access-token list` shows it
        #[arg(value_name = "ID")]
        id: Identifier,
    },
}

#[derive(Deserialize)]
struct PersonalAccessToken {
    id: String,
    member: String,
    description: String,
    scopes: Vec<String>,
    status: String,
    expires_at: String,
    last_used_at: Option<String>,
}

#[derive(Deserialize)]
struct CreatedToken {
    token: String,
    #[serde(flatten)]
    view: PersonalAccessToken,
}

const ROUTE: &str = "personal-access-tokens";

impl PersonalAccessTokenCommand {
    pub fn run(self, output: &mut Output) -> Result<(), Failure> {
        let client = Client::connect(self.server, "personal-access-token", output)?;
        match self.act {
            PersonalAccessTokenAct::Create { description, expires_at, scopes } => {
                let description = description.unwrap_or_default();
                let body = json!({ "description": description, "expires_at": expires_at, "scopes": scopes });
                output.answer::<CreatedToken>(&client.create(&[ROUTE], &body)?)
            }
            PersonalAccessTokenAct::List { flags, status } => {
                output.answer_with(&client.list(&[ROUTE], flags.limit, &flags.query_with(status))?, list_page)
            }
            PersonalAccessTokenAct::Revoke { id } => {
                let answer = client.act(&[ROUTE, id.as_str(), "revoke"], None, &json!({}))?;
                output.answer_with(&answer, |page, receipt: Receipt| {
                    receipt
                        .write_as(page, format_args!("Revoked the personal access token {}.", id.as_str()));
                })
            }
        }
    }
}

impl Readable for CreatedToken {
    fn write(&self, page: &mut Page) {
        page.heading("Created a personal access token.");
        page.blank();
        page.facts(
            &Facts::default()
                .fact("Token", Cell::painted(BOLD, &self.token))
                .fact("Id", &self.view.id)
                .text("Description", &self.view.description)
                .list("Scopes", &self.view.scopes)
                .fact("Expires", &self.view.expires_at),
        );
        page.blank();
        page.warning("The token is shown this once: keep it now.");
    }
}

fn list_page(page: &mut Page, listed: Listed<PersonalAccessToken>) {
    let mut table = Table::new(["ID", "STATUS", "EXPIRES", "LAST USED", "MEMBER", "SCOPES", "DESCRIPTION"]);
    for token in &listed.items {
        table.row([
            token.id.as_str().into(),
            Cell::status(&token.status),
            token.expires_at.as_str().into(),
            token.last_used_at.as_deref().unwrap_or("never").into(),
            token.member.as_str().into(),
            Cell::joined(&token.scopes),
            Cell::text_or_dash(&token.description),
        ]);
    }
    page.table(&table, "There are no personal access tokens.");
}
