//! Table `scope`: the scope register of a realm.

use claviger_contract::{RealmLabel, Scope};
use diesel::prelude::*;

use crate::store::column::Row;
use crate::store::connection::AnyConnection;
use crate::store::error::StoreError;
use crate::store::schema::scopes;
use claviger_domain::ScopeEntry;

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
            description: row.text(&description)?,
            created_at: row.time(created_at)?,
            updated_at: row.time(updated_at)?,
        };
        each(row.parse(&realm)?, entry)?;
    }
    Ok(())
}
