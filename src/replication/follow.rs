//! Follows the log: reads what is beyond this node's position, applies it, publishes snapshot and lease together.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use super::ReplicationError;
use super::history::Beyond;
use super::journal::Journal;
use super::load::load;
use super::membership::Membership;
use super::read::Read;
use crate::crypto::Keyring;
use crate::domain::{
    APPLIED_TOO_EARLY, Clock, ClockReading, DatabaseUrl, Following, LEASE, Lease, RENEW_EVERY, Watch,
};
use crate::snapshot::Snapshots;
use crate::store::{Head, Session, Store, StoreError};

/// Reading is by polling; a writer in this process hurries it.
const POLL: Duration = Duration::from_millis(200);

/// In that time a server looks whether another one has told of a commit: often after it has heard one.
const OFTEN: Duration = Duration::from_micros(500);
const SELDOM: Duration = Duration::from_millis(5);

/// By when a healthy server has applied what another process wrote.
pub const FOLLOWED_WITHIN: Duration = Duration::from_millis(300);

/// Since the renewal before: half of its lease is over then.
const LATE: Duration = Duration::from_millis(1_500);

/// What this process is to the database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// A server, under its node name and an id of this run.
    Server { node: String, incarnation: String },
    /// A command beside whoever serves.
    Command,
}

impl Part {
    fn node(&self) -> &str {
        match self {
            Self::Server { node, .. } => node,
            Self::Command => "a command",
        }
    }
}

pub struct Follower {
    store: Arc<Store>,
    url: DatabaseUrl,
    keyring: Arc<Keyring>,
    snapshots: Arc<Snapshots>,
    clock: Arc<dyn Clock>,
    public_url: String,
    part: Part,
    /// How far this server has read, and what was taken away.
    journal: Journal,
    state: Option<State>,
    /// What was read over a session that was lost.
    kept: Option<Read>,
    /// How often this process has signed in: each time under another incarnation.
    joined: u64,
    watch: Watch,
    /// For how long nobody has told of a commit.
    quiet: Duration,
}

/// A session that holds what it needs to hold, and the state that was read over it.
struct State {
    session: Session,
    read: Read,
    /// Of a server on PostgreSQL, from its first renewal on.
    membership: Option<Membership>,
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
        journal: Journal,
    ) -> Self {
        let public_url = snapshots.latest().public_url().to_owned();
        Self {
            store,
            url,
            keyring,
            snapshots,
            clock,
            public_url,
            part,
            journal,
            state: None,
            kept: None,
            joined: 0,
            watch: Watch::default(),
            quiet: Duration::ZERO,
        }
    }

    /// Loads and publishes the first snapshot, then follows in a thread of its own.
    pub fn start(mut self) -> Result<FollowerTask, ReplicationError> {
        self.join()?;
        self.step()?;
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
                if self.state.is_some() { self.step() } else { self.join().and_then(|()| self.step()) };
            if let Err(error) = result {
                self.stand_still_or_try_again(&error);
                self.sign_out(&error);
            }
            if let Err(error) = self.wait() {
                self.lost(&error);
                self.sign_out(&error);
            }
        }
        self.leave();
    }

    /// Told when it happens and when it is over, not at every attempt in between.
    fn lost(&self, error: &ReplicationError) {
        let following = error.following();
        let node = self.part.node();
        if self.snapshots.standing().following == following {
            tracing::debug!(node, %error, "the log still cannot be followed; trying again");
            return;
        }
        let position = self.snapshots.latest().position;
        tracing::error!(node, %position, %error, "the log cannot be followed any more; trying again until it can");
        self.snapshots.note(|standing| standing.following = following);
    }

    fn found(&self) {
        let before = self.snapshots.standing().following;
        if before == Following::Fine {
            return;
        }
        if before != Following::Starting {
            let position = self.snapshots.latest().position;
            tracing::info!(node = self.part.node(), %position, "the log is followed again");
        }
        self.snapshots.note(|standing| standing.following = Following::Fine);
    }

    /// In a first row there is nothing to be told.
    fn signed_in(&mut self, joined: u64) {
        if joined <= self.joined {
            return;
        }
        self.joined = joined;
        let anew = joined - 1;
        if anew > 0 {
            let position = self.snapshots.latest().position;
            tracing::warn!(
                node = self.part.node(),
                %position,
                times = anew,
                "signed in anew: this server had not renewed its lease in time, or has lost its database"
            );
        }
        self.snapshots.note(|standing| standing.signed_in_anew = anew);
    }

    fn stand_still_or_try_again(&self, error: &ReplicationError) {
        if matches!(error, ReplicationError::ClocksApart) {
            self.snapshots.publish(self.snapshots.latest(), Lease::None);
        }
        let ReplicationError::StandsStill(reason) = error else { return self.lost(error) };
        // Said once, and looked at again and again: it goes on by itself if what was read comes back.
        if self.snapshots.stand_still(reason) {
            tracing::error!(%reason, "this server answers nothing any more");
        }
        self.snapshots.note(|standing| standing.following = Following::Unreadable);
    }

    /// Until there is something to read, or it is time to ask. libpq gives nothing to wait on: it is looked at often.
    fn wait(&mut self) -> Result<(), ReplicationError> {
        let Some(state) = self.state.as_mut().filter(|state| state.membership.is_some()) else {
            if self.state.is_some() {
                self.snapshots.wait_for_hurry(POLL);
            } else {
                // Whoever waits for a change would hurry it into asking again and again.
                pause(POLL);
            }
            return Ok(());
        };
        let mut waited = Duration::ZERO;
        while waited < POLL {
            let pause = (self.quiet / 4).clamp(OFTEN, SELDOM);
            if self.snapshots.wait_for_hurry(pause) || state.session.has_heard()? {
                self.quiet = Duration::ZERO;
                break;
            }
            waited += pause;
            self.quiet += pause;
        }
        Ok(())
    }

    /// Over a new session. What was read before is gone on from where the database still has that history; else everything is
    /// loaded anew.
    fn join(&mut self) -> Result<(), ReplicationError> {
        let mut session = self.store.session()?;
        if let Some(kept) = &self.kept
            && session.cluster()? == kept.cluster
        {
            let membership = self.sign_in(&mut session)?;
            // What is behind it is looked at where it is caught up, before a lease counts.
            self.state = self.kept.take().map(|read| State { session, read, membership });
            return Ok(());
        }
        self.kept = None;
        let mut beyond = Beyond::check(&self.journal, &mut session)?;
        let membership = self.sign_in(&mut session)?;
        let loaded = load(&mut session, &self.keyring, &self.public_url).and_then(|loaded| {
            beyond.follow(&self.journal, &mut session, loaded.1)?;
            Ok(loaded)
        });
        if let (Err(_), Some(member)) = (&loaded, &membership) {
            // Nothing was ever answered under it.
            let _ = session.leave(&member.incarnation);
        }
        let (snapshot, head) = loaded?;
        let cluster = beyond.note(&mut self.journal, &snapshot, head, self.clock.now());
        self.state = Some(State { session, read: Read::new(cluster, head, snapshot), membership });
        Ok(())
    }

    /// On SQLite the lock of the folder is all of it.
    fn sign_in(&mut self, session: &mut Session) -> Result<Option<Membership>, ReplicationError> {
        if let (Part::Server { node, incarnation }, DatabaseUrl::Postgres(_)) = (&self.part, &self.url) {
            let joined = Membership::join(session, node, incarnation, self.joined)?;
            self.signed_in(joined.joined);
            return Ok(Some(joined));
        }
        self.snapshots.note(|standing| standing.members = 1);
        Ok(None)
    }

    /// What was committed before it was asked for is applied before a lease counts.
    fn step(&mut self) -> Result<(), ReplicationError> {
        let asked_at = self.clock.since_boot();
        let clocks = ClockReading::take(&*self.clock);
        let Some(state) = &mut self.state else { return Ok(()) };
        let before = state.read.head.position;
        let renewed_before = state.membership.as_ref().and_then(|member| member.tenure.asked_at());
        let (target, renewed) = state.ask(&*self.clock)?;
        if APPLIED_TOO_EARLY && let Some(member) = &state.membership {
            state.session.note_applied(&member.incarnation, target.position)?;
        }
        state.read.catch_up(
            &mut state.session,
            target,
            &self.keyring,
            &mut self.journal,
            self.clock.now(),
        )?;
        // After the head was read: whatever is written under a clock that was set back is published under that clock.
        state.read.tidy(
            &mut state.session,
            self.clock.now(),
            &self.keyring,
            &self.public_url,
            &mut self.journal,
        )?;
        if let Some(member) = &mut state.membership {
            member.compare(&*self.clock, clocks, renewed)?;
        }
        let lease = match (&self.url, &state.membership) {
            (DatabaseUrl::Sqlite(_), _) => Lease::Forever,
            (DatabaseUrl::Postgres(_), None) => Lease::Until(asked_at + LEASE),
            (DatabaseUrl::Postgres(_), Some(member)) => member.tenure.lease(state.read.head.position),
        };
        self.snapshots.publish(state.read.snapshot.clone(), lease);
        let published_at = self.clock.since_boot();
        if renewed && renewed_before.is_some_and(|at| published_at > at + LATE) {
            self.snapshots.note(|standing| standing.late_renewals += 1);
        }
        let took = published_at.saturating_sub(asked_at);
        if took > RENEW_EVERY {
            tracing::warn!(
                took_ms = took.as_millis(),
                renewed,
                "the database is slow: the lease may end before it is renewed"
            );
        }
        if let Some(member) = &state.membership {
            if state.read.head.position != before || renewed {
                state.session.note_applied(&member.incarnation, state.read.head.position)?;
            }
            if renewed {
                let members = state.session.members()?;
                self.snapshots.note(|standing| standing.members = members.len());
                for gone in self.watch.observe(&members, self.clock.since_boot()) {
                    if state.session.evict(&gone)? {
                        tracing::warn!(
                            node = gone.name,
                            incarnation = gone.incarnation,
                            applied = %gone.applied,
                            position = %state.read.head.position,
                            "evicted: it has not renewed its lease, and nobody waits for it any more"
                        );
                        self.snapshots.note(|standing| standing.evictions += 1);
                    }
                }
            }
            let joined = member.joined;
            self.signed_in(joined);
        }
        self.found();
        Ok(())
    }

    /// A row under which something may have been answered stays: a request that is under way may still be answered under its
    /// lease. It is waited out and then evicted, like that of a server that died.
    fn sign_out(&mut self, why: &ReplicationError) {
        let Some(State { mut session, read, membership }) = self.state.take() else { return };
        // Of an attempt that failed after it had signed in too: no number is used twice.
        self.signed_in(membership.as_ref().map_or(0, |member| member.joined));
        if let Some(member) = &membership
            && member.tenure.is_new()
        {
            let _ = session.leave(&member.incarnation);
        }
        // What was read is as true as before where only the database could not be asked.
        self.kept = matches!(why, ReplicationError::Store(_)).then_some(read);
    }

    fn leave(&mut self) {
        self.snapshots.publish(self.snapshots.latest(), Lease::None);
        self.snapshots.note(|standing| standing.following = Following::Stopped);
        if let Some(state) = &mut self.state
            && let Some(member) = &state.membership
            && let Err(error) = state.session.leave(&member.incarnation)
        {
            tracing::warn!(%error, "others will wait this server out, because it could not sign off");
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "a database that is gone tells nobody when it is back")]
fn pause(how_long: Duration) {
    std::thread::sleep(how_long);
}

impl State {
    /// The head, and whether this was a renewal.
    fn ask(&mut self, clock: &dyn Clock) -> Result<(Head, bool), ReplicationError> {
        let asked_at = clock.since_boot();
        let Some(member) = &mut self.membership else { return Ok((self.session.head()?, false)) };
        if !member.tenure.is_due(asked_at, member.renew_after) {
            return Ok((self.session.head()?, false));
        }
        let head = member.renew(&mut self.session, self.read.head.position, clock)?;
        Ok((head, true))
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
