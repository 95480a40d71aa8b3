//! Text form of application credentials.

use claviger_api::{ApplicationCredentialView, CreatedApplicationCredential, Listed};

use crate::server::client::Client;
use crate::terminal::cell::{BOLD, Cell};
use crate::terminal::output::Readable;
use crate::terminal::page::{Facts, Page, Table};

/// The only response that contains the key.
pub fn write_created(page: &mut Page, created: &CreatedApplicationCredential, client: &Client) {
    let credential = &created.credential;
    page.heading(format_args!("Created the application credential \"{}\".", credential.name));
    page.blank();
    page.facts(
        &Facts::default()
            .fact("Client id", Cell::painted(BOLD, credential.client_id))
            .fact("Client key", Cell::painted(BOLD, created.client_key.expose()))
            .fact("Realm", Cell::painted(BOLD, client.realm()))
            .list("Scopes", &credential.scopes)
            .fact("Expires", Cell::or_never(credential.expires_at))
            .fact("Token endpoint", &created.token_endpoint),
    );
    page.blank();
    page.warning(
        "The client key is shown only once. If it is lost, revoke this credential and create another.",
    );
}

impl Readable for ApplicationCredentialView {
    fn write(&self, page: &mut Page) {
        page.heading(&self.name);
        page.facts(
            &Facts::default()
                .fact("Id", self.id)
                .fact("Status", Cell::status(self.status.as_str()))
                .fact("Member", self.member)
                .text("Description", self.description.as_str())
                .list("Scopes", &self.scopes)
                .list("Effective scopes", &self.effective_scopes)
                .fact("Created", self.created_at)
                .fact("Expires", Cell::or_never(self.expires_at))
                .fact("Last used", Cell::or_never(self.last_used_at)),
        );
    }
}

pub fn list_page(page: &mut Page, listed: Listed<ApplicationCredentialView>) {
    let mut table = Table::new(["ID", "NAME", "STATUS", "EXPIRES", "LAST USED", "MEMBER", "SCOPES"]);
    for credential in &listed.items {
        table.row([
            credential.id.into(),
            (&credential.name).into(),
            Cell::status(credential.status.as_str()),
            Cell::or_never(credential.expires_at),
            Cell::or_never(credential.last_used_at),
            credential.member.into(),
            Cell::joined(&credential.scopes),
        ]);
    }
    page.table(&table, "There are no application credentials.");
}
