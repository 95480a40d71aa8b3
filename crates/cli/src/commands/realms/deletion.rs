//! Deletes an object of a list, after a question.

use clap::Args;

use crate::commands::realms::receipt::write_receipt;
use crate::failure::Failure;
use crate::server::client::Client;
use crate::server::confirmation::{Question, RemovalFlags};
use crate::terminal::output::Output;
use crate::values::shared_flags::{ListedId, WaitFlag};

#[derive(Debug, Args)]
pub struct Deletion {
    #[command(flatten)]
    listed: ListedId,

    #[command(flatten)]
    wait: WaitFlag,

    #[command(flatten)]
    how: RemovalFlags,
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
        let id = client.find(deleted.route, &self.listed.id)?;
        let (id, noun) = (id.as_str(), deleted.noun);
        let question = Question { act: format!("Delete the {noun} {id}"), effect: deleted.effect };
        let path = [deleted.route, id];
        let shown = deleted.has_page.then_some(&path[..]);
        let change = client.deletion(&path, self.wait);
        let confirmed = self.how.confirm(&question, client, shown, change, output)?;
        output.answer_with(&client.carry_out(confirmed)?, |page, receipt| {
            write_receipt(page, format_args!("Deleted the {noun} {id}."), &receipt);
        })
    }
}
