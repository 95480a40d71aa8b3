//! Codes of authenticator apps (RFC 6238): six digits, HMAC-SHA-1, a new one every 30 seconds, as every app makes them.

use std::fmt;

use claviger_contract::Timestamp;
use data_encoding::BASE32_NOPAD;
use form_urlencoded::byte_serialize;
use ring::hmac::{HMAC_SHA1_FOR_LEGACY_USE_ONLY, Key, sign};
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, Zeroizing};

use claviger_domain::Randomness;

const STEP_SECONDS: i64 = 30;
const DIGITS: usize = 6;

/// As long as the hash (RFC 4226 §4, R6).
const SECRET_BYTES: usize = 20;

/// What an authenticator app and this server share.
#[derive(Clone, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TotpSecret(Zeroizing<[u8; SECRET_BYTES]>);

#[derive(Debug, thiserror::Error)]
#[error("not a secret of 20 bytes in base32")]
pub struct InvalidTotpSecret;

impl TotpSecret {
    pub fn generate(randomness: &dyn Randomness) -> Self {
        Self(Zeroizing::new(randomness.bytes()))
    }

    /// In base32, as people type it into an app.
    pub fn text(&self) -> Zeroizing<String> {
        Zeroizing::new(BASE32_NOPAD.encode(self.0.as_slice()))
    }

    /// What a QR code holds for an app. Apps list it as `issuer (account)`.
    pub fn address(&self, issuer: &str, account: &str) -> Zeroizing<String> {
        // Apps read `+` as a plus.
        let encoded = |text: &str| byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20");
        let (issuer, account) = (encoded(issuer), encoded(account));
        Zeroizing::new(format!(
            "otpauth://totp/{issuer}:{account}?secret={}&issuer={issuer}&algorithm=SHA1&digits={DIGITS}&period={STEP_SECONDS}",
            *self.text()
        ))
    }

    /// The step whose code this is, of the present one and its two neighbors (RFC 6238 §5.2). None that is not later than
    /// `used`: a code is accepted once.
    pub fn accepted_step(&self, code: &str, now: Timestamp, used: Option<i64>) -> Option<i64> {
        let is_code = code.len() == DIGITS && code.bytes().all(|byte| byte.is_ascii_digit());
        let presented: u32 = code.parse().ok().filter(|_| is_code)?;
        let present = now.epoch_seconds().div_euclid(STEP_SECONDS);
        let key = Key::new(HMAC_SHA1_FOR_LEGACY_USE_ONLY, self.0.as_slice());
        let steps = present.saturating_sub(1)..=present.saturating_add(1);
        steps
            .filter(|step| used.is_none_or(|used| *step > used))
            .find(|step| code_of(&key, *step) == presented)
    }

    /// What an app shows at a time.
    pub fn code_at(&self, at: Timestamp) -> String {
        let key = Key::new(HMAC_SHA1_FOR_LEGACY_USE_ONLY, self.0.as_slice());
        format!("{:0DIGITS$}", code_of(&key, at.epoch_seconds().div_euclid(STEP_SECONDS)))
    }
}

/// Dynamic truncation (RFC 4226 §5.3).
fn code_of(key: &Key, step: i64) -> u32 {
    let tag = sign(key, &step.to_be_bytes());
    let tag = tag.as_ref();
    let start = tag.last().map_or(0, |last| usize::from(last & 0xf));
    let part = tag.get(start..start + 4).and_then(|part| part.try_into().ok()).unwrap_or([0; 4]);
    (u32::from_be_bytes(part) & 0x7fff_ffff) % 10_u32.pow(6)
}

impl fmt::Debug for TotpSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TotpSecret(…)")
    }
}

impl TryFrom<String> for TotpSecret {
    type Error = InvalidTotpSecret;

    fn try_from(mut text: String) -> Result<Self, InvalidTotpSecret> {
        let decoded = BASE32_NOPAD.decode(text.as_bytes()).map(Zeroizing::new);
        text.zeroize();
        let bytes = decoded.map_err(|_| InvalidTotpSecret)?.as_slice().try_into();
        bytes.map(|bytes| Self(Zeroizing::new(bytes))).map_err(|_| InvalidTotpSecret)
    }
}

impl From<TotpSecret> for String {
    fn from(secret: TotpSecret) -> Self {
        secret.text().to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret() -> TotpSecret {
        TotpSecret(Zeroizing::new(*b"12345678901234567890"))
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_epoch_seconds(seconds)
    }

    /// RFC 6238, appendix B: the last six of the eight digits.
    #[test]
    fn codes_are_those_of_the_standard() {
        for (seconds, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(secret().code_at(at(seconds)), code);
            assert_eq!(secret().accepted_step(code, at(seconds), None), Some(seconds / 30));
        }
    }

    #[test]
    fn code_is_accepted_one_step_early_or_late_and_once() {
        let (code, now) = ("081804", 1_111_111_109);
        let step = now / 30;
        for (seconds, accepted) in [(-60, false), (-30, true), (0, true), (30, true), (60, false)] {
            let found = secret().accepted_step(code, at(now + seconds), None);
            assert_eq!(found, accepted.then_some(step), "{seconds}");
            assert_eq!(secret().accepted_step(code, at(now + seconds), Some(step)), None, "used");
        }
        assert_eq!(secret().accepted_step(code, at(now), Some(step - 1)), Some(step));
    }

    #[test]
    fn only_six_digits_are_a_code() {
        for other in ["", "81804", "0081804", "+81804", " 81804", "08180４", "abcdef", "081804\n"] {
            assert_eq!(secret().accepted_step(other, at(1_111_111_109), None), None, "{other}");
        }
    }

    #[test]
    fn secret_reads_back_and_is_not_shown() {
        let text = serde_json::to_string(&secret()).expect("JSON");
        assert_eq!(text, "\"GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ\"");
        let read: TotpSecret = serde_json::from_str(&text).expect("read");
        assert_eq!(read.text(), secret().text());
        assert_eq!(format!("{read:?}"), "TotpSecret(…)");
        for other in ["", "\"\"", "\"GEZDGNBV\"", "\"!!\"", "1"] {
            assert!(serde_json::from_str::<TotpSecret>(other).is_err(), "{other}");
        }
        assert_eq!(
            *secret().address("Acme & Söhne", "a+b@acme.example"),
            "otpauth://totp/Acme%20%26%20S%C3%B6hne:a%2Bb%40acme.example?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ\
             &issuer=Acme%20%26%20S%C3%B6hne&algorithm=SHA1&digits=6&period=30"
        );
    }
}
