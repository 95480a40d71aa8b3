//! Asks the provider about a stored credential again, and stores what it says. That is no modification: the secret stays,
//! and its sources go on.

use claviger_api::SourceCredentialView;
use claviger_contract::{RealmLabel, Timestamp};
use claviger_domain::{
    AuditAction, Change, SourceCredential, SourceCredentialId, StoredValidation, ValidationOutcome,
};
use claviger_vault::Validation;

use crate::administration::error::AdministrationError;
use crate::administration::setting::{Administration, authorized};
use crate::administration::vault::proof::validated;
use crate::administration::vault::proposal::{propose_as_stored, propose_stored};
use crate::administration::vault::source_credential_view::{target, view};
use crate::ledger::{Act, Caller, Plan, Right};
use crate::snapshot::RealmView;
use crate::store::{Decision, PlannedJob};

/// The kind of the job that calls [`revalidate_by_schedule`] for one source credential.
pub const REVALIDATION: &str = "revalidation";

/// From one validation to the next one that a pipeline may cause.
pub const REVALIDATION_PAUSE_SECONDS: i64 = 60;

pub fn revalidation_job(realm: RealmLabel, id: SourceCredentialId, due_at: Timestamp) -> PlannedJob {
    PlannedJob { kind: REVALIDATION, subject: id.to_string(), realm: Some(realm), due_at }
}

/// What came of a validation by schedule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Revalidated {
    /// The credential, or its realm, does not exist any more, has ended, or is not to be validated.
    NotWanted,
    /// The provider has not judged it, for example because it is down. Nothing is stored.
    NoVerdict(ValidationOutcome),
    /// The credential was edited or validated meanwhile. Nothing is stored.
    Superseded,
    Stored {
        expires_at: Option<Timestamp>,
    },
}

/// Whatever the provider says.
pub fn revalidate_source_credential(
    administration: &Administration,
    act: &Act,
    id: SourceCredentialId,
) -> Result<SourceCredentialView, AdministrationError> {
    let proposal = propose_stored(administration, act, id)?;
    let said = validated(administration, act, &proposal)?;
    let version = proposal.before.as_ref().map(|before| before.version);
    let committed = administration.ledger.act(|scene| {
        let (realm, actor) = authorized(scene, act, Right::Manage)?;
        let known = scene.tables.find_source_credential(&act.realm, id)?;
        let known = known.ok_or(AdministrationError::NotFound("source credential"))?.record;
        if Some(known.version) != version {
            return Err(AdministrationError::Conflict(
                "the source credential was changed meanwhile: validate it again".to_owned(),
            ));
        }
        let mut plan = Plan::new(scene, act, actor);
        let after = plan_validated(&mut plan, realm, &known, &said);
        Ok::<_, AdministrationError>(plan.decide(after))
    })?;
    Ok(committed.outcome)
}

/// By this server, whose turn it is as long as `is_due` says so.
pub fn revalidate_by_schedule(
    administration: &Administration,
    realm: &RealmLabel,
    id: SourceCredentialId,
    is_due: &dyn Fn() -> Result<bool, AdministrationError>,
) -> Result<Revalidated, AdministrationError> {
    let act = Act::local(realm.clone(), Caller::Server);
    let is_wanted = |known: &SourceCredential| {
        known.validation.outcome != ValidationOutcome::Skipped
            && !SourceCredential::has_expired(known.expires_at, administration.ledger.now())
    };
    if !is_serving(administration, realm) {
        return Ok(Revalidated::NotWanted);
    }
    let proposal = match propose_as_stored(administration, &act, id) {
        Err(AdministrationError::NotFound(_)) => return Ok(Revalidated::NotWanted),
        proposal => proposal?,
    };
    let Some(before) = proposal.before.as_ref().filter(|before| is_wanted(before)) else {
        return Ok(Revalidated::NotWanted);
    };
    let said = validated(administration, &act, &proposal)?;
    if !said.1.outcome.is_verdict() {
        return Ok(Revalidated::NoVerdict(said.1.outcome));
    }
    if !is_due()? {
        return Ok(Revalidated::Superseded);
    }
    let committed = administration.ledger.act(|scene| {
        let known = scene.tables.find_source_credential(&act.realm, id)?.map(|found| found.record);
        let realm = scene.find_realm(&act.realm).filter(|realm| !realm.is_suspended());
        // Another server, a person or an edit came first.
        let (Some(realm), Some(known)) = (realm, known.filter(|known| known == before)) else {
            return Ok(Decision::Nothing(Revalidated::Superseded));
        };
        let mut plan = Plan::new(scene, &act, Caller::server());
        let after = plan_validated(&mut plan, realm, &known, &said);
        Ok::<_, AdministrationError>(plan.decide(Revalidated::Stored { expires_at: after.expires_at }))
    })?;
    Ok(committed.outcome)
}

/// Whether the realm does anything now.
pub fn is_serving(administration: &Administration, realm: &RealmLabel) -> bool {
    administration.ledger.latest().find_realm(realm.as_str()).is_some_and(|realm| !realm.is_suspended())
}

/// Tells once that a credential is refused, and once that it is accepted again.
fn plan_validated(
    plan: &mut Plan<'_>,
    realm: &RealmView,
    known: &SourceCredential,
    (validation, kept): &(Validation, StoredValidation),
) -> SourceCredentialView {
    let (now, told) = (plan.now(), known.failed_since);
    let (failed_since, event) = match (kept.outcome.is_verdict(), validation.is_valid(), told) {
        (true, true, Some(_)) => (None, Some(AuditAction::SourceCredentialRecovered)),
        (true, false, None) => (Some(now), Some(AuditAction::SourceCredentialFailed)),
        _ => (told, None),
    };
    let expires_at = known.entered_end().or(kept.expires_at);
    let validated = SourceCredential { validation: kept.clone(), failed_since, expires_at, ..known.clone() };
    let (before, after) = (view(realm, known, now), view(realm, &validated, now));
    let target = target(&validated);
    plan.change(realm, Change::put(validated));
    plan.event(AuditAction::SourceCredentialValidate, target.clone(), Some(&before), Some(&after));
    if let Some(event) = event {
        plan.event(event, target, Some(&before), Some(&after));
    }
    after
}
