//! `claviger credential`: service credentials, which belong to the realm.

use clap::{Args, Subcommand};
use claviger_api::{CreatedCredential, CredentialRevocation, CredentialUsageView, Edited};

use crate::commands::credentials::credential_export::CredentialExport;
use crate::commands::credentials::credential_import::CredentialImport;
use crate::commands::credentials::credential_view::{ShownCredential, list_page, write_renewed};
use crate::commands::realms::receipt::write_receipt;
use crate::failure::Failure;
use crate::server::client::Client;
use crate::server::client_renewal::ClientRenewal;
use crate::server::confirmation::{Question, RemovalFlags};
use crate::terminal::creation::Creation;
use crate::terminal::object::Object;
use crate::terminal::output::{Output, Readable};
use crate::values::credential_flags::{CredentialEdit, NewCredential};
use crate::values::identifier::Reference;
use crate::values::list_flags::{EndingFlags, ListFlags};
use crate::values::shared_flags::{SignedIn, WaitFlag};

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
        ending: EndingFlags,

        /// Only credentials that have this group
        #[arg(long, value_name = "NAME")]
        group: Option<String>,

        /// Only credentials that this member has created
        #[arg(long, value_name = "ID|EMAIL")]
        created_by: Option<Reference>,
    },

    /// Show one credential: its effective scopes, where each comes from, and who refuses its tokens late
    Show {
        /// Its id, or its name if only one has it
        #[arg(value_name = "ID|NAME")]
        id: Reference,
    },

    /// Replace a credential's groups or resources; nothing else of it can be changed
    ///
    /// Each kind of flag replaces its whole list. Without a flag of its kind a list stays unchanged. Removed scopes
    /// become invalid at once, also in issued tokens. Added scopes are in the next token.
    #[command(after_help = EDIT_EXAMPLE)]
    Edit {
        /// Its id, or its name if only one has it
        #[arg(value_name = "ID|NAME")]
        id: Reference,

        #[command(flatten)]
        edit: CredentialEdit,

        #[command(flatten)]
        wait: WaitFlag,

        #[command(flatten)]
        how: RemovalFlags,
    },

    /// Create a successor with a new client key; both keys are valid for a while
    ///
    /// The successor has the same name, groups, resources, validity and token lifetime, and a new id and key. The key
    /// is shown only once. The old credential and all of its tokens are refused after the overlap. Use this to rotate a
    /// key without downtime. If a key is lost or leaked, revoke the credential and create another.
    #[command(after_help = RENEW_EXAMPLE)]
    Renew(ClientRenewal),

    /// Show how many tokens a credential was issued and refused, by the hour and audience
    Usage {
        /// Its id, or its name if only one has it
        #[arg(value_name = "ID|NAME")]
        id: Reference,

        /// How far back, 1 to 90; older hours are not kept
        #[arg(long, value_name = "N", default_value_t = 30)]
        days: u32,
    },

    /// Export the active credentials as JSON Lines, without secrets
    #[command(after_help = EXPORT_EXAMPLE)]
    Export(CredentialExport),

    /// Create a credential per line of a file, and write the client keys to another
    ///
    /// Imports batches of up to 1,000; each batch is created completely or not at all. Run the same command again to
    /// resume an interrupted import.
    #[command(after_help = EXPORT_EXAMPLE)]
    Import(CredentialImport),

    /// Revoke a credential and every token that it ever got; this is final
    ///
    /// Returns when its tokens are no longer accepted, with a receipt that lists who has confirmed. Before you revoke a
    /// credential in use, create another, or renew it instead.
    #[command(after_help = REVOKE_EXAMPLE)]
    Revoke {
        /// Its id, or its name if only one has it
        #[arg(value_name = "ID|NAME")]
        id: Reference,

        /// The credential's name, exactly: it confirms that this is the one. Required with an id
        #[arg(long)]
        name: Option<String>,

        #[command(flatten)]
        wait: WaitFlag,

        #[command(flatten)]
        how: RemovalFlags,
    },
}

const ROUTE: &str = "service-credentials";

const NAME_MISSING: &str = "an id is revoked only with the name of its credential: add --name NAME";

const CREATION: Creation = Creation {
    object: "service credential",
    secret: "client key",
    remedy: "revoke it with `claviger credential revoke ID --name NAME`, or get a successor with a new key with \
             `claviger credential renew ID`",
};

impl CredentialCommand {
    pub fn run(self, output: &mut Output) -> Result<(), Failure> {
        let client = Client::connect(self.server, "credential", output)?;
        match self.act {
            CredentialAct::Create(new) => {
                let answer = client.create(&[ROUTE], &new)?;
                output.created(&CREATION, &answer, |page, created: CreatedCredential| created.write(page))
            }
            CredentialAct::List { flags, ending, group, created_by } => {
                let mut query = flags.query_ending(ending);
                query.extend(group.map(|group| ("group", group)));
                if let Some(member) = created_by {
                    query.push(("created_by", client.find("members", &member)?.as_str().to_owned()));
                }
                output.answer_with(&client.list(&[ROUTE], flags.limit, &query)?, list_page)
            }
            CredentialAct::Show { id } => {
                let id = client.find(ROUTE, &id)?;
                output.answer::<ShownCredential>(&client.get(&[ROUTE, id.as_str()])?)
            }
            CredentialAct::Edit { id, edit, wait, how } => {
                let id = client.find(ROUTE, &id)?;
                let edit = edit.body();
                let change = client.editing(&[ROUTE, id.as_str()], wait, &edit)?;
                let confirmed = how.confirm_edit(&edit, &client, &[ROUTE, id.as_str()], change, output)?;
                let answer = client.carry_out(confirmed)?;
                output.answer::<Edited<Object>>(&answer)
            }
            CredentialAct::Renew(renewal) => {
                let effect = "Its key and all of its tokens become invalid at once.";
                let answer = renewal.request(&client, ROUTE, ("service credential", effect), output)?;
                output.created(&CREATION, &answer, |page, renewed| {
                    write_renewed(page, &renewed, renewal.overlap())
                })
            }
            CredentialAct::Usage { id, days } => {
                let id = client.find(ROUTE, &id)?;
                output.answer::<CredentialUsageView>(&client.usage(&[ROUTE, id.as_str(), "usage"], days)?)
            }
            CredentialAct::Export(export) => export.run(&client, ROUTE, output),
            CredentialAct::Import(import) => import.run(&client, ROUTE, output),
            CredentialAct::Revoke { id: reference, name, wait, how } => {
                let name = match (&name, &reference) {
                    (Some(name), _) | (None, Reference::Name(name)) => name.clone(),
                    (None, Reference::Id(_)) => return Err(Failure::usage(NAME_MISSING)),
                };
                let id = client.find(ROUTE, &reference)?;
                let question = Question {
                    act: format!("Revoke the service credential \"{name}\""),
                    effect: "It and all of its tokens become invalid for good.",
                };
                let revocation = CredentialRevocation { name };
                let change = client.ending(&[ROUTE, id.as_str(), "revoke"], wait, &revocation)?;
                let confirmed =
                    how.confirm(&question, &client, Some(&[ROUTE, id.as_str()]), change, output)?;
                let answer = client.carry_out(confirmed)?;
                output.answer_with(&answer, |page, receipt| {
                    let name = &revocation.name;
                    let what =
                        format_args!("Revoked the service credential \"{name}\" and all of its tokens.");
                    write_receipt(page, what, &receipt);
                })
            }
        }
    }
}
