//! Forgets signing keys whose last signature has expired.

use std::sync::Arc;

use claviger_contract::Timestamp;

use crate::administration::forget_ended_keys;
use crate::jobs::kind::{Failed, JobKind, Next, Subjects};
use crate::jobs::run::Run;
use crate::ledger::Ledger;
use claviger_domain::Randomness;

const EVERY_SECONDS: i64 = 60;

pub struct EndedKeys(pub Arc<Ledger>);

impl JobKind for EndedKeys {
    fn name(&self) -> &'static str {
        "ended_keys"
    }

    fn subjects(&self, _: Timestamp, _: &dyn Randomness) -> Result<Subjects, Failed> {
        Ok(Subjects::One)
    }

    fn run(&self, run: &Run<'_>) -> Result<Next, Failed> {
        if let Some(now) = run.trusted_now() {
            run.patiently(|| forget_ended_keys(&self.0, now)).map_err(Failed::new)?;
        }
        Ok(Next::After(EVERY_SECONDS))
    }
}
