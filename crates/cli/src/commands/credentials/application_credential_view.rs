//! Text form of application credentials.

use claviger_api::{
    ApplicationCredentialView, CreatedApplicationCredential, Listed, RenewedApplicationCredential,
};
use claviger_domain::first_end;

use crate::commands::credentials::credential_view::write_replaced;
use crate::server::client::Client;
use crate::terminal::cell::{BOLD, Cell};
use crate::terminal::page::{Facts, Page, Table};
use crate::values::lifetime::Lifetime;

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

pub fn write_renewed(
    page: &mut Page,
    renewed: &RenewedApplicationCredential,
    overlap: Lifetime,
    client: &Client,
) {
    write_created(page, &renewed.created, client);
    page.blank();
    let old = renewed.created.credential.replaces.map(|old| old.to_string());
    write_replaced(page, "credential and all of its tokens", old, renewed.receipt.as_ref(), overlap);
}

pub fn list_page(page: &mut Page, listed: Listed<ApplicationCredentialView>) {
    let mut table = Table::new(["ID", "NAME", "STATUS", "EXPIRES", "LAST USED", "MEMBER", "SCOPES"]);
    for credential in &listed.items {
        table.row([
            credential.id.into(),
            (&credential.name).into(),
            Cell::status(credential.status.as_str()),
            Cell::or_never(first_end(credential.expires_at, credential.overlap_ends_at)),
            Cell::or_never(credential.last_used_at),
            credential.member.into(),
            Cell::joined(&credential.scopes),
        ]);
    }
    page.table(&table, "There are no application credentials.");
}
