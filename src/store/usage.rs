//! Tables `credential_usage` and `last_use`: written in batches beside the log, which they are no part of.

use std::collections::HashMap;

use claviger_contract::Timestamp;
use diesel::prelude::*;
use uuid::Uuid;

use super::column::{Row, time_of};
use super::connection::AnyConnection;
use super::schema::{credential_usage as usage, last_use};
use super::{Store, StoreError};
use crate::domain::{UsageCount, UsageKey};

/// Rows of one transaction, and ids of one statement: nobody waits long behind either.
const AT_ONCE: usize = 500;

impl Store {
    /// Adds to what is there. `Err` tells how many of the first entries were written for certain.
    pub fn add_usage(&self, batch: &[(UsageKey, UsageCount)]) -> Result<(), (usize, StoreError)> {
        for (index, chunk) in batch.chunks(AT_ONCE).enumerate() {
            let added = self.write_beside_the_log(|connection| {
                chunk.iter().try_for_each(|(key, count)| add(connection, key, count))
            });
            added.map_err(|error| (index * AT_ONCE, error))?;
        }
        Ok(())
    }

    pub fn forget_usage_before(&self, before: Timestamp) -> Result<(), StoreError> {
        self.write_beside_the_log(|connection| {
            let old = usage::table.filter(usage::hour.lt(before.epoch_seconds()));
            diesel::delete(old).execute(connection)?;
            Ok(())
        })
    }

    /// The hours that end after `since`, the newest first.
    pub fn list_usage(&self, id: Uuid, since: Timestamp) -> Result<Vec<(UsageKey, UsageCount)>, StoreError> {
        let since = UsageKey::new(id, String::new(), since).hour;
        let rows = usage::table
            .filter(usage::credential.eq(id.to_string()))
            .filter(usage::hour.ge(since.epoch_seconds()))
            .order((usage::hour.desc(), usage::audience.asc()))
            .select((usage::audience, usage::hour, usage::issued, usage::refused))
            .load::<(String, i64, i64, i64)>(&mut *self.reader()?)?;
        let read = |(audience, hour, issued, refused): (String, i64, i64, i64)| {
            let count = UsageCount {
                issued: issued.cast_unsigned(),
                refused: refused.cast_unsigned(),
                last_used_at: None,
            };
            (UsageKey { id, audience, hour: time_of(hour) }, count)
        };
        Ok(rows.into_iter().map(read).collect())
    }

    /// Of those that were used at all.
    pub fn last_uses(&self, ids: &[Uuid]) -> Result<HashMap<Uuid, Timestamp>, StoreError> {
        let mut found = HashMap::new();
        for chunk in ids.chunks(AT_ONCE) {
            let ids: Vec<String> = chunk.iter().map(Uuid::to_string).collect();
            let rows = last_use::table
                .filter(last_use::id.eq_any(ids))
                .load::<(String, i64)>(&mut *self.reader()?)?;
            for (id, at) in rows {
                found.insert(Row { table: "last_use", id: &id }.parse(&id)?, time_of(at));
            }
        }
        Ok(found)
    }
}

/// Batches have no order, so an earlier use may come after a later one.
fn note_use(connection: &mut AnyConnection, id: &str, at: i64) -> Result<(), StoreError> {
    let known = last_use::table.filter(last_use::id.eq(id));
    let moved =
        diesel::update(known.filter(last_use::at.lt(at))).set(last_use::at.eq(at)).execute(connection)?;
    if moved == 0 && known.select(last_use::at).first::<i64>(connection).optional()?.is_none() {
        let row = (last_use::id.eq(id), last_use::at.eq(at));
        diesel::insert_into(last_use::table).values(row).execute(connection)?;
    }
    Ok(())
}

fn add(connection: &mut AnyConnection, key: &UsageKey, count: &UsageCount) -> Result<(), StoreError> {
    let id = key.id.to_string();
    if let Some(at) = count.last_used_at {
        note_use(connection, &id, at.epoch_seconds())?;
    }
    let (issued, refused) = (count.issued.cast_signed(), count.refused.cast_signed());
    if issued == 0 && refused == 0 {
        return Ok(());
    }
    let hour = key.hour.epoch_seconds();
    let known = usage::table
        .filter(usage::credential.eq(&id))
        .filter(usage::audience.eq(&key.audience))
        .filter(usage::hour.eq(hour));
    let sums = (usage::issued.eq(usage::issued + issued), usage::refused.eq(usage::refused + refused));
    if diesel::update(known).set(sums).execute(connection)? == 0 {
        diesel::insert_into(usage::table)
            .values((
                usage::credential.eq(&id),
                usage::audience.eq(&key.audience),
                usage::hour.eq(hour),
                usage::issued.eq(issued),
                usage::refused.eq(refused),
            ))
            .execute(connection)?;
    }
    Ok(())
}
