//! A sign-in between its start and the answer of the provider: a sealed text that the browser keeps.

use claviger_contract::{CLOCK_LEEWAY_SECONDS, RealmLabel, Timestamp};
use serde::{Deserialize, Serialize};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::crypto::{Keyring, SealingError, sha256};
use crate::sign_in::failure::SignInFailure;
use claviger_domain::Randomness;

/// A browser keeps a cookie of 4 KiB, with its name and attributes.
pub const MAX_SEALED_BYTES: usize = 3_584;
const LIFETIME_SECONDS: i64 = 600;

/// What the caller wants back at the end, such as the address that the person came from: at most 2,048 bytes in JSON, without
/// control characters.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Carried(String);

impl Carried {
    pub const MAX_BYTES: usize = 2_048;

    /// `None` if it is too long, or has control characters.
    pub fn new(text: &str) -> Option<Self> {
        let escaped = text.bytes().filter(|byte| matches!(byte, b'"' | b'\\')).count();
        let fits = text.len() + escaped <= Self::MAX_BYTES && !text.chars().any(char::is_control);
        fits.then(|| Self(text.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The members have short names, for the cookie.
#[derive(Serialize, Deserialize)]
pub struct Pending {
    #[serde(rename = "s")]
    pub state: String,
    #[serde(rename = "n")]
    pub nonce: String,
    /// Of PKCE (RFC 7636 §4.1).
    #[serde(rename = "v")]
    pub verifier: String,
    #[serde(rename = "t")]
    pub started_at: Timestamp,
    /// The digest of issuer, client id and redirect URI: none of them changes before the end.
    #[serde(rename = "c")]
    client: String,
    /// Whether the person had to sign in at the provider anew.
    #[serde(rename = "f")]
    pub is_fresh: bool,
    #[serde(rename = "x")]
    pub carried: Carried,
}

impl Pending {
    pub fn new(
        client: [&str; 3],
        is_fresh: bool,
        carried: Carried,
        now: Timestamp,
        randomness: &dyn Randomness,
    ) -> Self {
        let text = || URL_SAFE_NO_PAD.encode(randomness.bytes::<32>());
        let (state, nonce, verifier) = (text(), text(), text());
        Self { state, nonce, verifier, started_at: now, client: digest(client), is_fresh, carried }
    }

    /// RFC 7636 §4.2.
    pub fn challenge(&self) -> String {
        URL_SAFE_NO_PAD.encode(sha256(self.verifier.as_bytes()).0)
    }

    pub fn ends_at(&self) -> Timestamp {
        self.started_at.plus_seconds(LIFETIME_SECONDS)
    }

    pub fn seal(
        &self,
        keyring: &Keyring,
        realm: &RealmLabel,
        randomness: &dyn Randomness,
    ) -> Result<String, SealingError> {
        let text = serde_json::to_vec(self).map_err(|_| SealingError)?;
        keyring.seal_text(&identity(realm), &text, randomness)
    }

    /// Of this realm and client, and not too old. The clock of the node that sealed it may differ a little.
    pub fn open(
        keyring: &Keyring,
        realm: &RealmLabel,
        client: [&str; 3],
        sealed: &str,
        now: Timestamp,
    ) -> Result<Self, SignInFailure> {
        if sealed.len() > MAX_SEALED_BYTES {
            return Err(SignInFailure::Stale);
        }
        let opened = keyring.open_text(&identity(realm), sealed).map_err(|_| SignInFailure::Stale)?;
        let pending: Self = serde_json::from_slice(&opened).map_err(|_| SignInFailure::Stale)?;
        let is_live =
            pending.started_at <= now.plus_seconds(CLOCK_LEEWAY_SECONDS) && now <= pending.ends_at();
        if is_live && pending.client == digest(client) { Ok(pending) } else { Err(SignInFailure::Stale) }
    }
}

fn identity(realm: &RealmLabel) -> String {
    format!("sign_in/{realm}")
}

/// None of the parts contains a line break.
fn digest(client: [&str; 3]) -> String {
    URL_SAFE_NO_PAD.encode(sha256(client.join("\n").as_bytes()).0)
}
