//! An act that was decided only: the states before and after it.

use std::sync::Arc;

use claviger_contract::{Position, RealmLabel, Timestamp};

use crate::ledger::act::Act;
use crate::ledger::caller::Caller;
use crate::ledger::error::LedgerError;
use crate::snapshot::{ApplyError, KeyOpener, LiveKey, Snapshot, taken_away};
use crate::store::Decision;
use claviger_domain::{Affected, SigningKey};

#[derive(Clone)]
pub(super) struct Trial {
    before: Arc<Snapshot>,
    after: Arc<Snapshot>,
    caller: Caller,
}

impl std::fmt::Debug for Trial {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Trial").field("at", &self.before.position).finish_non_exhaustive()
    }
}

impl Trial {
    /// Takes from the decision what it would write, so that nothing is committed.
    pub fn of<T>(
        before: &Arc<Snapshot>,
        act: &Act,
        decision: Decision<T>,
    ) -> Result<(Option<Self>, Decision<T>), LedgerError> {
        let (entries, outcome) = match decision {
            Decision::Append { entries, outcome, .. } => (entries, outcome),
            Decision::Nothing(outcome) => (Vec::new(), outcome),
            unreadable @ Decision::Unreadable(_) => return Ok((None, unreadable)),
        };
        let mut after = (**before).clone();
        for entry in &entries {
            after.apply(after.position.next(), entry.log(), &mut NoNewKeys).map_err(LedgerError::Untried)?;
        }
        let trial = Self { before: before.clone(), after: Arc::new(after), caller: act.caller.clone() };
        Ok((Some(trial), Decision::Nothing(outcome)))
    }

    /// The cost is proportional to the size of the realm.
    pub fn affected(&self, realm: &RealmLabel, now: Timestamp) -> Vec<Affected> {
        let find = |snapshot: &Snapshot| snapshot.find_realm(realm.as_str()).cloned();
        let (Some(before), Some(after)) = (find(&self.before), find(&self.after)) else { return Vec::new() };
        let mut affected = taken_away(&before, &after, now);
        for kind in &mut affected {
            if !self.caller.may_read(kind.kind.admin_scope()) {
                kind.names.clear();
            }
        }
        affected
    }
}

/// A key that takes the place of another one is not needed to find what is lost.
struct NoNewKeys;

impl KeyOpener for NoNewKeys {
    fn open(&mut self, _: &RealmLabel, _: &SigningKey, _: Position) -> Result<Option<LiveKey>, ApplyError> {
        Ok(None)
    }
}
