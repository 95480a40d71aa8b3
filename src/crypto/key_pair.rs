//! Private keys that sign tokens. Each is parsed at its first signature, because most keys of many realms never sign
//! here.

use std::sync::{Mutex, OnceLock, PoisonError};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use claviger_contract::{AccessTokenHeader, REFRESH_TOKEN_TYPE, TOKEN_TYPE};
use jsonwebtoken::EncodingKey;
use serde::Serialize;
use zeroize::Zeroizing;

use crate::crypto::key_handles::Registration;
use crate::crypto::signing::SigningError;
use crate::crypto::signing::parse;
use claviger_domain::Algorithm;

/// Signs access tokens.
pub struct KeyPair {
    /// Equal for every token of the key, so it is encoded once.
    encoded_header: String,
    encoded_refresh_header: String,
    algorithm: Algorithm,
    /// Set until the key is parsed.
    pkcs8: Mutex<Zeroizing<Vec<u8>>>,
    signer: OnceLock<Result<Signer, SigningError>>,
}

/// Keeps the parsed private key registered while it exists.
struct Signer {
    handle: EncodingKey,
    algorithm: jsonwebtoken::Algorithm,
    _registration: Registration,
}

impl KeyPair {
    /// Fails at once if the document names another algorithm. The document is known to be intact: sealing preserves the
    /// accepted bytes.
    pub fn new(algorithm: Algorithm, kid: &str, pkcs8: Zeroizing<Vec<u8>>) -> Result<Self, SigningError> {
        if !is_of(algorithm, &pkcs8) {
            return Err(SigningError::Malformed);
        }
        Ok(Self {
            encoded_header: header(TOKEN_TYPE, algorithm, kid)?,
            encoded_refresh_header: header(REFRESH_TOKEN_TYPE, algorithm, kid)?,
            algorithm,
            pkcs8: Mutex::new(pkcs8),
            signer: OnceLock::new(),
        })
    }

    /// Whether this base64url text is the header of the access tokens that it signs.
    pub fn has_header(&self, encoded_header: &str) -> bool {
        self.encoded_header == encoded_header
    }

    /// The compact serialization, `typ: at+jwt` (RFC 9068 §2.1).
    pub fn sign(&self, claims: &impl Serialize) -> Result<String, SigningError> {
        self.sign_under(&self.encoded_header, claims)
    }

    /// As [`Self::sign`], `typ: rt+jwt`.
    pub fn sign_refresh(&self, claims: &impl Serialize) -> Result<String, SigningError> {
        self.sign_under(&self.encoded_refresh_header, claims)
    }

    /// Signs under another header, already in base64url, whose `alg` must be this key's.
    pub fn sign_under(&self, encoded_header: &str, claims: &impl Serialize) -> Result<String, SigningError> {
        let signer = self.signer()?;
        let claims = serde_json::to_vec(claims).map_err(|_| SigningError::Signature)?;
        let mut token = String::with_capacity(encoded_header.len() + claims.len() * 4 / 3 + 96);
        token.push_str(encoded_header);
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(claims, &mut token);
        let signature = jsonwebtoken::crypto::sign(token.as_bytes(), &signer.handle, signer.algorithm)
            .map_err(|_| SigningError::Signature)?;
        token.push('.');
        token.push_str(&signature);
        Ok(token)
    }

    /// The first signature parses the key.
    fn signer(&self) -> Result<&Signer, SigningError> {
        let signer = self.signer.get_or_init(|| {
            let pkcs8 = std::mem::take(&mut *self.pkcs8.lock().unwrap_or_else(PoisonError::into_inner));
            Signer::parse(self.algorithm, &pkcs8)
        });
        signer.as_ref().map_err(|error| *error)
    }
}

impl Signer {
    fn parse(algorithm: Algorithm, pkcs8: &[u8]) -> Result<Self, SigningError> {
        let registration = Registration::new(parse(algorithm, pkcs8)?);
        let (handle, algorithm) = match algorithm {
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
        Ok(Self { handle, algorithm, _registration: registration })
    }
}

/// In DER: the algorithm of a PKCS#8 document, and its curve (RFC 5480 §2.1, RFC 8410 §3, RFC 8017 §A.1).
const P256: &[u8] = &[
    0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03,
    0x01, 0x07,
];
const ED25519: &[u8] = &[0x06, 0x03, 0x2b, 0x65, 0x70];
const RSA: &[u8] = &[0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];

/// The algorithm follows two lengths and the version.
const HEAD: usize = 40;

fn is_of(algorithm: Algorithm, pkcs8: &[u8]) -> bool {
    let named = match algorithm {
        Algorithm::Es256 => P256,
        Algorithm::EdDsa => ED25519,
        Algorithm::Rs256 | Algorithm::Ps256 => RSA,
    };
    pkcs8.get(..HEAD).is_some_and(|head| head.windows(named.len()).any(|part| part == named))
}

fn header(typ: &str, algorithm: Algorithm, kid: &str) -> Result<String, SigningError> {
    let (typ, alg, kid) = (typ.to_owned(), algorithm.as_str().to_owned(), kid.to_owned());
    let header = serde_json::to_vec(&AccessTokenHeader { typ, alg, kid });
    header.map(|header| URL_SAFE_NO_PAD.encode(header)).map_err(|_| SigningError::Malformed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::generate_key;
    use claviger_contract::CompactJwt;
    use claviger_verifier::token::PublicKey;

    #[test]
    fn each_algorithm_signs_what_its_public_key_verifies() {
        crate::crypto::install_signature_provider();
        for algorithm in [Algorithm::Es256, Algorithm::EdDsa] {
            let made = generate_key(algorithm).expect("a key");
            let pair = KeyPair::new(algorithm, &made.public.kid, made.pkcs8).expect("a pair");
            let token = pair.sign(&serde_json::json!({"a": 1})).expect("a token");
            let compact = CompactJwt::split(&token).expect("three parts");
            let verifying = PublicKey::new(&made.public).expect("a public key");
            assert!(verifying.verifies(compact.signed, compact.signature));
            assert!(!verifying.verifies(&format!("{}x", compact.signed), compact.signature));
            let other = generate_key(algorithm).expect("another key");
            let other = PublicKey::new(&other.public).expect("a public key");
            assert!(!other.verifies(compact.signed, compact.signature));
        }
    }

    #[test]
    fn key_is_parsed_at_its_first_signature_and_its_document_is_dropped() {
        crate::crypto::install_signature_provider();
        let made = generate_key(Algorithm::Es256).expect("a key");
        let pair = KeyPair::new(Algorithm::Es256, &made.public.kid, made.pkcs8).expect("a pair");
        assert!(pair.signer.get().is_none() && !pair.pkcs8.lock().expect("a lock").is_empty());
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| pair.sign(&1).expect("a token"));
            }
        });
        assert!(pair.signer.get().is_some() && pair.pkcs8.lock().expect("a lock").is_empty());
    }

    #[test]
    fn document_of_another_algorithm_is_refused_before_it_is_used() {
        for (is, said) in [(Algorithm::Es256, Algorithm::EdDsa), (Algorithm::EdDsa, Algorithm::Es256)] {
            for said in [said, Algorithm::Rs256, Algorithm::Ps256] {
                let made = generate_key(is).expect("a key");
                let refused = KeyPair::new(said, "kid", made.pkcs8).map(drop);
                assert_eq!(refused, Err(SigningError::Malformed));
            }
        }
        assert!(KeyPair::new(Algorithm::Es256, "kid", Zeroizing::new(Vec::new())).is_err());
    }

    #[test]
    fn a_dropped_key_signs_no_more() {
        crate::crypto::install_signature_provider();
        let made = generate_key(Algorithm::Es256).expect("a key");
        let pair = KeyPair::new(Algorithm::Es256, &made.public.kid, made.pkcs8).expect("a pair");
        let signer = pair.signer().expect("a signer");
        let (algorithm, handle) = (signer.algorithm, signer.handle.clone());
        assert!(jsonwebtoken::crypto::sign(b"x", &handle, algorithm).is_ok());
        drop(pair);
        assert!(jsonwebtoken::crypto::sign(b"x", &handle, algorithm).is_err());
    }
}
