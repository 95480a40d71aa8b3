//! Table `personal_access_token`.

use claviger_contract::RealmLabel;
use diesel::prelude::*;

use super::StoreError;
use super::column::{Row, time_of, to_json};
use super::connection::AnyConnection;
use super::schema::personal_access_token;
use crate::domain::{PersonalAccessToken, PersonalAccessTokenState};

type Columns = (String, String, String, String, String, String, i64, i64, Option<i64>);

pub fn put(
    connection: &mut AnyConnection,
    realm: &str,
    record: &PersonalAccessToken,
) -> Result<(), StoreError> {
    let id = record.id.to_string();
    let revoked_at = match record.state {
        PersonalAccessTokenState::Active => None,
        PersonalAccessTokenState::Revoked { at } => Some(at.epoch_seconds()),
    };
    let key = personal_access_token::table
        .filter(personal_access_token::id.eq(&id))
        .filter(personal_access_token::realm.eq(realm));
    let changed =
        diesel::update(key).set(personal_access_token::revoked_at.eq(revoked_at)).execute(connection)?;
    if changed == 0 {
        diesel::insert_into(personal_access_token::table)
            .values((
                personal_access_token::id.eq(&id),
                personal_access_token::realm.eq(realm),
                personal_access_token::member.eq(record.member.to_string()),
                personal_access_token::description.eq(record.description.as_str()),
                personal_access_token::scopes.eq(to_json(&record.scopes)?),
                personal_access_token::digest.eq(record.digest.to_string()),
                personal_access_token::created_at.eq(record.created_at.epoch_seconds()),
                personal_access_token::expires_at.eq(record.expires_at.epoch_seconds()),
                personal_access_token::revoked_at.eq(revoked_at),
            ))
            .execute(connection)?;
    }
    Ok(())
}

pub fn load(
    connection: &mut AnyConnection,
    mut each: impl FnMut(RealmLabel, PersonalAccessToken) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    for columns in personal_access_token::table.load::<Columns>(connection)? {
        let (id, realm, member, description, scopes, digest, created_at, expires_at, revoked_at) = columns;
        let row = Row { table: "personal_access_token", id: &id };
        let record = PersonalAccessToken {
            id: row.parse(&id)?,
            member: row.parse(&member)?,
            description: row.parse(&description)?,
            scopes: row.json(&scopes)?,
            digest: row.parse(&digest)?,
            created_at: time_of(created_at),
            expires_at: time_of(expires_at),
            state: revoked_at.map_or(PersonalAccessTokenState::Active, |at| {
                PersonalAccessTokenState::Revoked { at: time_of(at) }
            }),
        };
        each(row.parse(&realm)?, record)?;
    }
    Ok(())
}
