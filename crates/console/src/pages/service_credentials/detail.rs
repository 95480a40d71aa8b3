//! One service credential: live, expired or revoked.

use askama::Template;
use claviger_contract::Timestamp;

use super::usage::Usage;
use super::wizard::{GroupLine, ResourceLine};
use crate::frame::Frame;
use crate::links::{Address, Draft, Step};
use crate::page::page;
use crate::parts::{EventLine, Lifecycle, Mark, ScopeLine};
use crate::text::{day, exact, lifetime, listed};

/// Audiences that refuse late and are named.
const MAX_LATE: usize = 5;

#[derive(Template)]
#[template(path = "pages/service-credentials/detail.html")]
pub struct CredentialPage {
    pub frame: Frame,
    pub id: String,
    pub name: String,
    pub description: String,
    pub lifecycle: Lifecycle,
    /// Who revoked it, if it is revoked.
    pub revoked_by: String,
    /// The one that replaces it, or replaced it.
    pub successor: Option<String>,
    pub predecessor: Option<String>,
    pub token_ttl_seconds: u64,
    pub groups: Vec<GroupLine>,
    pub resources: Vec<ResourceLine>,
    pub scopes: Vec<ScopeLine>,
    /// `admin:` scopes, of an administrative credential.
    pub admin_scopes: Vec<String>,
    pub updated_at: Timestamp,
    pub updated_by: String,
    pub created_by: String,
    pub usage: Usage,
    /// Audiences that may accept its tokens until they expire.
    pub late_audiences: Vec<String>,
    /// The newest ones.
    pub events: Vec<EventLine>,
    /// The wizard, prefilled with what this one has.
    pub draft: Draft,
}

impl CredentialPage {
    fn title(&self) -> &str {
        &self.name
    }

    fn mark(&self) -> Mark {
        self.lifecycle.mark(&self.frame.now)
    }

    fn is_expired(&self) -> bool {
        !self.lifecycle.is_revoked() && self.lifecycle.is_expired(&self.frame.now)
    }

    /// Whether its access can be changed.
    fn editable(&self) -> bool {
        self.frame.manages()
            && !self.lifecycle.is_revoked()
            && !self.is_expired()
            && self.admin_scopes.is_empty()
    }

    fn renewable(&self) -> bool {
        self.frame.manages()
            && !self.lifecycle.is_revoked()
            && !self.is_expired()
            && self.lifecycle.overlap_ends_at.is_none()
    }

    fn revocable(&self) -> bool {
        self.frame.manages() && !self.lifecycle.is_revoked()
    }

    /// While a successor runs beside it.
    fn overlap_ends(&self) -> Option<String> {
        let open = !self.lifecycle.is_revoked() && !self.is_expired();
        self.lifecycle.overlap_ends_at.filter(|_| open).map(|end| exact(&end))
    }

    fn like_it(&self) -> Address {
        self.frame.links.new_service_credential(Step::Details, &self.draft)
    }

    fn revoked_words(&self) -> String {
        let at = self.lifecycle.revoked_at.as_ref().map(exact).unwrap_or_default();
        format!("Revoked by {} on {at}.", self.revoked_by)
    }

    fn expired_words(&self) -> String {
        format!("Expired on {}.", self.lifecycle.expires_at.as_ref().map(day).unwrap_or_default())
    }

    fn lifetime(&self) -> String {
        lifetime(&self.token_ttl_seconds)
    }

    fn scopes_hint(&self) -> &'static str {
        if self.lifecycle.is_revoked() {
            "What its tokens could do."
        } else {
            "What its tokens can do, and why."
        }
    }

    /// At most [`MAX_LATE`], and how many more there are.
    fn late(&self) -> (&[String], u64) {
        let (shown, more) = self.late_audiences.split_at(self.late_audiences.len().min(MAX_LATE));
        (shown, u64::try_from(more.len()).unwrap_or(u64::MAX))
    }

    /// Who answers for its groups, each once.
    fn responsible(&self) -> String {
        let mut names: Vec<&str> = self.groups.iter().map(|group| group.responsible.as_str()).collect();
        names.retain(|name| !name.is_empty());
        names.sort_unstable();
        names.dedup();
        listed(&names)
    }

    fn commands(&self) -> String {
        format!("claviger credential show {id}\nclaviger credential usage {id} --days 30", id = self.id)
    }
}

page!(CredentialPage);
