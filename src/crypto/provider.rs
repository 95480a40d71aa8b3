//! `ring` as the provider of `jsonwebtoken`'s signatures.

use std::sync::Arc;

use jsonwebtoken::crypto::{CryptoProvider, JwtSigner, JwtVerifier, KeyUtils};
use jsonwebtoken::errors::{ErrorKind, Result};
use jsonwebtoken::signature::{Error, Signer, Verifier};
use jsonwebtoken::{Algorithm, DecodingKey, DecodingKeyKind, EncodingKey};
use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, ED25519, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, RSA_PSS_2048_8192_SHA256,
    RSA_PSS_SHA256, RsaEncoding, RsaKeyPair, RsaPublicKeyComponents, UnparsedPublicKey,
};

use crate::crypto::key_handles::{self, PrivateKey};

static PROVIDER: CryptoProvider = CryptoProvider {
    signer_factory: signer,
    verifier_factory: verifier,
    key_utils: KeyUtils::new_unimplemented(),
};

/// Call this once before anything is signed or verified; later calls change nothing.
pub fn install_signature_provider() {
    // An error means that this provider is installed already; no other code installs one.
    let _ = PROVIDER.install_default();
}

struct RingSigner {
    key: Arc<PrivateKey>,
    algorithm: Algorithm,
}

/// Whole providers have one. The server verifies with `claviger_verifier::token` alone; tests read tokens with this
/// library, as services of third parties do.
struct RingVerifier {
    public_key: DecodingKeyKind,
    algorithm: Algorithm,
}

fn signer(algorithm: &Algorithm, handle: &EncodingKey) -> Result<Box<dyn JwtSigner>> {
    let key = key_handles::find(handle.as_bytes()).ok_or(ErrorKind::InvalidKeyFormat)?;
    Ok(Box::new(RingSigner { key, algorithm: *algorithm }))
}

fn verifier(algorithm: &Algorithm, key: &DecodingKey) -> Result<Box<dyn JwtVerifier>> {
    Ok(Box::new(RingVerifier { public_key: key.kind().clone(), algorithm: *algorithm }))
}

impl Signer<Vec<u8>> for RingSigner {
    fn try_sign(&self, message: &[u8]) -> std::result::Result<Vec<u8>, Error> {
        let signature = match &*self.key {
            PrivateKey::Ecdsa(key) => key.sign(&SystemRandom::new(), message).map_err(|_| Error::new())?,
            PrivateKey::Ed25519(key) => key.sign(message),
            PrivateKey::Rsa(key) => return rsa_signature(key, self.algorithm, message),
        };
        Ok(signature.as_ref().to_vec())
    }
}

fn rsa_signature(
    key: &RsaKeyPair,
    algorithm: Algorithm,
    message: &[u8],
) -> std::result::Result<Vec<u8>, Error> {
    let padding: &dyn RsaEncoding = match algorithm {
        Algorithm::RS256 => &RSA_PKCS1_SHA256,
        Algorithm::PS256 => &RSA_PSS_SHA256,
        _ => return Err(Error::new()),
    };
    let mut signature = vec![0; key.public().modulus_len()];
    key.sign(padding, &SystemRandom::new(), message, &mut signature).map_err(|_| Error::new())?;
    Ok(signature)
}

impl JwtSigner for RingSigner {
    fn algorithm(&self) -> Algorithm {
        self.algorithm
    }
}

impl Verifier<Vec<u8>> for RingVerifier {
    fn verify(&self, message: &[u8], signature: &Vec<u8>) -> std::result::Result<(), Error> {
        let verified = match (self.algorithm, &self.public_key) {
            (Algorithm::ES256, DecodingKeyKind::SecretOrDer(key)) => {
                UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, key).verify(message, signature)
            }
            (Algorithm::EdDSA, DecodingKeyKind::SecretOrDer(key)) => {
                UnparsedPublicKey::new(&ED25519, key).verify(message, signature)
            }
            (Algorithm::RS256, DecodingKeyKind::RsaModulusExponent { n, e }) => {
                RsaPublicKeyComponents { n, e }.verify(&RSA_PKCS1_2048_8192_SHA256, message, signature)
            }
            (Algorithm::PS256, DecodingKeyKind::RsaModulusExponent { n, e }) => {
                RsaPublicKeyComponents { n, e }.verify(&RSA_PSS_2048_8192_SHA256, message, signature)
            }
            _ => return Err(Error::new()),
        };
        verified.map_err(|_| Error::new())
    }
}

impl JwtVerifier for RingVerifier {
    fn algorithm(&self) -> Algorithm {
        self.algorithm
    }
}
