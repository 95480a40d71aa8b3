//! Records of signing keys and digests: public and sealed parts.

use std::fmt;
use std::str::FromStr;

use claviger_contract::{CLOCK_LEEWAY_SECONDS, JsonWebKey, RealmLabel, Timestamp};
use serde::{Deserialize, Serialize};

use crate::records::application_credential::ApplicationCredential;
use crate::records::validity::TokenLifetime;

/// JWS algorithms that a realm may sign with (RFC 7518 §3.1, RFC 8037 §3.1). RSA keys are never generated here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Algorithm {
    #[serde(rename = "ES256")]
    Es256,
    #[serde(rename = "EdDSA")]
    EdDsa,
    #[serde(rename = "RS256")]
    Rs256,
    #[serde(rename = "PS256")]
    Ps256,
}

#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("\"{0}\" is not an algorithm of this server: ES256, EdDSA, RS256 or PS256")]
pub struct UnknownAlgorithm(pub String);

impl Algorithm {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Es256 => "ES256",
            Self::EdDsa => "EdDSA",
            Self::Rs256 => "RS256",
            Self::Ps256 => "PS256",
        }
    }

    /// Whether keys are generated here; otherwise they must be imported.
    pub const fn is_made_here(self) -> bool {
        matches!(self, Self::Es256 | Self::EdDsa)
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Algorithm {
    type Err = UnknownAlgorithm;

    fn from_str(text: &str) -> Result<Self, UnknownAlgorithm> {
        match text {
            "ES256" => Ok(Self::Es256),
            "EdDSA" => Ok(Self::EdDsa),
            "RS256" => Ok(Self::Rs256),
            "PS256" => Ok(Self::Ps256),
            other => Err(UnknownAlgorithm(other.to_owned())),
        }
    }
}

/// The lifecycle state of a key. Every realm has one active and one next key, both published.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyRole {
    Active,
    Next,
    /// Signs no more; published until the last token that it signed has expired.
    Retired,
}

impl KeyRole {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Next => "next",
            Self::Retired => "retired",
        }
    }
}

/// The purpose of a key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyPurpose {
    /// Access tokens and refresh tokens of the realm.
    #[default]
    Tokens,
    /// Tokens for container registries.
    Registry,
    /// Certificates of registry keys; registries trust this key.
    RegistryAuthority,
}

impl KeyPurpose {
    pub const ALL: [Self; 3] = [Self::Tokens, Self::Registry, Self::RegistryAuthority];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Tokens => "tokens",
            Self::Registry => "registry",
            Self::RegistryAuthority => "registry_authority",
        }
    }
}

/// The public side of a signing key; the private one is sealed in its row and never in the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SigningKey {
    /// RFC 7638 thumbprint.
    pub kid: String,
    #[serde(default)]
    pub purpose: KeyPurpose,
    pub algorithm: Algorithm,
    pub role: KeyRole,
    pub public: JsonWebKey,
    /// Published since then.
    pub created_at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retired_at: Option<Timestamp>,
    /// X.509, DER in base64; only for registry keys.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate: Option<String>,
}

/// How long clients may cache a key set: after this time every client has fetched a set with the new key.
pub const KEY_SET_KEPT_SECONDS: i64 = 300;

impl SigningKey {
    /// The time from which every client's cached key set contains it.
    pub fn usable_at(&self) -> Timestamp {
        self.created_at.plus_seconds(KEY_SET_KEPT_SECONDS)
    }

    /// When the last access token that it signed expires, including clock leeway. It is published until then.
    pub fn ends_at(&self) -> Option<Timestamp> {
        let longest = TokenLifetime::MAX_SECONDS + CLOCK_LEEWAY_SECONDS;
        self.retired_at.map(|at| at.plus_seconds(longest))
    }

    /// When the last refresh token that it signed expires. If any may exist, the key is kept until then.
    pub fn refreshes_end_at(&self) -> Option<Timestamp> {
        let longest = ApplicationCredential::REFRESH_SECONDS + CLOCK_LEEWAY_SECONDS;
        self.retired_at.map(|at| at.plus_seconds(longest))
    }

    /// Identifies the row of the sealed private key, which cannot be decrypted for another row.
    pub fn sealed_identity(realm: &RealmLabel, kid: &str) -> String {
        format!("signing_key/{realm}/{kid}")
    }
}

/// Ciphertext and the id of its decryption key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedBytes {
    pub key_id: String,
    pub ciphertext: Vec<u8>,
}
