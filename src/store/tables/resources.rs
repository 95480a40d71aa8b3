//! Table `resource`.

use claviger_contract::RealmLabel;
use diesel::prelude::*;

use crate::store::column::{Row, to_json};
use crate::store::connection::AnyConnection;
use crate::store::error::StoreError;
use crate::store::schema::resource;
use claviger_domain::{Resource, ResourceName};

type Columns = (String, String, String, String, String, i64, i64);

pub fn put(connection: &mut AnyConnection, realm: &str, record: &Resource) -> Result<(), StoreError> {
    let key = resource::table
        .filter(resource::realm.eq(realm))
        .filter(resource::kind.eq(record.name.kind()))
        .filter(resource::name.eq(record.name.name()));
    let values = (
        resource::description.eq(record.description.as_str()),
        resource::actions.eq(to_json(&record.actions)?),
        resource::updated_at.eq(record.updated_at.epoch_seconds()),
    );
    if diesel::update(key).set(values.clone()).execute(connection)? == 0 {
        diesel::insert_into(resource::table)
            .values((
                resource::realm.eq(realm),
                resource::kind.eq(record.name.kind()),
                resource::name.eq(record.name.name()),
                values,
                resource::created_at.eq(record.created_at.epoch_seconds()),
            ))
            .execute(connection)?;
    }
    Ok(())
}

pub fn delete(connection: &mut AnyConnection, realm: &str, name: &ResourceName) -> Result<(), StoreError> {
    let key = resource::table
        .filter(resource::realm.eq(realm))
        .filter(resource::kind.eq(name.kind()))
        .filter(resource::name.eq(name.name()));
    diesel::delete(key).execute(connection)?;
    Ok(())
}

pub fn load(
    connection: &mut AnyConnection,
    mut each: impl FnMut(RealmLabel, Resource) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
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
        each(row.parse(&realm)?, record)?;
    }
    Ok(())
}
