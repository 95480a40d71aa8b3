//! `claviger credential`: service credentials, which belong to the realm.

use clap::{Args, Subcommand};

use crate::cli::commands::credentials::credential_export::CredentialExport;
use crate::cli::commands::credentials::credential_import::CredentialImport;
use crate::cli::commands::credentials::credential_view::{
    CreatedCredential, Credential, EditedCredential, RenewedCredential, list_page,
};
use crate::cli::commands::credentials::usage_view::CredentialUsage;
use crate::cli::commands::realms::receipt::Receipt;
use crate::cli::failure::Failure;
use crate::cli::server::client::Client;
use crate::cli::terminal::output::Output;
use crate::cli::values::credential_flags::{CredentialEdit, NewCredential};
use crate::cli::values::identifier::Identifier;
use crate::cli::values::lifetime::Lifetime;
use crate::cli::values::list_flags::{ListFlags, StatusFlag};
use crate::cli::values::shared_flags::{SignedIn, Wait};

/// Service credentials: clients of the client_credentials grant
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

const RENEW_EXAMPLE: &str = "\
Example: pipelines have a day to take the new key
  claviger credential renew 0198a1c0-… --overlap 24h";

const EXPORT_EXAMPLE: &str = "\
Example: the credentials of one realm in another
  claviger credential export credentials.jsonl --realm old
  claviger credential import credentials.jsonl --keys-out keys.jsonl --realm new";

#[derive(Debug, Subcommand)]
enum CredentialAct {
    /// Create a credential, and show its client key this once
    #[command(after_help = CREATE_EXAMPLE)]
    Create(NewCredential),

    /// List the realm's credentials
    List {
        #[command(flatten)]
        flags: ListFlags,

        #[command(flatten)]
        status: StatusFlag,
    },

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

    /// Create a successor with a new client key; both keys are valid for a while
    ///
    /// The successor has the same name, groups, resources, validity and token lifetime, and an id and a key of its own,
    /// shown this once. The old credential and all of its tokens are refused from the end of the overlap on. This is for
    /// changing keys without a gap; a lost or leaked key is revoked, and another credential is created.
    #[command(after_help = RENEW_EXAMPLE)]
    Renew {
        /// As `claviger credential list` shows it
        #[arg(value_name = "ID")]
        id: Identifier,

        /// For how long the old key is taken too: 1h, 90m, up to 720h; 0s revokes it before the new one is shown
        #[arg(long, value_name = "TIME")]
        overlap: Lifetime,
    },

    /// Show how many tokens a credential was issued and refused, by the hour and audience
    Usage {
        /// As `claviger credential list` shows it
        #[arg(value_name = "ID")]
        id: Identifier,

        /// How far back, 1 to 90; older hours are not kept
        #[arg(long, value_name = "N", default_value_t = 30)]
        days: u32,
    },

    /// Write the live credentials as lines of JSON, without any secret
    #[command(after_help = EXPORT_EXAMPLE)]
    Export(CredentialExport),

    /// Create a credential for each line of a file, and put their new client keys into another
    ///
    /// A thousand at a time, and of each thousand all or none. An interrupted import goes on where it was when the same
    /// command is given again.
    #[command(after_help = EXPORT_EXAMPLE)]
    Import(CredentialImport),

    /// Revoke a credential and every token that it ever got; this is final
    ///
    /// Returns when nobody accepts its tokens any more, with the receipt that says who has confirmed. Create the next
    /// credential before you revoke the one in use, or renew that one.
    #[command(after_help = REVOKE_EXAMPLE)]
    Revoke {
        /// As `claviger credential list` shows it
        #[arg(value_name = "ID")]
        id: Identifier,

        /// The credential's name, exactly: it confirms that this is the one
        #[arg(long)]
        name: String,

        /// Wait for all nodes, or also for verifiers [default: verifiers, where there are any]
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
            CredentialAct::List { flags, status } => {
                output.answer_with(&client.list(&[ROUTE], flags.limit, &flags.query_with(status))?, list_page)
            }
            CredentialAct::Show { id } => output.answer::<Credential>(&client.get(&[ROUTE, id.as_str()])?),
            CredentialAct::Edit { id, edit } => {
                output.answer::<EditedCredential>(&client.edit(&[ROUTE, id.as_str()], &edit.body())?)
            }
            CredentialAct::Renew { id, overlap } => {
                let body = serde_json::json!({ "overlap_seconds": overlap });
                let answer = client.act(&[ROUTE, id.as_str(), "renew"], None, &body)?;
                output.answer_with(&answer, |page, renewed: RenewedCredential| renewed.write(page, overlap))
            }
            CredentialAct::Usage { id, days } => {
                output.answer::<CredentialUsage>(&client.usage(&[ROUTE, id.as_str(), "usage"], days)?)
            }
            CredentialAct::Export(export) => export.run(&client, ROUTE, output),
            CredentialAct::Import(import) => import.run(&client, ROUTE, output),
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
