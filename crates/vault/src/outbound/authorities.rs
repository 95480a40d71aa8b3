//! Certificate authorities that the operator adds to the public ones.

use rustls::RootCertStore;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use ureq::tls::{Certificate, RootCerts};
use webpki_root_certs::TLS_SERVER_ROOT_CERTS;

#[derive(Clone, Debug, Default)]
pub struct Authorities(Vec<CertificateDer<'static>>);

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum AuthoritiesError {
    #[error("must contain certificates in PEM")]
    None,
    #[error("its certificate {number} is damaged: {reason}")]
    Damaged { number: usize, reason: String },
}

impl Authorities {
    /// Other sections, such as keys, are ignored.
    pub fn of_pem(pem: &[u8]) -> Result<Self, AuthoritiesError> {
        let mut checked = RootCertStore::empty();
        let mut found = Vec::new();
        for (index, section) in CertificateDer::pem_slice_iter(pem).enumerate() {
            let damaged = |reason: String| AuthoritiesError::Damaged { number: index + 1, reason };
            let certificate = section.map_err(|error| damaged(error.to_string()))?;
            checked.add(certificate.clone()).map_err(|error| damaged(error.to_string()))?;
            found.push(certificate);
        }
        match found.is_empty() {
            true => Err(AuthoritiesError::None),
            false => Ok(Self(found)),
        }
    }

    /// These and the public ones.
    pub fn roots(&self) -> RootCerts {
        if self.0.is_empty() {
            return RootCerts::WebPki;
        }
        let all = TLS_SERVER_ROOT_CERTS.iter().chain(&self.0);
        let all: Vec<_> = all.map(|der| Certificate::from_der(der).to_owned()).collect();
        RootCerts::new_with_certs(&all)
    }
}
