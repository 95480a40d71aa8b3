//! Codes that sign somebody in without their authenticator app, each once.

use std::fmt;

use data_encoding::{BASE32_NOPAD, HEXLOWER};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::crypto::fingerprint::sha256;
use claviger_domain::Randomness;

/// 80 bits: nobody guesses one, and its plain hash gives nothing away.
const CODE_BYTES: usize = 10;
const GROUP: usize = 4;

/// Shown once, such as `abcd-efgh-2345-7qrs`.
pub struct RecoveryCode(Zeroizing<String>);

/// What is left of the codes of an account: the SHA-256 hash of each.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RecoveryCodes(Vec<String>);

impl RecoveryCode {
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl RecoveryCodes {
    pub const COUNT: u8 = 10;

    pub fn generate(randomness: &dyn Randomness) -> (Self, Vec<RecoveryCode>) {
        let shown: Vec<_> = (0..Self::COUNT).map(|_| generate(randomness)).collect();
        (Self(shown.iter().map(|code| hash(code.expose())).collect()), shown)
    }

    /// Those that are left without this one; `None` if it is none of them.
    pub fn without(&self, presented: &str) -> Option<Self> {
        let presented = hash(presented);
        let left: Vec<_> = self.0.iter().filter(|known| **known != presented).cloned().collect();
        (left.len() < self.0.len()).then_some(Self(left))
    }

    pub fn count(&self) -> u8 {
        u8::try_from(self.0.len()).unwrap_or(u8::MAX)
    }
}

fn generate(randomness: &dyn Randomness) -> RecoveryCode {
    let bytes = Zeroizing::new(randomness.bytes::<CODE_BYTES>());
    let mut text = Zeroizing::new(BASE32_NOPAD.encode(bytes.as_slice()));
    text.make_ascii_lowercase();
    let mut grouped = Zeroizing::new(String::with_capacity(text.len() + text.len() / GROUP));
    for (index, character) in text.chars().enumerate() {
        if index > 0 && index % GROUP == 0 {
            grouped.push('-');
        }
        grouped.push(character);
    }
    RecoveryCode(grouped)
}

/// Capitals, spaces and dashes do not count: people type it from paper.
fn hash(code: &str) -> String {
    let plain: Zeroizing<String> = Zeroizing::new(
        code.chars()
            .filter(|character| character.is_ascii_alphanumeric())
            .map(|character| character.to_ascii_lowercase())
            .collect(),
    );
    HEXLOWER.encode(&sha256(plain.as_bytes()).0)
}

impl fmt::Debug for RecoveryCodes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RecoveryCodes({})", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::SystemRandomness;

    #[test]
    fn each_code_is_accepted_once_however_it_is_typed() {
        let (codes, shown) = RecoveryCodes::generate(&SystemRandomness::new());
        assert_eq!((codes.count(), shown.len()), (10, 10));
        let first = shown[0].expose();
        assert_eq!(first.len(), 19, "{first}");
        assert!(first.split('-').all(|part| part.len() == 4), "{first}");
        for typed in [first.to_owned(), first.to_uppercase(), first.replace('-', " "), format!(" {first} ")] {
            let left = codes.without(&typed).expect("a code");
            assert_eq!(left.count(), 9);
            assert!(left.without(&typed).is_none(), "used");
            assert!(left.without(shown[1].expose()).is_some());
        }
        for other in ["", "-", "aaaa-aaaa-aaaa-aaaa", &first[1..]] {
            assert!(codes.without(other).is_none(), "{other}");
        }
        let text = serde_json::to_string(&codes).expect("JSON");
        let read: RecoveryCodes = serde_json::from_str(&text).expect("read");
        assert!(read.without(first).is_some() && !text.contains(first));
    }
}
