//! A pipeline reports that a provider has refused what it resolved: the credential is validated again soon.

use claviger_api::{Reported, SourceReport, SourceReportView};
use claviger_domain::{AuditAction, SourceId, ValidationOutcome};

use crate::administration::error::AdministrationError;
use crate::administration::setting::Administration;
use crate::administration::vault::resolve::{Pipeline, may_resolve, use_event, used};
use crate::administration::vault::revalidation::{REVALIDATION_PAUSE_SECONDS, revalidation_job};
use crate::ledger::Act;

/// Needs the same right as [`resolve_source`](crate::administration::resolve_source). All reports of a
/// credential together cause at most one validation in [`REVALIDATION_PAUSE_SECONDS`]. Those of an earlier version cause
/// none.
pub fn report_source(
    administration: &Administration,
    act: &Act,
    pipeline: &Pipeline,
    id: SourceId,
    report: &SourceReport,
) -> Result<SourceReportView, AdministrationError> {
    let store = administration.ledger.store();
    let latest = administration.ledger.latest();
    let realm = latest.find_realm(act.realm.as_str()).ok_or(AdministrationError::NotFound("realm"))?;
    let now = administration.ledger.now();
    let found = may_resolve(realm, pipeline, id, now)?;
    let source = store.find_source(&act.realm, id)?.ok_or(AdministrationError::NotFound("source"))?;
    let known = store.find_source_credential(&act.realm, found.credential())?;
    let known = known.ok_or(AdministrationError::NotFound("source credential"))?.record;
    let outcome = if report.version != known.version {
        Reported::Outdated
    } else if known.validation.outcome == ValidationOutcome::Skipped {
        Reported::NotValidated
    } else {
        Reported::Scheduled
    };
    let after = used(&known);
    administration.ledger.record(|scene| {
        let reported = (&source, &after);
        let event = use_event(scene, act, pipeline.actor(), AuditAction::SourceReport, reported)?;
        Ok::<_, AdministrationError>(vec![event])
    })?;
    if outcome == Reported::Scheduled {
        let job = revalidation_job(act.realm.clone(), known.id, now);
        store.jobs().request(&job, REVALIDATION_PAUSE_SECONDS)?;
    }
    let (source_credential_id, version) = (known.id, known.version);
    Ok(SourceReportView { source_id: id, source_credential_id, version, outcome })
}
