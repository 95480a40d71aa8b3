//! What is known of providers: their documents and keys, in memory for an hour.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use claviger_contract::RealmLabel;
use claviger_domain::IssuerUrl;

use crate::sign_in::document::ProviderDocument;
use crate::sign_in::key_set::ProviderKeys;

/// The one fetched first gives way; it is fetched again when it is needed.
const MAX_REALMS: usize = 1_000;
const KEPT: Duration = Duration::from_secs(3_600);
/// So that tokens with made-up keys do not make this server ask a provider all the time.
const KEYS_ASKED_EVERY: Duration = Duration::from_secs(60);

#[derive(Clone, Debug)]
pub struct Provider {
    pub document: Arc<ProviderDocument>,
    pub keys: Arc<ProviderKeys>,
}

struct Entry {
    issuer: IssuerUrl,
    provider: Provider,
    fetched: Duration,
    keys_fetched: Duration,
}

/// Times are those since boot.
#[derive(Default)]
pub struct KnownProviders(Mutex<HashMap<RealmLabel, Entry>>);

impl KnownProviders {
    pub fn find(&self, realm: &RealmLabel, issuer: &IssuerUrl, now: Duration) -> Option<Provider> {
        let entries = self.entries();
        let entry = entries.get(realm)?;
        let is_fresh = entry.issuer == *issuer && now.saturating_sub(entry.fetched) < KEPT;
        is_fresh.then(|| entry.provider.clone())
    }

    /// In place of what was known of the realm's provider.
    pub fn keep(&self, realm: &RealmLabel, issuer: &IssuerUrl, provider: Provider, now: Duration) {
        let mut entries = self.entries();
        if entries.len() >= MAX_REALMS && !entries.contains_key(realm) {
            let oldest =
                entries.iter().min_by_key(|(_, entry)| entry.fetched).map(|(realm, _)| realm.clone());
            oldest.and_then(|oldest| entries.remove(&oldest));
        }
        let issuer = issuer.clone();
        entries.insert(realm.clone(), Entry { issuer, provider, fetched: now, keys_fetched: now });
    }

    /// Whether the keys may be fetched again now. The caller that is told so is the only one for a minute.
    pub fn may_ask_for_keys(&self, realm: &RealmLabel, issuer: &IssuerUrl, now: Duration) -> bool {
        let mut entries = self.entries();
        let Some(entry) = entries.get_mut(realm).filter(|entry| entry.issuer == *issuer) else {
            return false;
        };
        let may = now.saturating_sub(entry.keys_fetched) >= KEYS_ASKED_EVERY;
        if may {
            entry.keys_fetched = now;
        }
        may
    }

    pub fn replace_keys(&self, realm: &RealmLabel, issuer: &IssuerUrl, keys: &Arc<ProviderKeys>) {
        let mut entries = self.entries();
        if let Some(entry) = entries.get_mut(realm).filter(|entry| entry.issuer == *issuer) {
            entry.provider.keys = keys.clone();
        }
    }

    fn entries(&self) -> MutexGuard<'_, HashMap<RealmLabel, Entry>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
