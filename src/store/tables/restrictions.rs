//! Table `restriction`: recent restrictions, to answer repeated requests.

use claviger_contract::{Position, Timestamp};
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{Array, BigInt, Text};

use crate::store::column::{ROWS_AT_ONCE, Row, position_column, position_of, to_json};
use crate::store::connection::AnyConnection;
use crate::store::database::Store;
use crate::store::error::StoreError;
use crate::store::schema::restriction;
use crate::store::tables::deleted_audiences;
use crate::store::tables::stored::{EachRow, TableRow};
use claviger_domain::Subject;

pub fn insert(
    connection: &mut AnyConnection,
    realm: &str,
    position: Position,
    subjects: &[Subject],
    at: Option<Timestamp>,
) -> Result<(), StoreError> {
    let (position, at) = (position_column(position), at.map_or(0, Timestamp::epoch_seconds));
    let subjects: Vec<String> = subjects.iter().map(to_json).collect::<Result<_, _>>()?;
    for part in subjects.chunks(ROWS_AT_ONCE) {
        match connection {
            AnyConnection::Sqlite(connection) => {
                for subject in part {
                    diesel::insert_into(restriction::table)
                        .values((
                            restriction::realm.eq(realm),
                            restriction::position.eq(position),
                            restriction::subject.eq(subject),
                            restriction::at.eq(at),
                        ))
                        .execute(connection)?;
                }
            }
            AnyConnection::Postgres(connection) => {
                sql_query(
                    "INSERT INTO restriction (realm, position, subject, at) \
                     SELECT $1, $2, subject, $3 FROM unnest($4) AS taken (subject)",
                )
                .bind::<Text, _>(realm)
                .bind::<BigInt, _>(position)
                .bind::<BigInt, _>(at)
                .bind::<Array<Text>, _>(part)
                .execute(connection)?;
            }
        }
    }
    Ok(())
}

/// In the order of the log.
pub fn load(connection: &mut AnyConnection, each: EachRow<'_>) -> Result<(), StoreError> {
    let rows = restriction::table
        .order(restriction::position.asc())
        .select((restriction::realm, restriction::position, restriction::subject, restriction::at))
        .load::<(String, i64, String, i64)>(connection)?;
    for (realm, position, subject, at) in rows {
        let row = Row { table: "restriction", id: &subject };
        let (subject, at) = (row.json(&subject)?, row.time_if_any(Some(at).filter(|at| *at != 0))?);
        each(row.parse(&realm)?, TableRow::Restriction(position_of(position), subject, at))?;
    }
    Ok(())
}

impl Store {
    /// Deletes restrictions from before this time. Everything that was live before them has ended.
    pub fn forget_restrictions_before(&self, before: Timestamp) -> Result<(), StoreError> {
        self.write(|connection| {
            let old = restriction::table.filter(restriction::at.lt(before.epoch_seconds()));
            diesel::delete(old).execute(connection)?;
            deleted_audiences::forget(connection)
        })
    }
}
