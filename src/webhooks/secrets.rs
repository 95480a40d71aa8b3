//! The secrets of a webhook, sealed as one text: the present one, and the one before while both sign.

use claviger_contract::{RealmLabel, Timestamp};
use claviger_webhook::WebhookSecret;
use zeroize::Zeroizing;

use crate::crypto::{Keyring, SealingError};
use claviger_domain::{Randomness, SealedBytes, Webhook, WebhookId};

#[derive(Debug)]
pub struct WebhookSecrets {
    pub present: WebhookSecret,
    /// The one before.
    pub previous: Option<WebhookSecret>,
}

#[derive(Debug, thiserror::Error)]
pub enum WebhookSecretsError {
    #[error("webhook {id}: {source}")]
    Sealing { id: WebhookId, source: SealingError },
    /// The reason is not told, because it would show a part of them.
    #[error("webhook {0}: its opened secrets are none")]
    Malformed(WebhookId),
}

/// Between the secrets. None contains it.
const SEPARATOR: char = ' ';

impl WebhookSecrets {
    pub fn new(randomness: &dyn Randomness) -> Self {
        Self { present: WebhookSecret::of_bytes(randomness.bytes::<32>()), previous: None }
    }

    /// With a new secret. `keeps` says whether the present one goes on signing for a while.
    pub fn rotated(self, keeps: bool, randomness: &dyn Randomness) -> Self {
        Self { previous: keeps.then_some(self.present), ..Self::new(randomness) }
    }

    /// Those that sign now, the present one first.
    pub fn live(&self, webhook: &Webhook, now: Timestamp) -> Vec<&WebhookSecret> {
        let previous = self.previous.iter().filter(|_| webhook.has_overlap(now));
        std::iter::once(&self.present).chain(previous).collect()
    }

    pub fn seal(
        &self,
        keyring: &Keyring,
        realm: &RealmLabel,
        id: WebhookId,
        randomness: &dyn Randomness,
    ) -> Result<SealedBytes, WebhookSecretsError> {
        let mut text = self.present.expose();
        if let Some(previous) = &self.previous {
            text = Zeroizing::new(format!("{}{SEPARATOR}{}", &*text, &*previous.expose()));
        }
        let identity = Webhook::sealed_identity(realm, id);
        let sealed = keyring.seal_in_envelope(&identity, text.as_bytes(), randomness);
        sealed.map_err(|source| WebhookSecretsError::Sealing { id, source })
    }

    pub fn open(
        keyring: &Keyring,
        realm: &RealmLabel,
        id: WebhookId,
        sealed: Option<&SealedBytes>,
    ) -> Result<Self, WebhookSecretsError> {
        let malformed = || WebhookSecretsError::Malformed(id);
        let identity = Webhook::sealed_identity(realm, id);
        let opened = keyring.open_envelope(&identity, sealed.ok_or_else(malformed)?);
        let opened = opened.map_err(|source| WebhookSecretsError::Sealing { id, source })?;
        let text = std::str::from_utf8(&opened).map_err(|_| malformed())?;
        let mut secrets = text.split(SEPARATOR).map(|one| one.parse().map_err(|_| malformed()));
        let present = secrets.next().ok_or_else(malformed)??;
        Ok(Self { present, previous: secrets.next().transpose()? })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU8, Ordering};

    use super::*;
    use crate::crypto::MasterKeys;

    /// Other bytes each time.
    #[derive(Default)]
    struct Counting(AtomicU8);

    impl Randomness for Counting {
        fn fill(&self, buffer: &mut [u8]) {
            buffer.fill(self.0.fetch_add(1, Ordering::Relaxed));
        }
    }

    #[test]
    fn secrets_open_for_their_webhook_alone() {
        let randomness = Counting::default();
        let folder = tempfile::tempdir().expect("a folder");
        MasterKeys::create(folder.path(), &randomness).expect("a key");
        let keyring = Keyring::watch(folder.path()).expect("a keyring");
        let realm: RealmLabel = "acme".parse().expect("a label");
        let (id, other) = (WebhookId::from_u128(1), WebhookId::from_u128(2));
        let first = WebhookSecrets::new(&randomness);
        let text = first.present.expose();
        for (keeps, live) in [(true, Some(text.clone())), (false, None)] {
            let sealed = first.seal(&keyring, &realm, id, &randomness).expect("sealed");
            let opened = WebhookSecrets::open(&keyring, &realm, id, Some(&sealed)).expect("open");
            let rotated = opened.rotated(keeps, &randomness).seal(&keyring, &realm, id, &randomness);
            let sealed = rotated.expect("sealed");
            let opened = WebhookSecrets::open(&keyring, &realm, id, Some(&sealed)).expect("open");
            assert_eq!(opened.previous.map(|previous| previous.expose()), live);
            assert_ne!(opened.present.expose(), text);
            assert!(WebhookSecrets::open(&keyring, &realm, other, Some(&sealed)).is_err());
            assert!(WebhookSecrets::open(&keyring, &realm, id, None).is_err());
        }
    }
}
