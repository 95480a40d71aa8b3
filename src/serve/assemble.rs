//! Assembles one node from its settings, a clock and a source of randomness.

use std::sync::Arc;

use crate::activity::{LastSeen, Usage};
use crate::administration::{Administration, ensure_registry_keys, ensure_signing_keys};
use crate::config::Settings;
use crate::crypto::{Keyring, install_signature_provider};
use crate::http::{AppState, ConnectionLimits, Connections, Metrics, PathPrefix, RequestIds};
use crate::issuance::{FailureLimits, Failures, Issuer, IssuerParts, TokenCache};
use crate::jobs::{Runner, RunnerParts};
use crate::ledger::Ledger;
use crate::replication::{Follower, FollowerTask, Journal, LastSeenDrain, Part, ServingLock, UsageDrain};
use crate::revocation::{
    Barrier, Feed, HeldPolls, LastWaits, Passed, Rounds, VerifierUpkeep, Verifiers, Waited, Waking, Witness,
};
use crate::serve::error::ServeError;
use crate::serve::file_limit;
use crate::serve::housekeeping::Housekeeping;
use crate::serve::jobs::job_kinds;
use crate::serve::third_parties::{identity_providers, providers, webhook_sender};
use crate::snapshot::{ClockAlarm, Snapshot, Snapshots};
use crate::store::Store;
use claviger_domain::{Clock, DatabaseUrl, Randomness};

/// The clock and the randomness that all other modules receive.
#[derive(Clone)]
pub struct Sources {
    pub clock: Arc<dyn Clock>,
    pub randomness: Arc<dyn Randomness>,
}

/// A node that follows its database. It answers requests once a listener is started for it.
pub struct Node {
    pub state: Arc<AppState>,
    pub keyring: Arc<Keyring>,
    /// Set for a server; a command writes no counts.
    housekeeping: Option<Housekeeping>,
    /// Set for a server.
    jobs: Option<Runner>,
    /// Set for a server.
    verifier_upkeep: Option<VerifierUpkeep>,
    /// Set for a server.
    waking: Option<Waking>,
    follower: FollowerTask,
    /// Dropped last, so that another server starts only when this one answers nothing any more.
    _locks: Vec<ServingLock>,
}

impl Node {
    /// Ends jobs, writes the counts, hears no verifiers, stops following and signs out. Nothing is answered afterwards.
    pub fn stop(&mut self) {
        drop(self.jobs.take());
        drop(self.housekeeping.take());
        drop(self.verifier_upkeep.take());
        drop(self.waking.take());
        self.follower.stop();
    }
}

pub fn assemble(settings: &Settings, sources: &Sources, part: Part) -> Result<Node, ServeError> {
    install_signature_provider();
    let connection_limits = match part {
        Part::Server { .. } => file_limit::connection_limits(settings, file_limit::raise())?,
        Part::Command => ConnectionLimits { all: 0, per_address: 0 },
    };
    let locks = match part {
        Part::Server { .. } => serving_locks(settings)?,
        Part::Command => Vec::new(),
    };
    let keyring = Arc::new(Keyring::watch(&settings.keys_dir)?);
    let store = Arc::new(Store::open(&settings.database_url)?);
    let journal = match part {
        Part::Server { .. } => Journal::open(&settings.data_dir)?,
        Part::Command => Journal::look(&settings.data_dir)?,
    };
    let alarm = Arc::new(ClockAlarm::new(sources.clock.clone()));
    if !settings.trust_clock {
        alarm.note_newest_event(store.newest_event()?);
    }
    let snapshots = Arc::new(Snapshots::new(Snapshot::empty(&settings.public_url)));
    let owner = match &part {
        Part::Server { incarnation, .. } => Some(incarnation.clone()),
        Part::Command => None,
    };
    let follower = Follower::new(
        store.clone(),
        settings.database_url.clone(),
        keyring.clone(),
        snapshots.clone(),
        alarm.clone(),
        part,
        journal,
    );
    let follower = follower.start()?;
    let last_seen = Arc::new(LastSeen::default());
    let usage = Arc::new(Usage::default());
    let drain = UsageDrain::new(store.clone(), usage.clone());
    let heard_drain = LastSeenDrain::start(store.clone(), last_seen.clone(), alarm.clone());
    let waited = match settings.database_url {
        DatabaseUrl::Sqlite(_) => Waited::Own(settings.node_name.clone()),
        DatabaseUrl::Postgres(_) => Waited::Members,
    };
    let verifiers = Arc::new(Verifiers::new(snapshots.clone(), alarm.clone()));
    let verifier_upkeep = match owner.is_some() {
        true => Some(
            VerifierUpkeep::start(verifiers.clone(), store.verifier_table())
                .map_err(|source| ServeError::File { path: "thread of verifiers".into(), source })?,
        ),
        false => None,
    };
    let limits = FailureLimits {
        per_address: settings.auth_failures_per_address,
        per_client: settings.auth_failures_per_client,
    };
    let failures = Failures::new(limits, &sources.clock);
    let attempts = failures.attempts().clone();
    let issuer = Issuer::new(IssuerParts {
        snapshots: snapshots.clone(),
        keyring: keyring.clone(),
        failures,
        tokens: TokenCache::new(settings.token_cache_bytes),
        last_seen: last_seen.clone(),
        usage,
        clock: sources.clock.clone(),
        alarm: alarm.clone(),
        randomness: sources.randomness.clone(),
    });
    let ledger = Arc::new(Ledger::new(
        store.clone(),
        snapshots.clone(),
        sources.clock.clone(),
        alarm.clone(),
        sources.randomness.clone(),
        settings.limits,
    ));
    let last_waits = Arc::new(LastWaits::default());
    let housekeeping = match owner.is_some() {
        true => Some(
            Housekeeping::start(
                ledger.clone(),
                (drain, heard_drain, last_waits.clone()),
                attempts,
                alarm.clone(),
                keyring.clone(),
            )
            .map_err(|source| ServeError::File { path: "housekeeping thread".into(), source })?,
        ),
        false => None,
    };
    let feed = Feed {
        snapshots: snapshots.clone(),
        clock: sources.clock.clone(),
        alarm: alarm.clone(),
        verifiers: verifiers.clone(),
        held: Arc::new(HeldPolls::default()),
    };
    let waking = match owner.is_some() {
        true => Some(
            Waking::start(snapshots.clone(), feed.held.clone())
                .map_err(|source| ServeError::File { path: "thread of the feed".into(), source })?,
        ),
        false => None,
    };
    let public_url = settings.public_url.clone();
    let providers = Arc::new(providers(settings, sources.clock.clone())?);
    let webhooks = Arc::new(webhook_sender(settings, sources.clock.clone())?);
    let identity_providers = Arc::new(identity_providers(settings, sources.clock.clone())?);
    let metrics = settings.metrics_listen.map(|_| Arc::new(Metrics::default()));
    let witness = metrics.clone().map(|metrics| metrics as Arc<dyn Witness>);
    let state = Arc::new(AppState {
        node: settings.node_name.clone(),
        issuer,
        administration: Administration {
            ledger,
            keyring: keyring.clone(),
            public_url,
            providers,
            webhooks,
            passwords: Arc::default(),
            identity_providers,
        },
        barrier: Barrier {
            waited,
            store,
            rounds: Rounds::default(),
            verifiers,
            witness,
            snapshots,
            last_seen,
            alarm: alarm.clone(),
            last_waits,
            passed: Passed::default(),
        },
        feed,
        connections: Arc::new(Connections::new(
            connection_limits,
            settings.trusted_proxies.clone(),
            sources.clock.clone(),
        )),
        certificate_end: Arc::default(),
        path_prefix: PathPrefix::of(&settings.public_url),
        trusted_proxies: settings.trusted_proxies.clone(),
        request_ids: RequestIds::new(sources.randomness.bytes()),
        metrics,
        audit_retention_days: settings.audit_retention_days,
        started_at: sources.clock.now(),
        is_traced: settings.otlp_endpoint.is_some(),
    });
    let jobs = match owner {
        Some(owner) => {
            ensure_signing_keys(&state.administration)?;
            ensure_registry_keys(&state.administration)?;
            Some(start_jobs(settings, &state.administration, alarm, sources, owner)?)
        }
        None => None,
    };
    Ok(Node { state, keyring, housekeeping, jobs, verifier_upkeep, waking, follower, _locks: locks })
}

fn start_jobs(
    settings: &Settings,
    administration: &Administration,
    alarm: Arc<ClockAlarm>,
    sources: &Sources,
    owner: String,
) -> Result<Runner, ServeError> {
    let (store, randomness) = (administration.ledger.store().clone(), sources.randomness.clone());
    let parts = RunnerParts { store, alarm, randomness, owner };
    Runner::start(parts, job_kinds(settings, administration))
        .map_err(|source| ServeError::File { path: "thread of jobs".into(), source })
}

/// Locks the data folder, which contains the journal, and an SQLite database file under any path.
pub fn serving_locks(settings: &Settings) -> Result<Vec<ServingLock>, ServeError> {
    let mut locks = vec![ServingLock::take(&settings.data_dir)?];
    if let Some(path) = settings.database_url.sqlite_path() {
        locks.push(ServingLock::take_database(path)?);
    }
    Ok(locks)
}
