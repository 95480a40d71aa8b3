//! The job that plans the others: it adds those that are missing, and deletes those that have no subject any more.

use std::collections::HashSet;
use std::sync::Arc;

use claviger_contract::Timestamp;

use crate::jobs::kind::{Failed, JobKind, Next, Subjects};
use crate::jobs::run::Run;
use crate::store::{PlannedJob, Store};
use claviger_domain::Randomness;

const EVERY_SECONDS: i64 = 60;

pub struct Planning {
    pub store: Arc<Store>,
    pub kinds: Vec<Arc<dyn JobKind>>,
}

impl JobKind for Planning {
    fn name(&self) -> &'static str {
        "plan"
    }

    fn subjects(&self, _: Timestamp, _: &dyn Randomness) -> Result<Subjects, Failed> {
        Ok(Subjects::One)
    }

    fn run(&self, run: &Run<'_>) -> Result<Next, Failed> {
        let mut planned = Ok(());
        for kind in &self.kinds {
            planned = planned.and(self.plan(&**kind, run.now(), run.randomness()));
        }
        planned.map(|()| Next::After(EVERY_SECONDS))
    }
}

impl Planning {
    /// When a server starts: what is alone of its kind is done at once, and this job plans the rest.
    pub fn begin(&self, now: Timestamp, randomness: &dyn Randomness) -> Result<(), Failed> {
        let jobs = self.store.jobs();
        for kind in &self.kinds {
            if let Subjects::One = kind.subjects(now, randomness)? {
                jobs.request(&only(kind.name(), now), kind.bounds().pause)?;
            }
        }
        Ok(jobs.request(&only(self.name(), now), 0)?)
    }

    fn plan(&self, kind: &dyn JobKind, now: Timestamp, randomness: &dyn Randomness) -> Result<(), Failed> {
        let jobs = self.store.jobs();
        let these = match kind.subjects(now, randomness)? {
            Subjects::Requested => return Ok(()),
            Subjects::One => vec![only(kind.name(), now)],
            Subjects::These(these) => these,
        };
        let known = jobs.subjects(kind.name())?;
        let wanted: HashSet<&str> = these.iter().map(|job| job.subject.as_str()).collect();
        let gone: Vec<String> =
            known.iter().filter(|subject| !wanted.contains(subject.as_str())).cloned().collect();
        let missing: Vec<PlannedJob> =
            these.iter().filter(|job| !known.contains(&job.subject)).cloned().collect();
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
