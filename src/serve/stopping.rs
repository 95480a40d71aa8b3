//! The end of a server or a sidecar, when the system or a person says so.

use std::future::poll_fn;
use std::task::Poll;

use actix_web::dev::ServerHandle;
use actix_web::rt::signal::unix::{SignalKind, signal};

use crate::serve::error::ServeError;

/// After SIGTERM or SIGINT, requests in progress are finished.
pub(super) fn stop_when_told(server: ServerHandle) -> Result<(), ServeError> {
    let mut terminate = signal(SignalKind::terminate()).map_err(ServeError::Server)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(ServeError::Server)?;
    actix_web::rt::spawn(async move {
        let either = |context: &mut std::task::Context<'_>| match terminate.poll_recv(context) {
            Poll::Ready(_) => Poll::Ready(()),
            Poll::Pending => interrupt.poll_recv(context).map(|_| ()),
        };
        poll_fn(either).await;
        tracing::info!("stopping: finishing requests in progress");
        server.stop(true).await;
    });
    Ok(())
}
