//! The socket that clients connect to.

use std::net::{SocketAddr, TcpListener};

use crate::config::Settings;
use crate::serve::error::ServeError;

/// Connections that wait to be accepted: more than the standard library's 128.
const BACKLOG: i32 = 4_096;

/// Binds before anything is opened: an address in use stops the start at once, and port 0 becomes a real port.
pub(super) fn bind(settings: &Settings) -> Result<(Settings, TcpListener), ServeError> {
    let (listener, address) = bind_to(settings.listen)?;
    let mut settings = settings.clone();
    if settings.listen.port() == 0 {
        settings.public_url = settings.public_url.replace(":0", &format!(":{}", address.port()));
        settings.listen = address;
    }
    Ok((settings, listener))
}

/// With the address that it became.
pub(super) fn bind_to(listen: SocketAddr) -> Result<(TcpListener, SocketAddr), ServeError> {
    let refused = |source: std::io::Error| {
        ServeError::Refused(format!("listen {listen}: {source}; choose another address with --listen"))
    };
    let listener = TcpListener::bind(listen).map_err(refused)?;
    rustix::net::listen(&listener, BACKLOG).map_err(|error| refused(error.into()))?;
    let address = listener.local_addr().map_err(refused)?;
    Ok((listener, address))
}
