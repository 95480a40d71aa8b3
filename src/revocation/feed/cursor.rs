//! Where a page of the feed ended: opaque to verifiers, and the same at every node.

use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use claviger_contract::Position;
use claviger_domain::CutKey;
use serde::{Deserialize, Serialize};

/// Pages are in the order of their keys, so that a node goes on where another stopped. All pages together hold
/// everything up to the position of the first, and maybe more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cursor {
    pub cluster: String,
    /// Of the first page.
    pub position: Position,
    /// The increments after this position are told. `None` if it is the whole set.
    pub after: Option<Position>,
    /// The last one on the page before.
    pub key: CutKey,
}

#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("not the next of an answer: omit it to start over")]
pub struct InvalidCursor;

/// The longest has an audience of 512 characters.
const MAX_LENGTH: usize = 2_048;

impl Cursor {
    pub fn to_text(&self) -> Result<String, serde_json::Error> {
        Ok(URL_SAFE_NO_PAD.encode(serde_json::to_vec(self)?))
    }
}

impl FromStr for Cursor {
    type Err = InvalidCursor;

    fn from_str(text: &str) -> Result<Self, InvalidCursor> {
        if text.len() > MAX_LENGTH {
            return Err(InvalidCursor);
        }
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| InvalidCursor)?;
        let cursor: Self = serde_json::from_slice(&bytes).map_err(|_| InvalidCursor)?;
        let fits =
            cursor.position <= Position::END && cursor.after.is_none_or(|after| after <= Position::END);
        fits.then_some(cursor).ok_or(InvalidCursor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use claviger_domain::ClientId;

    #[test]
    fn cursor_reads_back_and_anything_else_is_refused() {
        let audience = format!("urn:{}", "a".repeat(508)).parse().expect("an audience");
        for (key, after) in [
            (CutKey::Realm, None),
            (CutKey::Client(ClientId::from_u128(7)), Some(Position::new(3))),
            (CutKey::Token("a\"b".into()), None),
            (CutKey::ResourceServer(audience), Some(Position::END)),
        ] {
            let cursor = Cursor { cluster: "c".into(), position: Position::new(9), after, key };
            assert_eq!(cursor.to_text().expect("text").parse(), Ok(cursor));
        }
        let cluster = "c".repeat(2_000);
        let long = Cursor { cluster, position: Position::ZERO, after: None, key: CutKey::Realm };
        let beyond =
            Cursor { cluster: "c".into(), position: Position::END.next(), after: None, key: CutKey::Realm };
        for text in
            ["", "?", "e30", "bnVsbA", &long.to_text().expect("text"), &beyond.to_text().expect("text")]
        {
            assert_eq!(text.parse::<Cursor>(), Err(InvalidCursor), "{text}");
        }
    }
}
