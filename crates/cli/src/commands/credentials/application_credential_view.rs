//! Text form of application credentials.

use serde::Deserialize;

use crate::commands::realms::receipt::Receipt;
use crate::server::client::{Client, Listed};
use crate::terminal::cell::{BOLD, Cell};
use crate::terminal::output::Readable;
use crate::terminal::page::{Facts, Page, Table};

#[derive(Deserialize)]
pub struct ApplicationCredential {
    id: String,
    member: String,
    name: String,
    description: String,
    scopes: Vec<String>,
    effective_scopes: Vec<String>,
    status: String,
    created_at: String,
    expires_at: Option<String>,
    last_used_at: Option<String>,
}

#[derive(Deserialize)]
pub struct CreatedApplication {
    client_key: String,
    token_endpoint: String,
    #[serde(flatten)]
    view: ApplicationCredential,
}

#[derive(Deserialize)]
pub struct EditedApplication {
    #[serde(flatten)]
    view: ApplicationCredential,
    receipt: Option<Receipt>,
}

impl CreatedApplication {
    pub fn write(&self, page: &mut Page, client: &Client) {
        page.heading(format_args!("Created the application credential \"{}\".", self.view.name));
        page.blank();
        page.facts(
            &Facts::default()
                .fact("Client id", Cell::painted(BOLD, &self.view.id))
                .fact("Client key", Cell::painted(BOLD, &self.client_key))
                .fact("Realm", Cell::painted(BOLD, client.realm()))
                .list("Scopes", &self.view.scopes)
                .fact("Expires", self.view.expires_at.as_deref().unwrap_or("never"))
                .fact("Token endpoint", &self.token_endpoint),
        );
        page.blank();
        page.warning(
            "The client key is shown only once. If it is lost, revoke this credential and create another.",
        );
    }
}

impl Readable for ApplicationCredential {
    fn write(&self, page: &mut Page) {
        page.heading(&self.name);
        page.facts(
            &Facts::default()
                .fact("Id", &self.id)
                .fact("Status", Cell::status(&self.status))
                .fact("Member", &self.member)
                .text("Description", &self.description)
                .list("Scopes", &self.scopes)
                .list("Effective scopes", &self.effective_scopes)
                .fact("Created", &self.created_at)
                .fact("Expires", self.expires_at.as_deref().unwrap_or("never"))
                .fact("Last used", self.last_used_at.as_deref().unwrap_or("never")),
        );
    }
}

impl Readable for EditedApplication {
    fn write(&self, page: &mut Page) {
        self.view.write(page);
        Receipt::write_after_edit(self.receipt.as_ref(), page);
    }
}

pub fn list_page(page: &mut Page, listed: Listed<ApplicationCredential>) {
    let mut table = Table::new(["ID", "NAME", "STATUS", "EXPIRES", "LAST USED", "MEMBER", "SCOPES"]);
    for credential in &listed.items {
        table.row([
            credential.id.as_str().into(),
            credential.name.as_str().into(),
            Cell::status(&credential.status),
            credential.expires_at.as_deref().unwrap_or("never").into(),
            credential.last_used_at.as_deref().unwrap_or("never").into(),
            credential.member.as_str().into(),
            Cell::joined(&credential.scopes),
        ]);
    }
    page.table(&table, "There are no application credentials.");
}
