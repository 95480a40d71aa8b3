//! What a verifier asks of the feed.

use std::str::FromStr;

use claviger_contract::{Position, RealmLabel};
use claviger_domain::{ResourceServerId, VerifierId};

use crate::revocation::feed::cursor::Cursor;

/// One request of an authenticated resource server.
#[derive(Clone, Debug)]
pub struct FeedRequest {
    pub realm: RealmLabel,
    pub resource_server: ResourceServerId,
    pub verifier: VerifierId,
    /// Echoed, so that no cache can answer.
    pub nonce: Nonce,
    /// `None` for a verifier that knows nothing yet.
    pub after: Option<Acknowledged>,
    /// Where the page before ended.
    pub cursor: Option<Cursor>,
}

/// What the verifier has applied: everything up to a position of a cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Acknowledged {
    pub cluster: String,
    pub position: Position,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Nonce(String);

#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("1 to 64 characters of A-Z, a-z, 0-9, - and _, another for each request")]
pub struct InvalidNonce;

impl Nonce {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Nonce {
    type Err = InvalidNonce;

    fn from_str(text: &str) -> Result<Self, InvalidNonce> {
        let fits = text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'));
        if fits && (1..=64).contains(&text.len()) { Ok(Self(text.to_owned())) } else { Err(InvalidNonce) }
    }
}

impl FeedRequest {
    /// The position that the verifier has applied in this cluster, if any.
    pub fn acknowledged_in(&self, cluster: &str) -> Option<Position> {
        self.after.as_ref().filter(|after| after.cluster == cluster).map(|after| after.position)
    }

    /// The position that an answer of this cluster must at least have.
    pub fn needed_in(&self, cluster: &str) -> Position {
        let first_page = self.cursor.as_ref().filter(|cursor| cursor.cluster == cluster);
        let first_page = first_page.map_or(Position::ZERO, |cursor| cursor.position);
        self.acknowledged_in(cluster).unwrap_or_default().max(first_page)
    }
}
