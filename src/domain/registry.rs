//! Container registries: by which name they are asked for, for how long a token for one lives, and with what the next is had.

use std::fmt;
use std::str::FromStr;

use claviger_contract::{Position, ScopeSet, Timestamp};
use serde::{Deserialize, Deserializer, Serialize};
use uuid::Uuid;

use super::SecretDigest;

/// What a registry calls itself in its challenge: the audience of its tokens.
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

/// 60 s to 5 min: clients take anything shorter for 60 s, and a registry cannot be told of a revocation.
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

/// Kept by a registry's client in the place of what it was got with, and worth exactly as much, at one registry.
///
/// It does not rotate: clients keep the first one for ever.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegistryRefreshToken {
    pub id: Uuid,
    pub digest: SecretDigest,
    pub service: RegistryService,
    pub holder: RegistryHolder,
    pub created_at: Timestamp,
    /// With what it was got with.
    pub expires_at: Timestamp,
    pub state: RegistryRefreshTokenState,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "status", rename_all = "snake_case")]
pub enum RegistryRefreshTokenState {
    Active,
    Revoked { at: Timestamp },
}

/// What it was got with, and ends with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum RegistryHolder {
    MemberToken {
        token: Uuid,
        member: Uuid,
    },
    /// Everything that the end of that access token hangs on.
    AccessToken {
        client_id: Uuid,
        jti: String,
        kid: String,
        audience: String,
        position: Position,
        issued_at: Timestamp,
        scopes: ScopeSet,
    },
}

impl RegistryRefreshToken {
    pub fn is_live(&self, now: Timestamp) -> bool {
        self.state == RegistryRefreshTokenState::Active && now < self.expires_at
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
