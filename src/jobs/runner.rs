//! Claims due jobs and runs them on threads of their own, a bounded number at once, until it is stopped.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

use claviger_contract::{RealmLabel, Timestamp};

use crate::jobs::kind::{Bounds, Failed, JobKind, Next};
use crate::jobs::planning::Planning;
use crate::jobs::run::Run;
use crate::jobs::signals::Signals;
use crate::snapshot::ClockAlarm;
use crate::store::{Claim, Finished, Store, StoreError};
use claviger_domain::Randomness;

/// How long another server waits for one that disappeared. Much longer than two clocks may differ without an alarm.
const LEASE_SECONDS: i64 = 30;
const RENEW_AFTER_SECONDS: i64 = 5;

/// How soon a job that another server requested is noticed.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// How long a stopping server waits for running jobs: this often, this long.
const LAST_WAITS: u32 = 100;
const LAST_WAIT: Duration = Duration::from_millis(100);

#[derive(Clone)]
pub struct RunnerParts {
    pub store: Arc<Store>,
    pub alarm: Arc<ClockAlarm>,
    pub randomness: Arc<dyn Randomness>,
    /// The incarnation of this server.
    pub owner: String,
}

/// Runs until it is stopped.
pub struct Runner {
    stopping: Arc<AtomicBool>,
    store: Arc<Store>,
    thread: Option<JoinHandle<()>>,
}

struct Running {
    claim: Claim,
    lease_until: Timestamp,
    signals: Arc<Signals>,
}

struct Work {
    parts: RunnerParts,
    kinds: Vec<Arc<dyn JobKind>>,
    running: Vec<Running>,
    /// Whether the last look failed: an outage of the database is logged once.
    is_failing: bool,
}

impl Runner {
    pub fn start(parts: RunnerParts, kinds: Vec<Arc<dyn JobKind>>) -> std::io::Result<Self> {
        let (store, stopping) = (parts.store.clone(), Arc::new(AtomicBool::new(false)));
        let told = stopping.clone();
        let work = move || {
            let planning = Arc::new(Planning { store: parts.store.clone(), kinds: kinds.clone() });
            let mut work = Work { parts, kinds, running: Vec::new(), is_failing: false };
            work.kinds.push(planning.clone());
            work.run(&planning, &told);
        };
        let thread = Builder::new().name("jobs".to_owned()).spawn(work)?;
        Ok(Self { stopping, store, thread: Some(thread) })
    }

    /// Claims nothing more, and waits some seconds for what is running. The leases of what runs on after that end by
    /// themselves.
    pub fn stop(&mut self) {
        self.stopping.store(true, Ordering::Relaxed);
        self.store.jobs().wake();
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the thread that runs jobs panicked");
        }
    }
}

impl Drop for Runner {
    fn drop(&mut self) {
        self.stop();
    }
}

impl Work {
    fn run(&mut self, planning: &Planning, told: &AtomicBool) {
        let mut has_begun = false;
        while !told.load(Ordering::Relaxed) {
            self.running.retain(|running| !running.signals.has_ended());
            self.renew();
            let looked = self.look(planning, &mut has_begun);
            if let Err(error) = &looked
                && !self.is_failing
            {
                tracing::warn!(%error, "jobs cannot be claimed; trying again");
            }
            self.is_failing = looked.is_err();
            self.parts.store.jobs().wait(LOOK_EVERY);
        }
        self.end();
    }

    fn look(&mut self, planning: &Planning, has_begun: &mut bool) -> Result<(), Failed> {
        if !*has_begun {
            self.begin(planning)?;
            *has_begun = true;
        }
        self.claim_due()
    }

    fn begin(&self, planning: &Planning) -> Result<(), Failed> {
        self.parts.store.jobs().free_all()?;
        planning.begin(self.parts.alarm.now(), &*self.parts.randomness)
    }

    /// A lease that cannot be renewed is left: the next attempt may succeed, or another server takes the job.
    fn renew(&mut self) {
        let now = self.parts.alarm.now();
        for running in &mut self.running {
            let until = now.plus_seconds(LEASE_SECONDS);
            if until < running.lease_until.plus_seconds(RENEW_AFTER_SECONDS) {
                continue;
            }
            match self.parts.store.jobs().renew(&running.claim, until) {
                Ok(true) => running.lease_until = until,
                Ok(false) => running.signals.stop(),
                Err(error) => tracing::warn!(%error, "the lease of a job could not be renewed; trying again"),
            }
        }
    }

    /// Nothing is begun during a clock alarm.
    fn claim_due(&mut self) -> Result<(), Failed> {
        let Ok(now) = self.parts.alarm.check() else { return Ok(()) };
        let due = self.parts.store.jobs().due_kinds(now.at())?;
        for kind in self.kinds.clone() {
            if !due.iter().any(|due| due == kind.name()) {
                continue;
            }
            while self.of_kind(&*kind).count() < kind.bounds().at_once {
                let lease_until = now.at().plus_seconds(LEASE_SECONDS);
                let (busy, times) = (self.busy_realms(&*kind), (now.at(), lease_until));
                let claim = self.parts.store.jobs().claim(kind.name(), &self.parts.owner, times, &busy)?;
                let Some(claim) = claim else { break };
                self.begin_run(kind.clone(), claim, lease_until)?;
            }
        }
        Ok(())
    }

    fn of_kind(&self, kind: &dyn JobKind) -> impl Iterator<Item = &Running> {
        let name = kind.name();
        self.running.iter().filter(move |running| running.claim.kind == name)
    }

    fn busy_realms(&self, kind: &dyn JobKind) -> Vec<RealmLabel> {
        let most = kind.bounds().at_once_per_realm;
        let realms = || self.of_kind(kind).filter_map(|running| running.claim.realm.as_ref());
        let is_busy = |realm: &&RealmLabel| realms().filter(|other| other == realm).count() >= most;
        realms().filter(is_busy).cloned().collect()
    }

    /// Without a thread, the lease ends by itself.
    fn begin_run(
        &mut self,
        kind: Arc<dyn JobKind>,
        claim: Claim,
        lease_until: Timestamp,
    ) -> Result<(), Failed> {
        let signals = Arc::new(Signals::default());
        let attempt = Attempt { parts: self.parts.clone(), claim: claim.clone(), signals: signals.clone() };
        let thread = Builder::new().name(format!("job {}", claim.kind));
        thread.spawn(move || attempt.run(&*kind)).map_err(Failed::new)?;
        self.running.push(Running { claim, lease_until, signals });
        Ok(())
    }

    fn end(&mut self) {
        for running in &self.running {
            running.signals.stop();
        }
        for _ in 0..LAST_WAITS {
            self.running.retain(|running| !running.signals.has_ended());
            if self.running.is_empty() {
                return;
            }
            self.renew();
            self.parts.store.jobs().wait(LAST_WAIT);
        }
        let left = self.running.len();
        tracing::warn!(left, "jobs are still running: another server, or the next start, does them again");
    }
}

/// What the thread of a run has.
struct Attempt {
    parts: RunnerParts,
    claim: Claim,
    signals: Arc<Signals>,
}

impl Attempt {
    fn run(&self, kind: &dyn JobKind) {
        let run = Run {
            claim: &self.claim,
            store: &self.parts.store,
            alarm: &self.parts.alarm,
            randomness: &*self.parts.randomness,
            signals: &self.signals,
        };
        let ended = catch_unwind(AssertUnwindSafe(|| kind.run(&run)));
        let ended = ended.unwrap_or_else(|_| Err(Failed::new("the job panicked")));
        if let Err(reason) = &ended {
            let (kind, subject, failures) = (self.claim.kind, &self.claim.subject, self.claim.failures + 1);
            tracing::warn!(kind, subject, failures, %reason, "a job failed; trying again later");
        }
        match self.finish(ended, kind.bounds()) {
            Ok(true) => {}
            Ok(false) => tracing::warn!(kind = self.claim.kind, "another server has taken over a job"),
            Err(error) => {
                tracing::warn!(%error, "the end of a job could not be written; it will be done again")
            }
        }
        self.signals.end();
        self.parts.store.jobs().wake();
    }

    fn finish(&self, ended: Result<Next, Failed>, bounds: Bounds) -> Result<bool, StoreError> {
        let at = self.parts.alarm.now();
        let done = || (0, "done".to_owned());
        let (next, (failures, outcome)) = match ended {
            Ok(Next::Never) if self.parts.store.jobs().remove(&self.claim)? => return Ok(true),
            // It was requested meanwhile.
            Ok(Next::Never) => (Timestamp::LATEST, done()),
            Ok(Next::At(next)) => (next, done()),
            Ok(Next::After(seconds)) => (at.plus_seconds(seconds), done()),
            Err(reason) => {
                let failures = self.claim.failures.saturating_add(1);
                let wait = bounds.backoff.wait(failures, &*self.parts.randomness);
                (at.plus_seconds(wait), (failures, reason.to_string()))
            }
        };
        let next_if_requested = at.plus_seconds(bounds.pause);
        let finished = Finished { at, next, next_if_requested, failures, outcome: &outcome };
        self.parts.store.jobs().finish(&self.claim, &finished)
    }
}
