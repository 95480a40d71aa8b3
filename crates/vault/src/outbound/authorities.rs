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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn public_authorities_stay_trusted_beside_those_of_the_operator() {
        let own = rcgen::generate_simple_self_signed(vec!["ca.internal".to_owned()]).unwrap();
        let text = format!("Subject: ours\n{}{}", own.cert.pem(), own.signing_key.serialize_pem());
        let RootCerts::Specific(roots) = Authorities::of_pem(text.as_bytes()).unwrap().roots() else {
            panic!("the operator's are not among them");
        };
        assert_eq!(roots.len(), TLS_SERVER_ROOT_CERTS.len() + 1);
        let anchors = roots.iter().map(|root| CertificateDer::from(root.der()));
        let (_, ignored) = RootCertStore::empty().add_parsable_certificates(anchors);
        assert_eq!(ignored, 0);
        assert!(matches!(Authorities::default().roots(), RootCerts::WebPki));
    }

    #[test]
    fn file_without_usable_certificates_is_refused_with_the_reason() {
        let own = rcgen::generate_simple_self_signed(vec!["ca.internal".to_owned()]).unwrap();
        let good = own.cert.pem();
        let damaged = format!("{good}-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
        let cut = &good[..good.len() / 2];
        for (text, expected) in [
            ("", "must contain certificates in PEM"),
            ("text", "must contain certificates in PEM"),
            (own.signing_key.serialize_pem().as_str(), "must contain certificates in PEM"),
            (damaged.as_str(), "its certificate 2 is damaged"),
            (cut, "its certificate 1 is damaged"),
        ] {
            let error = Authorities::of_pem(text.as_bytes()).unwrap_err().to_string();
            assert!(error.starts_with(expected), "{text}: {error}");
        }
    }
}
