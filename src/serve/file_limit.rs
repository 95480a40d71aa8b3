//! The limit of open files, and the number of connections that fit below it.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::config::Settings;
use crate::http::{ConnectionLimits, MAX_SCRAPES, OVERFLOW, worker_count};
use crate::serve::error::ServeError;

/// Files for the database, the change log, the journal, keys, listeners and traces.
const RESERVE: usize = 128;

/// Files for the event loop of each worker.
const RESERVE_PER_WORKER: usize = 4;

/// No server starts with fewer.
const MIN_CONNECTIONS: usize = 16;

/// More would only use memory.
const DEFAULT_MAX_CONNECTIONS: usize = 50_000;

const DEFAULT_MAX_CONNECTIONS_PER_ADDRESS: usize = 1_024;

/// Requested where the hard limit is higher or unlimited.
const MAX_FILES: u64 = 1 << 20;

/// Below this limit, `claviger doctor` advises raising it.
pub const LOW: usize = 4_096;

/// Raises the soft limit to the hard limit; returns how many files the process may open.
pub fn raise() -> usize {
    let limit = getrlimit(Resource::Nofile);
    let wanted = attainable(limit);
    let raised = Rlimit { current: Some(wanted), maximum: limit.maximum };
    if wanted == current(limit) || setrlimit(Resource::Nofile, raised).is_ok() {
        return as_count(wanted);
    }
    as_count(current(limit))
}

/// How many files a server may open when started with the limits of this process.
pub fn attainable_here() -> usize {
    as_count(attainable(getrlimit(Resource::Nofile)))
}

fn attainable(limit: Rlimit) -> u64 {
    limit.maximum.unwrap_or(MAX_FILES).min(MAX_FILES).max(current(limit))
}

fn current(limit: Rlimit) -> u64 {
    limit.current.unwrap_or(MAX_FILES)
}

fn as_count(files: u64) -> usize {
    usize::try_from(files).unwrap_or(usize::MAX)
}

/// How many connections clients may hold if `files` files may be open.
pub fn connection_limits(settings: &Settings, files: usize) -> Result<ConnectionLimits, ServeError> {
    let workers = worker_count(settings.workers);
    let reserve = RESERVE + RESERVE_PER_WORKER * workers + OVERFLOW + MAX_SCRAPES;
    let room = files.saturating_sub(reserve);
    let how = "raise the limit (LimitNOFILE= of the systemd unit, or ulimit -n)";
    if room < MIN_CONNECTIONS {
        return Err(ServeError::Refused(format!(
            "this process may open {files} files; with {workers} workers it needs {} or more: {how}",
            reserve + MIN_CONNECTIONS
        )));
    }
    if let Some(wanted) = settings.max_connections.filter(|wanted| *wanted > room) {
        return Err(ServeError::Refused(format!(
            "max_connections is {wanted}, but this process may open {files} files, which leaves {room} for connections: \
             set max_connections to {room} or less, or {how}"
        )));
    }
    Ok(ConnectionLimits {
        all: settings.max_connections.unwrap_or(DEFAULT_MAX_CONNECTIONS).min(room),
        per_address: settings.max_connections_per_address.unwrap_or(DEFAULT_MAX_CONNECTIONS_PER_ADDRESS),
    })
}
