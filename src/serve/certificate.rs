//! The server's TLS certificate: read from files at the start, and again on SIGHUP.

use std::path::Path;
use std::sync::Arc;

use arc_swap::ArcSwap;
use claviger_contract::Timestamp;
use rustls::ServerConfig;
use rustls::crypto::ring::default_provider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;

use crate::config::TlsFiles;
use crate::crypto::certificate_not_after;
use crate::serve::error::ServeError;

/// Shared by the TLS listener and the SIGHUP handler.
#[derive(Debug)]
pub struct Certificate {
    files: TlsFiles,
    current: ArcSwap<CertifiedKey>,
}

impl Certificate {
    pub fn load(files: TlsFiles) -> Result<Arc<Self>, ServeError> {
        let current = ArcSwap::from_pointee(read(&files)?);
        Ok(Arc::new(Self { files, current }))
    }

    /// New connections get the certificate in the files. Unusable files change nothing.
    pub fn reload(&self) -> Result<(), ServeError> {
        self.current.store(Arc::new(read(&self.files)?));
        Ok(())
    }

    /// When new connections are no longer trusted; `None` if it cannot be read.
    pub fn end(&self) -> Option<Timestamp> {
        end_of(&self.current.load())
    }

    /// TLS 1.2 and 1.3, no client certificates.
    pub fn server_config(self: &Arc<Self>) -> Result<ServerConfig, ServeError> {
        let builder = ServerConfig::builder_with_provider(Arc::new(default_provider()));
        let builder = builder
            .with_safe_default_protocol_versions()
            .map_err(|error| ServeError::Refused(format!("TLS cannot be set up: {error}")))?;
        Ok(builder.with_no_client_auth().with_cert_resolver(self.clone()))
    }
}

impl ResolvesServerCert for Certificate {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.current.load_full())
    }
}

/// When the server's own certificate ends, if the files can be used.
pub fn certificate_end(files: &TlsFiles) -> Result<Timestamp, ServeError> {
    end_of(&read(files)?).ok_or_else(|| {
        ServeError::Refused(format!("{}: the end of its validity cannot be read", files.cert.display()))
    })
}

fn end_of(key: &CertifiedKey) -> Option<Timestamp> {
    key.cert.first().and_then(|certificate| certificate_not_after(certificate))
}

fn read(files: &TlsFiles) -> Result<CertifiedKey, ServeError> {
    let wrong = |file: &Path, what: String| ServeError::Refused(format!("{}: {what}", file.display()));
    let (cert, key) = (&files.cert, &files.key);
    let chain = CertificateDer::pem_file_iter(cert)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| {
            wrong(cert, format!("tls_cert must contain certificates in PEM, the server's first: {error}"))
        })?;
    if chain.is_empty() {
        return Err(wrong(
            cert,
            "tls_cert contains no certificate: it must be in PEM, the server's first".to_owned(),
        ));
    }
    let private = PrivateKeyDer::from_pem_file(key)
        .map_err(|error| wrong(key, format!("tls_key must be an unencrypted private key in PEM: {error}")))?;
    CertifiedKey::from_der(chain, private, &default_provider()).map_err(|error| match error {
        rustls::Error::InconsistentKeys(_) => {
            wrong(key, format!("tls_key is not the private key of the certificate in {}", cert.display()))
        }
        other => wrong(cert, format!("tls_cert and tls_key cannot be used: {other}")),
    })
}
