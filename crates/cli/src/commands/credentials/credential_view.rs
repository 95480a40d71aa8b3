//! Text form of service credentials.

use claviger_api::{CreatedCredential, CredentialView, Listed, RenewedCredential, ResponsibleView};
use claviger_contract::Timestamp;
use claviger_domain::{Actor, EffectiveScope, Origin};

use crate::commands::realms::receipt::write_receipt;
use crate::terminal::cell::{BOLD, Cell};
use crate::terminal::output::Readable;
use crate::terminal::page::{Facts, Page, Table};
use crate::values::grant::as_typed;
use crate::values::lifetime::Lifetime;

impl Readable for CredentialView {
    fn write(&self, page: &mut Page) {
        page.heading(&self.name);
        let by = |at: Timestamp, actor: &Actor| format!("{at} by {}", actor.name);
        let revoked = self.revoked_at.map(|at| match &self.revoked_by {
            Some(actor) => by(at, actor),
            None => at.to_string(),
        });
        let facts = Facts::default()
            .fact("Id", self.id)
            .fact("Status", Cell::status(self.status.as_str()))
            .text("Description", self.description.as_str())
            .fact("Realm", &self.realm)
            .fact("Expires", Cell::or_never(self.expires_at))
            .fact("Token lifetime", Lifetime::from(self.token_ttl_seconds))
            .list("Groups", &self.groups)
            .list_if("Responsible", self.responsible.iter().map(shown_responsible))
            .list("Resources", self.resources.iter().map(as_typed))
            .list("Effective scopes", explained(&self.effective_scopes))
            .fact_if("Replaces", self.replaces)
            .fact_if("Replaced, valid until", self.overlap_ends_at)
            .fact("Created", by(self.created_at, &self.created_by))
            .fact("Changed", by(self.updated_at, &self.updated_by))
            .fact_if("Last used", self.last_used_at)
            .fact_if("Revoked", revoked);
        page.facts(&facts);
    }
}

/// Each scope with its origins, in two columns. Scopes are ASCII.
fn explained(scopes: &[EffectiveScope]) -> impl Iterator<Item = String> {
    let width = scopes.iter().map(|effective| effective.scope.as_str().len()).max().unwrap_or_default();
    let shown = |origin: &Origin| match origin {
        Origin::Group(name) => format!("group {name}"),
        Origin::Resource(name) => format!("resource {name}"),
    };
    scopes.iter().map(move |effective| {
        let origins: Vec<String> = effective.from.iter().map(shown).collect();
        format!("{:width$}  from {}", effective.scope.as_str(), origins.join(", "))
    })
}

fn shown_responsible(view: &ResponsibleView) -> String {
    format!("{}, for {}", view.responsible, view.group)
}

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
                .list("Effective scopes", explained(&credential.effective_scopes)),
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

/// The creation, and the receipt or the remaining time of the previous credential.
pub fn write_renewed(page: &mut Page, renewed: &RenewedCredential, overlap: Lifetime) {
    renewed.created.write(page);
    page.blank();
    match (&renewed.receipt, renewed.created.credential.replaces) {
        (Some(receipt), _) => {
            write_receipt(page, "The old credential and all of its tokens are revoked.", receipt);
        }
        (None, Some(old)) => page.line(format_args!(
            "The old credential {old} stays valid for {overlap}; then it and all of its tokens are refused."
        )),
        (None, None) => {}
    }
}

/// The end of its validity or of its overlap, whichever is first.
fn ends_at(credential: &CredentialView) -> Option<Timestamp> {
    credential.expires_at.into_iter().chain(credential.overlap_ends_at).min()
}

pub fn list_page(page: &mut Page, listed: Listed<CredentialView>) {
    let mut table = Table::new(["ID", "NAME", "STATUS", "ENDS", "TOKEN TTL", "GROUPS", "RESOURCES"]);
    for credential in &listed.items {
        table.row([
            credential.id.into(),
            (&credential.name).into(),
            Cell::status(credential.status.as_str()),
            Cell::or_never(ends_at(credential)),
            Lifetime::from(credential.token_ttl_seconds).into(),
            Cell::joined(&credential.groups),
            Cell::joined(credential.resources.iter().map(as_typed)),
        ]);
    }
    page.table(&table, "There are no service credentials: `claviger credential create` creates one.");
}
