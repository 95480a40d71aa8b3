//! A private key as a provider issues it: PEM (PKCS#8 or PKCS#1) or JWK.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use ring::rand::SecureRandom;
use ring::rsa::{KeyPairComponents, PublicKeyComponents};
use ring::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, RSA_PKCS1_SHA256, RsaKeyPair,
};
use rustls_pki_types::pem::{PemObject, SectionKind};
use serde::Deserialize;
use zeroize::Zeroizing;

pub struct SigningKey {
    pair: Pair,
    /// Of a JWK.
    pub id: Option<String>,
}

enum Pair {
    Rsa(RsaKeyPair),
    P256(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
}

/// Contains no byte of the input.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyFault {
    #[error("must be one private key, as PEM that begins with -----BEGIN or as a JWK that begins with {{")]
    NotAKey,
    #[error("is encrypted: decrypt it with `openssl pkcs8` first")]
    Encrypted,
    #[error("is a SEC 1 key: convert it with `openssl pkcs8 -topk8 -nocrypt`")]
    Sec1,
    #[error("is a public key: the private one is needed")]
    Public,
    #[error("must be an RSA key of 2048 to 4096 bits, a P-256 key or an Ed25519 key")]
    Unsupported,
    #[error("must be an RSA key")]
    NotRsa,
}

#[derive(Deserialize)]
struct Jwk {
    kty: String,
    crv: Option<String>,
    kid: Option<String>,
    d: Option<Zeroizing<String>>,
    n: Option<String>,
    e: Option<String>,
    p: Option<Zeroizing<String>>,
    q: Option<Zeroizing<String>>,
    dp: Option<Zeroizing<String>>,
    dq: Option<Zeroizing<String>>,
    qi: Option<Zeroizing<String>>,
    x: Option<String>,
    y: Option<String>,
}

impl SigningKey {
    pub fn parse(text: &str, random: &dyn SecureRandom) -> Result<Self, KeyFault> {
        let text = text.trim();
        if text.starts_with('{') { Self::from_jwk(text, random) } else { Self::from_pem(text, random) }
    }

    pub fn is_rsa(&self) -> bool {
        matches!(self.pair, Pair::Rsa(_))
    }

    /// As in the header of a JWS.
    pub fn algorithm(&self) -> &'static str {
        match self.pair {
            Pair::Rsa(_) => "RS256",
            Pair::P256(_) => "ES256",
            Pair::Ed25519(_) => "EdDSA",
        }
    }

    pub fn sign(&self, message: &[u8], random: &dyn SecureRandom) -> Option<Vec<u8>> {
        match &self.pair {
            Pair::Rsa(pair) => {
                let mut signature = vec![0; pair.public().modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, random, message, &mut signature).ok()?;
                Some(signature)
            }
            Pair::P256(pair) => pair.sign(random, message).ok().map(|signature| signature.as_ref().to_vec()),
            Pair::Ed25519(pair) => Some(pair.sign(message).as_ref().to_vec()),
        }
    }

    fn from_pem(text: &str, random: &dyn SecureRandom) -> Result<Self, KeyFault> {
        let is_one = text.starts_with("-----BEGIN ")
            && text.ends_with("-----")
            && text.matches("-----BEGIN ").count() == 1;
        if !is_one || text.matches("-----END ").count() != 1 {
            return Err(KeyFault::NotAKey);
        }
        if text.contains("ENCRYPTED") {
            return Err(KeyFault::Encrypted);
        }
        let (kind, document) =
            <(SectionKind, Vec<u8>)>::from_pem_slice(text.as_bytes()).map_err(|_| KeyFault::NotAKey)?;
        let document = Zeroizing::new(document);
        let pair = match kind {
            SectionKind::RsaPrivateKey => RsaKeyPair::from_der(&document).map(Pair::Rsa).ok(),
            SectionKind::PrivateKey => pkcs8(&document, random),
            SectionKind::EcPrivateKey => return Err(KeyFault::Sec1),
            SectionKind::PublicKey => return Err(KeyFault::Public),
            _ => return Err(KeyFault::NotAKey),
        };
        Ok(Self { pair: pair.ok_or(KeyFault::Unsupported)?, id: None })
    }

    fn from_jwk(text: &str, random: &dyn SecureRandom) -> Result<Self, KeyFault> {
        let jwk: Jwk = serde_json::from_str(text).map_err(|_| KeyFault::NotAKey)?;
        let secret = decoded(jwk.d.as_ref().ok_or(KeyFault::Public)?).ok_or(KeyFault::NotAKey)?;
        let pair = match (jwk.kty.as_str(), jwk.crv.as_deref()) {
            ("RSA", _) => rsa_pair(&jwk, &secret),
            ("EC", Some("P-256")) => p256_pair(&jwk, &secret, random),
            ("OKP", Some("Ed25519")) => ed25519_pair(&jwk, &secret),
            _ => None,
        };
        Ok(Self { pair: pair.ok_or(KeyFault::Unsupported)?, id: jwk.kid })
    }
}

fn pkcs8(document: &[u8], random: &dyn SecureRandom) -> Option<Pair> {
    let rsa = || RsaKeyPair::from_pkcs8(document).map(Pair::Rsa);
    let p256 =
        || EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, document, random).map(Pair::P256);
    let ed25519 = || Ed25519KeyPair::from_pkcs8_maybe_unchecked(document).map(Pair::Ed25519);
    rsa().or_else(|_| p256()).or_else(|_| ed25519()).ok()
}

fn rsa_pair(jwk: &Jwk, secret: &[u8]) -> Option<Pair> {
    let (n, e) = (decoded(jwk.n.as_ref()?)?, decoded(jwk.e.as_ref()?)?);
    let (p, q) = (decoded(jwk.p.as_ref()?)?, decoded(jwk.q.as_ref()?)?);
    let (dp, dq, qi) = (decoded(jwk.dp.as_ref()?)?, decoded(jwk.dq.as_ref()?)?, decoded(jwk.qi.as_ref()?)?);
    let components = KeyPairComponents {
        public_key: PublicKeyComponents { n: n.as_slice(), e: e.as_slice() },
        d: secret,
        p: p.as_slice(),
        q: q.as_slice(),
        dP: dp.as_slice(),
        dQ: dq.as_slice(),
        qInv: qi.as_slice(),
    };
    RsaKeyPair::from_components(&components).map(Pair::Rsa).ok()
}

fn p256_pair(jwk: &Jwk, secret: &[u8], random: &dyn SecureRandom) -> Option<Pair> {
    // The uncompressed form of SEC 1 §2.3.3.
    let mut public = vec![4];
    public.extend_from_slice(&decoded(jwk.x.as_ref()?)?);
    public.extend_from_slice(&decoded(jwk.y.as_ref()?)?);
    let algorithm = &ECDSA_P256_SHA256_FIXED_SIGNING;
    EcdsaKeyPair::from_private_key_and_public_key(algorithm, secret, &public, random).map(Pair::P256).ok()
}

fn ed25519_pair(jwk: &Jwk, secret: &[u8]) -> Option<Pair> {
    let public = decoded(jwk.x.as_ref()?)?;
    Ed25519KeyPair::from_seed_and_public_key(secret, &public).map(Pair::Ed25519).ok()
}

fn decoded(text: &str) -> Option<Zeroizing<Vec<u8>>> {
    BASE64_URL_SAFE_NO_PAD.decode(text.trim_end_matches('=')).map(Zeroizing::new).ok()
}
