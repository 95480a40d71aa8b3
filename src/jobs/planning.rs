//! The jobs that plan the others, one for each kind: they add what is missing, and delete what has no subject any more.

use std::collections::HashSet;
use std::sync::Arc;

use claviger_contract::Timestamp;

use crate::jobs::kind::{Failed, JobKind, Next, ON_REQUEST, Subjects};
use crate::jobs::run::Run;
use crate::store::{PlannedJob, Store};
use claviger_domain::Randomness;

const PLAN: &str = "plan";

const EVERY_SECONDS: i64 = 60;

/// A kind that this version does not know is left to the servers that do.
const UNKNOWN_SECONDS: i64 = 5;

pub struct Planning {
    pub store: Arc<Store>,
    pub kinds: Vec<Arc<dyn JobKind>>,
}

impl JobKind for Planning {
    fn name(&self) -> &'static str {
        PLAN
    }

    fn subjects(&self, _: Timestamp, _: &dyn Randomness) -> Result<Subjects, Failed> {
        Ok(Subjects::Requested)
    }

    /// The subject is the name of a kind.
    fn run(&self, run: &Run<'_>) -> Result<Next, Failed> {
        let Some(kind) = self.kinds.iter().find(|kind| kind.name() == run.subject()) else {
            return Ok(Next::After(UNKNOWN_SECONDS));
        };
        self.plan(&**kind, run.now(), run.randomness())?;
        Ok(Next::After(EVERY_SECONDS))
    }
}

impl Planning {
    /// When a server starts: what is alone of its kind is done at once, and the rest is planned.
    pub fn begin(&self, now: Timestamp, randomness: &dyn Randomness) -> Result<(), Failed> {
        let jobs = self.store.jobs();
        for kind in &self.kinds {
            match kind.subjects(now, randomness)? {
                Subjects::One => jobs.request(&only(kind.name(), now), kind.bounds().pause)?,
                Subjects::These(_) | Subjects::Requested => {}
            }
            let plan = PlannedJob { subject: kind.name().to_owned(), ..only(PLAN, now) };
            jobs.request(&plan, 0)?;
        }
        Ok(())
    }

    fn plan(&self, kind: &dyn JobKind, now: Timestamp, randomness: &dyn Randomness) -> Result<(), Failed> {
        let jobs = self.store.jobs();
        let these = match kind.subjects(now, randomness)? {
            Subjects::Requested => return Ok(()),
            Subjects::One => vec![only(kind.name(), now)],
            Subjects::These(these) => these,
        };
        let known = jobs.due_times(kind.name())?;
        let wanted: HashSet<&str> = these.iter().map(|job| job.subject.as_str()).collect();
        let gone: Vec<String> =
            known.keys().filter(|subject| !wanted.contains(subject.as_str())).cloned().collect();
        let missing: Vec<PlannedJob> =
            these.iter().filter(|job| !known.contains_key(&job.subject)).cloned().collect();
        let latest_request = now.plus_seconds(kind.bounds().pause);
        for job in &these {
            // Its schedule was switched on or off. What was requested is done first.
            if let Some(due_at) = known.get(&job.subject).filter(|due_at| **due_at > latest_request)
                && (*due_at == ON_REQUEST) != (job.due_at == ON_REQUEST)
            {
                jobs.reschedule(job, *due_at)?;
            }
        }
        jobs.plan(&missing)?;
        jobs.forget(kind.name(), &gone)?;
        if !missing.is_empty() {
            jobs.wake();
        }
        Ok(())
    }
}

fn only(kind: &'static str, due_at: Timestamp) -> PlannedJob {
    PlannedJob { kind, subject: String::new(), realm: None, due_at }
}
