//! Table `revoked_token`: single tokens revoked before their end.

use claviger_contract::{Position, Timestamp};
use diesel::prelude::*;

use crate::store::column::{Row, position_column};
use crate::store::connection::AnyConnection;
use crate::store::error::StoreError;
use crate::store::schema::revoked_token;
use crate::store::tables::stored::{EachRow, RevokedTokenRow, TableRow};
use claviger_domain::ClientId;

pub fn insert(
    connection: &mut AnyConnection,
    realm: &str,
    position: Position,
    jti: &str,
    client_id: ClientId,
    expires_at: Timestamp,
) -> Result<(), StoreError> {
    let values = (
        revoked_token::realm.eq(realm),
        revoked_token::jti.eq(jti),
        revoked_token::client_id.eq(client_id.to_string()),
        revoked_token::position.eq(position_column(position)),
        revoked_token::expires_at.eq(expires_at.epoch_seconds()),
    );
    let again = (
        revoked_token::client_id.eq(client_id.to_string()),
        revoked_token::position.eq(position_column(position)),
        revoked_token::expires_at.eq(expires_at.epoch_seconds()),
    );
    let insert = diesel::insert_into(revoked_token::table).values(values);
    let key = (revoked_token::realm, revoked_token::jti);
    // An earlier token with this id may have been revoked already.
    match connection {
        AnyConnection::Sqlite(connection) => {
            insert.on_conflict(key).do_update().set(again).execute(connection)?
        }
        AnyConnection::Postgres(connection) => {
            insert.on_conflict(key).do_update().set(again).execute(connection)?
        }
    };
    Ok(())
}

pub fn load(connection: &mut AnyConnection, each: EachRow<'_>) -> Result<(), StoreError> {
    let rows = revoked_token::table
        .select((
            revoked_token::realm,
            revoked_token::jti,
            revoked_token::client_id,
            revoked_token::position,
            revoked_token::expires_at,
        ))
        .load::<(String, String, String, i64, i64)>(connection)?;
    for (realm, jti, client_id, position, expires_at) in rows {
        let row = Row { table: "revoked_token", id: &jti };
        let revoked = RevokedTokenRow {
            jti: jti.as_str().into(),
            client_id: row.parse(&client_id)?,
            position: row.position(position)?,
            expires_at: row.time(expires_at)?,
        };
        each(row.parse(&realm)?, TableRow::RevokedToken(revoked))?;
    }
    Ok(())
}
