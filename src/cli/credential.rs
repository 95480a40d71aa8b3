//! `claviger credential`: service credentials, which belong to the realm.

use clap::{Args, Subcommand};

use super::client::Client;
use super::credential_flags::{CredentialEdit, NewCredential};
use super::credential_view::{CreatedCredential, Credential, EditedCredential, list_page};
use super::failure::Failure;
use super::identifier::Identifier;
use super::output::Output;
use super::receipt::Receipt;
use super::shared_flags::{SignedIn, Wait};

/// Service credentials: what pipelines trade for tokens
#[derive(Debug, Args)]
pub struct CredentialCommand {
    #[command(flatten)]
    pub server: SignedIn,

    #[command(subcommand)]
    act: CredentialAct,
}

const CREATE_EXAMPLE: &str = "\
Example:
  claviger credential create nightly-build --days 90 --token-ttl 1h \\
      --group builders --resource studio/studio-1:view";

const EDIT_EXAMPLE: &str = "\
Example: it keeps one resource, and leaves all groups
  claviger credential edit 0198a1c0-… --no-groups --resource studio/studio-1:view,edit";

const REVOKE_EXAMPLE: &str = "\
Example:
  claviger credential revoke 0198a1c0-… --name nightly-build";

#[derive(Debug, Subcommand)]
enum CredentialAct {
    /// Create a credential, and show its client key this once
    #[command(after_help = CREATE_EXAMPLE)]
    Create(NewCredential),

    /// List the realm's credentials
    List,

    /// Show one credential, with its effective scopes and where each comes from
    Show {
        /// As `claviger credential list` shows it
        #[arg(value_name = "ID")]
        id: Identifier,
    },

    /// Replace a credential's groups or resources; nothing else of it can be changed
    ///
    /// Each kind of flag replaces the whole list, and without a flag of its kind a list stays as it is. What is taken
    /// away is dead at once, in tokens that were issued before too; what is added comes with the next token.
    #[command(after_help = EDIT_EXAMPLE)]
    Edit {
        /// As `claviger credential list` shows it
        #[arg(value_name = "ID")]
        id: Identifier,

        #[command(flatten)]
        edit: CredentialEdit,
    },

    /// Revoke a credential and every token that it ever got; this is final
    ///
    /// Returns when nobody accepts its tokens any more, with the receipt that says who has confirmed. Create the next
    /// credential before you revoke the one in use.
    #[command(after_help = REVOKE_EXAMPLE)]
    Revoke {
        /// As `claviger credential list` shows it
        #[arg(value_name = "ID")]
        id: Identifier,

        /// The credential's name, exactly: it confirms that this is the one
        #[arg(long)]
        name: String,

        /// Whom to wait for [default: verifiers, where there are any]
        #[arg(long, value_name = "WHOM")]
        wait: Option<Wait>,
    },
}

const ROUTE: &str = "service-credentials";

impl CredentialCommand {
    pub fn run(self, output: &mut Output) -> Result<(), Failure> {
        let client = Client::connect(self.server, "credential", output)?;
        match self.act {
            CredentialAct::Create(new) => output.answer::<CreatedCredential>(&client.create(&[ROUTE], &new)?),
            CredentialAct::List => output.answer_with(&client.list(&[ROUTE], None)?, list_page),
            CredentialAct::Show { id } => output.answer::<Credential>(&client.get(&[ROUTE, id.as_str()])?),
            CredentialAct::Edit { id, edit } => {
                output.answer::<EditedCredential>(&client.edit(&[ROUTE, id.as_str()], &edit.body())?)
            }
            CredentialAct::Revoke { id, name, wait } => {
                let body = serde_json::json!({ "name": name });
                let answer = client.act(&[ROUTE, id.as_str(), "revoke"], wait, &body)?;
                output.answer_with(&answer, |page, receipt: Receipt| {
                    receipt.write_as(
                        page,
                        format_args!("Revoked the service credential \"{name}\" and all of its tokens."),
                    );
                })
            }
        }
    }
}
