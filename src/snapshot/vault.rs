//! What decides whether a source is resolved: source credentials and sources, without what only answers need.

use std::sync::Arc;

use claviger_contract::Timestamp;

use crate::snapshot::index::Index;
use claviger_domain::{
    CatalogId, Name, Slug, Source, SourceCredential, SourceCredentialId, SourceId, ValidationOutcome,
};

#[derive(Clone, Debug)]
pub struct LiveSourceCredential {
    pub name: Name,
    pub slug: Slug,
    pub source_type: CatalogId,
    pub expires_at: Option<Timestamp>,
    pub version: u64,
    /// Since when its provider has refused it.
    pub failed_since: Option<Timestamp>,
    /// Of the last validation.
    pub outcome: ValidationOutcome,
}

impl LiveSourceCredential {
    pub fn has_expired(&self, now: Timestamp) -> bool {
        SourceCredential::has_expired(self.expires_at, now)
    }
}

#[derive(Clone, Debug)]
pub struct LiveSource {
    pub name: Name,
    pub source_type: CatalogId,
    /// It may have been deleted.
    pub credential: SourceCredentialId,
}

#[derive(Clone, Default)]
pub struct Vault {
    credentials: imbl::OrdMap<SourceCredentialId, Arc<LiveSourceCredential>>,
    /// By the folded name.
    credential_names: imbl::HashMap<String, SourceCredentialId>,
    slugs: imbl::HashMap<Slug, SourceCredentialId>,
    sources: imbl::OrdMap<SourceId, Arc<LiveSource>>,
    source_names: imbl::HashMap<String, SourceId>,
    by_credential: Index<SourceCredentialId, SourceId>,
}

impl Vault {
    pub fn credential(&self, id: SourceCredentialId) -> Option<&Arc<LiveSourceCredential>> {
        self.credentials.get(&id)
    }

    /// In the order of their ids.
    pub fn credentials(&self) -> impl Iterator<Item = (&SourceCredentialId, &LiveSourceCredential)> {
        self.credentials.iter().map(|(id, known)| (id, &**known))
    }

    pub fn credential_named(&self, name: &Name) -> Option<SourceCredentialId> {
        self.credential_names.get(&SourceCredential::folded(name)).copied()
    }

    pub fn credential_with_slug(&self, slug: &Slug) -> Option<SourceCredentialId> {
        self.slugs.get(slug).copied()
    }

    pub fn credential_count(&self) -> usize {
        self.credentials.len()
    }

    pub fn source(&self, id: SourceId) -> Option<&Arc<LiveSource>> {
        self.sources.get(&id)
    }

    pub fn source_named(&self, name: &Name) -> Option<SourceId> {
        self.source_names.get(&SourceCredential::folded(name)).copied()
    }

    /// In the order of their ids.
    pub fn sources(&self) -> impl Iterator<Item = (SourceId, &LiveSource)> {
        self.sources.iter().map(|(id, source)| (*id, &**source))
    }

    pub fn source_count(&self) -> usize {
        self.sources.len()
    }

    /// The sources that use a credential, in the order of their ids.
    pub fn linked(&self, credential: &SourceCredentialId) -> impl Iterator<Item = (SourceId, &LiveSource)> {
        let known = |id: &SourceId| self.sources.get(id).map(|source| (*id, &**source));
        self.by_credential.get(credential).filter_map(known)
    }

    pub(super) fn put_credential(&mut self, record: &SourceCredential) {
        self.remove_credential(record.id);
        self.credential_names.insert(SourceCredential::folded(&record.name), record.id);
        self.slugs.insert(record.slug.clone(), record.id);
        let live = LiveSourceCredential {
            name: record.name.clone(),
            slug: record.slug.clone(),
            source_type: record.source_type.clone(),
            expires_at: record.expires_at,
            version: record.version,
            failed_since: record.failed_since,
            outcome: record.validation.outcome,
        };
        self.credentials.insert(record.id, Arc::new(live));
    }

    /// Returns whether it existed. Its sources stay linked to it, and are stopped.
    pub(super) fn remove_credential(&mut self, id: SourceCredentialId) -> bool {
        let Some(removed) = self.credentials.remove(&id) else { return false };
        self.credential_names.remove(&SourceCredential::folded(&removed.name));
        self.slugs.remove(&removed.slug);
        true
    }

    pub(super) fn put_source(&mut self, record: &Source) {
        self.remove_source(record.id);
        self.source_names.insert(SourceCredential::folded(&record.name), record.id);
        self.by_credential.insert(record.credential, record.id);
        let live = LiveSource {
            name: record.name.clone(),
            source_type: record.source_type.clone(),
            credential: record.credential,
        };
        self.sources.insert(record.id, Arc::new(live));
    }

    /// Returns whether it existed.
    pub(super) fn remove_source(&mut self, id: SourceId) -> bool {
        let Some(removed) = self.sources.remove(&id) else { return false };
        self.source_names.remove(&SourceCredential::folded(&removed.name));
        self.by_credential.remove(&removed.credential, &id);
        true
    }
}
