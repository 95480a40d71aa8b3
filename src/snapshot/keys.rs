//! A realm's signing keys, ready to sign and to verify.

use std::sync::Arc;

use claviger_contract::{JsonWebKey, JsonWebKeySet, Position, Standing, Timestamp};

use crate::crypto::{KeyPair, VerifyingKey};
use crate::domain::{KeyRole, SigningKey};

pub struct LiveKey {
    pub record: SigningKey,
    pub pair: Arc<KeyPair>,
    pub verifying: Arc<VerifyingKey>,
    pub cut: Position,
}

impl LiveKey {
    /// With everything that makes it a key, and the cut that it has.
    pub(super) fn in_role_of(&self, record: &SigningKey) -> Self {
        Self {
            record: record.clone(),
            pair: self.pair.clone(),
            verifying: self.verifying.clone(),
            cut: self.cut,
        }
    }
}

/// Few per realm, in the order of their ids, so that every node publishes the same bytes.
#[derive(Clone, Default)]
pub struct RealmKeys(Vec<Arc<LiveKey>>);

impl RealmKeys {
    pub fn active(&self) -> Option<&Arc<LiveKey>> {
        self.0.iter().find(|key| key.record.role == KeyRole::Active)
    }

    pub fn next(&self) -> Option<&Arc<LiveKey>> {
        self.0.iter().find(|key| key.record.role == KeyRole::Next)
    }

    pub fn find(&self, kid: &str) -> Option<&Arc<LiveKey>> {
        self.0.iter().find(|key| key.record.kid == kid)
    }

    pub fn standing(&self, kid: &str) -> Standing {
        self.find(kid).map_or(Standing::Dead, |key| Standing::Live { cut: key.cut })
    }

    pub fn iter(&self) -> std::slice::Iter<'_, Arc<LiveKey>> {
        self.0.iter()
    }

    /// What is published: every key that may sign, or has signed an access token that may still run.
    pub fn public(&self, now: Timestamp) -> JsonWebKeySet {
        let published = self.0.iter().filter(|key| key.record.ends_at().is_none_or(|end| now < end));
        let keys: Vec<JsonWebKey> = published.map(|key| key.record.public.clone()).collect();
        JsonWebKeySet { keys }
    }

    pub(super) fn remove(&mut self, kid: &str) {
        self.0.retain(|key| key.record.kid != kid);
    }

    pub(super) fn put(&mut self, key: Arc<LiveKey>) {
        match self.0.iter_mut().find(|known| known.record.kid == key.record.kid) {
            Some(known) => *known = key,
            None => {
                let place = self.0.partition_point(|known| known.record.kid < key.record.kid);
                self.0.insert(place, key);
            }
        }
    }
}
