//! Reads the lists of sources from their providers, at an interval.

use claviger_contract::Timestamp;

use crate::administration::{
    Administration, AdministrationError, Pulled, SOURCE_PULL, pull_by_schedule, pulled_sources,
};
use crate::jobs::backoff::at_random;
use crate::jobs::kind::{Bounds, Failed, JobKind, Next, Subjects};
use crate::jobs::run::Run;
use crate::store::PlannedJob;
use claviger_domain::Randomness;

/// Some of the requests to third parties that a server may have at once are left to people and pipelines.
const AT_ONCE: usize = 4;
const AT_ONCE_PER_REALM: usize = 2;

/// When all requests to third parties that may run at once are running.
const BUSY_SECONDS: i64 = 60;

pub struct SourcePulls {
    pub administration: Administration,
    /// `None` pulls nothing.
    pub interval_seconds: Option<i64>,
}

impl JobKind for SourcePulls {
    fn name(&self) -> &'static str {
        SOURCE_PULL
    }

    fn bounds(&self) -> Bounds {
        Bounds { at_once: AT_ONCE, at_once_per_realm: AT_ONCE_PER_REALM, ..Bounds::default() }
    }

    fn subjects(&self, now: Timestamp, randomness: &dyn Randomness) -> Result<Subjects, Failed> {
        let Some(interval) = self.interval_seconds else { return Ok(Subjects::These(Vec::new())) };
        let job = |(realm, id): (_, claviger_domain::SourceId)| PlannedJob {
            kind: SOURCE_PULL,
            subject: id.to_string(),
            realm: Some(realm),
            due_at: now.plus_seconds(at_random(interval, randomness)),
        };
        let sources = pulled_sources(&self.administration, now);
        Ok(Subjects::These(sources.into_iter().map(job).collect()))
    }

    /// What the provider refuses is recorded, and pulled again at the interval too.
    fn run(&self, run: &Run<'_>) -> Result<Next, Failed> {
        let (Some(realm), Some(interval)) = (run.realm(), self.interval_seconds) else {
            return Ok(Next::Never);
        };
        let id = run.subject().parse().map_err(Failed::new)?;
        let is_due = || Ok(!run.must_stop() && run.is_held()?);
        match pull_by_schedule(&self.administration, realm, id, &is_due) {
            // Planning deletes the job of a source that stays stopped.
            Ok(Pulled::Stopped | Pulled::Recorded) => {
                Ok(Next::After(interval - at_random(interval / 10, run.randomness())))
            }
            Ok(Pulled::Superseded) | Err(AdministrationError::Busy(_)) => Ok(Next::After(BUSY_SECONDS)),
            Err(error) => Err(Failed::new(error)),
        }
    }
}
