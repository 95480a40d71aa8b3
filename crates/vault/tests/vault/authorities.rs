//! Authorities of the operator's file, beside the public ones.

use claviger_vault::Authorities;
use rustls::RootCertStore;
use rustls_pki_types::CertificateDer;
use ureq::tls::RootCerts;
use webpki_root_certs::TLS_SERVER_ROOT_CERTS;

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
