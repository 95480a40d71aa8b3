//! Tells of ends before they come: each threshold once, as an event of the audit trail.

use std::collections::BTreeMap;

use claviger_contract::{RealmLabel, Timestamp};
use claviger_domain::{AuditTarget, Ending, EndingKind, Notice, Threshold, TrustedNow};
use serde::Serialize;

use crate::administration::error::AdministrationError;
use crate::administration::setting::Administration;
use crate::ledger::{Act, Caller, Plan};
use crate::store::Decision;

/// Objects that are read at once.
const READ_AT_ONCE: i64 = 1_000;
/// Events of one transaction, so that other writers do not wait long.
const TOLD_AT_ONCE: usize = 100;

/// What an event tells beside the object.
#[derive(Serialize)]
struct Told {
    expires_at: Timestamp,
    /// At most; 0 for the end itself.
    days_left: u8,
}

/// Returns the number of events. Two servers that do this at once tell nothing twice: what was told is a unique row, which
/// is written with the event.
pub fn tell_endings(administration: &Administration, now: TrustedNow) -> Result<usize, AdministrationError> {
    let store = administration.ledger.store();
    let mut told = 0;
    for kind in EndingKind::ALL {
        let mut after = String::new();
        loop {
            let page = store.endings(kind, Threshold::window(now.at()), &after, READ_AT_ONCE)?;
            let Some((_, last)) = page.last() else { break };
            after.clone_from(&last.id);
            for (realm, due) in by_realm(page, now.at()) {
                told += tell(administration, &realm, due)?;
            }
        }
    }
    Ok(told)
}

/// Those that have reached something that is told.
fn by_realm(
    page: Vec<(RealmLabel, Ending)>,
    now: Timestamp,
) -> BTreeMap<RealmLabel, Vec<(Ending, Threshold)>> {
    let mut due = BTreeMap::<RealmLabel, Vec<(Ending, Threshold)>>::new();
    for (realm, ending) in page {
        let threshold = Threshold::reached(ending.created_at, ending.ends_at, now);
        if let Some(threshold) = threshold.filter(|threshold| ending.kind.action(*threshold).is_some()) {
            due.entry(realm).or_default().push((ending, threshold));
        }
    }
    due
}

fn tell(
    administration: &Administration,
    realm: &RealmLabel,
    due: Vec<(Ending, Threshold)>,
) -> Result<usize, AdministrationError> {
    let ledger = &administration.ledger;
    let notice = |(ending, threshold): &(Ending, Threshold)| Notice {
        realm: realm.clone(),
        kind: ending.kind,
        id: ending.id.clone(),
        threshold: *threshold,
        ends_at: ending.ends_at,
    };
    // Most were told before, which costs no lock on the log.
    let untold = ledger.store().untold(due.iter().map(notice).collect())?;
    let due: Vec<_> = due.into_iter().filter(|one| untold.contains(&notice(one))).collect();
    let act = Act::local(realm.clone(), Caller::Server);
    let mut told = 0;
    for batch in due.chunks(TOLD_AT_ONCE) {
        let committed = ledger.act(|scene| {
            let untold = scene.tables.untold(batch.iter().map(notice).collect())?;
            if untold.is_empty() || scene.find_realm(realm).is_none() {
                return Ok(Decision::Nothing(0));
            }
            let mut plan = Plan::new(scene, &act, Caller::server());
            for one @ (ending, threshold) in batch {
                let notice = notice(one);
                let Some(action) = ending.kind.action(*threshold).filter(|_| untold.contains(&notice)) else {
                    continue;
                };
                let (id, name) = (ending.id.clone(), ending.name.clone());
                let target = AuditTarget { kind: ending.kind.target(), id, name };
                let after = Told { expires_at: ending.ends_at, days_left: threshold.days() };
                plan.event(action, target, None::<&()>, Some(&after));
                plan.told(notice);
            }
            Ok::<_, AdministrationError>(plan.decide(untold.len()))
        })?;
        told += committed.outcome;
    }
    Ok(told)
}
