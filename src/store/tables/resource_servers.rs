//! Table `resource_server`.

use claviger_contract::{Position, RealmLabel};
use diesel::prelude::*;
use uuid::Uuid;

use crate::store::column::{Row, position_column};
use crate::store::connection::AnyConnection;
use crate::store::error::StoreError;
use crate::store::schema::resource_server;
use claviger_domain::ResourceServer;

type Columns = (String, String, String, String, String, i64, i64);

pub fn put(
    connection: &mut AnyConnection,
    realm: &str,
    position: Position,
    record: &ResourceServer,
) -> Result<(), StoreError> {
    diesel::insert_into(resource_server::table)
        .values((
            resource_server::id.eq(record.id.to_string()),
            resource_server::realm.eq(realm),
            resource_server::name.eq(record.name.as_str()),
            resource_server::audience.eq(record.audience.as_str()),
            resource_server::key_digest.eq(record.key_digest.to_string()),
            resource_server::cut.eq(position_column(position)),
            resource_server::created_at.eq(record.created_at.epoch_seconds()),
        ))
        .execute(connection)?;
    Ok(())
}

pub fn delete(connection: &mut AnyConnection, realm: &str, id: Uuid) -> Result<(), StoreError> {
    let key = resource_server::table
        .filter(resource_server::id.eq(id.to_string()))
        .filter(resource_server::realm.eq(realm));
    diesel::delete(key).execute(connection)?;
    Ok(())
}

pub fn load(
    connection: &mut AnyConnection,
    mut each: impl FnMut(RealmLabel, ResourceServer, Position) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    for columns in resource_server::table.load::<Columns>(connection)? {
        let (id, realm, name, audience, key_digest, cut, created_at) = columns;
        let row = Row { table: "resource_server", id: &id };
        let record = ResourceServer {
            id: row.parse(&id)?,
            name: row.text(&name)?,
            audience: row.parse(&audience)?,
            key_digest: row.parse(&key_digest)?,
            created_at: row.time(created_at)?,
        };
        each(row.parse(&realm)?, record, row.position(cut)?)?;
    }
    Ok(())
}
