//! Text form of service credentials.

use serde::Deserialize;

use crate::commands::realms::receipt::Receipt;
use crate::server::client::Listed;
use crate::terminal::cell::{BOLD, Cell};
use crate::terminal::output::Readable;
use crate::terminal::page::{Facts, Page, Table};
use crate::values::grant::Grant;
use crate::values::lifetime::Lifetime;

#[derive(Deserialize)]
pub struct Credential {
    id: String,
    name: String,
    description: String,
    realm: String,
    status: String,
    expires_at: Option<String>,
    token_ttl_seconds: Lifetime,
    groups: Vec<String>,
    resources: Vec<Grant>,
    effective_scopes: Vec<EffectiveScope>,
    responsible: Vec<Responsible>,
    replaces: Option<String>,
    overlap_ends_at: Option<String>,
    created_at: String,
    created_by: Actor,
    updated_at: String,
    updated_by: Actor,
    last_used_at: Option<String>,
    revoked_at: Option<String>,
    revoked_by: Option<Actor>,
}

#[derive(Deserialize)]
struct EffectiveScope {
    scope: String,
    from: Vec<Origin>,
}

#[derive(Deserialize)]
struct Responsible {
    group: String,
    responsible: String,
}

#[derive(Deserialize)]
struct Origin {
    kind: String,
    name: String,
}

#[derive(Deserialize)]
struct Actor {
    name: String,
}

/// The only response that contains the key.
#[derive(Deserialize)]
pub struct CreatedCredential {
    client_id: String,
    client_key: String,
    token_endpoint: String,
    usage_example: String,
    #[serde(flatten)]
    credential: Credential,
}

/// A creation, and the receipt for the previous credential.
#[derive(Deserialize)]
pub struct RenewedCredential {
    #[serde(flatten)]
    created: CreatedCredential,
    receipt: Option<Receipt>,
}

#[derive(Deserialize)]
pub struct EditedCredential {
    #[serde(flatten)]
    credential: Credential,
    receipt: Option<Receipt>,
}

impl Readable for Credential {
    fn write(&self, page: &mut Page) {
        page.heading(&self.name);
        let by = |at: &str, actor: &Actor| format!("{at} by {}", actor.name);
        let revoked = self.revoked_at.as_ref().map(|at| match &self.revoked_by {
            Some(actor) => by(at, actor),
            None => at.clone(),
        });
        let facts = Facts::default()
            .fact("Id", &self.id)
            .fact("Status", Cell::status(&self.status))
            .text("Description", &self.description)
            .fact("Realm", &self.realm)
            .fact("Expires", self.expires_at.as_deref().unwrap_or("never"))
            .fact("Token lifetime", self.token_ttl_seconds.to_string())
            .list("Groups", &self.groups)
            .list_if("Responsible", self.responsible.iter().map(Responsible::shown))
            .list("Resources", self.resources.iter().map(Grant::to_string))
            .list("Effective scopes", explained(&self.effective_scopes))
            .fact_if("Replaces", self.replaces.as_ref())
            .fact_if("Replaced, valid until", self.overlap_ends_at.as_ref())
            .fact("Created", by(&self.created_at, &self.created_by))
            .fact("Changed", by(&self.updated_at, &self.updated_by))
            .fact_if("Last used", self.last_used_at.as_ref())
            .fact_if("Revoked", revoked);
        page.facts(&facts);
    }
}

/// Each scope with its origins, in two columns. Scopes are ASCII.
fn explained(scopes: &[EffectiveScope]) -> impl Iterator<Item = String> {
    let width = scopes.iter().map(|effective| effective.scope.len()).max().unwrap_or_default();
    scopes.iter().map(move |effective| {
        let origins: Vec<String> =
            effective.from.iter().map(|origin| format!("{} {}", origin.kind, origin.name)).collect();
        format!("{:width$}  from {}", effective.scope, origins.join(", "))
    })
}

impl Readable for CreatedCredential {
    fn write(&self, page: &mut Page) {
        let credential = &self.credential;
        page.heading(format_args!("Created the service credential \"{}\".", credential.name));
        page.blank();
        page.facts(
            &Facts::default()
                .fact("Client id", Cell::painted(BOLD, &self.client_id))
                .fact("Client key", Cell::painted(BOLD, &self.client_key))
                .fact("Realm", Cell::painted(BOLD, &credential.realm))
                .fact("Token endpoint", &self.token_endpoint)
                .fact("Expires", credential.expires_at.as_deref().unwrap_or("never"))
                .fact("Token lifetime", credential.token_ttl_seconds.to_string())
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
        page.line(&self.usage_example);
    }
}

impl Credential {
    /// The end of its validity or of its overlap, whichever is first. Times in one format sort as text.
    fn ends_at(&self) -> Option<&str> {
        self.expires_at.as_deref().into_iter().chain(self.overlap_ends_at.as_deref()).min()
    }
}

impl Responsible {
    fn shown(&self) -> String {
        format!("{}, for {}", self.responsible, self.group)
    }
}

impl RenewedCredential {
    pub fn write(&self, page: &mut Page, overlap: Lifetime) {
        self.created.write(page);
        page.blank();
        match (&self.receipt, &self.created.credential.replaces) {
            (Some(receipt), _) => receipt.write_as(page, "The old credential and all of its tokens are revoked."),
            (None, Some(old)) => page.line(format_args!(
                "The old credential {old} stays valid for {overlap}; then it and all of its tokens are refused."
            )),
            (None, None) => {}
        }
    }
}

impl Readable for EditedCredential {
    fn write(&self, page: &mut Page) {
        self.credential.write(page);
        Receipt::write_after_edit(self.receipt.as_ref(), page);
    }
}

pub fn list_page(page: &mut Page, listed: Listed<Credential>) {
    let mut table = Table::new(["ID", "NAME", "STATUS", "ENDS", "TOKEN TTL", "GROUPS", "RESOURCES"]);
    for credential in &listed.items {
        table.row([
            credential.id.as_str().into(),
            credential.name.as_str().into(),
            Cell::status(&credential.status),
            credential.ends_at().unwrap_or("never").into(),
            credential.token_ttl_seconds.to_string().into(),
            Cell::joined(&credential.groups),
            Cell::joined(&credential.resources),
        ]);
    }
    page.table(&table, "There are no service credentials: `claviger credential create` creates one.");
}
