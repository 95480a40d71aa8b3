//! Bodies of requests that may contain a private key. They are not in `claviger_api`, because only the server parses keys.

use claviger_api::schema::{described, object, one_of};
use claviger_api::{Body, BodyReader, RequestValue, Schema};
use claviger_contract::RealmLabel;
use serde_json::Value;

use crate::administration::error::AdministrationError;
use crate::crypto::PemKey;
use claviger_domain::Algorithm;

/// A signing key to generate, or to import.
#[derive(Debug)]
pub struct NewSigningKey {
    pub alg: Algorithm,
    /// An imported key.
    pub private_key_pem: Option<PemKey>,
}

/// The key that replaces the next key when that becomes active. Without `alg`, it has the realm's default algorithm.
#[derive(Debug, Default)]
pub struct SigningKeyRotation {
    pub alg: Option<Algorithm>,
    pub private_key_pem: Option<PemKey>,
}

/// The key that signs for container registries from now on.
#[derive(Debug)]
pub struct RegistryKeyRotation {
    pub alg: Algorithm,
    pub private_key_pem: Option<PemKey>,
    /// Replaces the authority too. Every registry then refuses tokens until it has the new certificate.
    pub authority: bool,
}

impl NewSigningKey {
    pub(super) const fn generated(alg: Algorithm) -> Self {
        Self { alg, private_key_pem: None }
    }
}

impl SigningKeyRotation {
    pub(super) fn next_key(self) -> Result<Option<NewSigningKey>, AdministrationError> {
        match (self.alg, self.private_key_pem) {
            (Some(alg), private_key_pem) => Ok(Some(NewSigningKey { alg, private_key_pem })),
            (None, None) => Ok(None),
            (None, Some(_)) => {
                Err(AdministrationError::invalid("alg", "is missing: name the algorithm of the key"))
            }
        }
    }
}

impl Schema for PemKey {
    fn schema() -> Value {
        String::schema()
    }
}

impl RequestValue for PemKey {
    fn read(value: &Value, _: Option<&RealmLabel>) -> Result<Self, String> {
        value.as_str().map(|text| Self::new(text.to_owned())).ok_or_else(|| "must be a string".to_owned())
    }
}

fn alg() -> (&'static str, Value) {
    ("alg", described(Algorithm::schema(), "The algorithm of the new key (RFC 7518)."))
}

fn private_key_pem() -> (&'static str, Value) {
    let about =
        "A key to import, as PEM; without it a key is generated. For example `-----BEGIN PRIVATE KEY-----…`.";
    ("private_key_pem", described(PemKey::schema(), about))
}

impl Schema for NewSigningKey {
    fn schema() -> Value {
        object(vec![alg(), private_key_pem()], &["alg"])
    }
}

impl Body for NewSigningKey {
    fn read_members(members: &mut BodyReader) -> Option<Self> {
        let alg = members.required("alg");
        let private_key_pem = members.optional("private_key_pem");
        Some(Self { alg: alg?, private_key_pem })
    }
}

impl Schema for SigningKeyRotation {
    fn schema() -> Value {
        object(vec![alg(), private_key_pem()], &[])
    }
}

impl Body for SigningKeyRotation {
    fn read_members(members: &mut BodyReader) -> Option<Self> {
        Some(Self { alg: members.optional("alg"), private_key_pem: members.optional("private_key_pem") })
    }
}

impl Schema for RegistryKeyRotation {
    fn schema() -> Value {
        let alg = described(one_of(&["ES256", "RS256"]), "The algorithm of the new key (RFC 7518).");
        let authority =
            "Replace the authority too. Every registry refuses tokens until it has the new certificate.";
        let authority = described(bool::schema(), authority);
        object(vec![("alg", alg), private_key_pem(), ("authority", authority)], &[])
    }
}

impl Body for RegistryKeyRotation {
    fn read_members(members: &mut BodyReader) -> Option<Self> {
        Some(Self {
            alg: members.optional("alg").unwrap_or(Algorithm::Es256),
            private_key_pem: members.optional("private_key_pem"),
            authority: members.optional("authority").unwrap_or_default(),
        })
    }
}
