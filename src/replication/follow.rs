//! The follower thread: it signs in, makes one pass after another, and signs out.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use crate::crypto::Keyring;
use crate::replication::error::ReplicationError;
use crate::replication::history::Beyond;
use crate::replication::journal::Journal;
use crate::replication::key_watch::KeyWatch;
use crate::replication::load::load;
use crate::replication::membership::{Membership, unwritable};
use crate::replication::part::Part;
use crate::replication::read::{Read, made_before};
use crate::snapshot::{ClockAlarm, Snapshots};
use crate::store::{Session, Store, StoreError};
use claviger_domain::{Clock, DatabaseUrl, Following, Lease, Watch};

/// The interval of polling; a writer in this process wakes the follower earlier.
const POLL: Duration = Duration::from_millis(200);

/// The range of the interval at which a server checks for commit notifications: short after a recent one.
const FAST_POLL: Duration = Duration::from_micros(500);
const SLOW_POLL: Duration = Duration::from_millis(5);

pub struct Follower {
    pub(super) store: Arc<Store>,
    pub(super) url: DatabaseUrl,
    pub(super) keyring: Arc<Keyring>,
    pub(super) snapshots: Arc<Snapshots>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) alarm: Arc<ClockAlarm>,
    pub(super) public_url: String,
    pub(super) part: Part,
    /// How far this server has read, and what was revoked or restricted.
    pub(super) journal: Journal,
    pub(super) state: Option<State>,
    /// The state read over a session that was lost.
    pub(super) kept: Option<Read>,
    /// How often this process has signed in: each time as another incarnation.
    pub(super) joined: u64,
    pub(super) watch: Watch,
    /// The time since the last commit notification.
    pub(super) quiet: Duration,
    pub(super) master_keys: KeyWatch,
}

/// A session with its locks, and the state read over it.
pub(super) struct State {
    pub(super) session: Session,
    pub(super) read: Read,
    /// Set for a server, not for a command.
    pub(super) membership: Option<Membership>,
    /// Whether another process may be waiting to see that its rows are applied.
    pub(super) owes_applied: bool,
}

/// Runs until it is stopped.
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
        alarm: Arc<ClockAlarm>,
        part: Part,
        journal: Journal,
    ) -> Self {
        let public_url = snapshots.latest().public_url().to_owned();
        let clock = alarm.shared_clock();
        Self {
            store,
            url,
            keyring,
            snapshots,
            clock,
            alarm,
            public_url,
            part,
            journal,
            state: None,
            kept: None,
            joined: 0,
            watch: Watch::default(),
            quiet: Duration::ZERO,
            master_keys: KeyWatch::default(),
        }
    }

    /// Loads and publishes the first snapshot, then follows the log in its own thread.
    pub fn start(mut self) -> Result<FollowerTask, ReplicationError> {
        self.join()?;
        self.pass()?;
        let stop = Arc::new(AtomicBool::new(false));
        let (told, snapshots) = (stop.clone(), self.snapshots.clone());
        let thread = std::thread::Builder::new()
            .name("follower".to_owned())
            .spawn(move || self.run(&told))
            .map_err(|source| StoreError::File { path: "follower thread".to_owned(), source })?;
        Ok(FollowerTask { stop, snapshots, thread: Some(thread) })
    }

    fn run(mut self, stop: &AtomicBool) {
        while !stop.load(Ordering::Acquire) {
            let result =
                if self.state.is_some() { self.pass() } else { self.join().and_then(|()| self.pass()) };
            if let Err(error) = result {
                if !self.is_passing(&error) {
                    self.stand_still_or_try_again(&error);
                }
                if !self.keeps_session(&error) {
                    self.sign_out(&error);
                }
            }
            if let Err(error) = self.wait() {
                self.lost(&error);
                self.sign_out(&error);
            }
        }
        self.leave();
    }

    /// Another connection to SQLite is writing, and answers are still given.
    fn is_passing(&self, error: &ReplicationError) -> bool {
        matches!(error, ReplicationError::Store(error) if error.is_locked_out())
            && !self.snapshots.readiness(&*self.clock).lease_left.is_zero()
    }

    /// A new connection to SQLite would open whatever file is there now. It would also wait for the same lock or for
    /// disk space.
    fn keeps_session(&self, error: &ReplicationError) -> bool {
        match error {
            ReplicationError::Store(StoreError::Replaced { .. }) => true,
            ReplicationError::Unwritable(StoreError::NoSpace { .. }) => true,
            ReplicationError::Store(error) | ReplicationError::Unwritable(error) => error.is_locked_out(),
            _ => false,
        }
    }

    /// Waits until there is something to read or the next poll is due. libpq offers no wait for notifications, so it is
    /// polled.
    fn wait(&mut self) -> Result<(), ReplicationError> {
        let is_told = self.is_shared();
        let told = self.state.as_mut().filter(|state| is_told && state.membership.is_some());
        let Some(state) = told else {
            if self.state.is_some() {
                self.snapshots.wait_for_wake(POLL);
            } else {
                // Without a session, a waiting caller would wake the follower into endless retries.
                pause(POLL);
            }
            return Ok(());
        };
        let mut waited = Duration::ZERO;
        while waited < POLL {
            let pause = (self.quiet / 4).clamp(FAST_POLL, SLOW_POLL);
            if self.snapshots.wait_for_wake(pause) || state.session.has_heard()? {
                self.quiet = Duration::ZERO;
                break;
            }
            waited += pause;
            self.quiet += pause;
        }
        Ok(())
    }

    /// Opens a new session. Continues from the kept state if the database still has that history; otherwise loads
    /// everything.
    fn join(&mut self) -> Result<(), ReplicationError> {
        let mut session = self.store.session()?;
        compare_clocks(&mut session, &self.alarm)?;
        if let Some(kept) = &self.kept
            && session.cluster()? == kept.cluster
        {
            let membership = self.sign_in(&mut session)?;
            // The rows after it are verified during catch-up, before a lease counts.
            self.state = self.kept.take().map(|read| State { session, read, membership, owes_applied: true });
            return Ok(());
        }
        self.kept = None;
        let mut beyond = Beyond::check(&self.journal, &mut session)?;
        let membership = self.sign_in(&mut session)?;
        let made_before = made_before(self.alarm.moment());
        let loaded = load(&mut session, &self.keyring, &self.public_url, made_before).and_then(|loaded| {
            beyond.follow(&self.journal, &mut session, loaded.1)?;
            Ok(loaded)
        });
        if let (Err(_), Some(member)) = (&loaded, &membership) {
            // Nothing was ever answered under this incarnation.
            let _ = session.leave(&member.incarnation);
        }
        let (snapshot, head) = loaded?;
        let cluster = beyond.note(&mut self.journal, &snapshot, head, self.alarm.moment());
        let read = Read::new(cluster, head, snapshot);
        self.state = Some(State { session, read, membership, owes_applied: true });
        Ok(())
    }

    fn sign_in(&mut self, session: &mut Session) -> Result<Option<Membership>, ReplicationError> {
        let Part::Server { node, incarnation } = &self.part else { return Ok(None) };
        let now = self.clock.since_boot();
        let joined = Membership::join(session, node, incarnation, self.joined, now);
        let joined = if self.is_shared() { joined? } else { joined.map_err(unwritable)? };
        self.snapshots.note_incarnation(&joined.incarnation);
        self.signed_in(joined.joined);
        Ok(Some(joined))
    }

    pub(super) fn is_shared(&self) -> bool {
        matches!(self.url, DatabaseUrl::Postgres(_))
    }

    /// Keeps the row if something may have been answered under it: a request in progress may still be answered under
    /// its lease. Other nodes wait for the lease to end and then evict the row, as for a dead server.
    fn sign_out(&mut self, why: &ReplicationError) {
        let Some(State { mut session, read, membership, .. }) = self.state.take() else { return };
        // Also count a sign-in that failed afterwards: no number is used twice.
        self.signed_in(membership.as_ref().map_or(0, |member| member.joined));
        if let Some(member) = &membership
            && member.tenure.is_new()
        {
            let _ = session.leave(&member.incarnation);
        }
        // The state stays valid if only the database was unreachable.
        self.kept =
            matches!(why, ReplicationError::Store(_) | ReplicationError::Unwritable(_)).then_some(read);
    }

    fn leave(&mut self) {
        self.snapshots.publish(self.snapshots.latest_with_origin(), Lease::None, None);
        self.snapshots.note(|follower| follower.following = Following::Stopped);
        if let Some(state) = &mut self.state
            && let Some(member) = &state.membership
            && let Err(error) = state.session.leave(&member.incarnation)
        {
            tracing::warn!(%error, "this server could not sign off; other servers wait until its lease expires");
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "there is no notification when the database is back")]
fn pause(how_long: Duration) {
    std::thread::sleep(how_long);
}

impl FollowerTask {
    /// Returns when nothing is answered any more and the database has recorded it.
    pub fn stop(&mut self) {
        self.stop.store(true, Ordering::Release);
        self.snapshots.wake();
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the follower thread panicked");
        }
    }
}

impl Drop for FollowerTask {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Reports the database's clock to the alarm, if it has one.
pub(super) fn compare_clocks(session: &mut Session, alarm: &ClockAlarm) -> Result<(), StoreError> {
    let before = alarm.clock().now();
    if let Some(database_millis) = session.time_millis()? {
        alarm.note_database_time(database_millis, (before, alarm.clock().now()));
    }
    Ok(())
}
