//! Table `idempotency_key`: what recent requests created, written together with the objects.

use claviger_contract::{RealmLabel, Timestamp};
use diesel::prelude::*;

use crate::store::connection::AnyConnection;
use crate::store::error::StoreError;
use crate::store::schema::idempotency_key as table;
use claviger_domain::{Attempt, REMEMBERED_SECONDS, TrustedNow};

pub struct Made {
    pub realm: RealmLabel,
    pub caller: String,
    pub attempt: Attempt,
    /// The object's id as used in paths.
    pub id: String,
    pub at: Timestamp,
    /// Deletes older entries too, so that the table holds ten minutes of creations. `None` keeps them.
    pub forget: Option<TrustedNow>,
}

pub fn insert(connection: &mut AnyConnection, made: &Made) -> Result<(), StoreError> {
    if let Some(now) = made.forget {
        let forgotten = now.minus_seconds(REMEMBERED_SECONDS).epoch_seconds();
        diesel::delete(table::table.filter(table::made_at.lt(forgotten))).execute(connection)?;
    }
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

/// Returns what this request has already created, if recent; without a trusted time, of any age.
pub fn find(
    connection: &mut AnyConnection,
    realm: &RealmLabel,
    caller: &str,
    attempt: &Attempt,
    now: Option<TrustedNow>,
) -> Result<Option<String>, StoreError> {
    let forgotten = now.map_or(i64::MIN, |now| now.minus_seconds(REMEMBERED_SECONDS).epoch_seconds());
    Ok(table::table
        .filter(table::realm.eq(realm.as_str()))
        .filter(table::caller.eq(caller))
        .filter(table::operation.eq(&attempt.operation))
        .filter(table::key.eq(attempt.key.to_string()))
        .filter(table::made_at.ge(forgotten))
        .select(table::made_id)
        .first::<String>(connection)
        .optional()?)
}
