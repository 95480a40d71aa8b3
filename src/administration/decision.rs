//! How an edit, a deletion and a renewal are decided, alike for every noun.

use claviger_contract::Timestamp;
use serde::Serialize;

use crate::administration::error::AdministrationError;
use crate::administration::setting::{ensure_current, ensure_current_or_done};
use crate::ledger::{Act, Plan, Scene};
use crate::snapshot::RealmView;
use crate::store::Decision;
use claviger_domain::{Actor, AuditAction, AuditTarget, Change, Subject};

/// Whether a client can have a successor: it has none yet, and has not ended.
pub fn ensure_renewable(
    noun: &str,
    is_live: bool,
    overlap_ends_at: Option<Timestamp>,
) -> Result<(), AdministrationError> {
    if overlap_ends_at.is_some() {
        let detail = format!("this {noun} is being or has been replaced: renew its successor");
        return Err(AdministrationError::Conflict(detail));
    }
    if !is_live {
        let detail = format!("a revoked or expired {noun} cannot be renewed: create another");
        return Err(AdministrationError::Conflict(detail));
    }
    Ok(())
}

/// An authorized act on an object of a realm.
pub struct OnObject<'a> {
    pub scene: &'a Scene<'a>,
    pub act: &'a Act,
    pub realm: &'a RealmView,
    pub actor: Actor,
    pub subject: &'a Subject,
    pub action: AuditAction,
    pub target: AuditTarget,
}

impl OnObject<'_> {
    /// `change` is `None` if the object is already as requested: then nothing is written.
    pub fn edit<V: Serialize>(
        self,
        before: V,
        after: V,
        change: Option<Change>,
    ) -> Result<Decision<V>, AdministrationError> {
        let Some(change) = change else {
            ensure_current_or_done(self.realm, self.act, self.subject, &before)?;
            return Ok(Decision::Nothing(before));
        };
        ensure_current(self.act, &before)?;
        let mut plan = Plan::new(self.scene, self.act, self.actor);
        plan.change(self.realm, change);
        plan.event(self.action, self.target, Some(&before), Some(&after));
        Ok(plan.decide(after))
    }

    pub fn delete(
        self,
        before: &impl Serialize,
        change: Change,
    ) -> Result<Decision<()>, AdministrationError> {
        ensure_current(self.act, before)?;
        let mut plan = Plan::new(self.scene, self.act, self.actor);
        plan.change(self.realm, change);
        plan.event(self.action, self.target, Some(before), None::<&()>);
        Ok(plan.decide(()))
    }
}
