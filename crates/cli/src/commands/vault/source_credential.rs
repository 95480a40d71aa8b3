//! `claviger source-credential`: credentials of third parties, kept once and used by many sources.

use clap::{Args, Subcommand};
use claviger_api::{DiscoveryView, Edited, Listed, SourceCredentialView};
use serde_json::json;

use crate::commands::realms::deletion::{Deleted, Deletion};
use crate::commands::vault::source_credential_flags::{NewSourceCredential, SourceCredentialEdit};
use crate::failure::Failure;
use crate::server::client::Client;
use crate::terminal::object::Object;
use crate::terminal::output::Output;
use crate::terminal::page::{Page, Table};
use crate::values::list_flags::{EndingFlags, ListFlags};
use crate::values::shared_flags::{ListedId, SignedIn, WaitFlag};

/// Source credentials: credentials of third parties, used by many sources
#[derive(Debug, Args)]
pub struct SourceCredentialCommand {
    #[command(flatten)]
    server: SignedIn,

    #[command(subcommand)]
    act: SourceCredentialAct,
}

const CREATE_EXAMPLE: &str = "\
Example:
  claviger source-credential create \"GitHub main\" --type github --secret token=github.token

Values that are no text are given as JSON after `:=`, such as --field port:=8443.";

#[derive(Debug, Subcommand)]
enum SourceCredentialAct {
    /// Store a credential of a third party
    #[command(after_help = CREATE_EXAMPLE)]
    Create(NewSourceCredential),

    /// List the realm's source credentials
    List {
        #[command(flatten)]
        flags: ListFlags,

        #[command(flatten)]
        ending: EndingFlags,

        /// Filter by the outcome of the last validation, such as invalid_credential
        #[arg(long, value_name = "OUTCOME")]
        outcome: Option<String>,

        /// Filter by source type
        #[arg(long = "type", value_name = "ID|NAME")]
        source_type: Option<String>,
    },

    /// Show one source credential; secrets are never shown
    Show(ListedId),

    /// Change a source credential for all sources that use it
    ///
    /// Secret fields that are not given stay. Until the new ones are accepted, sources get the old ones.
    Edit {
        #[command(flatten)]
        id: ListedId,

        #[command(flatten)]
        edit: SourceCredentialEdit,

        #[command(flatten)]
        wait: WaitFlag,
    },

    /// Ask the provider about a stored source credential, and store what it says
    Validate(ListedId),

    /// List what can be chosen as the answer of a question of the source type
    Discover {
        #[command(flatten)]
        id: ListedId,

        /// The question, shown by `claviger source-type show`
        question: String,
    },

    /// Delete a source credential and its secrets; the sources that use it are stopped
    Delete(Deletion),
}

const ROUTE: &str = "source-credentials";

const DELETED: Deleted = Deleted {
    route: ROUTE,
    noun: "source credential",
    effect: "Its secrets are destroyed, and the sources that use it are stopped.",
    has_page: true,
};

impl SourceCredentialCommand {
    pub fn run(self, output: &mut Output) -> Result<(), Failure> {
        let client = Client::connect(self.server, "source-credential", output)?;
        match self.act {
            SourceCredentialAct::Create(new) => {
                let is_dry = new.is_dry();
                let body = new.body(output)?;
                if is_dry {
                    return output.answer::<Object>(&client.create(&[ROUTE, "validate"], &body)?);
                }
                output.answer::<Object>(&client.create(&[ROUTE], &body)?)
            }
            SourceCredentialAct::List { flags, ending, outcome, source_type } => {
                let mut query = flags.query_ending(ending);
                query.extend(outcome.map(|outcome| ("outcome", outcome)));
                query.extend(source_type.map(|source_type| ("source_type", source_type)));
                output.answer_with(&client.list(&[ROUTE], flags.limit, &query)?, list_page)
            }
            SourceCredentialAct::Show(listed) => {
                let id = client.find(ROUTE, &listed.id)?;
                output.answer::<Object>(&client.get(&[ROUTE, id.as_str()])?)
            }
            SourceCredentialAct::Edit { id, edit, wait } => {
                let id = client.find(ROUTE, &id.id)?;
                let body = edit.body(output)?;
                output.answer::<Edited<Object>>(&client.edit(&[ROUTE, id.as_str()], wait, &body)?)
            }
            SourceCredentialAct::Validate(listed) => {
                let id = client.find(ROUTE, &listed.id)?;
                output.answer::<Object>(&client.post(&[ROUTE, id.as_str(), "validate"])?)
            }
            SourceCredentialAct::Discover { id, question } => {
                let id = client.find(ROUTE, &id.id)?;
                let asked = json!({ "question": question });
                let answer = client.create(&[ROUTE, id.as_str(), "discover"], &asked)?;
                output.answer_with(&answer, discovery_page)
            }
            SourceCredentialAct::Delete(deletion) => deletion.run(&DELETED, &client, output),
        }
    }
}

fn discovery_page(page: &mut Page, found: DiscoveryView) {
    let mut table = Table::new(["ANSWER", "NAME"]);
    for item in &found.items {
        table.row([(&item.key).into(), (&item.title).into()]);
    }
    let question = &found.question;
    page.table(&table, &format!("The provider lists nothing: type an answer, as --answer {question}=…"));
    if found.truncated {
        page.line("The provider has more than is listed.");
    }
}

fn list_page(page: &mut Page, listed: Listed<SourceCredentialView>) {
    let mut table = Table::new(["ID", "NAME", "TYPE", "VALIDATION", "USED BY", "EXPIRES", "CHANGED"]);
    for known in &listed.items {
        table.row([
            known.id.into(),
            (&known.name).into(),
            known.source_type.to_string().into(),
            known.validation.outcome.as_str().into(),
            known.used_by.to_string().into(),
            known.expires_at.map_or_else(|| "-".into(), Into::into),
            known.updated_at.into(),
        ]);
    }
    page.table(&table, "There are no source credentials: `claviger source-credential create` stores one.");
}
