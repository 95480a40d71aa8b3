//! Table `heard`: when resource servers and registries were last seen. It is written in batches on its own connection,
//! apart from the log, so no change waits for it.

use std::collections::BTreeSet;

use claviger_contract::{RealmLabel, Timestamp};
use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{Array, BigInt, Text};
use diesel::sqlite::SqliteConnection;

use crate::store::column::Row;
use crate::store::connection::AnyConnection;
use crate::store::database::Store;
use crate::store::error::StoreError;
use crate::store::schema::heard;
use claviger_domain::{LAST_SEEN_KEPT_DAYS, MAX_REGISTRIES, SeenAt, SeenName, TrustedNow};

const DAY_SECONDS: i64 = 86_400;

/// Rows of one transaction, small enough to block other writers only briefly.
const AT_ONCE: usize = 500;

/// The maximum registries of one realm that are examined when some must be removed.
const MAX_EXAMINED: i64 = 5_000;

/// Another node may have written a later time. A stored time one hour ahead came from a wrong clock.
const HEARD: &str = "ON CONFLICT (realm, kind, name) DO UPDATE SET at = excluded.at \
    WHERE heard.at < excluded.at OR heard.at > excluded.at + 3600";

impl Store {
    /// Writes `rows`, which must be ordered by key: concurrent nodes then cannot deadlock. Then reads the rows from
    /// `since` or later, if given.
    pub fn exchange_heard(
        &self,
        rows: &[SeenAt],
        since: Option<Timestamp>,
    ) -> Result<Vec<SeenAt>, StoreError> {
        if rows.is_empty() && since.is_none() {
            return Ok(Vec::new());
        }
        let mut connection = self.open_for_counting()?;
        for chunk in rows.chunks(AT_ONCE) {
            match &mut connection {
                AnyConnection::Sqlite(connection) => {
                    connection.transaction(|connection| write_one_by_one(connection, chunk))?;
                }
                AnyConnection::Postgres(connection) => write_together(connection, chunk)?,
            }
        }
        let is_registry = |row: &&SeenAt| matches!(row.name, SeenName::Registry(_));
        let realms: BTreeSet<&RealmLabel> = rows.iter().filter(is_registry).map(|row| &row.realm).collect();
        for realm in realms {
            make_room(&mut connection, realm)?;
        }
        since.map_or(Ok(Vec::new()), |since| read(&mut connection, since))
    }

    /// Deletes registries that were not seen within the retention, and resource servers that no longer exist.
    pub fn forget_heard(&self, now: TrustedNow) -> Result<(), StoreError> {
        let before = now.minus_seconds(LAST_SEEN_KEPT_DAYS * DAY_SECONDS);
        self.write(|connection| {
            let old = heard::table
                .filter(heard::kind.ne(SeenName::RESOURCE_SERVER))
                .filter(heard::at.lt(before.epoch_seconds()));
            diesel::delete(old).execute(connection)?;
            sql_query(
                "DELETE FROM heard WHERE kind = 'resource_server' AND name NOT IN (SELECT id FROM resource_server)",
            )
            .execute(connection)?;
            Ok(())
        })
    }
}

/// Skips names of another version that this version cannot parse.
fn read(connection: &mut AnyConnection, since: Timestamp) -> Result<Vec<SeenAt>, StoreError> {
    let rows = heard::table.filter(heard::at.ge(since.epoch_seconds())).order(heard::at.asc()).load::<(
        String,
        String,
        String,
        i64,
    )>(
        connection
    )?;
    let read = |(realm, kind, name, at): (String, String, String, i64)| {
        let (realm, name) = (realm.parse().ok()?, SeenName::read(&kind, &name)?);
        Some(SeenAt { realm, name, at: Timestamp::try_from_epoch_seconds(at).ok()? })
    };
    Ok(rows.into_iter().filter_map(read).collect())
}

/// Removes the least recently seen registries. First records for the realm when the latest of them was last seen.
fn make_room(connection: &mut AnyConnection, realm: &RealmLabel) -> Result<(), StoreError> {
    let mut registries = heard::table
        .filter(heard::realm.eq(realm.as_str()))
        .filter(heard::kind.eq(SeenName::REGISTRY))
        .order((heard::at.desc(), heard::name.desc()))
        .limit(MAX_EXAMINED)
        .select((heard::name, heard::at))
        .load::<(String, i64)>(connection)?;
    let gone = registries.split_off(registries.len().min(MAX_REGISTRIES));
    let Some((_, latest)) = gone.first() else { return Ok(()) };
    let at = Row { table: "heard", id: realm.as_str() }.time(*latest)?;
    let mark = [SeenAt { realm: realm.clone(), name: SeenName::Forgotten, at }];
    match connection {
        AnyConnection::Sqlite(connection) => write_one_by_one(connection, &mark)?,
        AnyConnection::Postgres(connection) => write_together(connection, &mark)?,
    }
    for chunk in gone.chunks(AT_ONCE) {
        let names = chunk.iter().map(|(name, _)| name);
        // A registry seen in the meantime stays.
        let rows = heard::table
            .filter(heard::realm.eq(realm.as_str()))
            .filter(heard::kind.eq(SeenName::REGISTRY))
            .filter(heard::name.eq_any(names))
            .filter(heard::at.le(latest));
        diesel::delete(rows).execute(connection)?;
    }
    Ok(())
}

fn write_one_by_one(connection: &mut SqliteConnection, rows: &[SeenAt]) -> Result<(), StoreError> {
    for row in rows {
        sql_query(format!("INSERT INTO heard (realm, kind, name, at) VALUES (?, ?, ?, ?) {HEARD}"))
            .bind::<Text, _>(row.realm.as_str())
            .bind::<Text, _>(row.name.kind())
            .bind::<Text, _>(row.name.text())
            .bind::<BigInt, _>(row.at.epoch_seconds())
            .execute(connection)?;
    }
    Ok(())
}

/// A single statement is its own transaction. A node stopped after it leaves no rows locked.
fn write_together(connection: &mut PgConnection, rows: &[SeenAt]) -> Result<(), StoreError> {
    let texts = |of: fn(&SeenAt) -> String| rows.iter().map(of).collect::<Vec<_>>();
    sql_query(format!(
        "INSERT INTO heard (realm, kind, name, at) SELECT * FROM unnest($1, $2, $3, $4) {HEARD}"
    ))
    .bind::<Array<Text>, _>(texts(|row| row.realm.to_string()))
    .bind::<Array<Text>, _>(texts(|row| row.name.kind().to_owned()))
    .bind::<Array<Text>, _>(texts(|row| row.name.text()))
    .bind::<Array<BigInt>, _>(rows.iter().map(|row| row.at.epoch_seconds()).collect::<Vec<_>>())
    .execute(connection)?;
    Ok(())
}
