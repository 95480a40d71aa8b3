//! The secret that an endpoint and its receiver share: `whsec_` and the base64 of 24 to 64 random bytes.

use std::fmt;
use std::ops::RangeInclusive;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

const PREFIX: &str = "whsec_";
const LENGTHS: RangeInclusive<usize> = 24..=64;

/// Without `Debug` content, and without `Clone`.
pub struct WebhookSecret(Zeroizing<Vec<u8>>);

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("a webhook secret is whsec_ and the base64 of 24 to 64 bytes")]
pub struct InvalidWebhookSecret;

impl WebhookSecret {
    /// Of random bytes.
    pub fn of_bytes(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes.to_vec()))
    }

    /// As it is shown once, and configured at the receiver.
    pub fn expose(&self) -> Zeroizing<String> {
        Zeroizing::new(format!("{PREFIX}{}", &*Zeroizing::new(STANDARD.encode(&*self.0))))
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0
    }
}

impl FromStr for WebhookSecret {
    type Err = InvalidWebhookSecret;

    fn from_str(text: &str) -> Result<Self, InvalidWebhookSecret> {
        let encoded = text.strip_prefix(PREFIX).ok_or(InvalidWebhookSecret)?;
        let bytes = STANDARD.decode(encoded).map(Zeroizing::new).map_err(|_| InvalidWebhookSecret)?;
        if LENGTHS.contains(&bytes.len()) { Ok(Self(bytes)) } else { Err(InvalidWebhookSecret) }
    }
}

impl fmt::Debug for WebhookSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WebhookSecret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secret_reads_back_and_is_mute() {
        let secret = WebhookSecret::of_bytes([7; 32]);
        let text = secret.expose();
        let read: WebhookSecret = text.parse().unwrap_or_else(|_| WebhookSecret::of_bytes([0; 32]));
        assert_eq!(read.bytes(), secret.bytes());
        assert_eq!(format!("{secret:?}"), "WebhookSecret(…)");
    }

    #[test]
    fn other_texts_are_refused() {
        let of = |length| format!("whsec_{}", STANDARD.encode(vec![1; length]));
        for length in [24, 32, 64] {
            assert!(of(length).parse::<WebhookSecret>().is_ok(), "{length}");
        }
        let others = ["", "whsec_", "whsec_%%%", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"].map(str::to_owned);
        for text in others.into_iter().chain([of(23), of(65), format!(" {}", of(32))]) {
            assert_eq!(text.parse::<WebhookSecret>().err(), Some(InvalidWebhookSecret), "{text}");
        }
    }
}
