//! Table `node`: the running servers, and how far each has read the log.

use std::time::Duration;

use claviger_contract::Position;
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Bool;

use crate::store::column::{position_column, position_of};
use crate::store::connection::AnyConnection;
use crate::store::database::Store;
use crate::store::error::StoreError;
use crate::store::schema::node;
use claviger_domain::{LEASE, ServingMember};

/// Name, incarnation, `lease_seq`, `applied` and `lease_ms`.
type Columns = (String, String, i64, i64, i64);

/// What a member is read from.
const MEMBER: (node::name, node::incarnation, node::lease_seq, node::applied, node::lease_ms) =
    (node::name, node::incarnation, node::lease_seq, node::applied, node::lease_ms);

/// Never replaces a row: an incarnation belongs to one run.
pub fn insert(connection: &mut AnyConnection, incarnation: &str, name: &str) -> Result<(), StoreError> {
    let lease_ms = i64::try_from(LEASE.as_millis()).unwrap_or(i64::MAX);
    diesel::insert_into(node::table)
        .values((
            node::incarnation.eq(incarnation),
            node::name.eq(name),
            node::lease_seq.eq(0),
            node::applied.eq(0),
            node::lease_ms.eq(lease_ms),
            node::version.eq(env!("CARGO_PKG_VERSION")),
        ))
        .execute(connection)?;
    Ok(())
}

/// Returns whether the row existed. Without its row the server is no longer a member.
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

/// Written only when true. If a crash of the database loses it, other nodes wait longer, and nothing else happens. The
/// transaction of this statement therefore does not wait for the disk.
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

/// Ordered by name, from one snapshot.
pub fn list(connection: &mut AnyConnection) -> Result<Vec<ServingMember>, StoreError> {
    let rows =
        node::table.order((node::name, node::incarnation)).select(MEMBER).load::<Columns>(connection)?;
    Ok(rows.into_iter().map(member).collect())
}

/// The same, each with the version of its program; empty for one that does not tell it.
pub fn list_with_versions(
    connection: &mut AnyConnection,
) -> Result<Vec<(ServingMember, String)>, StoreError> {
    let ordered = node::table.order((node::name, node::incarnation));
    let rows = ordered.select((MEMBER, node::version)).load::<(Columns, String)>(connection)?;
    Ok(rows.into_iter().map(|(columns, version)| (member(columns), version)).collect())
}

pub(in crate::store) fn member((name, incarnation, lease_seq, applied, lease_ms): Columns) -> ServingMember {
    let lease = Duration::from_millis(lease_ms.max(0).cast_unsigned());
    ServingMember { incarnation, name, lease_seq, applied: position_of(applied), lease }
}

/// Deletes the row only if it is exactly as it was seen: a server that has renewed its lease stays. A server that was
/// stopped during a renewal also stays until the database ends that transaction. This call does not wait for it.
/// Returns whether a row was deleted.
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

pub fn remove_all(connection: &mut AnyConnection) -> Result<(), StoreError> {
    diesel::delete(node::table).execute(connection)?;
    Ok(())
}

impl Store {
    /// The servers that may answer.
    pub fn members(&self) -> Result<Vec<ServingMember>, StoreError> {
        list(&mut *self.reader()?)
    }
}
