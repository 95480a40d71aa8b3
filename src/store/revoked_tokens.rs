//! Table `revoked_token`: single tokens revoked before their end.

use std::sync::Arc;

use claviger_contract::{Position, RealmLabel, Timestamp};
use diesel::prelude::*;
use uuid::Uuid;

use super::StoreError;
use super::column::{Row, position_column, position_of, time_of};
use super::connection::AnyConnection;
use super::schema::revoked_token;

pub fn insert(
    connection: &mut AnyConnection,
    realm: &str,
    position: Position,
    jti: &str,
    client_id: Uuid,
    expires_at: Timestamp,
) -> Result<(), StoreError> {
    diesel::insert_into(revoked_token::table)
        .values((
            revoked_token::realm.eq(realm),
            revoked_token::jti.eq(jti),
            revoked_token::client_id.eq(client_id.to_string()),
            revoked_token::position.eq(position_column(position)),
            revoked_token::expires_at.eq(expires_at.epoch_seconds()),
        ))
        .execute(connection)?;
    Ok(())
}

pub fn load(
    connection: &mut AnyConnection,
    mut each: impl FnMut(RealmLabel, Arc<str>, Position, Timestamp) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let rows = revoked_token::table
        .select((
            revoked_token::realm,
            revoked_token::jti,
            revoked_token::position,
            revoked_token::expires_at,
        ))
        .load::<(String, String, i64, i64)>(connection)?;
    for (realm, jti, position, expires_at) in rows {
        let row = Row { table: "revoked_token", id: &jti };
        each(row.parse(&realm)?, jti.as_str().into(), position_of(position), time_of(expires_at))?;
    }
    Ok(())
}
