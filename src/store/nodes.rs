//! Table `node`: which servers answer from this database, and how far each has read its log.

use std::time::Duration;

use claviger_contract::Position;
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Bool;

use super::column::{position_column, position_of};
use super::connection::AnyConnection;
use super::schema::node;
use super::{Store, StoreError};
use crate::domain::{Durability, LEASE, ServingMember};

type Columns = (String, String, i64, i64, i64);

/// Never replaces a row: an incarnation is of one run.
pub fn insert(connection: &mut AnyConnection, incarnation: &str, name: &str) -> Result<(), StoreError> {
    let lease_ms = i64::try_from(LEASE.as_millis()).unwrap_or(i64::MAX);
    diesel::insert_into(node::table)
        .values((
            node::incarnation.eq(incarnation),
            node::name.eq(name),
            node::lease_seq.eq(0),
            node::applied.eq(0),
            node::lease_ms.eq(lease_ms),
        ))
        .execute(connection)?;
    Ok(())
}

/// Whether the row was there: without it the server is none any more.
pub fn renew(
    connection: &mut AnyConnection,
    incarnation: &str,
    applied: Position,
) -> Result<bool, StoreError> {
    let changed = diesel::update(node::table.filter(node::incarnation.eq(incarnation)))
        .set((node::lease_seq.eq(node::lease_seq + 1), node::applied.eq(position_column(applied))))
        .execute(connection)?;
    Ok(changed == 1)
}

/// Written only when it is true. If the database forgets it in a crash, others wait longer and no one is misled: this one
/// statement's transaction does not wait for the disk.
pub fn note_applied(
    connection: &mut AnyConnection,
    incarnation: &str,
    applied: Position,
) -> Result<(), StoreError> {
    let row = node::table.filter(node::incarnation.eq(incarnation));
    let applied = node::applied.eq(position_column(applied));
    match connection {
        AnyConnection::Sqlite(connection) => diesel::update(row).set(applied).execute(connection)?,
        AnyConnection::Postgres(connection) => {
            let at_once = sql::<Bool>("set_config('synchronous_commit', 'off', true) = 'off'");
            diesel::update(row.filter(at_once)).set(applied).execute(connection)?
        }
    };
    Ok(())
}

/// In the order of their names, as of one moment.
pub fn list(connection: &mut AnyConnection) -> Result<Vec<ServingMember>, StoreError> {
    let rows = node::table.order((node::name, node::incarnation)).load::<Columns>(connection)?;
    Ok(rows.into_iter().map(member).collect())
}

fn member((incarnation, name, lease_seq, applied, lease_ms): Columns) -> ServingMember {
    let lease = Duration::from_millis(lease_ms.max(0).cast_unsigned());
    ServingMember { incarnation, name, lease_seq, applied: position_of(applied), lease }
}

/// Exactly as it was seen: one that has renewed meanwhile stays. So does one whose process was stopped in the middle of a
/// renewal, until the database has given that up: nobody waits for it here. Whether it was there and is gone now.
pub fn evict(connection: &mut AnyConnection, seen: &ServingMember) -> Result<bool, StoreError> {
    let key = node::table
        .filter(node::incarnation.eq(&seen.incarnation))
        .filter(node::lease_seq.eq(seen.lease_seq));
    let deleted = match connection {
        AnyConnection::Sqlite(connection) => diesel::delete(key).execute(connection)?,
        AnyConnection::Postgres(connection) => {
            let free = key.select(node::incarnation).for_update().skip_locked();
            let free = free.load::<String>(connection)?;
            diesel::delete(node::table.filter(node::incarnation.eq_any(free))).execute(connection)?
        }
    };
    Ok(deleted == 1)
}

pub fn remove(connection: &mut AnyConnection, incarnation: &str) -> Result<(), StoreError> {
    diesel::delete(node::table.filter(node::incarnation.eq(incarnation))).execute(connection)?;
    Ok(())
}

/// Whether an acknowledged commit is on another machine too, so that it survives the loss of this one.
const SYNCHRONOUS: &str = "current_setting('synchronous_standby_names') <> '' \
    AND current_setting('synchronous_commit') IN ('on', 'remote_apply')";

impl Store {
    /// Servers that may answer.
    pub fn members(&self) -> Result<Vec<ServingMember>, StoreError> {
        list(&mut *self.reader()?)
    }

    /// The same, and what an acknowledged commit is worth at that moment: `Single` too where there is nobody to answer.
    pub fn members_and_durability(&self) -> Result<(Vec<ServingMember>, Durability), StoreError> {
        let mut connection = self.reader()?;
        let AnyConnection::Postgres(connection) = &mut *connection else {
            return Ok((list(&mut connection)?, Durability::Single));
        };
        let rows = node::table
            .order((node::name, node::incarnation))
            .select((node::all_columns, sql::<Bool>(SYNCHRONOUS)))
            .load::<(Columns, bool)>(connection)?;
        let is_synchronous = rows.iter().any(|(_, is_synchronous)| *is_synchronous);
        let durability = if is_synchronous { Durability::Synchronous } else { Durability::Single };
        Ok((rows.into_iter().map(|(columns, _)| member(columns)).collect(), durability))
    }
}
