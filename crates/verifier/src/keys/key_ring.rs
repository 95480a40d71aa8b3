//! The public keys of one fetch. Immutable: the next fetch that succeeds replaces it.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use claviger_contract::{JsonWebKey, parse_strict_json};

use crate::token::{Keys, PublicKey};

/// An issuer has few keys; a list of more is none of ours.
const MAX_KEYS: usize = 64;

/// A key that no fetch has confirmed for so long is not used: the entry of the feed that withdrew it may be forgotten.
const MAX_AGE: Duration = Duration::from_secs(3_600);

#[derive(Clone, Debug, Default)]
pub(crate) struct KeyRing {
    keys: HashMap<String, Arc<PublicKey>>,
    /// When the fetch began, on the boot clock.
    fetched: Duration,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the key set has no usable key")]
pub(crate) struct NoUsableKey;

impl KeyRing {
    /// Skips keys that are of no use here (RFC 7517 §5). Refuses a set without a usable key, and one with two keys of
    /// the same id. `is_withdrawn` tells keys that must never be taken again.
    pub(crate) fn read(
        body: &[u8],
        is_withdrawn: impl Fn(&str) -> bool,
        fetched: Duration,
    ) -> Result<Self, NoUsableKey> {
        let json = parse_strict_json(body).map_err(|_| NoUsableKey)?;
        let listed = json.get("keys").and_then(|keys| keys.as_array()).ok_or(NoUsableKey)?;
        if listed.len() > MAX_KEYS {
            return Err(NoUsableKey);
        }
        let mut keys = HashMap::new();
        for key in listed {
            let Ok(read) = serde_json::from_value::<JsonWebKey>(key.clone()) else { continue };
            let Ok(usable) = PublicKey::new(&read) else { continue };
            if !is_withdrawn(&read.kid) && keys.insert(read.kid, Arc::new(usable)).is_some() {
                return Err(NoUsableKey);
            }
        }
        if keys.is_empty() { Err(NoUsableKey) } else { Ok(Self { keys, fetched }) }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    pub(crate) fn len(&self) -> usize {
        self.keys.len()
    }

    pub(crate) fn is_fresh(&self, now: Duration) -> bool {
        now.saturating_sub(self.fetched) < MAX_AGE
    }

    #[must_use]
    pub(crate) fn without(&self, withdrawn: &[String]) -> Self {
        let mut rest = self.clone();
        rest.keys.retain(|kid, _| !withdrawn.contains(kid));
        rest
    }
}

impl Keys for KeyRing {
    fn find(&self, kid: &str) -> Option<&PublicKey> {
        self.keys.get(kid).map(|key| &**key)
    }
}
