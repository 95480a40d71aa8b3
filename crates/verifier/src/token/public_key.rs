//! One public key of an issuer, and the one algorithm that it verifies.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use claviger_contract::JsonWebKey;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, ED25519, RSA_PKCS1_2048_8192_SHA256, RSA_PSS_2048_8192_SHA256,
    RsaPublicKeyComponents, UnparsedPublicKey,
};

/// Verifies signatures under one key and its one algorithm, whatever the header of a token says.
#[derive(Debug)]
pub struct PublicKey {
    algorithm: &'static str,
    material: Material,
}

#[derive(Debug)]
enum Material {
    P256(UnparsedPublicKey<Vec<u8>>),
    Ed25519(UnparsedPublicKey<Vec<u8>>),
    Rsa { n: Vec<u8>, e: Vec<u8>, pss: bool },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the key is none that this issuer signs with")]
pub struct UnusableKey;

/// Minimum and maximum length of an RSA modulus, in bytes: 2,048 to 8,192 bits.
const RSA_MODULUS: std::ops::RangeInclusive<usize> = 256..=1_024;
/// In bytes: the issuer signs with imported keys too, whose exponent has up to 33 bits.
const MAX_RSA_EXPONENT: usize = 5;

impl PublicKey {
    /// Takes ES256, EdDSA (Ed25519), RS256 and PS256 keys for signatures (RFC 7518 §6, RFC 8037 §2). The algorithm is
    /// that of the key's `alg`; a symmetric key is refused.
    pub fn new(key: &JsonWebKey) -> Result<Self, UnusableKey> {
        if key.key_use != "sig" {
            return Err(UnusableKey);
        }
        let kind = (key.alg.as_str(), key.kty.as_str(), key.crv.as_deref());
        let (algorithm, material) = match kind {
            ("ES256", "EC", Some("P-256")) => {
                let (x, y) = (exactly_32(&key.x)?, exactly_32(&key.y)?);
                let point = [&[0x04], x.as_slice(), y.as_slice()].concat();
                ("ES256", Material::P256(UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point)))
            }
            ("EdDSA", "OKP", Some("Ed25519")) => {
                ("EdDSA", Material::Ed25519(UnparsedPublicKey::new(&ED25519, exactly_32(&key.x)?)))
            }
            ("RS256", "RSA", None) => ("RS256", rsa(key, false)?),
            ("PS256", "RSA", None) => ("PS256", rsa(key, true)?),
            _ => return Err(UnusableKey),
        };
        Ok(Self { algorithm, material })
    }

    /// As in the header of its tokens.
    pub fn algorithm(&self) -> &'static str {
        self.algorithm
    }

    /// `signature` is in base64url as in the token; non-canonical encodings are refused.
    pub fn verifies(&self, signed: &str, signature: &str) -> bool {
        let Ok(signature) = URL_SAFE_NO_PAD.decode(signature) else { return false };
        let signed = signed.as_bytes();
        match &self.material {
            Material::P256(key) | Material::Ed25519(key) => key.verify(signed, &signature).is_ok(),
            Material::Rsa { n, e, pss } => {
                let parameters = if *pss { &RSA_PSS_2048_8192_SHA256 } else { &RSA_PKCS1_2048_8192_SHA256 };
                RsaPublicKeyComponents { n, e }.verify(parameters, signed, &signature).is_ok()
            }
        }
    }
}

fn rsa(key: &JsonWebKey, pss: bool) -> Result<Material, UnusableKey> {
    let (n, e) = (decoded(&key.n)?, decoded(&key.e)?);
    let fits = RSA_MODULUS.contains(&n.len())
        && (1..=MAX_RSA_EXPONENT).contains(&e.len())
        && n.first().is_some_and(|byte| *byte != 0)
        && e.first().is_some_and(|byte| *byte != 0);
    if fits { Ok(Material::Rsa { n, e, pss }) } else { Err(UnusableKey) }
}

fn exactly_32(part: &Option<String>) -> Result<Vec<u8>, UnusableKey> {
    decoded(part).and_then(|bytes| if bytes.len() == 32 { Ok(bytes) } else { Err(UnusableKey) })
}

fn decoded(part: &Option<String>) -> Result<Vec<u8>, UnusableKey> {
    URL_SAFE_NO_PAD.decode(part.as_deref().ok_or(UnusableKey)?).map_err(|_| UnusableKey)
}
