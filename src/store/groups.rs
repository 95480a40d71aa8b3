//! Table `group`.

use claviger_contract::RealmLabel;
use diesel::prelude::*;

use super::StoreError;
use super::column::{Row, time_of, to_json};
use super::connection::AnyConnection;
use super::schema::groups;
use crate::domain::{Group, GroupConsequence, Name};

type Columns = (String, String, String, String, String, String, i64, i64);

pub fn put(connection: &mut AnyConnection, realm: &str, record: &Group) -> Result<(), StoreError> {
    let key = groups::table.filter(groups::realm.eq(realm)).filter(groups::name.eq(record.name.as_str()));
    let values = (
        groups::description.eq(record.description.as_str()),
        groups::responsible.eq(record.responsible.as_str()),
        groups::scopes.eq(to_json(&record.scopes)?),
        groups::resources.eq(to_json(&record.resources)?),
        groups::updated_at.eq(record.updated_at.epoch_seconds()),
    );
    if diesel::update(key).set(values.clone()).execute(connection)? == 0 {
        diesel::insert_into(groups::table)
            .values((
                groups::realm.eq(realm),
                groups::name.eq(record.name.as_str()),
                values,
                groups::created_at.eq(record.created_at.epoch_seconds()),
            ))
            .execute(connection)?;
    }
    Ok(())
}

pub fn replace_grants(
    connection: &mut AnyConnection,
    realm: &str,
    consequence: &GroupConsequence,
) -> Result<(), StoreError> {
    let key =
        groups::table.filter(groups::realm.eq(realm)).filter(groups::name.eq(consequence.name.as_str()));
    diesel::update(key)
        .set((
            groups::scopes.eq(to_json(&consequence.scopes)?),
            groups::resources.eq(to_json(&consequence.resources)?),
        ))
        .execute(connection)?;
    Ok(())
}

pub fn delete(connection: &mut AnyConnection, realm: &str, name: &Name) -> Result<(), StoreError> {
    let key = groups::table.filter(groups::realm.eq(realm)).filter(groups::name.eq(name.as_str()));
    diesel::delete(key).execute(connection)?;
    Ok(())
}

pub fn load(
    connection: &mut AnyConnection,
    mut each: impl FnMut(RealmLabel, Group) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    for columns in groups::table.load::<Columns>(connection)? {
        let (realm, name, description, responsible, scopes, resources, created_at, updated_at) = columns;
        let row = Row { table: "group", id: &name };
        let record = Group {
            name: row.parse(&name)?,
            description: row.parse(&description)?,
            responsible: row.parse(&responsible)?,
            scopes: row.json(&scopes)?,
            resources: row.json(&resources)?,
            created_at: time_of(created_at),
            updated_at: time_of(updated_at),
        };
        each(row.parse(&realm)?, record)?;
    }
    Ok(())
}
