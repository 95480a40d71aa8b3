//! Reads the list of a source from its provider, and records what came of it: so it can be watched that retrieval works, and
//! that it stops.

use claviger_api::SourcePullView;
use claviger_contract::{RealmLabel, Timestamp};
use claviger_domain::{Actor, AuditAction, Source, SourceId, SourcePull, ValidationOutcome};

use crate::administration::error::AdministrationError;
use crate::administration::setting::Administration;
use crate::administration::vault::field_input::entry;
use crate::administration::vault::proof::with_candidate;
use crate::administration::vault::proposal::{Proposal, propose_as_stored};
use crate::administration::vault::resolve::{usable, use_event};
use crate::ledger::{Act, Caller, Right, Scene};
use crate::snapshot::{LiveSource, RealmView};
use crate::vault::outcome;

/// The kind of the job that calls [`pull_by_schedule`] for one source.
pub const SOURCE_PULL: &str = "source_pull";

/// What came of a pull by schedule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pulled {
    /// There is nothing to pull any more: the source or its credential was deleted or has ended, its realm is suspended, or
    /// its type has no list.
    Stopped,
    /// Another server's turn: nothing was recorded.
    Superseded,
    Recorded,
}

/// By a person, whatever the interval.
pub fn pull_source(
    administration: &Administration,
    act: &Act,
    id: SourceId,
) -> Result<SourcePullView, AdministrationError> {
    let reading = administration.read(act, Right::Manage)?;
    let source = find(administration, &act.realm, id)?;
    usable(&reading.realm, id, reading.now)?;
    let pull = pulled(administration, act, &source)?;
    record(administration, act, &source, &pull, |scene| {
        let realm = scene.find_realm(&act.realm).ok_or(AdministrationError::NotFound("realm"))?;
        usable(realm, id, scene.now)?;
        Ok(Some(act.caller.authorize(realm, Right::Manage, scene.now)?))
    })?;
    Ok(pull_view(&pull))
}

/// By this server, whose turn it is as long as `is_due` says so.
pub fn pull_by_schedule(
    administration: &Administration,
    realm: &RealmLabel,
    id: SourceId,
    is_due: &dyn Fn() -> Result<bool, AdministrationError>,
) -> Result<Pulled, AdministrationError> {
    let act = Act::local(realm.clone(), Caller::Server);
    let latest = administration.ledger.latest();
    let Some(known) = latest.find_realm(realm.as_str()).filter(|known| !known.is_suspended()) else {
        return Ok(Pulled::Stopped);
    };
    let begun = find(administration, realm, id).and_then(|source| {
        usable(known, id, administration.ledger.now())?;
        let pull = pulled(administration, &act, &source)?;
        Ok((source, pull))
    });
    let (source, pull) = match begun {
        Err(error) if is_end(&error) => return Ok(Pulled::Stopped),
        begun => begun?,
    };
    if !is_due()? {
        return Ok(Pulled::Superseded);
    }
    let recorded = record(administration, &act, &source, &pull, |scene| {
        let realm = scene.find_realm(&act.realm).filter(|realm| !realm.is_suspended());
        let active = realm.is_some_and(|realm| usable(realm, id, scene.now).is_ok());
        Ok(active.then(Caller::server))
    })?;
    Ok(if recorded { Pulled::Recorded } else { Pulled::Stopped })
}

/// The sources that have something to pull: of every realm that is not suspended.
pub fn pulled_sources(administration: &Administration, now: Timestamp) -> Vec<(RealmLabel, SourceId)> {
    let latest = administration.ledger.latest();
    let active = latest.realms().filter(|realm| !realm.is_suspended());
    let catalog = administration.providers.source_types.catalog();
    let has_list = |source: &LiveSource| {
        catalog.source_type(source.source_type.as_str()).is_some_and(|known| !known.questions.is_empty())
    };
    let of_realm = |realm: &RealmView| {
        let is_pulled =
            |(id, source): &(SourceId, &LiveSource)| has_list(source) && usable(realm, *id, now).is_ok();
        let sources = realm.vault.sources().filter(is_pulled);
        let label = &realm.record.label;
        sources.map(|(id, _)| (label.clone(), id)).collect::<Vec<_>>()
    };
    active.flat_map(|realm| of_realm(realm)).collect()
}

pub fn pull_view(pull: &SourcePull) -> SourcePullView {
    SourcePullView {
        at: pull.at,
        source_credential_id: pull.credential,
        version: pull.version,
        outcome: pull.outcome,
        items: pull.items,
    }
}

fn find(
    administration: &Administration,
    realm: &RealmLabel,
    id: SourceId,
) -> Result<Source, AdministrationError> {
    administration.ledger.store().find_source(realm, id)?.ok_or(AdministrationError::NotFound("source"))
}

fn is_end(error: &AdministrationError) -> bool {
    matches!(
        error,
        AdministrationError::NotFound(_) | AdministrationError::Conflict(_) | AdministrationError::Invalid(_)
    )
}

/// Asks the provider.
fn pulled(
    administration: &Administration,
    act: &Act,
    source: &Source,
) -> Result<SourcePull, AdministrationError> {
    let at = administration.ledger.now();
    let proposal = propose_as_stored(administration, act, source.credential)?;
    ensure_list(administration, &proposal)?;
    let found = with_candidate(&proposal, |candidate| administration.providers.pull(&act.realm, candidate))?;
    let (outcome, items) = match found {
        Err(refused) => (outcome(refused.outcome), None),
        Ok(items) => (ValidationOutcome::Ok, Some(items as u64)),
    };
    let version = proposal.before.map_or(0, |before| before.version);
    Ok(SourcePull { at, credential: source.credential, version, outcome, items })
}

/// The list that is read.
fn ensure_list(administration: &Administration, proposal: &Proposal) -> Result<(), AdministrationError> {
    let types = &administration.providers.source_types;
    let entry = entry(types, &proposal.source_type, Some(&proposal.auth_mode));
    let entry = entry.map_err(|error| AdministrationError::Invalid(vec![error]))?;
    match entry.source_type.first_list(entry.mode) {
        Some(_) => Ok(()),
        None => {
            let detail = format!("{} has no list that can be pulled", entry.source_type.name);
            Err(AdministrationError::invalid("source_type", detail))
        }
    }
}

/// In the audit trail first. `actor` decides on the latest state who acts; nothing is recorded if nobody does.
fn record(
    administration: &Administration,
    act: &Act,
    source: &Source,
    pull: &SourcePull,
    actor: impl FnOnce(&Scene<'_>) -> Result<Option<Actor>, AdministrationError>,
) -> Result<bool, AdministrationError> {
    let mut is_recorded = false;
    administration.ledger.record(|scene| {
        let Some(actor) = actor(scene)? else { return Ok(Vec::new()) };
        is_recorded = true;
        let pulled = (source, &pull_view(pull));
        Ok::<_, AdministrationError>(vec![use_event(scene, act, actor, AuditAction::SourcePull, pulled)?])
    })?;
    if is_recorded {
        administration.ledger.store().note_source_pull(&act.realm, source.id, pull)?;
    }
    Ok(is_recorded)
}
