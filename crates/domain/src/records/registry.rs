//! Container registries: service names, token lifetimes and refresh tokens.

use std::fmt;
use std::str::FromStr;

use claviger_contract::{Position, ScopeSet, Timestamp};
use serde::{Deserialize, Deserializer, Serialize};

use crate::client::ClientId;
use crate::ids::{Id, Is};
use crate::records::member::MemberId;
use crate::records::member_token::MemberTokenId;
use crate::records::secrets::secret_digest::SecretDigest;
use crate::records::status::Term;
use crate::records::usage::{Used, UsedId};

/// The service name in a registry's challenge, which is the audience of its tokens.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct RegistryService(String);

#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("a registry's service is 1 to 255 visible ASCII characters, as its auth.token.service says")]
pub struct InvalidRegistryService;

impl RegistryService {
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the audience of a resource server names this registry: the same text, or a URI with only its host.
    pub fn is_named_by(&self, audience: &str) -> bool {
        let host = audience.split_once("://").map(|(_, rest)| rest.strip_suffix('/').unwrap_or(rest));
        audience == self.0 || host == Some(self.as_str())
    }
}

impl FromStr for RegistryService {
    type Err = InvalidRegistryService;

    fn from_str(text: &str) -> Result<Self, InvalidRegistryService> {
        // Names with spaces are in use.
        let visible = text.bytes().all(|byte| (0x20..0x7f).contains(&byte)) && text.trim() == text;
        if (1..=255).contains(&text.len()) && visible {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidRegistryService)
        }
    }
}

impl fmt::Display for RegistryService {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for RegistryService {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// 60 s to 5 min: clients treat shorter lifetimes as 60 s, and a registry cannot learn of a revocation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct RegistryTokenLifetime(i64);

#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("a whole number of seconds from 60 to 300")]
pub struct InvalidRegistryTokenLifetime;

impl RegistryTokenLifetime {
    pub fn seconds(seconds: i64) -> Result<Self, InvalidRegistryTokenLifetime> {
        if (60..=300).contains(&seconds) { Ok(Self(seconds)) } else { Err(InvalidRegistryTokenLifetime) }
    }

    pub const fn as_seconds(self) -> i64 {
        self.0
    }
}

impl Default for RegistryTokenLifetime {
    fn default() -> Self {
        Self(60)
    }
}

impl<'de> Deserialize<'de> for RegistryTokenLifetime {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::seconds(i64::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

pub type RegistryTokenId = Id<RegistryRefreshToken>;

impl Is<Used> for RegistryRefreshToken {}

/// Kept by a registry's client in place of the original credential, with exactly its rights at one registry.
///
/// It does not rotate: clients keep the first one permanently.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegistryRefreshToken {
    pub id: RegistryTokenId,
    pub digest: SecretDigest,
    pub service: RegistryService,
    pub holder: RegistryHolder,
    pub created_at: Timestamp,
    /// The expiry of the original credential.
    pub expires_at: Timestamp,
    pub state: RegistryRefreshTokenState,
    /// Position of the log row that created it. A later cut of its realm revokes it; zero precedes every cut.
    #[serde(skip)]
    pub position: Position,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "status", rename_all = "snake_case")]
pub enum RegistryRefreshTokenState {
    Active,
    Revoked { at: Timestamp },
}

/// The original credential; the refresh token ends with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum RegistryHolder {
    MemberToken {
        token: MemberTokenId,
        member: MemberId,
    },
    /// Everything that can end that access token.
    AccessToken {
        client_id: ClientId,
        jti: String,
        kid: String,
        audience: String,
        position: Position,
        issued_at: Timestamp,
        scopes: ScopeSet,
    },
}

impl RegistryHolder {
    /// The client, or the member's token.
    pub const fn id(&self) -> UsedId {
        match self {
            Self::MemberToken { token, .. } => token.widen(),
            Self::AccessToken { client_id, .. } => client_id.widen(),
        }
    }
}

impl RegistryRefreshToken {
    pub fn term(&self) -> Term {
        Term { is_revoked: self.state != RegistryRefreshTokenState::Active, ends_at: Some(self.expires_at) }
    }

    pub fn is_live(&self, now: Timestamp) -> bool {
        self.term().is_live(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn audience_names_the_service_of_its_host_and_no_other() {
        let service: RegistryService = "registry.example:5000".parse().expect("a service");
        for same in
            ["registry.example:5000", "https://registry.example:5000", "https://registry.example:5000/"]
        {
            assert!(service.is_named_by(same), "{same}");
        }
        for other in [
            "",
            "https://builds.example",
            "https://registry.example",
            "https://registry.example:5000/v2",
            "https://registry.example:5000//",
            "https://registry.example:5000?x",
            "https://a@registry.example:5000",
            "registry.example:5000/",
        ] {
            assert!(!service.is_named_by(other), "{other}");
        }
    }

    #[test]
    fn services_and_lifetimes_are_read_strictly() {
        for good in ["registry.example", "registry.example:5000", "Docker registry"] {
            assert!(good.parse::<RegistryService>().is_ok(), "{good}");
        }
        for bad in ["", " a", "a\n", "é", &"a".repeat(256)] {
            assert!(bad.parse::<RegistryService>().is_err(), "{bad}");
        }
        assert!([59, 301, 0, -1].iter().all(|seconds| RegistryTokenLifetime::seconds(*seconds).is_err()));
        assert_eq!(serde_json::from_str::<RegistryTokenLifetime>("61").expect("one").as_seconds(), 61);
    }
}
