//! A row of the log before it is written. Its exact bytes are read back first, and must give the original value.

use serde::Serialize;
use serde::de::DeserializeOwned;

use claviger_domain::{Consequences, LogEntry, SealedBytes};

/// A value that cannot be read back. Nothing of its change is kept.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {detail}")]
pub struct Unreadable {
    /// The API's name of the field if known, otherwise the row.
    pub field: String,
    pub detail: String,
}

/// The maximum body of a row, in bytes. Limits on single fields keep rows far below it.
const MAX_BODY: usize = 4 << 20;

/// One log row, and the additional data for the tables. Only `Entry::new` makes one, so that every written row can be
/// read back.
pub struct Entry {
    pub(in crate::store) log: LogEntry,
    /// The exact bytes of the row.
    pub(in crate::store) body: Vec<u8>,
    pub(in crate::store) consequences: Consequences,
    /// What the tables hold and the log omits, because sealing keys change: a private key, or secrets of a source
    /// credential.
    pub(in crate::store) sealed: Option<SealedBytes>,
}

impl Entry {
    /// The only constructor.
    pub fn new(
        log: LogEntry,
        consequences: Consequences,
        sealed: Option<SealedBytes>,
    ) -> Result<Self, Unreadable> {
        let body = serde_json::to_vec(&log).map_err(|error| unreadable("change", error))?;
        if body.len() > MAX_BODY {
            return Err(unreadable("change", format_args!("takes more than {MAX_BODY} bytes")));
        }
        read_back(&body, &log)?;
        Ok(Self { log, body, consequences, sealed })
    }

    pub fn log(&self) -> &LogEntry {
        &self.log
    }

    /// Whether the change restricts access.
    pub fn restricts(&self) -> bool {
        self.consequences.restricts
    }
}

/// Requires that the value read is the value written, or is serialized to the same bytes: rows omit some fields.
fn read_back<T: DeserializeOwned + Serialize + PartialEq>(
    body: &[u8],
    written: &T,
) -> Result<(), Unreadable> {
    refuse_nul(body)?;
    match serde_json::from_slice::<T>(body) {
        Ok(read) if read == *written => Ok(()),
        Ok(read) if serde_json::to_vec(&read).is_ok_and(|again| again == body) => Ok(()),
        Ok(_) => Err(unreadable("change", "does not read back as it was written")),
        Err(error) => {
            // The body is one line, so the column identifies the value at which the reader stopped.
            let field = member_before(body, error.column()).unwrap_or_else(|| "change".to_owned());
            Err(unreadable(field, without_place(&error)))
        }
    }
}

pub const NUL: &str = "must not contain the character U+0000, which databases cannot store";

pub fn refuse_nul(json: &[u8]) -> Result<(), Unreadable> {
    match nul(json) {
        Some(at) => {
            let field = member_before(json, at).unwrap_or_else(|| "change".to_owned());
            Err(unreadable(field, NUL))
        }
        None => Ok(()),
    }
}

/// The offset of `\u0000` in a JSON text, where its backslash is not itself escaped.
fn nul(json: &[u8]) -> Option<usize> {
    const ESCAPE: &[u8] = b"\\u0000";
    let mut at = 0;
    while let Some(found) = json.get(at..)?.iter().position(|byte| *byte == b'\\') {
        at += found;
        if json[at..].starts_with(ESCAPE) {
            return Some(at);
        }
        // Skip the escaped character together with its backslash.
        at += 2;
    }
    None
}

/// The name of the last member that begins before `column`. Member names need no escapes.
pub fn member_before(json: &[u8], column: usize) -> Option<String> {
    let text = std::str::from_utf8(json.get(..column.min(json.len()))?).ok()?;
    let end = text.rfind("\":")?;
    let begin = text[..end].rfind('"')? + 1;
    let name = &text[begin..end];
    name.chars().all(|c| c.is_ascii_lowercase() || c == '_').then(|| name.to_owned())
}

pub fn without_place(error: &serde_json::Error) -> String {
    error.to_string().split(" at line ").next().unwrap_or_default().to_owned()
}

pub fn unreadable(field: impl Into<String>, detail: impl std::fmt::Display) -> Unreadable {
    Unreadable { field: field.into(), detail: detail.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use claviger_domain::{Change, Id};

    fn entry(jti: &str) -> Result<Entry, Unreadable> {
        let change = Change::TokenRevoked {
            jti: jti.into(),
            client_id: Id::from_u128(0),
            expires_at: claviger_contract::Timestamp::LATEST,
        };
        let log = LogEntry { realm: "acme".parse().expect("a label"), change };
        Entry::new(log, Consequences::default(), None)
    }

    #[test]
    fn a_row_holds_the_bytes_that_were_read_back() {
        for jti in ["a", "\\u0000", "\\\\u0000", "\u{202e}\u{feff}"] {
            let entry = entry(jti).expect(jti);
            assert_eq!(serde_json::from_slice::<LogEntry>(&entry.body).expect("a row"), *entry.log());
        }
    }

    #[test]
    fn the_character_zero_is_refused_by_the_name_of_its_field() {
        for jti in ["\0", "a\0", "\\\0", "\\\\\0"] {
            assert_eq!(entry(jti).err().map(|refused| refused.field), Some("jti".to_owned()), "{jti:?}");
        }
    }

    /// A value whose serialized form its own reader refuses.
    #[derive(PartialEq, serde::Serialize)]
    struct Odd {
        name: &'static str,
        expires_at: &'static str,
    }

    impl<'de> serde::Deserialize<'de> for Odd {
        fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            #[derive(serde::Deserialize)]
            struct Strict {
                #[expect(dead_code, reason = "read for its errors")]
                name: String,
                #[expect(dead_code, reason = "read for its errors")]
                expires_at: claviger_contract::Timestamp,
            }
            Strict::deserialize(deserializer).map(|_| Self { name: "other", expires_at: "other" })
        }
    }

    #[test]
    fn what_its_own_reader_refuses_or_changes_is_not_written() {
        let refused = |expires_at| {
            let odd = Odd { name: "a", expires_at };
            read_back(&serde_json::to_vec(&odd).expect("JSON"), &odd).expect_err("refused")
        };
        let beyond = refused("+10000-01-01T00:59:59Z");
        assert_eq!(beyond.field, "expires_at");
        assert!(beyond.detail.contains("RFC 3339"), "{beyond}");
        assert!(refused("2027-01-31T12:00:00Z").detail.contains("does not read back"));
    }
}
