//! Asks providers again about stored credentials: at an interval, a day before an end, and when a pipeline was refused.

use claviger_contract::Timestamp;

use crate::administration::{
    Administration, AdministrationError, REVALIDATION, REVALIDATION_PAUSE_SECONDS, Revalidated,
    revalidate_by_schedule, revalidation_job,
};
use crate::jobs::backoff::at_random;
use crate::jobs::kind::{Bounds, Failed, JobKind, Next, ON_REQUEST, Subjects};
use crate::jobs::run::Run;
use claviger_domain::Randomness;

/// Some of the requests to third parties that a server may have at once are left to people and pipelines.
const AT_ONCE: usize = 4;
const AT_ONCE_PER_REALM: usize = 2;

const BEFORE_END_SECONDS: i64 = 86_400;

/// When all requests to third parties that may run at once are running.
const BUSY_SECONDS: i64 = 60;

pub struct Revalidation {
    pub administration: Administration,
    /// `None` asks again only when a pipeline was refused.
    pub interval_seconds: Option<i64>,
}

impl JobKind for Revalidation {
    fn name(&self) -> &'static str {
        REVALIDATION
    }

    fn bounds(&self) -> Bounds {
        Bounds {
            at_once: AT_ONCE,
            at_once_per_realm: AT_ONCE_PER_REALM,
            pause: REVALIDATION_PAUSE_SECONDS,
            ..Bounds::default()
        }
    }

    /// A new one has just been validated, and after a restore not all are asked together.
    fn subjects(&self, now: Timestamp, randomness: &dyn Randomness) -> Result<Subjects, Failed> {
        let known = self.administration.ledger.store().validated_source_credentials(now)?;
        let due_at = || match self.interval_seconds {
            Some(interval) => now.plus_seconds(interval - at_random(interval / 2, randomness)),
            None => ON_REQUEST,
        };
        let job = |(realm, id)| revalidation_job(realm, id, due_at());
        Ok(Subjects::These(known.into_iter().map(job).collect()))
    }

    fn run(&self, run: &Run<'_>) -> Result<Next, Failed> {
        let Some(realm) = run.realm() else { return Ok(Next::Never) };
        let id = run.subject().parse().map_err(Failed::new)?;
        let is_due = || Ok(!run.must_stop() && run.is_held()?);
        match revalidate_by_schedule(&self.administration, realm, id, &is_due) {
            // Planning deletes the job of one that stays so.
            Ok(Revalidated::NotWanted) => Ok(self.next(run, None)),
            Ok(Revalidated::Superseded) => Ok(Next::After(BUSY_SECONDS)),
            Ok(Revalidated::NoVerdict(outcome)) => {
                Err(Failed::new(format!("no verdict of the provider: {}", outcome.as_str())))
            }
            Ok(Revalidated::Stored { expires_at }) => Ok(self.next(run, expires_at)),
            Err(AdministrationError::Busy(_)) => Ok(Next::After(BUSY_SECONDS)),
            Err(error) => Err(Failed::new(error)),
        }
    }
}

impl Revalidation {
    fn next(&self, run: &Run<'_>, expires_at: Option<Timestamp>) -> Next {
        let Some(interval) = self.interval_seconds else { return Next::At(ON_REQUEST) };
        let now = run.now();
        let next = now.plus_seconds(interval - at_random(interval / 10, run.randomness()));
        let before_end = expires_at.map(|end| end.plus_seconds(-BEFORE_END_SECONDS));
        Next::At(before_end.filter(|before| *before > now).map_or(next, |before| before.min(next)))
    }
}
