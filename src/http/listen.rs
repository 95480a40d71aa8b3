//! Binds the address and runs the workers.

use std::fmt;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::num::NonZero;
use std::sync::Arc;
use std::thread::available_parallelism;
use std::time::Duration;

use actix_http::body::BoxBody;
use actix_http::{HttpServiceBuilder, KeepAlive, Request, Response, TlsAcceptorConfig};
use actix_server::{GracefulShutdownSignal, Server};
use actix_service::{apply_fn_factory, map_config};
use actix_tls::accept::max_concurrent_tls_connect;
use actix_web::dev::{AppConfig, Service, ServiceFactory};
use actix_web::middleware::from_fn;
use actix_web::rt::net::TcpStream;
use actix_web::{App, web};
use rustls::ServerConfig;

use crate::http::connections::Connections;
use crate::http::state::AppState;
use crate::http::{observe, routes};

#[derive(Clone)]
pub struct ServerSettings {
    pub listen: SocketAddr,
    /// `None` means plain HTTP.
    pub tls: Option<ServerConfig>,
    pub workers: usize,
    /// How long a connection stays open between two requests.
    pub keep_alive: Duration,
}

#[derive(Debug, thiserror::Error)]
#[error("listen {address}: {source}")]
pub struct ListenError {
    address: SocketAddr,
    source: io::Error,
}

/// How long a client may take to send the head of the first request. The library applies it to no later one.
const HEAD_TIMEOUT: Duration = Duration::from_secs(10);

/// How long a client may take for the TLS handshake, from accept on.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(3);

/// How long a client may take to close a connection that the server has closed.
const DISCONNECT_TIMEOUT: Duration = Duration::from_secs(1);

/// How long pending responses may take after SIGTERM, in seconds.
const DRAIN_SECONDS: u64 = 10;

/// More threads than the library can start.
const MAX_WORKERS: usize = 512;

/// Number of worker threads: one per core by default.
pub fn worker_count(setting: Option<usize>) -> usize {
    let count = setting.unwrap_or_else(|| available_parallelism().map_or(1, NonZero::get));
    count.clamp(1, MAX_WORKERS)
}

/// The server accepts from `listener` once it is awaited.
///
/// `actix_web::HttpServer` exposes a connection only after the TLS handshake. Here each one is counted first.
pub fn listen(
    settings: &ServerSettings,
    listener: TcpListener,
    state: Arc<AppState>,
) -> Result<Server, ListenError> {
    let connections = state.connections.clone();
    let state = web::Data::from(state);
    let app = move || {
        let app =
            App::new().app_data(state.clone()).wrap(from_fn(observe::observe)).configure(routes::configure);
        map_config(app, |()| AppConfig::default())
    };
    // Handshakes are bounded by a timeout and by the connection limits. The library's own limit of concurrent
    // handshakes would make every client wait for idle ones.
    max_concurrent_tls_connect(usize::MAX);
    let server = Server::build()
        .workers(settings.workers)
        .max_concurrent_connections(connections.limits().per_worker(settings.workers))
        .shutdown_timeout(DRAIN_SECONDS)
        .disable_signals();
    let stopping = server.graceful_shutdown_signal();
    let keep_alive = settings.keep_alive;
    let server = match settings.tls.clone() {
        None => server.listen("http", listener, move || {
            counted(connections.clone(), http(&stopping, keep_alive).finish(app()).tcp())
        }),
        Some(tls) => server.listen("https", listener, move || {
            let handshake = TlsAcceptorConfig::default().handshake_timeout(HANDSHAKE_TIMEOUT);
            let service =
                http(&stopping, keep_alive).finish(app()).rustls_0_23_with_config(tls.clone(), handshake);
            counted(connections.clone(), service)
        }),
    };
    Ok(server.map_err(|source| ListenError { address: settings.listen, source })?.run())
}

/// Counts a connection from accept until it is closed, the handshake included, or closes it at once.
fn counted<F>(
    connections: Arc<Connections>,
    service: F,
) -> impl ServiceFactory<TcpStream, Config = (), Response = (), Error = F::Error, InitError = F::InitError>
where
    F: ServiceFactory<TcpStream, Config = (), Response = ()>,
{
    apply_fn_factory(service, move |stream: TcpStream, service: &F::Service| {
        // A connection that is already closed has no peer.
        let admitted = stream.peer_addr().ok().and_then(|peer| connections.admit(peer.ip()).ok());
        // Boxed: an async block holds what it captures twice.
        let served = admitted.map(|admitted| (Box::pin(service.call(stream)), admitted));
        async move {
            match served {
                Some((served, _admitted)) => served.await,
                None => Ok(()),
            }
        }
    })
}

fn http<T, S>(stopping: &GracefulShutdownSignal, keep_alive: Duration) -> HttpServiceBuilder<T, S>
where
    S: ServiceFactory<Request, Config = ()>,
    S::Error: Into<Response<BoxBody>> + 'static,
    S::InitError: fmt::Debug,
    <S::Service as Service<Request>>::Future: 'static,
{
    let stopping = stopping.clone();
    HttpServiceBuilder::default()
        .graceful_shutdown_signal(move || {
            let stopping = stopping.clone();
            async move { stopping.notified().await }
        })
        .keep_alive(KeepAlive::Timeout(keep_alive))
        .client_request_timeout(HEAD_TIMEOUT)
        .client_disconnect_timeout(DISCONNECT_TIMEOUT)
}
