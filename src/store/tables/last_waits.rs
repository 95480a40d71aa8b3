//! Table `last_wait`: the last receipt of each realm. It is written in batches on its own connection, apart from the log,
//! so no change waits for it.

use claviger_contract::RealmLabel;
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{BigInt, Text};

use crate::store::column::{Row, position_column};
use crate::store::connection::AnyConnection;
use crate::store::database::Store;
use crate::store::error::StoreError;
use crate::store::schema::last_wait;
use claviger_domain::{LastWait, Outcome};

/// Another node may have written a later one.
const LATER: &str = "ON CONFLICT (realm) DO UPDATE SET position = excluded.position, at = excluded.at, \
    took_ms = excluded.took_ms, outcome = excluded.outcome WHERE last_wait.position < excluded.position";

impl Store {
    /// Each row is a transaction of its own.
    pub fn write_last_waits(&self, rows: &[(RealmLabel, LastWait)]) -> Result<(), StoreError> {
        let mut connection = self.open_for_counting()?;
        for (realm, wait) in rows {
            let took_ms = i64::try_from(wait.took_ms).unwrap_or(i64::MAX);
            let row = |values: &str| {
                sql_query(format!(
                    "INSERT INTO last_wait (realm, position, at, took_ms, outcome) VALUES ({values}) {LATER}"
                ))
                .bind::<Text, _>(realm.as_str())
                .bind::<BigInt, _>(position_column(wait.position))
                .bind::<BigInt, _>(wait.at.epoch_seconds())
                .bind::<BigInt, _>(took_ms)
                .bind::<Text, _>(wait.outcome.as_str())
            };
            match &mut connection {
                AnyConnection::Sqlite(connection) => row("?, ?, ?, ?, ?").execute(connection)?,
                AnyConnection::Postgres(connection) => row("$1, $2, $3, $4, $5").execute(connection)?,
            };
        }
        Ok(())
    }

    pub fn find_last_wait(&self, realm: &RealmLabel) -> Result<Option<LastWait>, StoreError> {
        let found = last_wait::table
            .filter(last_wait::realm.eq(realm.as_str()))
            .select((last_wait::position, last_wait::at, last_wait::took_ms, last_wait::outcome))
            .first::<(i64, i64, i64, String)>(&mut *self.reader()?)
            .optional()?;
        let Some((position, at, took_ms, outcome)) = found else { return Ok(None) };
        // A newer version may know others.
        let known = [Outcome::Confirmed, Outcome::WaitedOut].into_iter().find(|one| one.as_str() == outcome);
        let Some(outcome) = known else { return Ok(None) };
        let row = Row { table: "last_wait", id: realm.as_str() };
        let (position, at) = (row.position(position)?, row.time(at)?);
        Ok(Some(LastWait { position, at, took_ms: took_ms.unsigned_abs(), outcome }))
    }
}
