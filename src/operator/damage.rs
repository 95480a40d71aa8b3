//! Finds and reports unreadable data, and skips damaged log rows on the operator's order.

use std::time::Duration;

use claviger_contract::{Position, RealmLabel};
use serde_json::json;
use uuid::Builder;

use crate::config::Settings;
use crate::ledger::Caller;
use crate::operator::beside::Beside;
use crate::operator::maintenance::open;
use crate::serve::ServeError;
use crate::serve::Sources;
use crate::serve::system_sources;
use crate::store::{DamagedRow, Maintenance, Skip, Skipped, StoreError};
use claviger_domain::{AuditAction, AuditEvent, AuditTarget, Id, LEASE, TargetKind};

/// A node that has not read the log by then has lost its lease.
const MAX_WAIT: Duration = LEASE.saturating_add(Duration::from_millis(100));

const LOOK_EVERY: Duration = Duration::from_millis(20);

pub fn damaged_rows(
    settings: &Settings,
    progress: crate::operator::maintenance::Progress<'_>,
) -> Result<Vec<DamagedRow>, ServeError> {
    Ok(open(settings)?.damaged_rows(progress)?)
}

/// Returns the error that would stop a server, in one sentence. Checks the log first, then the tables.
pub fn find_damage(settings: &Settings) -> Result<Option<String>, ServeError> {
    Ok(damage(&mut open(settings)?)?)
}

pub(super) fn damage(care: &mut Maintenance) -> Result<Option<String>, StoreError> {
    let rows = match care.damaged_rows(&mut |_| {}) {
        Ok(rows) => rows,
        Err(error) if error.is_an_answer() => return Ok(Some(error.to_string())),
        Err(error) => return Err(error),
    };
    if let Some(row) = rows.iter().find(|row| !row.skipped) {
        return Ok(Some(format!("row {} of the change log cannot be read: {}", row.position, row.what)));
    }
    match care.check_tables() {
        Err(error @ StoreError::Corrupt { .. }) => Ok(Some(error.to_string())),
        Err(error) => Err(error),
        Ok(()) => Ok(None),
    }
}

/// Returns when every server has read past the row, or can no longer answer.
pub fn skip_row(settings: &Settings, position: u64) -> Result<Skipped, ServeError> {
    let position = Position::new(position);
    let sources = system_sources();
    let beside = Beside::look(settings)?;
    open(settings)?.migrations()?.refuse_pending()?;
    let event = |realm: &RealmLabel, row: &DamagedRow, at: Position| event(&sources, realm, row, at);
    let skipped = Skip { url: &settings.database_url, position, event: &event }.carry_out()?;
    match settings.database_url.sqlite_path() {
        Some(_) => beside.wait(settings)?,
        None => wait(settings, &sources, skipped.position)?,
    }
    Ok(skipped)
}

fn wait(settings: &Settings, sources: &Sources, position: Position) -> Result<(), ServeError> {
    let mut care = open(settings)?;
    let until = sources.clock.since_boot() + MAX_WAIT;
    while sources.clock.since_boot() < until {
        if care.serving()?.members.iter().all(|member| member.applied >= position) {
            break;
        }
        #[expect(clippy::disallowed_methods, reason = "other servers report progress only in the database")]
        std::thread::sleep(LOOK_EVERY);
    }
    Ok(())
}

fn event(sources: &Sources, realm: &RealmLabel, row: &DamagedRow, position: Position) -> AuditEvent {
    let now = sources.clock.now();
    let millis = now.epoch_seconds().unsigned_abs().saturating_mul(1_000);
    let id = row.position.to_string();
    AuditEvent {
        id: Id::from_uuid(
            Builder::from_unix_timestamp_millis(millis, &sources.randomness.bytes::<10>()).into_uuid(),
        ),
        realm: realm.clone(),
        at: now,
        actor: Caller::operator(),
        action: AuditAction::LogRepair,
        target: AuditTarget { kind: TargetKind::LogRow, id: id.clone(), name: id },
        before: Some(
            json!({"position": row.position, "hash": row.hash.to_string(), "damage": row.what}).into(),
        ),
        after: None,
        address: None,
        request_id: None,
        position,
        tokens_ended_estimate: None,
    }
}
