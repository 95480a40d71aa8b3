//! A private key as a user supplies it: one PKCS#8 document in PEM (RFC 7468 §10).

use std::fmt;

use rustls::pki_types::pem::{PemObject, SectionKind};
use zeroize::Zeroizing;

use claviger_domain::Algorithm;

/// Not parsed yet.
pub struct PemKey(Zeroizing<String>);

impl fmt::Debug for PemKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PemKey(…)")
    }
}

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum PemKeyError {
    #[error("must be one PKCS#8 private key in PEM, which begins with -----BEGIN PRIVATE KEY-----")]
    NotPem,
    #[error("is a {0}: convert it with `openssl pkcs8 -topk8 -nocrypt`")]
    OtherForm(&'static str),
    #[error("is encrypted: decrypt it with `openssl pkcs8` first")]
    Encrypted,
    #[error("is a public key: the private one is needed")]
    Public,
    #[error("has {bits} bits: an RSA key must have 2048 to 4096")]
    Size { bits: usize },
}

/// An RSA key of 4096 bits as PKCS#8 in PEM has about 3,300 bytes.
const MAX_LENGTH: usize = 8 * 1024;

impl PemKey {
    pub fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    /// Errors contain no byte of the input.
    pub fn into_pkcs8(self, algorithm: Algorithm) -> Result<Zeroizing<Vec<u8>>, PemKeyError> {
        let text = self.0.trim();
        if text.len() > MAX_LENGTH || text.matches("-----BEGIN ").count() != 1 {
            return Err(PemKeyError::NotPem);
        }
        if text.contains("ENCRYPTED") {
            return Err(PemKeyError::Encrypted);
        }
        if text.contains("-----BEGIN EC PRIVATE KEY-----") {
            return Err(PemKeyError::OtherForm("SEC 1 key"));
        }
        let section = <(SectionKind, Vec<u8>)>::from_pem_slice(text.as_bytes());
        let (kind, document) = section.map_err(|_| PemKeyError::NotPem)?;
        let document = Zeroizing::new(document);
        match kind {
            SectionKind::PrivateKey => {}
            SectionKind::RsaPrivateKey => return Err(PemKeyError::OtherForm("PKCS#1 key")),
            SectionKind::EcPrivateKey => return Err(PemKeyError::OtherForm("SEC 1 key")),
            SectionKind::PublicKey => return Err(PemKeyError::Public),
            _ => return Err(PemKeyError::NotPem),
        }
        if matches!(algorithm, Algorithm::Rs256 | Algorithm::Ps256)
            && let Some(bits) = super::signing::rsa_bits(&document)
            && !(2048..=4096).contains(&bits)
        {
            return Err(PemKeyError::Size { bits });
        }
        Ok(document)
    }
}
