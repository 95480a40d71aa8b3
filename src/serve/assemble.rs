//! Puts one node together from its settings, a clock and a source of randomness.

use std::path::Path;
use std::sync::Arc;

use crate::administration::{Administration, ensure_registry_keys, ensure_signing_keys};
use crate::config::Settings;
use crate::crypto::{Keyring, MasterKeys, install_signature_provider};
use crate::domain::{Clock, DatabaseUrl, Randomness};
use crate::http::{AppState, Metrics, RequestIds};
use crate::issuance::{ClockAlarm, FailureLimits, Failures, Issuer, IssuerParts};
use crate::ledger::Ledger;
use crate::replication::{Follower, FollowerTask, Journal, Part, ServingLock, ServingLockError, UsageDrain};
use crate::revocation::{Barrier, Rounds, Waited, Witness};
use crate::serve::ServeError;
use crate::serve::housekeeping::Housekeeping;
use crate::snapshot::{Heard, Snapshot, Snapshots, Usage};
use crate::store::Store;

/// What the rest is told and never asks for itself.
#[derive(Clone)]
pub struct Sources {
    pub clock: Arc<dyn Clock>,
    pub randomness: Arc<dyn Randomness>,
}

/// A node that follows its database; it answers once something listens for it.
pub struct Node {
    pub state: Arc<AppState>,
    pub keyring: Arc<Keyring>,
    /// Of a server; a command keeps nothing.
    housekeeping: Option<Housekeeping>,
    follower: FollowerTask,
    /// Last, so that another server starts only when this one answers nothing any more.
    _locks: Vec<ServingLock>,
}

impl Node {
    /// Whether a server answers from this database: its lock says so on SQLite, its signature on PostgreSQL.
    pub fn is_served(settings: &Settings) -> Result<bool, ServeError> {
        if settings.database_url.sqlite_path().is_some() {
            return Ok(matches!(serving_locks(settings), Err(ServeError::Locked(ServingLockError::Held(_)))));
        }
        Ok(!Store::open(&settings.database_url)?.members()?.is_empty())
    }

    /// Keeps what was counted, stops following and signs off; nothing is answered afterwards.
    pub fn stop(&mut self) {
        drop(self.housekeeping.take());
        self.follower.stop();
    }
}

pub fn assemble(settings: &Settings, sources: &Sources, part: Part) -> Result<Node, ServeError> {
    install_signature_provider();
    let locks = match part {
        Part::Server { .. } => serving_locks(settings)?,
        Part::Command => Vec::new(),
    };
    let keyring = Arc::new(Keyring::derive(&MasterKeys::load(&settings.keys_dir)?)?);
    let store = Arc::new(Store::open(&settings.database_url)?);
    let journal = match part {
        Part::Server { .. } => Journal::open(&settings.data_dir, sources.clock.now())?,
        Part::Command => Journal::look(&settings.data_dir)?,
    };
    let snapshots = Arc::new(Snapshots::new(Snapshot::empty(&settings.public_url)));
    let is_server = matches!(part, Part::Server { .. });
    let follower = Follower::new(
        store.clone(),
        settings.database_url.clone(),
        keyring.clone(),
        snapshots.clone(),
        sources.clock.clone(),
        part,
        journal,
    );
    let follower = follower.start()?;
    let heard = Arc::new(Heard::default());
    let usage = Arc::new(Usage::default());
    let drain = UsageDrain::new(store.clone(), usage.clone(), sources.clock.clone());
    let waited = match settings.database_url {
        DatabaseUrl::Sqlite(_) => Waited::Own(settings.node_name.clone()),
        DatabaseUrl::Postgres(_) => Waited::Members { store: store.clone(), rounds: Rounds::default() },
    };
    let limits = FailureLimits {
        per_address: settings.auth_failures_per_address,
        per_client: settings.auth_failures_per_client,
    };
    let alarm = Arc::new(ClockAlarm::new(sources.clock.clone()));
    let issuer = Issuer::new(IssuerParts {
        snapshots: snapshots.clone(),
        keyring: keyring.clone(),
        failures: Failures::new(limits, &sources.clock),
        heard: heard.clone(),
        usage,
        clock: sources.clock.clone(),
        alarm: alarm.clone(),
        randomness: sources.randomness.clone(),
    });
    let ledger =
        Arc::new(Ledger::new(store, snapshots.clone(), sources.clock.clone(), sources.randomness.clone()));
    let housekeeping = match is_server {
        true => Some(
            Housekeeping::start(ledger.clone(), drain, alarm)
                .map_err(|source| ServeError::File { path: "housekeeping thread".into(), source })?,
        ),
        false => None,
    };
    let public_url = settings.public_url.clone();
    let metrics = settings.metrics_listen.map(|_| Arc::new(Metrics::default()));
    let witness = metrics.clone().map(|metrics| metrics as Arc<dyn Witness>);
    let state = Arc::new(AppState {
        node: settings.node_name.clone(),
        issuer,
        administration: Administration { ledger, keyring: keyring.clone(), public_url },
        barrier: Barrier { waited, witness, snapshots, heard, clock: sources.clock.clone() },
        trusted_proxies: settings.trusted_proxies.clone(),
        request_ids: RequestIds::new(sources.randomness.bytes()),
        metrics,
        started_at: sources.clock.now(),
        is_traced: settings.otlp_endpoint.is_some(),
    });
    if is_server {
        ensure_signing_keys(&state.administration)?;
        ensure_registry_keys(&state.administration)?;
    }
    Ok(Node { state, keyring, housekeeping, follower, _locks: locks })
}

/// The lock of the data folder, where the journal is, and where a database file lies elsewhere that of its folder too: it
/// is the file that must have one server.
pub(super) fn serving_locks(settings: &Settings) -> Result<Vec<ServingLock>, ServeError> {
    let mut folders: Vec<&Path> = vec![&settings.data_dir];
    if let Some(path) = settings.database_url.sqlite_path() {
        folders.extend(path.parent().filter(|parent| *parent != settings.data_dir));
    }
    Ok(folders.into_iter().map(ServingLock::take).collect::<Result<_, _>>()?)
}
