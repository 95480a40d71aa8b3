//! Runs a server until it is stopped.

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use actix_web::rt::System;
use actix_web::rt::signal::unix::{SignalKind, signal};
use rustix::process::Signal;

use crate::config::Settings;
use crate::crypto::{Keyring, SystemRandomness};
use crate::http::{CertificateEnd, ServerSettings, document, listen, listen_for_metrics, worker_count};
use crate::replication::Part;
use crate::serve::assemble::{Node, Sources, assemble};
use crate::serve::certificate::Certificate;
use crate::serve::clock::SystemClock;
use crate::serve::error::ServeError;
use crate::serve::housekeeping::read_master_keys_again;
use crate::serve::late_database::listen_once_reachable;
use crate::serve::listener::bind;
use crate::serve::stopping::stop_when_told;
use crate::serve::traces::Traces;
use crate::serve::{logging, memory};
use claviger_domain::Randomness;

/// The API description, byte for byte as a server returns it.
pub fn openapi() -> String {
    document().to_string()
}

/// Returns after SIGTERM or SIGINT, when requests in progress are finished or ten seconds have passed.
pub fn serve(settings: &Settings) -> Result<(), ServeError> {
    let traces = Traces::start(settings)?;
    logging::start(settings.log_format, &settings.log_level, traces.as_ref());
    memory::keep_private();
    let (settings, listener) = bind(settings)?;
    let listener = listen_once_reachable(&settings, listener)?;
    let sources = system_sources();
    let node = assemble(&settings, &sources, server_part(&settings, &*sources.randomness))?;
    run(&settings, listener, node)
}

pub fn system_sources() -> Sources {
    Sources { clock: Arc::new(SystemClock), randomness: Arc::new(SystemRandomness::new()) }
}

pub(super) fn server_part(settings: &Settings, randomness: &dyn Randomness) -> Part {
    let incarnation = randomness.bytes::<16>().iter().map(|byte| format!("{byte:02x}")).collect();
    Part::Server { node: settings.node_name.clone(), incarnation }
}

pub(super) fn run(settings: &Settings, listener: TcpListener, mut node: Node) -> Result<(), ServeError> {
    let certificate = settings.tls.clone().map(Certificate::load).transpose()?;
    let tls = certificate.as_ref().map(Certificate::server_config).transpose()?;
    let http = ServerSettings {
        listen: settings.listen,
        tls,
        workers: worker_count(settings.workers),
        keep_alive: Duration::from_secs(settings.keep_alive_seconds),
    };
    let state = node.state.clone();
    let metrics = settings.metrics_listen.map(bind_for_metrics).transpose()?;
    let told = state.clone();
    let keyring = node.keyring.clone();
    let ended = System::new().block_on(async move {
        let server = listen(&http, listener, state)?;
        let handle = server.handle();
        reload_when_told(certificate, keyring, told.certificate_end.clone())?;
        // A write beyond the file size limit fails as on a full disk, instead of ending the process.
        let _file_size_limit = signal(SignalKind::from_raw(Signal::XFSZ.as_raw())).map_err(ServeError::Server)?;
        if let Some(listener) = metrics {
            let address = listener.local_addr().map_err(ServeError::Server)?;
            let metrics = listen_for_metrics(listener, told).map_err(ServeError::Server)?;
            actix_web::rt::spawn(metrics);
            tracing::info!(%address, "metrics are at /metrics");
        }
        stop_when_told(handle)?;
        tracing::info!(address = %http.listen, url = %settings.public_url, database = %settings.database_url, "listening");
        server.await.map_err(ServeError::Server)
    });
    node.stop();
    ended
}

fn bind_for_metrics(address: SocketAddr) -> Result<TcpListener, ServeError> {
    TcpListener::bind(address).map_err(|source| {
        ServeError::Refused(format!("metrics_listen {address}: {source}; choose another address"))
    })
}

/// Handles SIGHUP while the server runs.
fn reload_when_told(
    certificate: Option<Arc<Certificate>>,
    keyring: Arc<Keyring>,
    end: Arc<CertificateEnd>,
) -> Result<(), ServeError> {
    let read_end = move |certificate: Option<&Arc<Certificate>>| {
        end.set(certificate.and_then(|certificate| certificate.end()));
    };
    read_end(certificate.as_ref());
    let mut hangup = signal(SignalKind::hangup()).map_err(ServeError::Server)?;
    actix_web::rt::spawn(async move {
        while hangup.recv().await.is_some() {
            read_master_keys_again(&keyring);
            match certificate.as_ref().map(|certificate| certificate.reload()) {
                None => tracing::info!("SIGHUP: there is no certificate to reload"),
                Some(Ok(())) => {
                    read_end(certificate.as_ref());
                    tracing::info!("SIGHUP: the certificate was reloaded");
                }
                Some(Err(error)) => tracing::error!(%error, "SIGHUP: the previous certificate stays in use"),
            }
        }
    });
    Ok(())
}
