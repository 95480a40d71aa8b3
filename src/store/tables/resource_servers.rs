//! Table `resource_server`.

use diesel::prelude::*;

use crate::store::column::{Row, position_column};
use crate::store::connection::AnyConnection;
use crate::store::error::StoreError;
use crate::store::schema::resource_server;
use crate::store::tables::stored::{Deletable, EachRow, Stored, TableRow, Writing};
use claviger_domain::{ResourceServer, ResourceServerId};

type Columns = (String, String, String, String, String, i64, i64);

impl Stored for ResourceServer {
    fn put(&self, to: &mut Writing<'_>) -> Result<(), StoreError> {
        diesel::insert_into(resource_server::table)
            .values((
                resource_server::id.eq(self.id.to_string()),
                resource_server::realm.eq(to.realm),
                resource_server::name.eq(self.name.as_str()),
                resource_server::audience.eq(self.audience.as_str()),
                resource_server::key_digest.eq(self.key_digest.to_string()),
                resource_server::cut.eq(position_column(to.position)),
                resource_server::created_at.eq(self.created_at.epoch_seconds()),
            ))
            .execute(to.connection)?;
        Ok(())
    }

    fn load(connection: &mut AnyConnection, each: EachRow<'_>) -> Result<(), StoreError> {
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
            each(row.parse(&realm)?, TableRow::Record(record.into(), row.position(cut)?))?;
        }
        Ok(())
    }
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
