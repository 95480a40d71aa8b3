//! Tables `credential_usage` and `last_use`: written in batches beside the log, which they are no part of, on a connection of
//! their own: no change waits for them.

use std::collections::HashMap;

use claviger_contract::Timestamp;
use diesel::connection::SimpleConnection;
use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{Array, BigInt, Text};
use diesel::sqlite::SqliteConnection;
use uuid::Uuid;

use super::column::{Row, time_of};
use super::connection::{AnyConnection, open};
use super::schema::{credential_usage as usage, last_use};
use super::{Store, StoreError};
use crate::domain::{UsageCount, UsageKey};

/// Rows of one transaction, and ids of one statement: nobody waits long behind either.
const AT_ONCE: usize = 500;

impl Store {
    /// Adds to what is there. `batch` is in the order of its keys, so that nodes that write at once do not wait for one another in
    /// a circle. `Err` tells how many of the first entries were written for certain.
    pub fn add_usage(&self, batch: &[(UsageKey, UsageCount)]) -> Result<(), (usize, StoreError)> {
        if batch.is_empty() {
            return Ok(());
        }
        let mut connection = self.open_for_counting().map_err(|error| (0, error))?;
        for (index, chunk) in batch.chunks(AT_ONCE).enumerate() {
            let added = match &mut connection {
                AnyConnection::Sqlite(connection) => {
                    connection.transaction(|connection| add_one_by_one(connection, chunk))
                }
                AnyConnection::Postgres(connection) => add_together(connection, chunk),
            };
            added.map_err(|error| (index * AT_ONCE, error))?;
        }
        Ok(())
    }

    /// Whoever keeps a row locked is waited for a moment; then the counts stay in memory until the next time.
    fn open_for_counting(&self) -> Result<AnyConnection, StoreError> {
        let mut connection = open(&self.url)?;
        if let AnyConnection::Postgres(connection) = &mut connection {
            connection.batch_execute("SET lock_timeout = 2000")?;
        }
        Ok(connection)
    }

    pub fn forget_usage_before(&self, before: Timestamp) -> Result<(), StoreError> {
        self.write(|connection| {
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

/// A later use may have been written already, by another node or by an earlier batch.
const USED: &str = "ON CONFLICT (id) DO UPDATE SET at = excluded.at WHERE last_use.at < excluded.at";

const COUNTED: &str = "ON CONFLICT (credential, audience, hour) DO UPDATE SET \
    issued = credential_usage.issued + excluded.issued, refused = credential_usage.refused + excluded.refused";

fn add_one_by_one(
    connection: &mut SqliteConnection,
    batch: &[(UsageKey, UsageCount)],
) -> Result<(), StoreError> {
    for (key, count) in batch {
        let id = key.id.to_string();
        if let Some(at) = count.last_used_at {
            sql_query(format!("INSERT INTO last_use (id, at) VALUES (?, ?) {USED}"))
                .bind::<Text, _>(&id)
                .bind::<BigInt, _>(at.epoch_seconds())
                .execute(connection)?;
        }
        if is_counted(count) {
            sql_query(format!(
                "INSERT INTO credential_usage (credential, audience, hour, issued, refused) VALUES (?, ?, ?, ?, ?) {COUNTED}"
            ))
            .bind::<Text, _>(&id)
            .bind::<Text, _>(&key.audience)
            .bind::<BigInt, _>(key.hour.epoch_seconds())
            .bind::<BigInt, _>(count.issued.cast_signed())
            .bind::<BigInt, _>(count.refused.cast_signed())
            .execute(connection)?;
        }
    }
    Ok(())
}

/// Each statement is its own transaction: a node that is stopped or cut off between two keeps no row locked that others write.
fn add_together(connection: &mut PgConnection, batch: &[(UsageKey, UsageCount)]) -> Result<(), StoreError> {
    let used: (Vec<String>, Vec<i64>) = batch
        .iter()
        .filter_map(|(key, count)| Some((key.id.to_string(), count.last_used_at?.epoch_seconds())))
        .unzip();
    sql_query(format!(
        "INSERT INTO last_use (id, at) SELECT id, max(at) FROM unnest($1, $2) AS used (id, at) \
         GROUP BY id ORDER BY id {USED}"
    ))
    .bind::<Array<Text>, _>(used.0)
    .bind::<Array<BigInt>, _>(used.1)
    .execute(connection)?;
    let counted: Vec<_> = batch.iter().filter(|(_, count)| is_counted(count)).collect();
    let numbers = |of: fn(&(UsageKey, UsageCount)) -> i64| counted.iter().map(|entry| of(entry)).collect();
    let (hours, issued, refused): (Vec<i64>, Vec<i64>, Vec<i64>) = (
        numbers(|(key, _)| key.hour.epoch_seconds()),
        numbers(|(_, count)| count.issued.cast_signed()),
        numbers(|(_, count)| count.refused.cast_signed()),
    );
    sql_query(format!(
        "INSERT INTO credential_usage (credential, audience, hour, issued, refused) \
         SELECT * FROM unnest($1, $2, $3, $4, $5) {COUNTED}"
    ))
    .bind::<Array<Text>, _>(counted.iter().map(|(key, _)| key.id.to_string()).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(counted.iter().map(|(key, _)| &*key.audience).collect::<Vec<_>>())
    .bind::<Array<BigInt>, _>(hours)
    .bind::<Array<BigInt>, _>(issued)
    .bind::<Array<BigInt>, _>(refused)
    .execute(connection)?;
    Ok(())
}

fn is_counted(count: &UsageCount) -> bool {
    count.issued != 0 || count.refused != 0
}
