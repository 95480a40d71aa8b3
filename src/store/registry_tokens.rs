//! Table `registry_token`.

use claviger_contract::RealmLabel;
use diesel::prelude::*;

use super::StoreError;
use super::column::{Row, time_of, to_json};
use super::connection::AnyConnection;
use super::schema::registry_token;
use crate::domain::{RegistryRefreshToken, RegistryRefreshTokenState};

type Columns = (String, String, String, String, String, i64, i64, Option<i64>);

pub fn put(
    connection: &mut AnyConnection,
    realm: &str,
    record: &RegistryRefreshToken,
) -> Result<(), StoreError> {
    let id = record.id.to_string();
    let revoked_at = match record.state {
        RegistryRefreshTokenState::Active => None,
        RegistryRefreshTokenState::Revoked { at } => Some(at.epoch_seconds()),
    };
    let key =
        registry_token::table.filter(registry_token::id.eq(&id)).filter(registry_token::realm.eq(realm));
    if diesel::update(key).set(registry_token::revoked_at.eq(revoked_at)).execute(connection)? == 0 {
        diesel::insert_into(registry_token::table)
            .values((
                registry_token::id.eq(&id),
                registry_token::realm.eq(realm),
                registry_token::digest.eq(record.digest.to_string()),
                registry_token::service.eq(record.service.as_str()),
                registry_token::holder.eq(to_json(&record.holder)?),
                registry_token::created_at.eq(record.created_at.epoch_seconds()),
                registry_token::expires_at.eq(record.expires_at.epoch_seconds()),
                registry_token::revoked_at.eq(revoked_at),
            ))
            .execute(connection)?;
    }
    Ok(())
}

pub fn load(
    connection: &mut AnyConnection,
    mut each: impl FnMut(RealmLabel, RegistryRefreshToken) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    for columns in registry_token::table.load::<Columns>(connection)? {
        let (id, realm, digest, service, holder, created_at, expires_at, revoked_at) = columns;
        let row = Row { table: "registry_token", id: &id };
        let record = RegistryRefreshToken {
            id: row.parse(&id)?,
            digest: row.parse(&digest)?,
            service: row.parse(&service)?,
            holder: row.json(&holder)?,
            created_at: time_of(created_at),
            expires_at: time_of(expires_at),
            state: revoked_at.map_or(RegistryRefreshTokenState::Active, |at| {
                RegistryRefreshTokenState::Revoked { at: time_of(at) }
            }),
        };
        each(row.parse(&realm)?, record)?;
    }
    Ok(())
}
