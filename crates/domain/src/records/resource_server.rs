//! Services that receive tokens.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use claviger_contract::Timestamp;
use serde::{Deserialize, Deserializer, Serialize};

use crate::client::Client;
use crate::ids::{Id, Is};
use crate::records::names::Name;
use crate::records::secrets::secret_digest::SecretDigest;
use crate::records::status::Term;

/// An absolute URI without a fragment (RFC 8707 §2).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct ServerAudience(Arc<str>);

#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("an absolute URI of at most 512 characters without a fragment, such as https://builds.example.org")]
pub struct InvalidAudience;

impl ServerAudience {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ServerAudience {
    type Err = InvalidAudience;

    fn from_str(text: &str) -> Result<Self, InvalidAudience> {
        let (scheme, rest) = text.split_once(':').ok_or(InvalidAudience)?;
        let scheme_fits = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'));
        // RFC 3986 §2: printable ASCII without the characters that must be percent-encoded.
        let rest_fits = rest.chars().all(|c| c.is_ascii_graphic() && !"\"<>\\^`{|}#".contains(c));
        let fits = text.len() <= 512 && scheme_fits && !rest.is_empty() && rest != "//" && rest_fits;
        if fits { Ok(Self(text.into())) } else { Err(InvalidAudience) }
    }
}

impl fmt::Display for ServerAudience {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for ServerAudience {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

impl std::borrow::Borrow<str> for ServerAudience {
    fn borrow(&self) -> &str {
        &self.0
    }
}

/// Also its client id.
pub type ResourceServerId = Id<ResourceServer>;

impl Is<Client> for ResourceServer {}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResourceServer {
    pub id: ResourceServerId,
    pub name: Name,
    pub audience: ServerAudience,
    pub key_digest: SecretDigest,
    pub created_at: Timestamp,
    /// The resource server that it replaces. Both have the same audience until the other one is deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaces: Option<ResourceServerId>,
    /// Set on a replaced server: from this second on its key is refused, even if it was never deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overlap_ends_at: Option<Timestamp>,
}

impl ResourceServer {
    pub fn term(&self) -> Term {
        Term { is_revoked: false, ends_at: self.overlap_ends_at }
    }

    pub fn is_live(&self, now: Timestamp) -> bool {
        self.term().is_live(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn audiences_are_absolute_uris_without_fragments() {
        for good in ["https://api.example.org/x?y=1", "urn:example:builds", "http://[::1]:80/"] {
            assert!(good.parse::<ServerAudience>().is_ok(), "{good}");
        }
        for bad in
            ["", "builds", "/builds", "https://a#b", "https://", "1a:b", "https://ä", "a b:c", "https://a b"]
        {
            assert_eq!(bad.parse::<ServerAudience>(), Err(InvalidAudience), "{bad}");
        }
    }
}
