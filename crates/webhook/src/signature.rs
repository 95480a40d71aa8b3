//! Signs a message, and verifies one: HMAC-SHA256 of its id, its time and its body.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::hmac;

use crate::secret::WebhookSecret;

pub const ID_HEADER: &str = "webhook-id";
pub const TIMESTAMP_HEADER: &str = "webhook-timestamp";
pub const SIGNATURE_HEADER: &str = "webhook-signature";

/// A message that was signed longer ago, or further in the future, is refused: it may be a repeated one.
pub const TOLERANCE_SECONDS: i64 = 300;

/// The version of the scheme: HMAC-SHA256 with a shared secret.
const VERSION: &str = "v1";

/// What is signed.
#[derive(Clone, Copy, Debug)]
pub struct Signed<'a> {
    /// The header `webhook-id`: the same for each attempt of a message.
    pub id: &'a str,
    /// The header `webhook-timestamp`: when this attempt was made, in seconds since the Unix epoch.
    pub timestamp: i64,
    pub body: &'a [u8],
}

/// Why a message is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unverified {
    #[error("the message was signed more than {TOLERANCE_SECONDS} seconds ago")]
    TooOld,
    #[error("the message was signed more than {TOLERANCE_SECONDS} seconds in the future")]
    TooNew,
    #[error("no signature of the message was made with this secret")]
    Signature,
}

/// The header `webhook-signature`: one signature for each secret, separated by spaces.
pub fn sign<'a>(secrets: impl IntoIterator<Item = &'a WebhookSecret>, signed: Signed<'_>) -> String {
    let one = |secret: &WebhookSecret| {
        let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret.bytes()), &content(signed));
        format!("{VERSION},{}", STANDARD.encode(tag))
    };
    secrets.into_iter().map(one).collect::<Vec<_>>().join(" ")
}

/// `signatures` is the header `webhook-signature`; `now` is in seconds since the Unix epoch. Signatures of other
/// versions are skipped. Compares in constant time.
pub fn verify(
    secret: &WebhookSecret,
    signed: Signed<'_>,
    signatures: &str,
    now: i64,
) -> Result<(), Unverified> {
    let age = now.saturating_sub(signed.timestamp);
    if age > TOLERANCE_SECONDS {
        return Err(Unverified::TooOld);
    }
    if age < -TOLERANCE_SECONDS {
        return Err(Unverified::TooNew);
    }
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.bytes());
    let content = content(signed);
    let fits = |one: &str| {
        let tag = one.split_once(',').filter(|(version, _)| *version == VERSION);
        let tag = tag.and_then(|(_, tag)| STANDARD.decode(tag).ok());
        tag.is_some_and(|tag| hmac::verify(&key, &content, &tag).is_ok())
    };
    if signatures.split(' ').any(fits) { Ok(()) } else { Err(Unverified::Signature) }
}

fn content(signed: Signed<'_>) -> Vec<u8> {
    let mut content = format!("{}.{}.", signed.id, signed.timestamp).into_bytes();
    content.extend_from_slice(signed.body);
    content
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIGNED: Signed<'_> = Signed {
        id: "msg_p5jXN8AQM9LWM0D4loKWxJek",
        timestamp: 1_614_265_330,
        body: br#"{"test": 2432232314}"#,
    };

    fn secret() -> WebhookSecret {
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".parse().expect("a secret")
    }

    /// The example of the specification's own libraries.
    #[test]
    fn known_message_has_its_known_signature() {
        let signature = sign([&secret()], SIGNED);
        assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
        assert_eq!(verify(&secret(), SIGNED, &signature, SIGNED.timestamp), Ok(()));
    }

    #[test]
    fn each_of_two_live_secrets_verifies() {
        let newer = WebhookSecret::of_bytes([9; 32]);
        let signatures = sign([&newer, &secret()], SIGNED);
        assert_eq!(signatures.split(' ').count(), 2);
        for one in [newer, secret()] {
            assert_eq!(verify(&one, SIGNED, &signatures, SIGNED.timestamp), Ok(()));
        }
    }

    #[test]
    fn anything_changed_or_outside_the_tolerance_is_refused() {
        let now = SIGNED.timestamp;
        let good = sign([&secret()], SIGNED);
        let other = WebhookSecret::of_bytes([9; 32]);
        assert_eq!(verify(&other, SIGNED, &good, now), Err(Unverified::Signature));
        for changed in [
            Signed { id: "msg_other", ..SIGNED },
            Signed { timestamp: now + 1, ..SIGNED },
            Signed { body: b"{}", ..SIGNED },
        ] {
            assert_eq!(verify(&secret(), changed, &good, now), Err(Unverified::Signature), "{changed:?}");
        }
        for bad in ["", "v1", "v1,", "v1,%%", &good.replacen("v1", "v2", 1), &good.replacen("v1,", "v1a,", 1)]
        {
            assert_eq!(verify(&secret(), SIGNED, bad, now), Err(Unverified::Signature), "{bad:?}");
        }
        let among_others = format!("v1a,xyz v2,abc {good}");
        assert_eq!(verify(&secret(), SIGNED, &among_others, now), Ok(()));
        for (seconds, expected) in [
            (TOLERANCE_SECONDS, Ok(())),
            (-TOLERANCE_SECONDS, Ok(())),
            (TOLERANCE_SECONDS + 1, Err(Unverified::TooOld)),
            (-TOLERANCE_SECONDS - 1, Err(Unverified::TooNew)),
            (i64::MAX, Err(Unverified::TooOld)),
        ] {
            assert_eq!(verify(&secret(), SIGNED, &good, now.saturating_add(seconds)), expected, "{seconds}");
        }
    }
}
