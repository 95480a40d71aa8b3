//! Skips a damaged log row: in one transaction, with log rows that record the skip, and with cuts.

use claviger_contract::{Position, RealmLabel, Timestamp};
use diesel::prelude::*;

use crate::store::connection::{AnyConnection, open};
use crate::store::error::StoreError;
use crate::store::log::chains::Chains;
use crate::store::log::damage::DamagedRow;
use crate::store::log::damage::damaged_rows;
use crate::store::log::entry::Entry;
use crate::store::schema::{application_credential, member_token, realm, revoked_token};
use claviger_domain::{AuditEvent, Change, Consequences, DatabaseUrl, LogEntry};

pub struct Skip<'a> {
    pub url: &'a DatabaseUrl,
    pub position: Position,
    /// Returns the event of a realm whose tokens become invalid, at the given position.
    pub event: &'a dyn Fn(&RealmLabel, &DamagedRow, Position) -> AuditEvent,
}

pub struct Skipped {
    pub row: DamagedRow,
    /// The realms whose earlier tokens are invalid.
    pub realms: Vec<RealmLabel>,
    /// The position of the last row that records the skip.
    pub position: Position,
}

impl Skip<'_> {
    /// Refuses a row that is not damaged, or is already skipped.
    pub fn carry_out(&self) -> Result<Skipped, StoreError> {
        open(self.url)?.transaction(|connection| {
            let mut chains = Chains::lock(connection)?;
            let row = self.find(connection)?;
            let realms = realms(connection, &row)?;
            clamp_times(connection)?;
            let (mut entries, mut events) = (Vec::new(), Vec::new());
            for realm in &realms {
                let next = chains.head.position.as_u64() + entries.len() as u64 + 1;
                let change = Change::LogRowSkipped { position: row.position, hash: row.hash.to_string() };
                let log = LogEntry { realm: realm.clone(), change };
                entries.push(Entry::new(log, Consequences::default(), None)?);
                events.push((self.event)(realm, &row, Position::new(next)));
            }
            chains.append(connection, &entries, events)?;
            Ok(Skipped { row, realms, position: chains.settle(connection)?.position })
        })
    }

    fn find(&self, connection: &mut AnyConnection) -> Result<DamagedRow, StoreError> {
        let position = self.position;
        let refused = |why: &str| StoreError::Locked(format!("row {position} of the change log {why}"));
        let rows = damaged_rows(connection, &mut |_| {})?;
        let row = rows.into_iter().find(|row| row.position == position);
        match row {
            None => Err(refused("is not damaged or does not exist: nothing was changed")),
            Some(row) if row.newer => {
                Err(refused("was written by a newer version: install that version; nothing was changed"))
            }
            Some(row) if row.skipped => Err(refused("is already skipped: nothing was changed")),
            Some(row) => Ok(row),
        }
    }
}

/// The realm of the row, or all realms.
fn realms(connection: &mut AnyConnection, row: &DamagedRow) -> Result<Vec<RealmLabel>, StoreError> {
    let labels = realm::table.select(realm::label).order(realm::label).load::<String>(connection)?;
    let all: Vec<RealmLabel> = labels.iter().filter_map(|label| label.parse().ok()).collect();
    if all.is_empty() {
        let what = "no realm is left to invalidate the tokens of: restore a backup".to_owned();
        return Err(StoreError::Damaged { position: row.position.as_u64(), what });
    }
    match &row.realm {
        Some(named) if all.contains(named) => Ok(vec![named.clone()]),
        _ => Ok(all),
    }
}

/// Earlier versions accepted times after the year 9999 from requests and tokens.
fn clamp_times(connection: &mut AnyConnection) -> Result<(), StoreError> {
    let latest = Timestamp::LATEST.epoch_seconds();
    diesel::update(member_token::table.filter(member_token::expires_at.gt(latest)))
        .set(member_token::expires_at.eq(latest))
        .execute(connection)?;
    diesel::update(application_credential::table.filter(application_credential::expires_at.gt(latest)))
        .set(application_credential::expires_at.eq(latest))
        .execute(connection)?;
    diesel::update(revoked_token::table.filter(revoked_token::expires_at.gt(latest)))
        .set(revoked_token::expires_at.eq(latest))
        .execute(connection)?;
    Ok(())
}
