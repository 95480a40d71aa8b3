//! Certificate authorities that may have issued a server's certificate.

use std::path::Path;

use rustls_native_certs::load_native_certs;
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, parse_pem};

use crate::environment::names_authorities;
use crate::failure::Failure;

pub struct Authorities(RootCerts);

impl Authorities {
    /// Those of a file, and no others.
    pub fn read(file: &Path) -> Result<Self, Failure> {
        let wrong = |what: String| Failure::usage(format!("--ca-file {}: {what}", file.display()));
        let pem = std::fs::read(file).map_err(|error| wrong(error.to_string()))?;
        let certificates = parse_pem(&pem).filter_map(|item| match item {
            Ok(PemItem::Certificate(certificate)) => Some(certificate),
            _ => None,
        });
        let certificates: Vec<_> = certificates.collect();
        if certificates.is_empty() {
            return Err(wrong("must contain certificates in PEM".to_owned()));
        }
        Ok(Self(RootCerts::new_with_certs(&certificates)))
    }

    /// Those that the system trusts. `SSL_CERT_FILE` and `SSL_CERT_DIR` name others. A system without any, such as a
    /// small container, gets the built-in list of public authorities.
    pub fn of_the_system() -> Result<Self, Failure> {
        let loaded = load_native_certs();
        let certificates: Vec<_> =
            loaded.certs.iter().map(|found| Certificate::from_der(found).to_owned()).collect();
        if !certificates.is_empty() {
            return Ok(Self(RootCerts::new_with_certs(&certificates)));
        }
        match (names_authorities(), loaded.errors.first()) {
            (false, _) => Ok(Self(RootCerts::WebPki)),
            (true, Some(error)) => Err(Failure::usage(format!("SSL_CERT_FILE, SSL_CERT_DIR: {error}"))),
            (true, None) => Err(Failure::usage("SSL_CERT_FILE, SSL_CERT_DIR: no certificates in PEM there")),
        }
    }

    pub fn tls_config(&self) -> TlsConfig {
        TlsConfig::builder().root_certs(self.0.clone()).build()
    }
}
