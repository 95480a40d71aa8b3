//! Binds the address and runs the workers.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::Server;
use actix_web::middleware::{DefaultHeaders, from_fn};
use actix_web::{App, HttpServer, web};
use rustls::ServerConfig;

use super::{AppState, limits, observe, routes};

#[derive(Clone)]
pub struct ServerSettings {
    pub listen: SocketAddr,
    /// `None` is plain http.
    pub tls: Option<ServerConfig>,
    /// `None` is one per core.
    pub workers: Option<usize>,
}

#[derive(Debug, thiserror::Error)]
#[error("listen {address}: {source}")]
pub struct ListenError {
    address: SocketAddr,
    source: io::Error,
}

/// How long a client may take to send a request's head.
const HEAD_TIMEOUT: Duration = Duration::from_secs(10);

/// Of each worker; more wait in the system's queue until some are over.
const MOST_CONNECTIONS: usize = 25_000;

/// How long answers under way may take after SIGTERM, in seconds.
const DRAIN_SECONDS: u64 = 10;

/// The server accepts from `listener` as soon as it is awaited.
pub fn listen(
    settings: &ServerSettings,
    listener: TcpListener,
    state: Arc<AppState>,
) -> Result<Server, ListenError> {
    let state = web::Data::from(state);
    let mut server = HttpServer::new(move || {
        App::new()
            .app_data(state.clone())
            .wrap(DefaultHeaders::new().add(("X-Content-Type-Options", "nosniff")))
            .wrap(from_fn(limits::bound_headers))
            .wrap(from_fn(observe::observe))
            .configure(routes::configure)
    })
    .client_request_timeout(HEAD_TIMEOUT)
    .tls_handshake_timeout(HEAD_TIMEOUT)
    .max_connections(MOST_CONNECTIONS)
    .shutdown_timeout(DRAIN_SECONDS)
    .disable_signals();
    if let Some(workers) = settings.workers {
        server = server.workers(workers);
    }
    let server = match &settings.tls {
        None => server.listen(listener),
        Some(tls) => server.listen_rustls_0_23(listener, tls.clone()),
    };
    let server = server.map_err(|source| ListenError { address: settings.listen, source })?;
    Ok(server.run())
}
