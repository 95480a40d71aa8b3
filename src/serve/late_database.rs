//! Waits at the start for a database that is not up yet.

use std::net::TcpListener;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use crate::config::Settings;
use crate::crypto::MasterKeys;
use crate::serve::certificate::Certificate;
use crate::serve::error::ServeError;
use crate::serve::listener::bind;
use crate::store::{StoreError, reach};

const EVERY: Duration = Duration::from_secs(3);

/// Returns the listener once the database accepts connections. While it waits, nothing listens: clients and load
/// balancers are refused at once. An error that waiting does not correct is returned.
pub fn listen_once_reachable(settings: &Settings, listener: TcpListener) -> Result<TcpListener, ServeError> {
    let Err(error) = reach(&settings.database_url) else { return Ok(listener) };
    drop(listener);
    drop(MasterKeys::load(&settings.keys_dir)?);
    settings.tls.clone().map(Certificate::load).transpose()?;
    wait(settings, error)?;
    Ok(bind(settings)?.1)
}

fn wait(settings: &Settings, mut error: StoreError) -> Result<(), StoreError> {
    let (_open, never) = channel::<()>();
    while error.may_pass() {
        tracing::warn!(%error, "waiting for the database; trying again every {} s", EVERY.as_secs());
        if never.recv_timeout(EVERY) != Err(RecvTimeoutError::Timeout) {
            return Err(error);
        }
        match reach(&settings.database_url) {
            Ok(()) => {
                tracing::info!(database = %settings.database_url, "the database accepts connections");
                return Ok(());
            }
            Err(next) => error = next,
        }
    }
    Err(error)
}
