//! A realm's signing keys, ready to sign and to verify.

use std::sync::Arc;

use claviger_contract::{JsonWebKey, JsonWebKeySet, Liveness, Position, Timestamp};

use crate::crypto::KeyPair;
use claviger_domain::{KeyPurpose, KeyRole, SigningKey};
use claviger_verifier::token::PublicKey;

pub struct LiveKey {
    pub record: SigningKey,
    pub pair: Arc<KeyPair>,
    pub verifying: Arc<PublicKey>,
    pub cut: Position,
    /// JOSE header with the certificate, in base64url. Only for registry keys.
    pub certified_header: Option<Arc<str>>,
}

impl LiveKey {
    /// Keeps the key material and the cut, with the role of `record`.
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

/// Few per realm, ordered by id, so that every node publishes the same bytes.
#[derive(Clone, Default)]
pub struct RealmKeys {
    /// Only tokens signed by one of these keys are tokens of the realm.
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

    /// By the header of an access token, in base64url.
    pub fn find_by_header(&self, encoded_header: &str) -> Option<&Arc<LiveKey>> {
        self.tokens.iter().find(|key| key.pair.has_header(encoded_header))
    }

    pub fn liveness(&self, kid: &str) -> Liveness {
        self.find(kid).map_or(Liveness::Ended, |key| Liveness::Live { cut: key.cut })
    }

    pub fn iter(&self) -> std::slice::Iter<'_, Arc<LiveKey>> {
        self.tokens.iter()
    }

    /// The published key set: every key that may sign, or has signed an access token that may not have expired.
    pub fn public(&self, now: Timestamp) -> JsonWebKeySet {
        let published = self.tokens.iter().filter(|key| key.record.ends_at().is_none_or(|end| now < end));
        let keys: Vec<JsonWebKey> = published.map(|key| key.record.public.clone()).collect();
        JsonWebKeySet { keys }
    }

    /// The key that signs registry tokens.
    pub fn registry(&self) -> Option<&Arc<LiveKey>> {
        self.registry.as_ref()
    }

    /// The key that signs the certificates of registry keys.
    pub fn registry_authority(&self) -> Option<&Arc<LiveKey>> {
        self.registry_authority.as_ref()
    }

    /// Whether the realm has this key, for any purpose.
    pub fn holds(&self, kid: &str) -> bool {
        let all = self.tokens.iter().chain(&self.registry).chain(&self.registry_authority);
        all.into_iter().any(|key| key.record.kid == kid)
    }

    /// Returns whether it existed.
    pub(super) fn remove(&mut self, kid: &str) -> bool {
        let is_it = |key: &mut Arc<LiveKey>| key.record.kid == kid;
        let before = self.tokens.len();
        self.tokens.retain(|key| key.record.kid != kid);
        let removed = self.registry.take_if(is_it).or(self.registry_authority.take_if(is_it));
        removed.is_some() || self.tokens.len() < before
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
