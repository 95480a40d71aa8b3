//! Runs a sidecar until it is stopped.

use std::net::SocketAddr;
use std::sync::Arc;

use actix_web::rt::System;
use claviger_verifier::{ConnectError, Verifier};
use zeroize::Zeroizing;

use crate::config::LogFormat;
use crate::http::{Sidecar, SidecarAddress, listen_as_sidecar};
use crate::serve::error::ServeError;
use crate::serve::listener::bind_to;
use crate::serve::stopping::stop_when_told;
use crate::serve::{file_limit, logging, memory};

pub struct SidecarSettings {
    pub listen: SocketAddr,
    pub workers: usize,
    pub log_format: LogFormat,
    pub issuer: String,
    pub audience: String,
    pub client_id: String,
    pub client_key: Zeroizing<String>,
    /// Certificates in PEM; those of Mozilla's list otherwise.
    pub authorities: Option<Vec<u8>>,
}

/// Returns after SIGTERM or SIGINT, when requests in progress are finished or ten seconds have passed.
pub fn serve_sidecar(settings: &SidecarSettings) -> Result<(), ServeError> {
    logging::start(settings.log_format, "info", None);
    memory::keep_private();
    file_limit::raise();
    let (listener, address) = bind_to(settings.listen)?;
    let sidecar = Sidecar::new(connect(settings)?).ok_or(ConnectError::Issuer)?;
    let address_of = SidecarAddress { listener, workers: settings.workers };
    System::new().block_on(async move {
        let server = listen_as_sidecar(address_of, Arc::new(sidecar)).map_err(ServeError::Server)?;
        stop_when_told(server.handle())?;
        tracing::info!(%address, issuer = settings.issuer, audience = settings.audience, "listening as a sidecar");
        server.await.map_err(ServeError::Server)
    })
}

fn connect(settings: &SidecarSettings) -> Result<Verifier, ConnectError> {
    let SidecarSettings { issuer, audience, client_id, client_key, .. } = settings;
    let mut builder = Verifier::builder(issuer, audience, client_id, client_key);
    if let Some(authorities) = &settings.authorities {
        builder = builder.authorities(authorities)?;
    }
    builder.connect()
}
