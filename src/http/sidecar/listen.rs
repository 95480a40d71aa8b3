//! The routes of a sidecar, and its workers.

use std::io;
use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use actix_web::body::MessageBody;
use actix_web::dev::{Server, ServiceRequest, ServiceResponse};
use actix_web::http::header::{HeaderValue, X_CONTENT_TYPE_OPTIONS};
use actix_web::middleware::{Next, from_fn};
use actix_web::web::{self, Data, ServiceConfig, get};
use actix_web::{App, Error, HttpResponse, HttpServer};

use crate::http::forward_auth::{PATH, PATH_WITH_MORE};
use crate::http::sidecar::state::Sidecar;
use crate::http::sidecar::{forward_auth, health};

pub struct SidecarAddress {
    pub listener: TcpListener,
    pub workers: usize,
}

/// Connections for each worker. Only proxies connect.
const MAX_CONNECTIONS: usize = 4_096;

/// How long a proxy may take to send the head of its first request.
const HEAD_TIMEOUT: Duration = Duration::from_secs(10);

/// Longer than proxies keep idle connections by default: nginx 60 s, Caddy 2 min.
const KEEP_ALIVE: Duration = Duration::from_secs(150);

/// How long pending answers may take after SIGTERM, in seconds.
const DRAIN_SECONDS: u64 = 10;

/// Accepts connections once it is awaited.
pub fn listen_as_sidecar(address: SidecarAddress, sidecar: Arc<Sidecar>) -> io::Result<Server> {
    let sidecar = Data::from(sidecar);
    let app = move || App::new().app_data(sidecar.clone()).wrap(from_fn(prepare)).configure(configure);
    let server = HttpServer::new(app)
        .workers(address.workers)
        .max_connections(MAX_CONNECTIONS)
        .client_request_timeout(HEAD_TIMEOUT)
        .keep_alive(KEEP_ALIVE)
        .shutdown_timeout(DRAIN_SECONDS)
        .disable_signals()
        .listen(address.listener)?;
    Ok(server.run())
}

fn configure(config: &mut ServiceConfig) {
    for path in [PATH, PATH_WITH_MORE] {
        config.service(web::resource(path).to(forward_auth::forward_auth));
    }
    config.service(web::resource(["/health/live", "/health/alive"]).route(get().to(health::live)));
    config.service(web::resource("/health/ready").route(get().to(health::ready)));
    config.service(web::resource("/metrics").route(get().to(health::metrics)));
    config.default_service(web::to(not_found));
}

async fn not_found() -> HttpResponse {
    let words = "there is no such route: ask /realms/{realm}/forward-auth\n";
    HttpResponse::NotFound().content_type("text/plain; charset=utf-8").body(words)
}

/// Routes as the server does, and marks answers as it does.
async fn prepare<B: MessageBody + 'static>(
    mut request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    if let Some(sidecar) = request.app_data::<Data<Sidecar>>().cloned() {
        sidecar.path_prefix.remove_from(&mut request);
    }
    let mut answer = next.call(request).await?;
    answer.headers_mut().insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    Ok(answer)
}
