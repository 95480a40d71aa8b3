//! Common parts of the commands for personal access tokens and API tokens.

use claviger_api::{CreatedMemberToken, Listed, MemberTokenView};
use serde::Serialize;
use serde_json::json;

use crate::commands::realms::receipt::write_receipt;
use crate::failure::Failure;
use crate::server::client::Client;
use crate::server::confirmation::{Question, RemovalFlags};
use crate::terminal::cell::{BOLD, Cell};
use crate::terminal::creation::Creation;
use crate::terminal::output::Output;
use crate::terminal::page::{Facts, Page, Table};
use crate::values::identifier::Reference;
use crate::values::list_flags::{EndingFlags, ListFlags};
use crate::values::shared_flags::WaitFlag;

/// One of the two kinds of token.
pub struct Noun {
    pub route: &'static str,
    /// Includes the article.
    pub words: &'static str,
    pub plural: &'static str,
    pub creation: Creation,
}

impl Noun {
    pub fn create(&self, client: &Client, new: &impl Serialize, output: &mut Output) -> Result<(), Failure> {
        let answer = client.create(&[self.route], new)?;
        output.created(&self.creation, &answer, |page, created| self.write_created(page, &created))
    }

    pub fn list(
        &self,
        client: &Client,
        flags: &ListFlags,
        ending: EndingFlags,
        output: &mut Output,
    ) -> Result<(), Failure> {
        let answer = client.list(&[self.route], flags.limit, &flags.query_ending(ending))?;
        output.answer_with(&answer, |page, listed| self.write_list(page, &listed))
    }

    pub fn revoke(
        &self,
        client: &Client,
        id: &Reference,
        wait: WaitFlag,
        how: RemovalFlags,
        output: &mut Output,
    ) -> Result<(), Failure> {
        let id = client.find(self.route, id)?;
        let name = self.words.split_once(' ').map_or(self.words, |(_, name)| name);
        let question = Question {
            act: format!("Revoke the {name} {}", id.as_str()),
            effect: "It becomes invalid for good, for every use.",
        };
        let change = client.ending(&[self.route, id.as_str(), "revoke"], wait, &json!({}))?;
        let confirmed = how.confirm(&question, client, None, change, output)?;
        let answer = client.carry_out(confirmed)?;
        output.answer_with(&answer, |page, receipt| {
            write_receipt(page, format_args!("Revoked the {name} {}.", id.as_str()), &receipt);
        })
    }

    fn write_created(&self, page: &mut Page, created: &CreatedMemberToken) {
        let CreatedMemberToken { shown, token } = created;
        page.heading(format_args!("Created {}.", self.words));
        page.blank();
        page.facts(
            &Facts::default()
                .fact("Token", Cell::painted(BOLD, token.expose()))
                .fact("Id", shown.id)
                .text("Description", shown.description.as_str())
                .list("Scopes", &shown.scopes)
                .fact("Expires", shown.expires_at),
        );
        page.blank();
        page.warning("The token is shown only once: store it now.");
    }

    fn write_list(&self, page: &mut Page, listed: &Listed<MemberTokenView>) {
        let columns = ["ID", "STATUS", "EXPIRES", "LAST USED", "MEMBER", "SCOPES", "DESCRIPTION"];
        let mut table = Table::new(columns);
        for token in &listed.items {
            table.row([
                token.id.into(),
                Cell::status(token.status.as_str()),
                token.expires_at.into(),
                Cell::or_never(token.last_used_at),
                token.member.into(),
                Cell::joined(&token.scopes),
                Cell::text_or_dash(token.description.as_str()),
            ]);
        }
        page.table(&table, &format!("There are no {}.", self.plural));
    }
}
