//! A realm's signing keys, ready to sign and to verify.

use std::sync::Arc;

use claviger_contract::{JsonWebKey, JsonWebKeySet, Position, Standing};

use crate::crypto::{KeyPair, VerifyingKey};
use crate::domain::{KeyRole, SigningKey};

pub struct LiveKey {
    pub record: SigningKey,
    pub pair: Arc<KeyPair>,
    pub verifying: Arc<VerifyingKey>,
    pub cut: Position,
}

/// Few per realm, in the order of their ids, so that every node publishes the same bytes.
#[derive(Clone, Default)]
pub struct RealmKeys(Vec<Arc<LiveKey>>);

impl RealmKeys {
    pub fn active(&self) -> Option<&Arc<LiveKey>> {
        self.0.iter().find(|key| key.record.role == KeyRole::Active)
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

    /// What is published: every key that may sign or has signed.
    pub fn public(&self) -> JsonWebKeySet {
        let keys: Vec<JsonWebKey> = self.0.iter().map(|key| key.record.public.clone()).collect();
        JsonWebKeySet { keys }
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
