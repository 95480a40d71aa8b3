//! Table `scope`: the realm's register.

use claviger_contract::{RealmLabel, Scope};
use diesel::prelude::*;

use super::StoreError;
use super::column::{Row, time_of};
use super::connection::AnyConnection;
use super::schema::scopes;
use crate::domain::ScopeEntry;

type Columns = (String, String, String, i64, i64);

pub fn put(connection: &mut AnyConnection, realm: &str, entry: &ScopeEntry) -> Result<(), StoreError> {
    let key = scopes::table.filter(scopes::realm.eq(realm)).filter(scopes::scope.eq(entry.scope.as_str()));
    let values = (
        scopes::description.eq(entry.description.as_str()),
        scopes::updated_at.eq(entry.updated_at.epoch_seconds()),
    );
    if diesel::update(key).set(values).execute(connection)? == 0 {
        diesel::insert_into(scopes::table)
            .values((
                scopes::realm.eq(realm),
                scopes::scope.eq(entry.scope.as_str()),
                values,
                scopes::created_at.eq(entry.created_at.epoch_seconds()),
            ))
            .execute(connection)?;
    }
    Ok(())
}

pub fn delete(connection: &mut AnyConnection, realm: &str, scope: &Scope) -> Result<(), StoreError> {
    let key = scopes::table.filter(scopes::realm.eq(realm)).filter(scopes::scope.eq(scope.as_str()));
    diesel::delete(key).execute(connection)?;
    Ok(())
}

pub fn load(
    connection: &mut AnyConnection,
    mut each: impl FnMut(RealmLabel, ScopeEntry) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    for (realm, scope, description, created_at, updated_at) in scopes::table.load::<Columns>(connection)? {
        let row = Row { table: "scope", id: &scope };
        let entry = ScopeEntry {
            scope: row.parse(&scope)?,
            description: row.parse(&description)?,
            created_at: time_of(created_at),
            updated_at: time_of(updated_at),
        };
        each(row.parse(&realm)?, entry)?;
    }
    Ok(())
}
