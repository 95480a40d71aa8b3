//! Follows the log: reads what is beyond this node's position, applies it, publishes snapshot and lease together.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use claviger_contract::Timestamp;

use super::load::load;
use super::private_keys::FromTables;
use crate::crypto::Keyring;
use crate::domain::{Clock, DatabaseUrl};
use crate::snapshot::{ApplyError, Lease, Snapshot, Snapshots};
use crate::store::{Head, Session, Store, StoreError};

/// How long a snapshot may be trusted without hearing from PostgreSQL.
pub const LEASE: Duration = Duration::from_secs(3);

/// Reading is by polling; a writer in this process hurries it.
const POLL: Duration = Duration::from_millis(200);

/// By when a healthy server has applied what another process wrote.
pub const FOLLOWED_WITHIN: Duration = Duration::from_millis(300);

const TIDY_EVERY_SECONDS: i64 = 60;

/// Of tokens that are over: for as long as a wall clock that runs fast and is then put right may make them live again.
const REVOCATION_KEPT_SECONDS: i64 = 86_400;

const NOTHING_FORGOTTEN: Timestamp = Timestamp::from_epoch_seconds(0);

const FREEING_TRIES: u32 = 20;
const FREEING_PAUSE: Duration = Duration::from_millis(50);

#[derive(Debug, thiserror::Error)]
pub enum ReplicationError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Apply(#[from] ApplyError),
    #[error("another `claviger serve` answers from this database: one at a time")]
    Served,
}

/// What this process is to the database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// The one server, under its node name and an id of this run.
    Server { node: String, incarnation: String },
    /// A command beside whoever serves.
    Command,
}

/// Servers that did not leave properly, and until when on this machine's boot clock they may still answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Predecessors {
    pub nodes: Vec<String>,
    pub over_at: Duration,
}

pub struct Follower {
    store: Arc<Store>,
    url: DatabaseUrl,
    keyring: Arc<Keyring>,
    snapshots: Arc<Snapshots>,
    clock: Arc<dyn Clock>,
    public_url: String,
    part: Part,
    state: Option<State>,
}

/// A session that holds what it needs to hold, and the state that was read over it.
struct State {
    session: Session,
    head: Head,
    snapshot: Arc<Snapshot>,
    /// Revocations of single tokens that were over before it are forgotten.
    forgotten_before: Timestamp,
}

/// Runs until told to stop.
pub struct FollowerTask {
    stop: Arc<AtomicBool>,
    snapshots: Arc<Snapshots>,
    thread: Option<JoinHandle<()>>,
}

impl Follower {
    pub fn new(
        store: Arc<Store>,
        url: DatabaseUrl,
        keyring: Arc<Keyring>,
        snapshots: Arc<Snapshots>,
        clock: Arc<dyn Clock>,
        part: Part,
    ) -> Self {
        let public_url = snapshots.latest().public_url().to_owned();
        Self { store, url, keyring, snapshots, clock, public_url, part, state: None }
    }

    /// Loads and publishes the first snapshot, then follows in a thread of its own.
    pub fn start(mut self) -> Result<(FollowerTask, Predecessors), ReplicationError> {
        let predecessors = self.join_after_the_one_before()?;
        self.step()?;
        let stop = Arc::new(AtomicBool::new(false));
        let (told, snapshots) = (stop.clone(), self.snapshots.clone());
        let thread = std::thread::Builder::new()
            .name("follower".to_owned())
            .spawn(move || self.run(&told))
            .map_err(|source| StoreError::File { path: "follower thread".to_owned(), source })?;
        Ok((FollowerTask { stop, snapshots, thread: Some(thread) }, predecessors))
    }

    /// PostgreSQL frees the lock of a killed server when it notices: a moment later, not at once.
    fn join_after_the_one_before(&mut self) -> Result<Predecessors, ReplicationError> {
        for _ in 0..FREEING_TRIES {
            match self.join() {
                Err(ReplicationError::Served) => self.snapshots.wait_for_hurry(FREEING_PAUSE),
                joined => return joined,
            }
        }
        self.join()
    }

    fn run(mut self, stop: &AtomicBool) {
        while !stop.load(Ordering::Acquire) {
            let result =
                if self.state.is_some() { self.step() } else { self.join().and_then(|_| self.step()) };
            if let Err(error) = result {
                tracing::error!(%error, "the log cannot be followed; trying again");
                self.state = None;
            }
            self.snapshots.wait_for_hurry(POLL);
        }
        self.leave();
    }

    /// Everything is loaded anew, so that nothing of a lost session lives on.
    fn join(&mut self) -> Result<Predecessors, ReplicationError> {
        let mut session = self.store.session()?;
        let mut predecessors = Predecessors::default();
        if let Part::Server { node, incarnation } = &self.part {
            if !session.take_serving_lock()? {
                return Err(ReplicationError::Served);
            }
            // On SQLite the folder's lock has ended them; and a write would wait here for a writer that waits for this node.
            if self.url.sqlite_path().is_none() {
                // A session that lost the lock renewed its lease before this moment for the last time.
                let over_at = self.clock.since_boot() + longest_wait(LEASE);
                let nodes = session.take_over(incarnation, node)?;
                predecessors = Predecessors { nodes, over_at };
            }
        }
        let (snapshot, head) = load(&mut session, &self.keyring, &self.public_url)?;
        self.state =
            Some(State { session, head, snapshot: Arc::new(snapshot), forgotten_before: NOTHING_FORGOTTEN });
        Ok(predecessors)
    }

    /// One renewal: what was committed before it was asked for is applied before its lease counts.
    fn step(&mut self) -> Result<(), ReplicationError> {
        let asked_at = self.clock.since_boot();
        let Some(state) = &mut self.state else { return Ok(()) };
        let target = state.session.head()?;
        while state.head.position < target.position {
            let rows = state.session.rows_after(state.head)?;
            let Some(last) = rows.last() else {
                return Err(StoreError::Broken { position: target.position.as_u64() }.into());
            };
            state.head = Head { position: last.position, hash: last.hash };
            let mut next = (*state.snapshot).clone();
            let mut keys = FromTables { session: &mut state.session, keyring: &self.keyring };
            for row in &rows {
                next.apply(row.position, &row.entry, &mut keys)?;
            }
            state.snapshot = Arc::new(next);
        }
        if state.head.position > target.position {
            return Err(StoreError::Broken { position: target.position.as_u64() }.into());
        }
        // After the head was read: whatever is written under a clock that was set back is published under that clock.
        state.tidy(self.clock.now(), &self.keyring, &self.public_url)?;
        let lease = match self.url {
            DatabaseUrl::Sqlite(_) => Lease::Forever,
            DatabaseUrl::Postgres(_) => Lease::Until(asked_at + LEASE),
        };
        self.snapshots.publish(state.snapshot.clone(), lease);
        Ok(())
    }

    fn leave(&mut self) {
        self.snapshots.publish(self.snapshots.latest(), Lease::None);
        if let (Some(state), Part::Server { incarnation, .. }) = (&mut self.state, &self.part)
            && self.url.sqlite_path().is_none()
            && let Err(error) = state.session.leave(incarnation)
        {
            tracing::warn!(%error, "the next server will wait this one out, because it could not sign off");
        }
    }
}

impl State {
    /// Forgets revocations of tokens that are long over; they are in the tables when the clock is set back further than that.
    fn tidy(&mut self, now: Timestamp, keyring: &Keyring, public_url: &str) -> Result<(), ReplicationError> {
        if now < self.forgotten_before {
            let (snapshot, head) = load(&mut self.session, keyring, public_url)?;
            (self.snapshot, self.head) = (Arc::new(snapshot), head);
            self.forgotten_before = NOTHING_FORGOTTEN;
        }
        let long_over = now.plus_seconds(-REVOCATION_KEPT_SECONDS);
        if long_over >= self.forgotten_before.plus_seconds(TIDY_EVERY_SECONDS) {
            Arc::make_mut(&mut self.snapshot).forget_tokens_ended_before(long_over);
            self.forgotten_before = long_over;
        }
        Ok(())
    }
}

impl FollowerTask {
    /// Returns when nothing is answered any more and the database knows it.
    pub fn stop(&mut self) {
        self.stop.store(true, Ordering::Release);
        self.snapshots.hurry();
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the follower ended by a panic");
        }
    }
}

impl Drop for FollowerTask {
    fn drop(&mut self) {
        self.stop();
    }
}

/// A lease of another machine, on this one's clock: rates differ by at most 1 %, and scheduling takes its slack.
pub fn longest_wait(lease: Duration) -> Duration {
    lease + lease / 100 + Duration::from_millis(50)
}
