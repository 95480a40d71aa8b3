//! Deletes an object that the `list` command shows by its identifier, after a question.

use clap::Args;

use crate::commands::realms::receipt::write_receipt;
use crate::failure::Failure;
use crate::server::client::Client;
use crate::server::confirmation::{Question, YesFlag};
use crate::terminal::output::Output;
use crate::values::identifier::Identifier;
use crate::values::shared_flags::WaitFlag;

#[derive(Debug, Args)]
pub struct Deletion {
    /// Identifier shown by the `list` command
    #[arg(value_name = "ID")]
    id: Identifier,

    #[command(flatten)]
    wait: WaitFlag,

    #[command(flatten)]
    yes: YesFlag,
}

/// What is deleted, as it is asked and told.
pub struct Deleted {
    pub route: &'static str,
    /// Such as `source credential`.
    pub noun: &'static str,
    /// In one sentence.
    pub effect: &'static str,
    /// Whether the server can show the object, which is then shown before the question.
    pub has_page: bool,
}

impl Deletion {
    pub fn run(self, deleted: &Deleted, client: &Client, output: &mut Output) -> Result<(), Failure> {
        let (id, noun) = (self.id.as_str(), deleted.noun);
        let question = Question { act: format!("Delete the {noun} {id}"), effect: deleted.effect };
        let path = [deleted.route, id];
        let shown = deleted.has_page.then_some(&path[..]);
        let confirmed = self.yes.confirm(&question, client, shown, output)?;
        output.answer_with(&client.delete(&path, self.wait, &confirmed)?, |page, receipt| {
            write_receipt(page, format_args!("Deleted the {noun} {id}."), &receipt);
        })
    }
}
