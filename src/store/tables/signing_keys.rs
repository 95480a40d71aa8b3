//! Table `signing_key`: the public half in plain, the private half sealed.

use claviger_contract::{RealmLabel, Timestamp};
use diesel::prelude::*;

use crate::store::column::{Row, position_column, to_json};
use crate::store::connection::AnyConnection;
use crate::store::database::Store;
use crate::store::error::StoreError;
use crate::store::log::head::lock_head;
use crate::store::schema::signing_key;
use crate::store::tables::stored::{Deletable, EachRow, Stored, TableRow, Writing};
use claviger_domain::{KeyPurpose, KeyRole, SealedBytes, SigningKey};

type Columns =
    (String, String, String, Option<String>, String, String, String, String, Vec<u8>, i64, i64, Option<i64>);

impl Stored for SigningKey {
    fn put(&self, to: &mut Writing<'_>) -> Result<(), StoreError> {
        let key = signing_key::table
            .filter(signing_key::kid.eq(self.kid.as_str()))
            .filter(signing_key::realm.eq(to.realm));
        let changed = diesel::update(key)
            .set((
                signing_key::role.eq(self.role.as_str()),
                signing_key::retired_at.eq(self.retired_at.map(Timestamp::epoch_seconds)),
            ))
            .execute(to.connection)?;
        if changed == 1 {
            return Ok(());
        }
        let sealed = to.sealed.ok_or_else(|| StoreError::Corrupt {
            table: "signing_key",
            row: self.kid.clone(),
            what: "a new key comes with its private half".to_owned(),
        })?;
        diesel::insert_into(signing_key::table)
            .values((
                signing_key::kid.eq(self.kid.as_str()),
                signing_key::realm.eq(to.realm),
                signing_key::purpose.eq(self.purpose.as_str()),
                signing_key::certificate.eq(self.certificate.as_deref()),
                signing_key::algorithm.eq(self.algorithm.as_str()),
                signing_key::role.eq(self.role.as_str()),
                signing_key::public.eq(to_json(&self.public)?),
                signing_key::sealed_under.eq(sealed.key_id.as_str()),
                signing_key::sealed.eq(sealed.ciphertext.as_slice()),
                signing_key::cut.eq(position_column(to.position)),
                signing_key::created_at.eq(self.created_at.epoch_seconds()),
            ))
            .execute(to.connection)?;
        Ok(())
    }

    fn load(connection: &mut AnyConnection, each: EachRow<'_>) -> Result<(), StoreError> {
        for columns in signing_key::table.load::<Columns>(connection)? {
            let (
                kid,
                realm,
                purpose,
                certificate,
                algorithm,
                role,
                public,
                key_id,
                ciphertext,
                cut,
                created_at,
                retired_at,
            ) = columns;
            let row = Row { table: "signing_key", id: &kid };
            let role = match role.as_str() {
                "active" => Ok(KeyRole::Active),
                "next" => Ok(KeyRole::Next),
                "retired" => Ok(KeyRole::Retired),
                other => Err(format!("\"{other}\" is not a key's role")),
            };
            let known = KeyPurpose::ALL.into_iter().find(|known| known.as_str() == purpose);
            let purpose = known.ok_or_else(|| format!("\"{purpose}\" is not what a key is for"));
            let record = SigningKey {
                kid: kid.clone(),
                purpose: row.checked(purpose)?,
                certificate,
                algorithm: row.parse(&algorithm)?,
                role: row.checked(role)?,
                public: row.json(&public)?,
                created_at: row.time(created_at)?,
                retired_at: row.time_if_any(retired_at)?,
            };
            let sealed = SealedBytes { key_id, ciphertext };
            each(row.parse(&realm)?, TableRow::SigningKey(record, sealed, row.position(cut)?))?;
        }
        Ok(())
    }
}

impl Deletable for SigningKey {
    type Key = String;

    /// Deletes the private half too.
    fn delete(connection: &mut AnyConnection, realm: &str, kid: &String) -> Result<(), StoreError> {
        let key = signing_key::table.filter(signing_key::kid.eq(kid)).filter(signing_key::realm.eq(realm));
        diesel::delete(key).execute(connection)?;
        Ok(())
    }
}

pub fn find_sealed(connection: &mut AnyConnection, kid: &str) -> Result<Option<SealedBytes>, StoreError> {
    let columns = signing_key::table
        .filter(signing_key::kid.eq(kid))
        .select((signing_key::sealed_under, signing_key::sealed))
        .first::<(String, Vec<u8>)>(connection)
        .optional()?;
    Ok(columns.map(|(key_id, ciphertext)| SealedBytes { key_id, ciphertext }))
}

impl Store {
    /// The distinct ids of the master keys that seal private halves.
    pub fn sealed_under(&self) -> Result<Vec<String>, StoreError> {
        Ok(signing_key::table.select(signing_key::sealed_under).load(&mut *self.reader()?)?)
    }

    /// Replaces all sealed halves atomically, while no new key can be added. Returns the number replaced.
    pub fn reseal(
        &self,
        mut reseal: impl FnMut(&RealmLabel, &str, &SealedBytes) -> Result<SealedBytes, String>,
    ) -> Result<usize, StoreError> {
        self.write(|connection| {
            lock_head(connection)?;
            let rows = signing_key::table
                .select((
                    signing_key::kid,
                    signing_key::realm,
                    signing_key::sealed_under,
                    signing_key::sealed,
                ))
                .load::<(String, String, String, Vec<u8>)>(connection)?;
            for (kid, realm, key_id, ciphertext) in &rows {
                let row = Row { table: "signing_key", id: kid };
                let sealed = SealedBytes { key_id: key_id.clone(), ciphertext: ciphertext.clone() };
                let resealed = row.checked(reseal(&row.parse(realm)?, kid, &sealed))?;
                diesel::update(signing_key::table.filter(signing_key::kid.eq(kid)))
                    .set((
                        signing_key::sealed_under.eq(&resealed.key_id),
                        signing_key::sealed.eq(&resealed.ciphertext),
                    ))
                    .execute(connection)?;
            }
            Ok(rows.len())
        })
    }
}
