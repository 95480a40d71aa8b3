//! Table `application_credential`.

use claviger_contract::{Position, RealmLabel};
use diesel::prelude::*;
use uuid::Uuid;

use super::StoreError;
use super::column::{Row, position_column, position_of, time_of, to_json};
use super::connection::AnyConnection;
use super::schema::application_credential;
use crate::domain::{ApplicationCredential, ApplicationCredentialState};

type Columns =
    (String, String, String, String, String, String, String, i64, i64, Option<i64>, Option<i64>, i64);

pub fn put(
    connection: &mut AnyConnection,
    realm: &str,
    position: Position,
    record: &ApplicationCredential,
) -> Result<(), StoreError> {
    let id = record.id.to_string();
    let revoked_at = match record.state {
        ApplicationCredentialState::Active => None,
        ApplicationCredentialState::Revoked { at } => Some(at.epoch_seconds()),
    };
    let values = (
        application_credential::description.eq(record.description.as_str()),
        application_credential::scopes.eq(to_json(&record.scopes)?),
        application_credential::updated_at.eq(record.updated_at.epoch_seconds()),
        application_credential::revoked_at.eq(revoked_at),
    );
    let key = application_credential::table
        .filter(application_credential::id.eq(&id))
        .filter(application_credential::realm.eq(realm));
    if diesel::update(key).set(values.clone()).execute(connection)? == 0 {
        diesel::insert_into(application_credential::table)
            .values((
                application_credential::id.eq(&id),
                application_credential::realm.eq(realm),
                application_credential::member.eq(record.member.to_string()),
                application_credential::name.eq(record.name.as_str()),
                application_credential::key_digest.eq(record.key_digest.to_string()),
                application_credential::created_at.eq(record.created_at.epoch_seconds()),
                application_credential::expires_at.eq(record.expires_at.map(|at| at.epoch_seconds())),
                application_credential::cut.eq(position_column(position)),
                values,
            ))
            .execute(connection)?;
    }
    Ok(())
}

/// Tokens from before `position` are dead.
pub fn cut(
    connection: &mut AnyConnection,
    realm: &str,
    position: Position,
    id: Uuid,
) -> Result<(), StoreError> {
    let key = application_credential::table
        .filter(application_credential::id.eq(id.to_string()))
        .filter(application_credential::realm.eq(realm));
    diesel::update(key).set(application_credential::cut.eq(position_column(position))).execute(connection)?;
    Ok(())
}

pub fn load(
    connection: &mut AnyConnection,
    mut each: impl FnMut(RealmLabel, ApplicationCredential, Position) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    for columns in application_credential::table.load::<Columns>(connection)? {
        let (
            id,
            realm,
            member,
            name,
            description,
            key_digest,
            scopes,
            created_at,
            updated_at,
            expires_at,
            revoked_at,
            cut,
        ) = columns;
        let row = Row { table: "application_credential", id: &id };
        let record = ApplicationCredential {
            id: row.parse(&id)?,
            member: row.parse(&member)?,
            name: row.parse(&name)?,
            description: row.parse(&description)?,
            key_digest: row.parse(&key_digest)?,
            scopes: row.json(&scopes)?,
            created_at: time_of(created_at),
            updated_at: time_of(updated_at),
            expires_at: expires_at.map(time_of),
            state: revoked_at.map_or(ApplicationCredentialState::Active, |at| {
                ApplicationCredentialState::Revoked { at: time_of(at) }
            }),
        };
        each(row.parse(&realm)?, record, position_of(cut))?;
    }
    Ok(())
}
