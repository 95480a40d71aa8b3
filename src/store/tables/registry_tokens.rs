//! Table `registry_token`.

use claviger_contract::RealmLabel;
use diesel::prelude::*;

use crate::store::column::{Row, position_column, to_json};
use crate::store::connection::AnyConnection;
use crate::store::database::Store;
use crate::store::error::StoreError;
use crate::store::schema::registry_token;
use crate::store::tables::stored::{EachRow, Stored, TableRow, Writing};
use claviger_domain::{RegistryRefreshToken, RegistryRefreshTokenState, RegistryTokenId};

type Columns = (String, String, String, String, String, i64, i64, Option<i64>, i64);

impl Stored for RegistryRefreshToken {
    /// `position` is the position of this log row. It is stored if the row creates the token.
    fn put(&self, to: &mut Writing<'_>) -> Result<(), StoreError> {
        let id = self.id.to_string();
        let revoked_at = match self.state {
            RegistryRefreshTokenState::Active => None,
            RegistryRefreshTokenState::Revoked { at } => Some(at.epoch_seconds()),
        };
        let key = registry_token::table
            .filter(registry_token::id.eq(&id))
            .filter(registry_token::realm.eq(to.realm));
        if diesel::update(key).set(registry_token::revoked_at.eq(revoked_at)).execute(to.connection)? == 0 {
            diesel::insert_into(registry_token::table)
                .values((
                    registry_token::id.eq(&id),
                    registry_token::realm.eq(to.realm),
                    registry_token::digest.eq(self.digest.to_string()),
                    registry_token::service.eq(self.service.as_str()),
                    registry_token::holder.eq(to_json(&self.holder)?),
                    registry_token::created_at.eq(self.created_at.epoch_seconds()),
                    registry_token::expires_at.eq(self.expires_at.epoch_seconds()),
                    registry_token::revoked_at.eq(revoked_at),
                    registry_token::position.eq(position_column(to.position)),
                ))
                .execute(to.connection)?;
        }
        Ok(())
    }

    fn load(connection: &mut AnyConnection, each: EachRow<'_>) -> Result<(), StoreError> {
        for columns in registry_token::table.load::<Columns>(connection)? {
            let (realm, record) = record(columns)?;
            let position = record.position;
            each(realm, TableRow::Record(record.into(), position))?;
        }
        Ok(())
    }
}

impl Store {
    /// Includes ended ones, in order of creation.
    pub fn list_registry_tokens(&self, realm: &RealmLabel) -> Result<Vec<RegistryRefreshToken>, StoreError> {
        let rows = registry_token::table
            .filter(registry_token::realm.eq(realm.as_str()))
            .order(registry_token::id.asc())
            .load::<Columns>(&mut *self.list_reader()?)?;
        rows.into_iter().map(|columns| Ok(record(columns)?.1)).collect()
    }
}

pub fn find(
    connection: &mut AnyConnection,
    realm: &RealmLabel,
    id: RegistryTokenId,
) -> Result<Option<RegistryRefreshToken>, StoreError> {
    let columns = registry_token::table
        .filter(registry_token::id.eq(id.to_string()))
        .filter(registry_token::realm.eq(realm.as_str()))
        .first::<Columns>(connection)
        .optional()?;
    columns.map(|columns| Ok(record(columns)?.1)).transpose()
}

fn record(columns: Columns) -> Result<(RealmLabel, RegistryRefreshToken), StoreError> {
    let (id, realm, digest, service, holder, created_at, expires_at, revoked_at, position) = columns;
    let row = Row { table: "registry_token", id: &id };
    let record = RegistryRefreshToken {
        id: row.parse(&id)?,
        digest: row.parse(&digest)?,
        service: row.parse(&service)?,
        holder: row.json(&holder)?,
        created_at: row.time(created_at)?,
        expires_at: row.time(expires_at)?,
        position: row.position(position)?,
        state: row
            .time_if_any(revoked_at)?
            .map_or(RegistryRefreshTokenState::Active, |at| RegistryRefreshTokenState::Revoked { at }),
    };
    Ok((row.parse(&realm)?, record))
}
