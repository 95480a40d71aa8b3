//! `claviger application-credential`: clients that a member owns.

use clap::{Args, Subcommand};
use claviger_api::Edited;
use serde::Serialize;
use serde_json::json;

use crate::commands::credentials::application_credential_view::{list_page, write_created, write_renewed};
use crate::commands::realms::receipt::write_receipt;
use crate::failure::Failure;
use crate::server::client::Client;
use crate::server::client_renewal::ClientRenewal;
use crate::server::confirmation::{Question, RemovalFlags};
use crate::terminal::creation::Creation;
use crate::terminal::object::Object;
use crate::terminal::output::Output;
use crate::values::identifier::Reference;
use crate::values::list_flags::{EndingFlags, ListFlags};
use crate::values::moment::Moment;
use crate::values::scope_choice::ScopeChoice;
use crate::values::shared_flags::{SignedIn, WaitFlag};

/// Application credentials: OAuth clients of your own, with scopes that you choose
#[derive(Debug, Args)]
pub struct ApplicationCredentialCommand {
    #[command(flatten)]
    server: SignedIn,

    #[command(subcommand)]
    act: ApplicationCredentialAct,
}

const CREATE_EXAMPLE: &str = "\
Example:
  claviger application-credential create fleet-tool --preset read-update";

const RENEW_EXAMPLE: &str = "\
Example: there is a day to install the new key
  claviger application-credential renew 0198a1c0-… --overlap 24h";

const EDIT_EXAMPLE: &str = "\
Example:
  claviger application-credential edit 0198a1c0-… --scope devices:read";

#[derive(Debug, Subcommand)]
enum ApplicationCredentialAct {
    /// Create a client of your own, and show its key this once
    #[command(after_help = CREATE_EXAMPLE)]
    Create(NewApplicationCredential),

    /// List your clients, or all clients of the realm if you may read it
    List {
        #[command(flatten)]
        flags: ListFlags,

        #[command(flatten)]
        ending: EndingFlags,
    },

    /// Show one, with the scopes that it has now
    Show {
        /// Its id, or its name if only one has it
        #[arg(value_name = "ID|NAME")]
        id: Reference,
    },

    /// Change its description, or replace its scopes
    ///
    /// Removed scopes become invalid at once, also in issued tokens. Added scopes are in the next token.
    #[command(after_help = EDIT_EXAMPLE)]
    Edit {
        /// Its id, or its name if only one has it
        #[arg(value_name = "ID|NAME")]
        id: Reference,

        #[command(flatten)]
        edit: ApplicationCredentialEdit,

        #[command(flatten)]
        wait: WaitFlag,

        #[command(flatten)]
        how: RemovalFlags,
    },

    /// Replace your client by one with a new id and key, and show the key this once
    ///
    /// The successor has the same name, scopes and expiry. The old one and all of its tokens are refused after the
    /// overlap. Use this to rotate a key without downtime.
    #[command(after_help = RENEW_EXAMPLE)]
    Renew(ClientRenewal),

    /// Revoke one and every token that it ever got; this is final
    Revoke {
        /// Its id, or its name if only one has it
        #[arg(value_name = "ID|NAME")]
        id: Reference,

        #[command(flatten)]
        wait: WaitFlag,

        #[command(flatten)]
        how: RemovalFlags,
    },
}

#[derive(Debug, Args, Serialize)]
pub struct NewApplicationCredential {
    /// Name, unique among your active application credentials
    #[arg(value_name = "NAME")]
    name: String,

    /// What it is for
    #[arg(long, value_name = "TEXT")]
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,

    #[command(flatten)]
    scopes: ScopeChoice,

    /// When it ends [default: never]
    #[arg(long, value_name = "TIME")]
    expires_at: Option<Moment>,
}

/// A member that is missing remains unchanged.
#[derive(Debug, Args, Serialize)]
pub struct ApplicationCredentialEdit {
    /// What it is for
    #[arg(long, value_name = "TEXT", required_unless_present = "scopes")]
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,

    /// One of the scopes that it has from now on; may be repeated
    #[arg(long = "scope", value_name = "SCOPE")]
    #[serde(skip_serializing_if = "Option::is_none")]
    scopes: Option<Vec<String>>,
}

const ROUTE: &str = "application-credentials";

const CREATION: Creation = Creation {
    object: "application credential",
    secret: "client key",
    remedy: "revoke it with `claviger application-credential revoke ID`, and create another",
};

impl ApplicationCredentialCommand {
    pub fn run(self, output: &mut Output) -> Result<(), Failure> {
        let client = Client::connect(self.server, "application-credential", output)?;
        match self.act {
            ApplicationCredentialAct::Create(mut new) => {
                new.scopes.settle(&client)?;
                let answer = client.create(&[ROUTE], &new)?;
                output.created(&CREATION, &answer, |page, created| write_created(page, &created, &client))
            }
            ApplicationCredentialAct::List { flags, ending } => output
                .answer_with(&client.list(&[ROUTE], flags.limit, &flags.query_ending(ending))?, list_page),
            ApplicationCredentialAct::Show { id } => {
                let id = client.find(ROUTE, &id)?;
                output.answer::<Object>(&client.get(&[ROUTE, id.as_str()])?)
            }
            ApplicationCredentialAct::Edit { id, edit, wait, how } => {
                let id = client.find(ROUTE, &id)?;
                let change = client.editing(&[ROUTE, id.as_str()], wait, &edit)?;
                let confirmed = how.confirm_edit(&edit, &client, &[ROUTE, id.as_str()], change, output)?;
                let answer = client.carry_out(confirmed)?;
                output.answer::<Edited<Object>>(&answer)
            }
            ApplicationCredentialAct::Renew(renewal) => {
                let effect = "Its key and all of its tokens become invalid at once.";
                let answer = renewal.request(&client, ROUTE, ("application credential", effect), output)?;
                output.created(&CREATION, &answer, |page, renewed| {
                    write_renewed(page, &renewed, renewal.overlap(), &client)
                })
            }
            ApplicationCredentialAct::Revoke { id, wait, how } => {
                let id = client.find(ROUTE, &id)?;
                let question = Question {
                    act: format!("Revoke the application credential {}", id.as_str()),
                    effect: "It and all of its tokens become invalid for good.",
                };
                let change = client.ending(&[ROUTE, id.as_str(), "revoke"], wait, &json!({}))?;
                let confirmed =
                    how.confirm(&question, &client, Some(&[ROUTE, id.as_str()]), change, output)?;
                let answer = client.carry_out(confirmed)?;
                output.answer_with(&answer, |page, receipt| {
                    let id = id.as_str();
                    let what = format_args!("Revoked the application credential {id} and all of its tokens.");
                    write_receipt(page, what, &receipt);
                })
            }
        }
    }
}
