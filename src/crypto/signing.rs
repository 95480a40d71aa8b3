//! Creates, parses and uses signing keys.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use claviger_contract::JsonWebKey;
use ring::rand::SystemRandom;
use ring::rsa;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _, RsaKeyPair,
};
use zeroize::Zeroizing;

use crate::crypto::fingerprint::sha256;
use crate::crypto::key_handles::PrivateKey;
use claviger_domain::Algorithm;

#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
pub enum SigningError {
    #[error("a signing key could not be generated")]
    Generation,
    #[error("the private key is not a PKCS#8 document of the algorithm")]
    Malformed,
    #[error("signing failed")]
    Signature,
}

/// A new key: the public half to publish, and the private half to seal.
pub struct GeneratedKey {
    pub public: JsonWebKey,
    pub pkcs8: Zeroizing<Vec<u8>>,
}

/// `ring` accepts randomness only from the system: its generator trait is sealed.
pub fn generate_key(algorithm: Algorithm) -> Result<GeneratedKey, SigningError> {
    let system = SystemRandom::new();
    let document = match algorithm {
        Algorithm::Es256 => EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &system),
        Algorithm::EdDsa => Ed25519KeyPair::generate_pkcs8(&system),
        Algorithm::Rs256 | Algorithm::Ps256 => return Err(SigningError::Generation),
    };
    accept_key(algorithm, Zeroizing::new(document.map_err(|_| SigningError::Generation)?.as_ref().to_vec()))
}

/// Accepts a key that was made elsewhere.
pub fn accept_key(algorithm: Algorithm, pkcs8: Zeroizing<Vec<u8>>) -> Result<GeneratedKey, SigningError> {
    let public = match parse(algorithm, &pkcs8)? {
        PrivateKey::Ecdsa(key) => elliptic_curve_jwk(key.public_key().as_ref())?,
        PrivateKey::Ed25519(key) => octet_key_jwk(key.public_key().as_ref()),
        PrivateKey::Rsa(key) => rsa_jwk(algorithm, key.public()),
    };
    Ok(GeneratedKey { public, pkcs8 })
}

pub(super) fn parse(algorithm: Algorithm, pkcs8: &[u8]) -> Result<PrivateKey, SigningError> {
    match algorithm {
        Algorithm::Es256 => {
            EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8, &SystemRandom::new())
                .map(PrivateKey::Ecdsa)
                .map_err(|_| SigningError::Malformed)
        }
        Algorithm::EdDsa => {
            // Accept documents without the public half, which other tools write.
            Ed25519KeyPair::from_pkcs8_maybe_unchecked(pkcs8)
                .map(PrivateKey::Ed25519)
                .map_err(|_| SigningError::Malformed)
        }
        Algorithm::Rs256 | Algorithm::Ps256 => {
            RsaKeyPair::from_pkcs8(pkcs8).map(PrivateKey::Rsa).map_err(|_| SigningError::Malformed)
        }
    }
}

/// `None` if it is not a readable RSA key of a supported size.
pub fn rsa_bits(pkcs8: &[u8]) -> Option<usize> {
    let key = RsaKeyPair::from_pkcs8(pkcs8).ok()?;
    Some(key.public().modulus_len() * 8)
}

/// The thumbprint covers exactly these members in this order (RFC 7638 §3.2).
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
