//! `GET /metrics`, on its own listener.

use std::io;
use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::Server;
use actix_web::rt::time::interval;
use actix_web::web::{self, Data, get};
use actix_web::{App, HttpResponse, HttpServer};

use crate::http::state::AppState;

/// Maximum time that measurements stay in memory without a scrape.
const TIDY_EVERY: Duration = Duration::from_secs(5);

/// Concurrent scrape connections; further ones wait. They also count against the limit of open files.
pub const MAX_SCRAPES: usize = 16;

const TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Accepts connections once it is awaited.
pub fn listen_for_metrics(listener: TcpListener, state: Arc<AppState>) -> io::Result<Server> {
    let tidied = state.clone();
    actix_web::rt::spawn(async move {
        let mut ticks = interval(TIDY_EVERY);
        loop {
            ticks.tick().await;
            if let Some(metrics) = &tidied.metrics {
                metrics.tidy();
            }
        }
    });
    let state = Data::from(state);
    let app = move || {
        App::new().app_data(state.clone()).service(web::resource("/metrics").route(get().to(metrics)))
    };
    Ok(HttpServer::new(app).workers(1).max_connections(MAX_SCRAPES).disable_signals().listen(listener)?.run())
}

async fn metrics(state: Data<AppState>) -> HttpResponse {
    match &state.metrics {
        Some(metrics) => HttpResponse::Ok().content_type(TEXT).body(metrics.render(&state)),
        None => HttpResponse::NotFound().finish(),
    }
}
