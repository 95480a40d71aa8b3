//! Tells of what is about to end, and forgets what was told or sent long ago.

use claviger_contract::Timestamp;

use crate::administration::{Administration, prune_outbox, tell_endings};
use crate::jobs::kind::{Failed, JobKind, Next, Subjects};
use crate::jobs::run::Run;
use claviger_domain::Randomness;

/// Ends are told in days.
const EVERY_SECONDS: i64 = 3_600;

pub struct ExpiryNotices(pub Administration);

impl JobKind for ExpiryNotices {
    fn name(&self) -> &'static str {
        "expiry_notices"
    }

    fn subjects(&self, _: Timestamp, _: &dyn Randomness) -> Result<Subjects, Failed> {
        Ok(Subjects::One)
    }

    /// A wrong clock would tell of ends that are far away.
    fn run(&self, run: &Run<'_>) -> Result<Next, Failed> {
        if let Some(now) = run.trusted_now() {
            let told = tell_endings(&self.0, now).map_err(Failed::new)?;
            if told > 0 {
                tracing::info!(told, "ends of credentials and tokens were told");
            }
            prune_outbox(&self.0, now).map_err(Failed::new)?;
        }
        Ok(Next::After(EVERY_SECONDS))
    }
}
