//! Sealed texts that a browser keeps between two steps, for a short time.

use claviger_contract::{CLOCK_LEEWAY_SECONDS, Timestamp};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::administration::error::AdministrationError;
use crate::administration::setting::Administration;

#[derive(Serialize, Deserialize)]
struct Kept<T> {
    at: Timestamp,
    value: T,
}

pub(super) fn seal(
    administration: &Administration,
    identity: &str,
    value: &impl Serialize,
) -> Result<String, AdministrationError> {
    let failed = |error: &dyn std::fmt::Display| AdministrationError::Crypto(error.to_string());
    let ledger = &administration.ledger;
    let text = serde_json::to_vec(&Kept { at: ledger.now(), value }).map(Zeroizing::new);
    let text = text.map_err(|error| failed(&error))?;
    let sealed = administration.keyring.seal_text(identity, &text, ledger.randomness());
    sealed.map_err(|error| failed(&error))
}

/// `None` if it is another text, or too old. The clock of the node that sealed it may differ a little.
pub(super) fn open<T: DeserializeOwned>(
    administration: &Administration,
    identity: &str,
    sealed: &str,
    lifetime_seconds: i64,
) -> Option<T> {
    let now = administration.ledger.now();
    let opened = administration.keyring.open_text(identity, sealed).ok()?;
    let kept: Kept<T> = serde_json::from_slice(&opened).ok()?;
    let is_live =
        kept.at <= now.plus_seconds(CLOCK_LEEWAY_SECONDS) && now <= kept.at.plus_seconds(lifetime_seconds);
    is_live.then_some(kept.value)
}
