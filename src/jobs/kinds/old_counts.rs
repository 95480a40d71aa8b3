//! Deletes counts, last-seen times and restrictions that are no longer needed.

use std::sync::Arc;

use claviger_contract::Timestamp;

use crate::jobs::kind::{Failed, JobKind, Next, Subjects};
use crate::jobs::run::Run;
use crate::store::Store;
use claviger_domain::{RESTRICTIONS_STORED_SECONDS, Randomness};

const EVERY_SECONDS: i64 = 3_600;

pub struct OldCounts(pub Arc<Store>);

impl JobKind for OldCounts {
    fn name(&self) -> &'static str {
        "old_counts"
    }

    fn subjects(&self, _: Timestamp, _: &dyn Randomness) -> Result<Subjects, Failed> {
        Ok(Subjects::One)
    }

    fn run(&self, run: &Run<'_>) -> Result<Next, Failed> {
        if let Some(now) = run.trusted_now() {
            run.patiently(|| {
                self.0.forget_usage(now)?;
                self.0.forget_restrictions_before(now.minus_seconds(RESTRICTIONS_STORED_SECONDS))?;
                self.0.forget_heard(now)
            })?;
        }
        Ok(Next::After(EVERY_SECONDS))
    }
}
