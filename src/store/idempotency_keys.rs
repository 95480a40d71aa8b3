//! Table `idempotency_key`: what attempts of the last minutes have made, written with what they made.

use claviger_contract::{RealmLabel, Timestamp};
use diesel::prelude::*;

use super::connection::AnyConnection;
use super::schema::idempotency_key as table;
use super::{Store, StoreError};
use crate::domain::{Attempt, REMEMBERED_SECONDS};

pub struct Made {
    pub realm: RealmLabel,
    pub caller: String,
    pub attempt: Attempt,
    /// As the object is named in paths.
    pub id: String,
    pub at: Timestamp,
}

/// Older ones go in the same transaction, so that the table holds ten minutes of creations.
pub fn insert(connection: &mut AnyConnection, made: &Made) -> Result<(), StoreError> {
    let forgotten = made.at.plus_seconds(-REMEMBERED_SECONDS).epoch_seconds();
    diesel::delete(table::table.filter(table::made_at.lt(forgotten))).execute(connection)?;
    diesel::insert_into(table::table)
        .values((
            table::realm.eq(made.realm.as_str()),
            table::caller.eq(&made.caller),
            table::operation.eq(&made.attempt.operation),
            table::key.eq(made.attempt.key.to_string()),
            table::made_id.eq(&made.id),
            table::made_at.eq(made.at.epoch_seconds()),
        ))
        .execute(connection)?;
    Ok(())
}

impl Store {
    /// What this attempt has made already, if it is not too long ago.
    pub fn find_made(
        &self,
        realm: &RealmLabel,
        caller: &str,
        attempt: &Attempt,
        now: Timestamp,
    ) -> Result<Option<String>, StoreError> {
        let forgotten = now.plus_seconds(-REMEMBERED_SECONDS).epoch_seconds();
        Ok(table::table
            .filter(table::realm.eq(realm.as_str()))
            .filter(table::caller.eq(caller))
            .filter(table::operation.eq(&attempt.operation))
            .filter(table::key.eq(attempt.key.to_string()))
            .filter(table::made_at.ge(forgotten))
            .select(table::made_id)
            .first::<String>(&mut *self.reader()?)
            .optional()?)
    }
}
