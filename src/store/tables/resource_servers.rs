//! Table `resource_server`.

use claviger_contract::{Position, Timestamp};
use diesel::prelude::*;

use crate::store::column::{Row, position_column};
use crate::store::connection::AnyConnection;
use crate::store::error::StoreError;
use crate::store::schema::resource_server;
use crate::store::tables::stored::{Deletable, EachRow, Stored, TableRow, Writing};
use claviger_domain::{ResourceServer, ResourceServerId};

type Columns = (String, String, String, String, String, i64, i64, Option<String>, Option<i64>);

impl Stored for ResourceServer {
    fn put(&self, to: &mut Writing<'_>) -> Result<(), StoreError> {
        insert(self, to, position_column(to.position))
    }

    fn load(connection: &mut AnyConnection, each: EachRow<'_>) -> Result<(), StoreError> {
        // In order of their ids: a server before its successor.
        for columns in resource_server::table.order(resource_server::id.asc()).load::<Columns>(connection)? {
            let (id, realm, name, audience, key_digest, cut, created_at, replaces, overlap_ends_at) = columns;
            let row = Row { table: "resource_server", id: &id };
            let record = ResourceServer {
                id: row.parse(&id)?,
                name: row.text(&name)?,
                audience: row.parse(&audience)?,
                key_digest: row.parse(&key_digest)?,
                created_at: row.time(created_at)?,
                replaces: replaces.map(|id| row.parse(&id)).transpose()?,
                overlap_ends_at: row.time_if_any(overlap_ends_at)?,
            };
            each(row.parse(&realm)?, TableRow::Record(record.into(), row.position(cut)?))?;
        }
        Ok(())
    }
}

fn insert(server: &ResourceServer, to: &mut Writing<'_>, cut: i64) -> Result<(), StoreError> {
    diesel::insert_into(resource_server::table)
        .values((
            resource_server::id.eq(server.id.to_string()),
            resource_server::realm.eq(to.realm),
            resource_server::name.eq(server.name.as_str()),
            resource_server::audience.eq(server.audience.as_str()),
            resource_server::key_digest.eq(server.key_digest.to_string()),
            resource_server::cut.eq(cut),
            resource_server::created_at.eq(server.created_at.epoch_seconds()),
            resource_server::replaces.eq(server.replaces.map(|id| id.to_string())),
            resource_server::overlap_ends_at.eq(server.overlap_ends_at.map(Timestamp::epoch_seconds)),
        ))
        .execute(to.connection)?;
    Ok(())
}

/// Inserts the successor with the cut of the server that it replaces, and sets the end of that one.
pub fn renew(
    connection: &mut AnyConnection,
    realm: &str,
    position: Position,
    successor: &ResourceServer,
    overlap_ends_at: Timestamp,
) -> Result<(), StoreError> {
    let replaced = successor.replaces.map(|id| id.to_string()).unwrap_or_default();
    let key = resource_server::table
        .filter(resource_server::id.eq(replaced))
        .filter(resource_server::realm.eq(realm));
    let cut = key.clone().select(resource_server::cut).first::<i64>(connection).optional()?;
    diesel::update(key)
        .set(resource_server::overlap_ends_at.eq(Some(overlap_ends_at.epoch_seconds())))
        .execute(connection)?;
    let cut = cut.unwrap_or_else(|| position_column(position));
    insert(successor, &mut Writing { connection, realm, position, sealed: None }, cut)
}

impl Deletable for ResourceServer {
    type Key = ResourceServerId;

    fn delete(connection: &mut AnyConnection, realm: &str, id: &ResourceServerId) -> Result<(), StoreError> {
        let key = resource_server::table
            .filter(resource_server::id.eq(id.to_string()))
            .filter(resource_server::realm.eq(realm));
        diesel::delete(key).execute(connection)?;
        Ok(())
    }
}
