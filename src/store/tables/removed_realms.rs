//! Removes the rows of a deleted realm. Its audit events and rows of the change log have retention of their own.

use claviger_contract::RealmLabel;
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::Text;

use crate::store::backup::{Table, tables};
use crate::store::connection::AnyConnection;
use crate::store::database::Store;
use crate::store::error::StoreError;
use crate::store::log::head::lock_head;
use crate::store::schema::{
    application_credential, credential_usage, last_use, member_token, realm, registry_token, revoked_token,
    service_credential,
};

/// The head of the log is locked during a batch. This size does not delay writers noticeably.
const ROWS_AT_ONCE: i64 = 1_000;

/// Tables with retention of their own.
const KEPT: [&str; 1] = ["audit_event"];

/// Deletes a batch of rows whose objects may have been used.
macro_rules! delete_used {
    ($connection:expr, $label:expr, $($table:ident)*) => {$(
        let ids = $table::table
            .filter($table::realm.eq($label))
            .select($table::id)
            .limit(ROWS_AT_ONCE)
            .load::<String>($connection)?;
        if !ids.is_empty() {
            diesel::delete(last_use::table.filter(last_use::id.eq_any(&ids))).execute($connection)?;
            let usage = credential_usage::table.filter(credential_usage::credential.eq_any(&ids));
            diesel::delete(usage).execute($connection)?;
            return Ok(diesel::delete($table::table.filter($table::id.eq_any(&ids))).execute($connection)?);
        }
    )*};
}

impl Store {
    /// Deletes a batch of the objects of a deleted realm, which nothing reads any more. Returns how many; 0 when only what
    /// [`remove`] deletes is left.
    pub fn prune_deleted_realm(&self, label: &RealmLabel) -> Result<usize, StoreError> {
        let label = label.as_str();
        self.write(|connection| {
            lock_head(connection)?;
            let is_deleted = realm::table.filter(realm::label.eq(label)).filter(realm::deleted_at.is_not_null());
            if is_deleted.count().get_result::<i64>(connection)? == 0 {
                return Ok(0);
            }
            delete_used!(connection, label, registry_token member_token application_credential service_credential);
            let jtis = revoked_token::table
                .filter(revoked_token::realm.eq(label))
                .select(revoked_token::jti)
                .limit(ROWS_AT_ONCE)
                .load::<String>(connection)?;
            let revoked = revoked_token::table.filter(revoked_token::realm.eq(label));
            Ok(diesel::delete(revoked.filter(revoked_token::jti.eq_any(&jtis))).execute(connection)?)
        })
    }
}

/// Deletes everything of the realm that is left, in every table, and the realm.
pub fn remove(connection: &mut AnyConnection, label: &str) -> Result<(), StoreError> {
    let is_of_realms = |table: &Table| table.columns.iter().any(|(name, _)| name == "realm");
    for table in tables(connection)?.into_iter().filter(is_of_realms) {
        if KEPT.contains(&table.name.as_str()) {
            continue;
        }
        let name = &table.name;
        match connection {
            AnyConnection::Sqlite(connection) => sql_query(format!("DELETE FROM \"{name}\" WHERE realm = ?"))
                .bind::<Text, _>(label)
                .execute(connection)?,
            AnyConnection::Postgres(connection) => {
                sql_query(format!("DELETE FROM \"{name}\" WHERE realm = $1"))
                    .bind::<Text, _>(label)
                    .execute(connection)?
            }
        };
    }
    diesel::delete(realm::table.filter(realm::label.eq(label))).execute(connection)?;
    Ok(())
}
