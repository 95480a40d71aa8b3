//! Table `scope`: the scope register of a realm.

use claviger_contract::Scope;
use diesel::prelude::*;

use crate::store::column::Row;
use crate::store::connection::AnyConnection;
use crate::store::error::StoreError;
use crate::store::schema::scopes;
use crate::store::tables::stored::{Deletable, EachRow, Stored, TableRow, Writing};
use claviger_domain::ScopeEntry;

type Columns = (String, String, String, i64, i64);

impl Stored for ScopeEntry {
    fn put(&self, to: &mut Writing<'_>) -> Result<(), StoreError> {
        let key =
            scopes::table.filter(scopes::realm.eq(to.realm)).filter(scopes::scope.eq(self.scope.as_str()));
        let values = (
            scopes::description.eq(self.description.as_str()),
            scopes::updated_at.eq(self.updated_at.epoch_seconds()),
        );
        if diesel::update(key).set(values).execute(to.connection)? == 0 {
            diesel::insert_into(scopes::table)
                .values((
                    scopes::realm.eq(to.realm),
                    scopes::scope.eq(self.scope.as_str()),
                    values,
                    scopes::created_at.eq(self.created_at.epoch_seconds()),
                ))
                .execute(to.connection)?;
        }
        Ok(())
    }

    fn load(connection: &mut AnyConnection, each: EachRow<'_>) -> Result<(), StoreError> {
        for (realm, scope, description, created_at, updated_at) in
            scopes::table.load::<Columns>(connection)?
        {
            let row = Row { table: "scope", id: &scope };
            let entry = ScopeEntry {
                scope: row.parse(&scope)?,
                description: row.text(&description)?,
                created_at: row.time(created_at)?,
                updated_at: row.time(updated_at)?,
            };
            each(row.parse(&realm)?, TableRow::uncut(entry))?;
        }
        Ok(())
    }
}

impl Deletable for ScopeEntry {
    type Key = Scope;

    fn delete(connection: &mut AnyConnection, realm: &str, scope: &Scope) -> Result<(), StoreError> {
        let key = scopes::table.filter(scopes::realm.eq(realm)).filter(scopes::scope.eq(scope.as_str()));
        diesel::delete(key).execute(connection)?;
        Ok(())
    }
}
