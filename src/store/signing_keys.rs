//! Table `signing_key`: the public half in the open, the private half sealed.

use claviger_contract::{Position, RealmLabel};
use diesel::prelude::*;

use super::StoreError;
use super::column::{Row, position_column, position_of, time_of, to_json};
use super::connection::AnyConnection;
use super::schema::signing_key;
use crate::domain::{KeyRole, SealedBytes, SigningKey};

type Columns = (String, String, String, String, String, String, Vec<u8>, i64, i64);

pub fn put(
    connection: &mut AnyConnection,
    realm: &str,
    position: Position,
    record: &SigningKey,
    sealed: Option<&SealedBytes>,
) -> Result<(), StoreError> {
    let key = signing_key::table
        .filter(signing_key::kid.eq(record.kid.as_str()))
        .filter(signing_key::realm.eq(realm));
    let changed = diesel::update(key).set(signing_key::role.eq(record.role.as_str())).execute(connection)?;
    if changed == 1 {
        return Ok(());
    }
    let sealed = sealed.ok_or_else(|| StoreError::Corrupt {
        table: "signing_key",
        row: record.kid.clone(),
        what: "a new key comes with its private half".to_owned(),
    })?;
    diesel::insert_into(signing_key::table)
        .values((
            signing_key::kid.eq(record.kid.as_str()),
            signing_key::realm.eq(realm),
            signing_key::algorithm.eq(record.algorithm.as_str()),
            signing_key::role.eq(record.role.as_str()),
            signing_key::public.eq(to_json(&record.public)?),
            signing_key::sealed_under.eq(sealed.key_id.as_str()),
            signing_key::sealed.eq(sealed.ciphertext.as_slice()),
            signing_key::cut.eq(position_column(position)),
            signing_key::created_at.eq(record.created_at.epoch_seconds()),
        ))
        .execute(connection)?;
    Ok(())
}

pub fn find_sealed(connection: &mut AnyConnection, kid: &str) -> Result<Option<SealedBytes>, StoreError> {
    let columns = signing_key::table
        .filter(signing_key::kid.eq(kid))
        .select((signing_key::sealed_under, signing_key::sealed))
        .first::<(String, Vec<u8>)>(connection)
        .optional()?;
    Ok(columns.map(|(key_id, ciphertext)| SealedBytes { key_id, ciphertext }))
}

pub fn load(
    connection: &mut AnyConnection,
    mut each: impl FnMut(RealmLabel, SigningKey, SealedBytes, Position) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    for columns in signing_key::table.load::<Columns>(connection)? {
        let (kid, realm, algorithm, role, public, key_id, ciphertext, cut, created_at) = columns;
        let row = Row { table: "signing_key", id: &kid };
        let role = match role.as_str() {
            "active" => Ok(KeyRole::Active),
            "next" => Ok(KeyRole::Next),
            other => Err(format!("\"{other}\" is not a key's role")),
        };
        let record = SigningKey {
            kid: kid.clone(),
            algorithm: row.parse(&algorithm)?,
            role: row.checked(role)?,
            public: row.json(&public)?,
            created_at: time_of(created_at),
        };
        each(row.parse(&realm)?, record, SealedBytes { key_id, ciphertext }, position_of(cut))?;
    }
    Ok(())
}
