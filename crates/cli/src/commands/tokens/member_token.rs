//! Common parts of the commands for personal access tokens and API tokens.

use serde::Deserialize;
use serde_json::json;

use crate::commands::realms::receipt::Receipt;
use crate::failure::Failure;
use crate::server::client::{Client, Listed};
use crate::terminal::cell::{BOLD, Cell};
use crate::terminal::output::Output;
use crate::terminal::page::{Facts, Page, Table};
use crate::values::identifier::Identifier;
use crate::values::list_flags::{ListFlags, StatusFlag};
use crate::values::moment::Moment;

/// One of the two kinds of token.
pub struct Noun {
    pub route: &'static str,
    /// Includes the article.
    pub words: &'static str,
    pub plural: &'static str,
}

#[derive(Deserialize)]
struct MemberToken {
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
    view: MemberToken,
}

impl Noun {
    pub fn create(
        &self,
        client: &Client,
        description: Option<&str>,
        expires_at: &Moment,
        scopes: &[String],
        output: &mut Output,
    ) -> Result<(), Failure> {
        let description = description.unwrap_or_default();
        let body = json!({ "description": description, "expires_at": expires_at, "scopes": scopes });
        let answer = client.create(&[self.route], &body)?;
        output.answer_with(&answer, |page, created: CreatedToken| self.write_created(page, &created))
    }

    pub fn list(
        &self,
        client: &Client,
        flags: &ListFlags,
        status: StatusFlag,
        output: &mut Output,
    ) -> Result<(), Failure> {
        let answer = client.list(&[self.route], flags.limit, &flags.query_with(status))?;
        output.answer_with(&answer, |page, listed| self.write_list(page, &listed))
    }

    pub fn revoke(&self, client: &Client, id: &Identifier, output: &mut Output) -> Result<(), Failure> {
        let answer = client.act(&[self.route, id.as_str(), "revoke"], None, &json!({}))?;
        let name = self.words.split_once(' ').map_or(self.words, |(_, name)| name);
        output.answer_with(&answer, |page, receipt: Receipt| {
            receipt.write_as(page, format_args!("Revoked the {name} {}.", id.as_str()));
        })
    }

    fn write_created(&self, page: &mut Page, created: &CreatedToken) {
        page.heading(format_args!("Created {}.", self.words));
        page.blank();
        page.facts(
            &Facts::default()
                .fact("Token", Cell::painted(BOLD, &created.token))
                .fact("Id", &created.view.id)
                .text("Description", &created.view.description)
                .list("Scopes", &created.view.scopes)
                .fact("Expires", &created.view.expires_at),
        );
        page.blank();
        page.warning("The token is shown only once: store it now.");
    }

    fn write_list(&self, page: &mut Page, listed: &Listed<MemberToken>) {
        let columns = ["ID", "STATUS", "EXPIRES", "LAST USED", "MEMBER", "SCOPES", "DESCRIPTION"];
        let mut table = Table::new(columns);
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
        page.table(&table, &format!("There are no {}.", self.plural));
    }
}
