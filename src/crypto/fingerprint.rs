//! SHA-256, for the log's hash chain and for recognizing tokens seen before.

use std::fmt;
use std::str::FromStr;

use ring::digest::{Context, SHA256, digest};

/// Covers a whole token, so two different tokens never share one.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Fingerprint(pub [u8; 32]);

pub fn sha256(bytes: &[u8]) -> Fingerprint {
    Fingerprint(to_array(digest(&SHA256, bytes).as_ref()))
}

/// The hash of a log row; it covers every row before it.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct LogHash(pub [u8; 32]);

impl fmt::Debug for LogHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Display for LogHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("a log hash must have 64 hexadecimal digits")]
pub struct InvalidLogHash;

impl FromStr for LogHash {
    type Err = InvalidLogHash;

    fn from_str(text: &str) -> Result<Self, InvalidLogHash> {
        if text.len() != 64 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(InvalidLogHash);
        }
        let mut bytes = [0; 32];
        for (byte, at) in bytes.iter_mut().zip((0..64).step_by(2)) {
            *byte = u8::from_str_radix(&text[at..at + 2], 16).map_err(|_| InvalidLogHash)?;
        }
        Ok(Self(bytes))
    }
}

/// `H(previous ‖ body)` over the exact bytes stored.
pub fn chain(previous: LogHash, body: &[u8]) -> LogHash {
    let mut context = Context::new(&SHA256);
    context.update(&previous.0);
    context.update(body);
    LogHash(to_array(context.finish().as_ref()))
}

/// SHA-256 of data that arrives in parts.
#[derive(Clone)]
pub struct RunningSum(Context);

impl RunningSum {
    #[expect(clippy::new_without_default, reason = "`new` starts a computation; there is no default value")]
    pub fn new() -> Self {
        Self(Context::new(&SHA256))
    }

    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The sum of all data so far, in hexadecimal digits.
    pub fn hex(&self) -> String {
        self.0.clone().finish().as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

fn to_array(bytes: &[u8]) -> [u8; 32] {
    let mut array = [0; 32];
    array.copy_from_slice(bytes);
    array
}
