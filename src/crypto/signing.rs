//! Making, opening and using signing keys.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use claviger_contract::{AccessTokenHeader, JsonWebKey, REFRESH_TOKEN_TYPE, TOKEN_TYPE};
use jsonwebtoken::{DecodingKey, EncodingKey};
use ring::rand::SystemRandom;
use ring::rsa;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _, RsaKeyPair,
};
use serde::Serialize;
use zeroize::Zeroizing;

use super::key_handles::{PrivateKey, Registration};
use super::sha256;
use crate::domain::Algorithm;

#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum SigningError {
    #[error("a signing key could not be made")]
    Generation,
    #[error("the private key is not a PKCS#8 document of the algorithm")]
    Malformed,
    #[error("signing failed")]
    Signature,
}

/// A new key: the public half to publish, the private one to seal.
pub struct GeneratedKey {
    pub public: JsonWebKey,
    pub pkcs8: Zeroizing<Vec<u8>>,
}

/// `ring` takes randomness from the system alone: its generator trait is sealed.
pub fn generate_key(algorithm: Algorithm) -> Result<GeneratedKey, SigningError> {
    let system = SystemRandom::new();
    let document = match algorithm {
        Algorithm::Es256 => EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &system),
        Algorithm::EdDsa => Ed25519KeyPair::generate_pkcs8(&system),
        Algorithm::Rs256 | Algorithm::Ps256 => return Err(SigningError::Generation),
    };
    accept_key(algorithm, Zeroizing::new(document.map_err(|_| SigningError::Generation)?.as_ref().to_vec()))
}

/// A key that was made elsewhere.
pub fn accept_key(algorithm: Algorithm, pkcs8: Zeroizing<Vec<u8>>) -> Result<GeneratedKey, SigningError> {
    let public = match parse(algorithm, &pkcs8)? {
        PrivateKey::Ecdsa(key) => elliptic_curve_jwk(key.public_key().as_ref())?,
        PrivateKey::Ed25519(key) => octet_key_jwk(key.public_key().as_ref()),
        PrivateKey::Rsa(key) => rsa_jwk(algorithm, key.public()),
    };
    Ok(GeneratedKey { public, pkcs8 })
}

/// Signs access tokens; holds the parsed private key for as long as it lives.
pub struct KeyPair {
    /// The same for every token of the key, so it is encoded once.
    encoded_header: String,
    encoded_refresh_header: String,
    algorithm: jsonwebtoken::Algorithm,
    handle: EncodingKey,
    _registration: Registration,
}

impl KeyPair {
    pub fn open(algorithm: Algorithm, kid: &str, pkcs8: &[u8]) -> Result<Self, SigningError> {
        let registration = Registration::new(parse(algorithm, pkcs8)?);
        let (handle, jws) = match algorithm {
            Algorithm::Es256 => {
                (EncodingKey::from_ec_der(registration.handle()), jsonwebtoken::Algorithm::ES256)
            }
            Algorithm::EdDsa => {
                (EncodingKey::from_ed_der(registration.handle()), jsonwebtoken::Algorithm::EdDSA)
            }
            Algorithm::Rs256 => {
                (EncodingKey::from_rsa_der(registration.handle()), jsonwebtoken::Algorithm::RS256)
            }
            Algorithm::Ps256 => {
                (EncodingKey::from_rsa_der(registration.handle()), jsonwebtoken::Algorithm::PS256)
            }
        };
        let (encoded_header, encoded_refresh_header) =
            (header(TOKEN_TYPE, algorithm, kid)?, header(REFRESH_TOKEN_TYPE, algorithm, kid)?);
        let algorithm = jws;
        Ok(Self { encoded_header, encoded_refresh_header, algorithm, handle, _registration: registration })
    }

    /// The compact serialisation, `typ: at+jwt` (RFC 9068 §2.1).
    pub fn sign(&self, claims: &impl Serialize) -> Result<String, SigningError> {
        self.sign_under(&self.encoded_header, claims)
    }

    /// As [`Self::sign`], `typ: rt+jwt`.
    pub fn sign_refresh(&self, claims: &impl Serialize) -> Result<String, SigningError> {
        self.sign_under(&self.encoded_refresh_header, claims)
    }

    /// Under another header, already in base64url, whose `alg` must be this key's.
    pub fn sign_under(&self, encoded_header: &str, claims: &impl Serialize) -> Result<String, SigningError> {
        let claims = serde_json::to_vec(claims).map_err(|_| SigningError::Signature)?;
        let mut token = String::with_capacity(encoded_header.len() + claims.len() * 4 / 3 + 96);
        token.push_str(encoded_header);
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(claims, &mut token);
        let signature = jsonwebtoken::crypto::sign(token.as_bytes(), &self.handle, self.algorithm)
            .map_err(|_| SigningError::Signature)?;
        token.push('.');
        token.push_str(&signature);
        Ok(token)
    }
}

fn header(typ: &str, algorithm: Algorithm, kid: &str) -> Result<String, SigningError> {
    let (typ, alg, kid) = (typ.to_owned(), algorithm.as_str().to_owned(), kid.to_owned());
    let header = serde_json::to_vec(&AccessTokenHeader { typ, alg, kid });
    header.map(|header| URL_SAFE_NO_PAD.encode(header)).map_err(|_| SigningError::Malformed)
}

/// Checks signatures under one public key and the one algorithm that belongs to it, whatever a header says.
pub struct VerifyingKey {
    algorithm: Algorithm,
    key: DecodingKey,
}

impl VerifyingKey {
    pub fn new(algorithm: Algorithm, public: &JsonWebKey) -> Result<Self, SigningError> {
        let coordinate = |part: &Option<String>| {
            let text = part.as_deref().ok_or(SigningError::Malformed)?;
            URL_SAFE_NO_PAD.decode(text).map_err(|_| SigningError::Malformed)
        };
        let key = match algorithm {
            Algorithm::Es256 => {
                let mut point = vec![0x04];
                point.extend(coordinate(&public.x)?);
                point.extend(coordinate(&public.y)?);
                DecodingKey::from_ec_der(&point)
            }
            Algorithm::EdDsa => DecodingKey::from_ed_der(&coordinate(&public.x)?),
            Algorithm::Rs256 | Algorithm::Ps256 => {
                DecodingKey::from_rsa_raw_components(&coordinate(&public.n)?, &coordinate(&public.e)?)
            }
        };
        Ok(Self { algorithm, key })
    }

    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// `signature` in base64url as it stands in the token; non-canonical encodings are refused.
    pub fn verifies(&self, signed: &str, signature: &str) -> bool {
        let algorithm = match self.algorithm {
            Algorithm::Es256 => jsonwebtoken::Algorithm::ES256,
            Algorithm::EdDsa => jsonwebtoken::Algorithm::EdDSA,
            Algorithm::Rs256 => jsonwebtoken::Algorithm::RS256,
            Algorithm::Ps256 => jsonwebtoken::Algorithm::PS256,
        };
        jsonwebtoken::crypto::verify(signature, signed.as_bytes(), &self.key, algorithm).unwrap_or(false)
    }
}

fn parse(algorithm: Algorithm, pkcs8: &[u8]) -> Result<PrivateKey, SigningError> {
    match algorithm {
        Algorithm::Es256 => {
            EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8, &SystemRandom::new())
                .map(PrivateKey::Ecdsa)
                .map_err(|_| SigningError::Malformed)
        }
        Algorithm::EdDsa => {
            // Documents without the public half are accepted: other tools write those.
            Ed25519KeyPair::from_pkcs8_maybe_unchecked(pkcs8)
                .map(PrivateKey::Ed25519)
                .map_err(|_| SigningError::Malformed)
        }
        Algorithm::Rs256 | Algorithm::Ps256 => {
            RsaKeyPair::from_pkcs8(pkcs8).map(PrivateKey::Rsa).map_err(|_| SigningError::Malformed)
        }
    }
}

/// `None` where it is no RSA key of a size that can be read at all.
pub fn rsa_bits(pkcs8: &[u8]) -> Option<usize> {
    let key = RsaKeyPair::from_pkcs8(pkcs8).ok()?;
    Some(key.public().modulus_len() * 8)
}

/// The thumbprint is over exactly these members in this order (RFC 7638 §3.2).
fn elliptic_curve_jwk(point: &[u8]) -> Result<JsonWebKey, SigningError> {
    let (x, y) = match point {
        [0x04, coordinates @ ..] if coordinates.len() == 64 => coordinates.split_at(32),
        _ => return Err(SigningError::Malformed),
    };
    let (x, y) = (URL_SAFE_NO_PAD.encode(x), URL_SAFE_NO_PAD.encode(y));
    let thumbprint = format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#);
    Ok(JsonWebKey {
        x: Some(x),
        y: Some(y),
        ..public_jwk("EC", Some("P-256"), Algorithm::Es256, &thumbprint)
    })
}

fn octet_key_jwk(public: &[u8]) -> JsonWebKey {
    let x = URL_SAFE_NO_PAD.encode(public);
    let thumbprint = format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}"#);
    JsonWebKey { x: Some(x), ..public_jwk("OKP", Some("Ed25519"), Algorithm::EdDsa, &thumbprint) }
}

fn rsa_jwk(algorithm: Algorithm, key: &rsa::PublicKey) -> JsonWebKey {
    let rsa::PublicKeyComponents::<Vec<u8>> { n, e } = key.into();
    let (n, e) = (URL_SAFE_NO_PAD.encode(n), URL_SAFE_NO_PAD.encode(e));
    let thumbprint = format!(r#"{{"e":"{e}","kty":"RSA","n":"{n}"}}"#);
    JsonWebKey { n: Some(n), e: Some(e), ..public_jwk("RSA", None, algorithm, &thumbprint) }
}

fn public_jwk(kty: &str, crv: Option<&str>, algorithm: Algorithm, thumbprint_input: &str) -> JsonWebKey {
    JsonWebKey {
        kty: kty.to_owned(),
        key_use: "sig".to_owned(),
        alg: algorithm.as_str().to_owned(),
        kid: URL_SAFE_NO_PAD.encode(sha256(thumbprint_input.as_bytes()).0),
        crv: crv.map(str::to_owned),
        x: None,
        y: None,
        n: None,
        e: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use claviger_contract::CompactJwt;

    #[test]
    fn each_algorithm_signs_what_its_public_key_verifies() {
        crate::crypto::install_signature_provider();
        for algorithm in [Algorithm::Es256, Algorithm::EdDsa] {
            let made = generate_key(algorithm).expect("a key");
            let pair = KeyPair::open(algorithm, &made.public.kid, &made.pkcs8).expect("a pair");
            let token = pair.sign(&serde_json::json!({"a": 1})).expect("a token");
            let compact = CompactJwt::split(&token).expect("three parts");
            let verifying = VerifyingKey::new(algorithm, &made.public).expect("a public key");
            assert!(verifying.verifies(compact.signed, compact.signature));
            assert!(!verifying.verifies(&format!("{}x", compact.signed), compact.signature));
            let other = generate_key(algorithm).expect("another key");
            let other = VerifyingKey::new(algorithm, &other.public).expect("a public key");
            assert!(!other.verifies(compact.signed, compact.signature));
        }
    }

    #[test]
    fn all_zero_signatures_are_refused() {
        crate::crypto::install_signature_provider();
        for algorithm in [Algorithm::Es256, Algorithm::EdDsa] {
            let made = generate_key(algorithm).expect("a key");
            let verifying = VerifyingKey::new(algorithm, &made.public).expect("a public key");
            assert!(!verifying.verifies("a.b", &URL_SAFE_NO_PAD.encode([0; 64])));
        }
    }

    #[test]
    fn a_dropped_key_signs_no_more() {
        crate::crypto::install_signature_provider();
        let made = generate_key(Algorithm::Es256).expect("a key");
        let pair = KeyPair::open(Algorithm::Es256, &made.public.kid, &made.pkcs8).expect("a pair");
        let (algorithm, handle) = (pair.algorithm, pair.handle.clone());
        assert!(jsonwebtoken::crypto::sign(b"x", &handle, algorithm).is_ok());
        drop(pair);
        assert!(jsonwebtoken::crypto::sign(b"x", &handle, algorithm).is_err());
    }
}
