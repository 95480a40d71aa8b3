//! A realm's signing keys, ready to sign and to verify.

use std::sync::Arc;

use claviger_contract::{JsonWebKey, JsonWebKeySet, Position, Standing, Timestamp};

use crate::crypto::{KeyPair, VerifyingKey};
use crate::domain::{KeyPurpose, KeyRole, SigningKey};

pub struct LiveKey {
    pub record: SigningKey,
    pub pair: Arc<KeyPair>,
    pub verifying: Arc<VerifyingKey>,
    pub cut: Position,
    /// JOSE header with the certificate, in base64url; of a key for registries alone.
    pub certified_header: Option<Arc<str>>,
}

impl LiveKey {
    /// With everything that makes it a key, and the cut that it has.
    pub(super) fn in_role_of(&self, record: &SigningKey) -> Self {
        Self {
            record: record.clone(),
            pair: self.pair.clone(),
            verifying: self.verifying.clone(),
            cut: self.cut,
            certified_header: self.certified_header.clone(),
        }
    }
}

/// Few per realm, in the order of their ids, so that every node publishes the same bytes.
#[derive(Clone, Default)]
pub struct RealmKeys {
    /// What one of them signed is a token of the realm; nothing that another key signed ever is.
    tokens: Vec<Arc<LiveKey>>,
    registry: Option<Arc<LiveKey>>,
    registry_authority: Option<Arc<LiveKey>>,
}

impl RealmKeys {
    pub fn active(&self) -> Option<&Arc<LiveKey>> {
        self.tokens.iter().find(|key| key.record.role == KeyRole::Active)
    }

    pub fn next(&self) -> Option<&Arc<LiveKey>> {
        self.tokens.iter().find(|key| key.record.role == KeyRole::Next)
    }

    pub fn find(&self, kid: &str) -> Option<&Arc<LiveKey>> {
        self.tokens.iter().find(|key| key.record.kid == kid)
    }

    pub fn standing(&self, kid: &str) -> Standing {
        self.find(kid).map_or(Standing::Dead, |key| Standing::Live { cut: key.cut })
    }

    pub fn iter(&self) -> std::slice::Iter<'_, Arc<LiveKey>> {
        self.tokens.iter()
    }

    /// What is published: every key that may sign, or has signed an access token that may still run.
    pub fn public(&self, now: Timestamp) -> JsonWebKeySet {
        let published = self.tokens.iter().filter(|key| key.record.ends_at().is_none_or(|end| now < end));
        let keys: Vec<JsonWebKey> = published.map(|key| key.record.public.clone()).collect();
        JsonWebKeySet { keys }
    }

    /// Signs tokens for registries.
    pub fn registry(&self) -> Option<&Arc<LiveKey>> {
        self.registry.as_ref()
    }

    /// Signs the certificates of those that do.
    pub fn registry_authority(&self) -> Option<&Arc<LiveKey>> {
        self.registry_authority.as_ref()
    }

    /// Whatever it is for.
    pub fn holds(&self, kid: &str) -> bool {
        let all = self.tokens.iter().chain(&self.registry).chain(&self.registry_authority);
        all.into_iter().any(|key| key.record.kid == kid)
    }

    pub(super) fn remove(&mut self, kid: &str) {
        let is_it = |key: &mut Arc<LiveKey>| key.record.kid == kid;
        self.registry.take_if(is_it);
        self.registry_authority.take_if(is_it);
        self.tokens.retain(|key| key.record.kid != kid);
    }

    pub(super) fn put(&mut self, key: Arc<LiveKey>) {
        match key.record.purpose {
            KeyPurpose::Tokens => self.put_for_tokens(key),
            KeyPurpose::Registry => self.registry = Some(key),
            KeyPurpose::RegistryAuthority => self.registry_authority = Some(key),
        }
    }

    fn put_for_tokens(&mut self, key: Arc<LiveKey>) {
        match self.tokens.iter_mut().find(|known| known.record.kid == key.record.kid) {
            Some(known) => *known = key,
            None => {
                let place = self.tokens.partition_point(|known| known.record.kid < key.record.kid);
                self.tokens.insert(place, key);
            }
        }
    }
}
