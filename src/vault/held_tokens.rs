//! Short-lived tokens of service apps that were fetched: in memory until shortly before their end.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, Utc};
use claviger_contract::RealmLabel;
use zeroize::Zeroizing;

use claviger_domain::SourceCredentialId;

/// Of one realm. Others than the most recently fetched are fetched again when they are needed.
const MAX_PER_REALM: usize = 1_000;

/// The version tells whether the credential was edited since.
type Held = HashMap<SourceCredentialId, (u64, Kept)>;

#[derive(Clone)]
pub struct Kept {
    pub secret: Zeroizing<String>,
    pub usable_until: DateTime<Utc>,
}

#[derive(Default)]
pub struct HeldTokens(Mutex<HashMap<RealmLabel, Held>>);

impl HeldTokens {
    pub fn find(
        &self,
        realm: &RealmLabel,
        key: (SourceCredentialId, u64),
        now: DateTime<Utc>,
    ) -> Option<Kept> {
        let held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (version, kept) = held.get(realm)?.get(&key.0)?;
        (*version == key.1 && kept.usable_until > now).then(|| kept.clone())
    }

    pub fn keep(&self, realm: &RealmLabel, key: (SourceCredentialId, u64), kept: Kept, now: DateTime<Utc>) {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let held = held.entry(realm.clone()).or_default();
        held.retain(|_, (_, kept)| kept.usable_until > now);
        if held.len() >= MAX_PER_REALM {
            held.clear();
        }
        held.insert(key.0, (key.1, kept));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use claviger_domain::Id;

    #[test]
    fn token_is_kept_until_its_end_or_an_edit_and_their_number_is_bounded() {
        let (tokens, realm) = (HeldTokens::default(), "acme".parse().expect("a label"));
        let at = |seconds| DateTime::from_timestamp(seconds, 0).expect("a time");
        let kept = || Kept { secret: Zeroizing::new("t".to_owned()), usable_until: at(100) };
        let id = Id::from_u128(1);
        tokens.keep(&realm, (id, 1), kept(), at(0));
        assert!(tokens.find(&realm, (id, 1), at(99)).is_some());
        assert!(tokens.find(&realm, (id, 1), at(100)).is_none(), "ended");
        assert!(tokens.find(&realm, (id, 2), at(99)).is_none(), "edited");
        assert!(tokens.find(&"other".parse().expect("a label"), (id, 1), at(99)).is_none());
        for number in 0..3 * MAX_PER_REALM {
            tokens.keep(&realm, (Id::from_u128(number as u128), 1), kept(), at(0));
            assert!(tokens.0.lock().expect("a lock")[&realm].len() <= MAX_PER_REALM);
        }
    }
}
