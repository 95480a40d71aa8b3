//! The text form of the secrets that this server generates, designed so that secret scanners find leaks.

use std::fmt;

use zeroize::Zeroizing;

use crate::environment::randomness::Randomness;

/// The purpose of a secret, encoded in its prefix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecretKind {
    ClientKey,
    PersonalAccessToken,
    ApiToken,
    RegistryRefreshToken,
    Session,
    /// The link that sets the password of a local account.
    Invitation,
}

impl SecretKind {
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::ClientKey => "clvk_",
            Self::PersonalAccessToken => "clvp_",
            Self::ApiToken => "clva_",
            Self::RegistryRefreshToken => "clvr_",
            Self::Session => "clvs_",
            Self::Invitation => "clvi_",
        }
    }
}

/// Prefix, 32 base62 characters (190 random bits), and 6 of CRC-32 (IEEE) over all before: 43 characters.
///
/// Returned once, on creation; it has no `Debug` content, no `Clone`, no `Serialize`.
pub struct Secret(Zeroizing<String>);

const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const RANDOM_CHARACTERS: usize = 32;
const CHECKSUM_CHARACTERS: usize = 6;

impl Secret {
    pub fn generate(kind: SecretKind, randomness: &dyn Randomness) -> Self {
        let mut text = Zeroizing::new(String::with_capacity(43));
        text.push_str(kind.prefix());
        while text.len() < kind.prefix().len() + RANDOM_CHARACTERS {
            // Bytes from 248 on are discarded: 256 is not a multiple of 62, and all characters must be equally likely.
            let [byte] = randomness.bytes::<1>();
            if byte < 248 {
                text.push(char::from(BASE62[usize::from(byte % 62)]));
            }
        }
        let checksum = checksum(text.as_bytes());
        text.push_str(&checksum);
        Self(text)
    }

    /// The plain text, for the one response that returns it and for the stored digest.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl SecretKind {
    /// The kind of a text that has the form of a secret. Whether it is one, only the server that made it can tell.
    pub fn of(presented: &str) -> Option<Self> {
        let all = [
            Self::ClientKey,
            Self::PersonalAccessToken,
            Self::ApiToken,
            Self::RegistryRefreshToken,
            Self::Session,
            Self::Invitation,
        ];
        let kind = all.into_iter().find(|kind| presented.starts_with(kind.prefix()))?;
        let (text, ending) = presented.split_at_checked(kind.prefix().len() + RANDOM_CHARACTERS)?;
        let is_base62 = text[kind.prefix().len()..].bytes().all(|byte| byte.is_ascii_alphanumeric());
        (is_base62 && ending == checksum(text.as_bytes())).then_some(kind)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// Most significant digit first, padded with zeros.
fn checksum(bytes: &[u8]) -> String {
    let mut rest = crc32fast::hash(bytes) as usize;
    let mut digits = [b'0'; CHECKSUM_CHARACTERS];
    for digit in digits.iter_mut().rev() {
        *digit = BASE62[rest % 62];
        rest /= 62;
    }
    digits.iter().map(|&digit| char::from(digit)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU8, Ordering};

    struct Counting(AtomicU8);

    impl Randomness for Counting {
        fn fill(&self, buffer: &mut [u8]) {
            buffer.fill_with(|| self.0.fetch_add(7, Ordering::Relaxed));
        }
    }

    #[test]
    fn secret_has_prefix_length_alphabet_and_checksum() {
        let secret = Secret::generate(SecretKind::ClientKey, &Counting(AtomicU8::new(0)));
        let text = secret.expose();
        assert_eq!(text.len(), 43);
        assert!(text.starts_with("clvk_"));
        assert!(text[5..].bytes().all(|b| b.is_ascii_alphanumeric()));
        let (body, tail) = text.split_at(37);
        assert_eq!(checksum(body.as_bytes()), tail);
        assert_eq!(format!("{secret:?}"), "Secret(…)");
    }

    #[test]
    fn kind_is_that_of_a_whole_secret_alone() {
        for kind in [SecretKind::ApiToken, SecretKind::PersonalAccessToken, SecretKind::ClientKey] {
            let secret = Secret::generate(kind, &Counting(AtomicU8::new(3)));
            let text = secret.expose();
            assert_eq!(SecretKind::of(text), Some(kind));
            let another = if text.as_bytes()[10] == b'a' { "b" } else { "a" };
            let changed = [&text[..10], another, &text[11..]].concat();
            for other in [&text[1..], &text[..42], &format!("{text}0"), &changed, &text.replace("clv", "CLV")]
            {
                assert_eq!(SecretKind::of(other), None, "{other}");
            }
        }
        for other in ["", "clva_", "clva_wrong", "clva_üüüüüüüüüüüüüüüüüüüüüüüüüüüüüü", "eyJ.eyJ.x"]
        {
            assert_eq!(SecretKind::of(other), None, "{other}");
        }
    }

    #[test]
    fn checksum_is_crc_32_in_base_62() {
        // CRC-32/IEEE of "123456789" is 0xCBF43926 = 3421780262 = 3·62⁵ + 45·62⁴ + 35·62³ + 18·62² + 62·9 + …
        let value = checksum(b"123456789").bytes().fold(0u64, |sum, b| {
            sum * 62 + BASE62.iter().position(|&c| c == b).expect("a base62 digit") as u64
        });
        assert_eq!(value, 0xCBF4_3926);
    }
}
