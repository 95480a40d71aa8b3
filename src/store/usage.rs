//! Tables `credential_usage` and `last_use`: written in batches beside the log, which they are no part of.

use std::collections::HashMap;

use claviger_contract::Timestamp;
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{BigInt, Text};
use uuid::Uuid;

use super::column::{Row, time_of};
use super::connection::AnyConnection;
use super::schema::{credential_usage as usage, last_use};
use super::{Store, StoreError};
use crate::domain::{UsageCount, UsageKey};

/// Rows of one transaction, and ids of one statement: nobody waits long behind either.
const AT_ONCE: usize = 500;

impl Store {
    /// Adds to what is there. `batch` is in the order of its keys, so that nodes that write at once do not wait for one another in
    /// a circle. `Err` tells how many of the first entries were written for certain.
    pub fn add_usage(&self, batch: &[(UsageKey, UsageCount)]) -> Result<(), (usize, StoreError)> {
        for (index, chunk) in batch.chunks(AT_ONCE).enumerate() {
            let added = self.writer.write_beside_the_log(|connection| {
                chunk.iter().try_for_each(|(key, count)| add(connection, key, count))
            });
            added.map_err(|error| (index * AT_ONCE, error))?;
        }
        Ok(())
    }

    pub fn forget_usage_before(&self, before: Timestamp) -> Result<(), StoreError> {
        self.writer.write_beside_the_log(|connection| {
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

/// Several nodes write at once, and batches have no order: an earlier use may come after a later one.
const USED: &str = "INSERT INTO last_use (id, at) VALUES ($1, $2) \
    ON CONFLICT (id) DO UPDATE SET at = excluded.at WHERE last_use.at < excluded.at";

const COUNTED: &str = "INSERT INTO credential_usage (credential, audience, hour, issued, refused) \
    VALUES ($1, $2, $3, $4, $5) ON CONFLICT (credential, audience, hour) DO UPDATE SET \
    issued = credential_usage.issued + excluded.issued, refused = credential_usage.refused + excluded.refused";

fn add(connection: &mut AnyConnection, key: &UsageKey, count: &UsageCount) -> Result<(), StoreError> {
    let id = key.id.to_string();
    if let Some(at) = count.last_used_at {
        sql_query(USED).bind::<Text, _>(&id).bind::<BigInt, _>(at.epoch_seconds()).execute(connection)?;
    }
    if count.issued == 0 && count.refused == 0 {
        return Ok(());
    }
    sql_query(COUNTED)
        .bind::<Text, _>(&id)
        .bind::<Text, _>(&key.audience)
        .bind::<BigInt, _>(key.hour.epoch_seconds())
        .bind::<BigInt, _>(count.issued.cast_signed())
        .bind::<BigInt, _>(count.refused.cast_signed())
        .execute(connection)?;
    Ok(())
}
