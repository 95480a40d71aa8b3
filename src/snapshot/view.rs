//! The state of all realms at one position.

use std::sync::Arc;

use claviger_contract::{Position, RealmLabel, Timestamp};

use crate::snapshot::realm_view::RealmView;
use claviger_domain::ApplicationCredentialId;

/// Cheap to clone. Never changed once published.
#[derive(Clone)]
pub struct Snapshot {
    pub position: Position,
    /// When the rows that are applied next were read. `None` where nobody follows the log.
    pub(super) read_at: Option<Timestamp>,
    /// Without a trailing slash. Issuers are derived from it.
    public_url: Arc<str>,
    realms: imbl::HashMap<RealmLabel, Arc<RealmView>>,
    /// The realm of each application credential, for clients that name no realm.
    applications: imbl::HashMap<ApplicationCredentialId, RealmLabel>,
}

impl Snapshot {
    pub fn empty(public_url: &str) -> Self {
        Self {
            position: Position::ZERO,
            read_at: None,
            public_url: public_url.into(),
            realms: imbl::HashMap::new(),
            applications: imbl::HashMap::new(),
        }
    }

    /// Call before rows are applied. The time never goes back: what is remembered with it is kept long enough.
    pub fn note_read_at(&mut self, now: Timestamp) {
        self.read_at = self.read_at.max(Some(now));
    }

    pub fn public_url(&self) -> &str {
        &self.public_url
    }

    /// A deleted realm is not found.
    pub fn find_realm(&self, label: &str) -> Option<&Arc<RealmView>> {
        self.realms.get(label).filter(|realm| !realm.is_deleted())
    }

    /// Also a deleted realm, whose name is not free yet.
    pub fn find_realm_or_deleted(&self, label: &str) -> Option<&Arc<RealmView>> {
        self.realms.get(label)
    }

    pub fn realm_of_application(&self, id: ApplicationCredentialId) -> Option<&RealmLabel> {
        self.applications.get(&id)
    }

    pub fn put_application_realm(&mut self, id: ApplicationCredentialId, realm: RealmLabel) {
        self.applications.insert(id, realm);
    }

    pub(super) fn forget_application_realm(&mut self, id: ApplicationCredentialId) {
        self.applications.remove(&id);
    }

    /// Without deleted ones.
    pub fn realms(&self) -> impl Iterator<Item = &Arc<RealmView>> {
        self.realms.values().filter(|realm| !realm.is_deleted())
    }

    pub fn realms_and_deleted(&self) -> impl Iterator<Item = &Arc<RealmView>> {
        self.realms.values()
    }

    pub(super) fn remove_realm(&mut self, label: &RealmLabel) {
        let Some(removed) = self.realms.remove(label) else { return };
        for id in removed.applications.keys() {
            self.applications.remove(id);
        }
    }

    pub(super) fn issuer_of(&self, label: &RealmLabel) -> Arc<str> {
        format!("{}/realms/{label}", self.public_url).into()
    }

    pub(super) fn realm_mut(&mut self, label: &RealmLabel) -> Option<&mut RealmView> {
        self.realms.get_mut(label).map(Arc::make_mut)
    }

    pub(super) fn put_realm(&mut self, view: RealmView) {
        self.realms.insert(view.record.label.clone(), Arc::new(view));
    }
}
