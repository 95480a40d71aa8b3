//! Text form of service credentials.

use claviger_api::{CreatedCredential, CredentialView, Listed, RenewedCredential};
use claviger_contract::Timestamp;
use claviger_domain::Receipt;
use serde::Deserialize;

use crate::commands::realms::receipt::write_receipt;
use crate::terminal::cell::{BOLD, Cell};
use crate::terminal::object::Object;
use crate::terminal::output::Readable;
use crate::terminal::page::{Facts, Page, Table};
use crate::values::grant::as_typed;
use crate::values::lifetime::Lifetime;

/// The only response that contains the key.
impl Readable for CreatedCredential {
    fn write(&self, page: &mut Page) {
        let credential = &self.credential;
        page.heading(format_args!("Created the service credential \"{}\".", credential.name));
        page.blank();
        page.facts(
            &Facts::default()
                .fact("Client id", Cell::painted(BOLD, credential.client_id))
                .fact("Client key", Cell::painted(BOLD, self.client_key.expose()))
                .fact("Realm", Cell::painted(BOLD, &credential.realm))
                .fact("Token endpoint", &self.token_endpoint)
                .fact("Expires", Cell::or_never(credential.expires_at))
                .fact("Token lifetime", Lifetime::from(credential.token_ttl_seconds))
                .list(
                    "Effective scopes",
                    credential.effective_scopes.iter().map(|effective| &effective.scope),
                ),
        );
        page.blank();
        page.warning(
            "The client key is shown only once: store it now. If it is lost, revoke this credential and",
        );
        page.warning("create another one.");
        page.blank();
        page.line("Usage example:");
        // The leading space is kept. It keeps the line out of the history of shells that support this.
        page.line(self.usage_example.expose());
    }
}

/// A credential, and who learns late of its revocation. An older server does not say it.
#[derive(Deserialize)]
pub struct ShownCredential {
    #[serde(default)]
    audiences_until_expiry: Vec<String>,
    #[serde(flatten)]
    credential: Object,
}

impl Readable for ShownCredential {
    fn write(&self, page: &mut Page) {
        self.credential.write(page);
        if self.audiences_until_expiry.is_empty() {
            return;
        }
        page.blank();
        page.warning("These audiences were not seen lately. They may accept its tokens until these expire, also after a");
        page.warning("revocation:");
        for audience in &self.audiences_until_expiry {
            page.line(format_args!("  {audience}"));
        }
    }
}

/// The creation, and the receipt or the remaining time of the previous credential.
pub fn write_renewed(page: &mut Page, renewed: &RenewedCredential, overlap: Lifetime) {
    renewed.created.write(page);
    page.blank();
    let old = renewed.created.credential.replaces.map(|old| old.to_string());
    write_replaced(page, "credential and all of its tokens", old, renewed.receipt.as_ref(), overlap);
}

/// What becomes of `what`, which has been replaced.
pub fn write_replaced(
    page: &mut Page,
    what: &str,
    old: Option<String>,
    receipt: Option<&Receipt>,
    overlap: Lifetime,
) {
    match (receipt, old) {
        (Some(receipt), _) => {
            write_receipt(page, format_args!("The old {what} are revoked."), receipt);
        }
        (None, Some(old)) => page.line(format_args!(
            "The old {what} stay valid for {overlap}, and are refused from then on. The old id is {old}."
        )),
        (None, None) => {}
    }
}

/// The end of its validity or of its overlap, whichever is first.
fn ends_at(credential: &CredentialView) -> Option<Timestamp> {
    credential.expires_at.into_iter().chain(credential.overlap_ends_at).min()
}

pub fn list_page(page: &mut Page, listed: Listed<CredentialView>) {
    let mut table =
        Table::new(["ID", "NAME", "STATUS", "EXPIRES", "LAST USED", "TOKEN TTL", "GROUPS", "RESOURCES"]);
    for credential in &listed.items {
        table.row([
            credential.id.into(),
            (&credential.name).into(),
            Cell::status(credential.status.as_str()),
            Cell::or_never(ends_at(credential)),
            Cell::or_never(credential.last_used_at),
            Lifetime::from(credential.token_ttl_seconds).into(),
            Cell::joined(&credential.groups),
            Cell::joined(credential.resources.iter().map(as_typed)),
        ]);
    }
    page.table(&table, "There are no service credentials: `claviger credential create` creates one.");
}
