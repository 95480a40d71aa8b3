//! Table `resource`.

use diesel::prelude::*;

use crate::store::column::{Row, to_json};
use crate::store::connection::AnyConnection;
use crate::store::error::StoreError;
use crate::store::schema::resource;
use crate::store::tables::stored::{Deletable, EachRow, Stored, TableRow, Writing};
use claviger_domain::{Resource, ResourceName};

type Columns = (String, String, String, String, String, i64, i64);

impl Stored for Resource {
    fn put(&self, to: &mut Writing<'_>) -> Result<(), StoreError> {
        let key = resource::table
            .filter(resource::realm.eq(to.realm))
            .filter(resource::kind.eq(self.name.kind()))
            .filter(resource::name.eq(self.name.name()));
        let values = (
            resource::description.eq(self.description.as_str()),
            resource::actions.eq(to_json(&self.actions)?),
            resource::updated_at.eq(self.updated_at.epoch_seconds()),
        );
        if diesel::update(key).set(values.clone()).execute(to.connection)? == 0 {
            diesel::insert_into(resource::table)
                .values((
                    resource::realm.eq(to.realm),
                    resource::kind.eq(self.name.kind()),
                    resource::name.eq(self.name.name()),
                    values,
                    resource::created_at.eq(self.created_at.epoch_seconds()),
                ))
                .execute(to.connection)?;
        }
        Ok(())
    }

    fn load(connection: &mut AnyConnection, each: EachRow<'_>) -> Result<(), StoreError> {
        for columns in resource::table.load::<Columns>(connection)? {
            let (realm, kind, name, description, actions, created_at, updated_at) = columns;
            let row = Row { table: "resource", id: &name };
            let record = Resource {
                name: row.checked(ResourceName::new(&kind, &name))?,
                description: row.text(&description)?,
                actions: row.json(&actions)?,
                created_at: row.time(created_at)?,
                updated_at: row.time(updated_at)?,
            };
            each(row.parse(&realm)?, TableRow::uncut(record))?;
        }
        Ok(())
    }
}

impl Deletable for Resource {
    type Key = ResourceName;

    fn delete(connection: &mut AnyConnection, realm: &str, name: &ResourceName) -> Result<(), StoreError> {
        let key = resource::table
            .filter(resource::realm.eq(realm))
            .filter(resource::kind.eq(name.kind()))
            .filter(resource::name.eq(name.name()));
        diesel::delete(key).execute(connection)?;
        Ok(())
    }
}
