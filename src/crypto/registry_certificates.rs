//! Certificates for keys whose tokens container registries verify: a small authority and its leaf certificates (RFC
//! 5280).

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use claviger_contract::Timestamp;
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose,
    PKCS_ECDSA_P256_SHA256, PKCS_RSA_SHA256, date_time_ymd,
};
use rustls::pki_types::PrivatePkcs8KeyDer;
use serde::Serialize;

use crate::crypto::signing::SigningError;
use claviger_domain::Algorithm;

/// The authority that certifies signing keys.
pub struct Authority<'a> {
    /// The name of the authority.
    pub name: &'a str,
    /// PKCS#8; always ES256.
    pub private_key: &'a [u8],
    /// Certificates are valid from one day earlier, because clocks differ.
    pub created_at: Timestamp,
}

/// Registries read the certificate once and keep it, so it must outlive them.
const YEARS: i32 = 30;

impl Authority<'_> {
    /// The self-signed certificate: DER in base64.
    pub fn certificate(&self) -> Result<String, SigningError> {
        let key = read(Algorithm::Es256, self.private_key)?;
        let made = self.parameters()?.self_signed(&key).map_err(|_| SigningError::Generation)?;
        Ok(STANDARD.encode(made.der()))
    }

    /// The certificate of a key that signs tokens: DER in base64. It expires with the authority's.
    pub fn certify(
        &self,
        algorithm: Algorithm,
        name: &str,
        private_key: &[u8],
        created_at: Timestamp,
    ) -> Result<String, SigningError> {
        let issuer = Issuer::new(self.parameters()?, read(Algorithm::Es256, self.private_key)?);
        let mut leaf = named(name, created_at)?;
        leaf.not_after = self.parameters()?.not_after;
        leaf.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        let made = leaf.signed_by(&read(algorithm, private_key)?, &issuer);
        Ok(STANDARD.encode(made.map_err(|_| SigningError::Generation)?.der()))
    }

    fn parameters(&self) -> Result<CertificateParams, SigningError> {
        let mut parameters = named(self.name, self.created_at)?;
        let (year, _, _) = self.created_at.date();
        parameters.not_after = date_time_ymd(year + YEARS, 1, 1);
        parameters.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        parameters.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::DigitalSignature];
        Ok(parameters)
    }
}

fn named(name: &str, created_at: Timestamp) -> Result<CertificateParams, SigningError> {
    let mut parameters = CertificateParams::new(Vec::new()).map_err(|_| SigningError::Generation)?;
    parameters.distinguished_name = DistinguishedName::new();
    parameters.distinguished_name.push(DnType::CommonName, name);
    let (year, month, day) = created_at.plus_seconds(-24 * 3_600).date();
    parameters.not_before = date_time_ymd(year, month, day);
    parameters.use_authority_key_identifier_extension = true;
    Ok(parameters)
}

fn read(algorithm: Algorithm, pkcs8: &[u8]) -> Result<KeyPair, SigningError> {
    let scheme = match algorithm {
        Algorithm::Es256 => &PKCS_ECDSA_P256_SHA256,
        Algorithm::Rs256 => &PKCS_RSA_SHA256,
        Algorithm::EdDsa | Algorithm::Ps256 => return Err(SigningError::Malformed),
    };
    let document = PrivatePkcs8KeyDer::from(pkcs8);
    KeyPair::from_pkcs8_der_and_sign_algo(&document, scheme).map_err(|_| SigningError::Malformed)
}

#[derive(Serialize)]
struct CertifiedHeader<'a> {
    typ: &'static str,
    alg: &'static str,
    /// Only the leaf: the registry has the authority's certificate (RFC 7515 §4.1.6).
    x5c: [&'a str; 1],
}

/// The header that registries require in tokens, in base64url.
pub fn certified_header(algorithm: Algorithm, certificate: &str) -> Result<String, SigningError> {
    let header = CertifiedHeader { typ: "JWT", alg: algorithm.as_str(), x5c: [certificate] };
    let header = serde_json::to_vec(&header).map_err(|_| SigningError::Malformed)?;
    Ok(URL_SAFE_NO_PAD.encode(header))
}

/// A base64 certificate as PEM (RFC 7468 §5).
pub fn certificate_pem(certificate: &str) -> String {
    let mut text = String::from("-----BEGIN CERTIFICATE-----\n");
    for line in certificate.as_bytes().chunks(64) {
        text.push_str(&String::from_utf8_lossy(line));
        text.push('\n');
    }
    text.push_str("-----END CERTIFICATE-----\n");
    text
}
