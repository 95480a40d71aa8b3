//! Table `sign_in_provider`: the record as JSON, and its sealed client secret.

use claviger_contract::RealmLabel;
use diesel::prelude::*;

use crate::store::column::{Row, to_json};
use crate::store::connection::AnyConnection;
use crate::store::database::Store;
use crate::store::error::StoreError;
use crate::store::schema::sign_in_provider;
use crate::store::tables::stored::{Deletable, EachRow, Stored, TableRow, Writing};
use crate::store::tables::vault::record_table::{load_records, row_of};
use claviger_domain::{SealedBytes, SignInProvider, SignInProviderId};

impl Stored for SignInProvider {
    /// Without a new secret the stored one stays, unless it has none any more.
    fn put(&self, to: &mut Writing<'_>) -> Result<(), StoreError> {
        let (id, record) = (self.id.to_string(), to_json(self)?);
        let key = row_of!(sign_in_provider, to.realm, &id);
        let update = diesel::update(key).set(sign_in_provider::record.eq(&record));
        if update.execute(to.connection)? == 0 {
            diesel::insert_into(sign_in_provider::table)
                .values((
                    sign_in_provider::id.eq(&id),
                    sign_in_provider::realm.eq(to.realm),
                    sign_in_provider::record.eq(&record),
                ))
                .execute(to.connection)?;
        }
        if to.sealed.is_some() || !self.has_client_secret {
            let sealed = to.sealed.map(|sealed| (sealed.key_id.as_str(), sealed.ciphertext.as_slice()));
            let (key_id, ciphertext) = sealed.unzip();
            diesel::update(key)
                .set((sign_in_provider::sealed_under.eq(key_id), sign_in_provider::sealed.eq(ciphertext)))
                .execute(to.connection)?;
        }
        Ok(())
    }

    fn load(connection: &mut AnyConnection, each: EachRow<'_>) -> Result<(), StoreError> {
        load_records!(sign_in_provider, connection, each);
        Ok(())
    }
}

impl Deletable for SignInProvider {
    type Key = SignInProviderId;

    /// With its client secret.
    fn delete(connection: &mut AnyConnection, realm: &str, id: &SignInProviderId) -> Result<(), StoreError> {
        diesel::delete(row_of!(sign_in_provider, realm, &id.to_string())).execute(connection)?;
        Ok(())
    }
}

/// A record and its sealed client secret, read together.
pub struct SealedSignInProvider {
    pub record: SignInProvider,
    pub sealed: Option<SealedBytes>,
}

pub fn find(
    connection: &mut AnyConnection,
    realm: &RealmLabel,
    id: SignInProviderId,
) -> Result<Option<SealedSignInProvider>, StoreError> {
    let id = id.to_string();
    let found = row_of!(sign_in_provider, realm.as_str(), &id)
        .select((sign_in_provider::record, sign_in_provider::sealed_under, sign_in_provider::sealed))
        .first::<(String, Option<String>, Option<Vec<u8>>)>(connection)
        .optional()?;
    let Some((record, key_id, ciphertext)) = found else { return Ok(None) };
    let sealed = key_id.zip(ciphertext).map(|(key_id, ciphertext)| SealedBytes { key_id, ciphertext });
    Ok(Some(SealedSignInProvider { record: row(&id).json(&record)?, sealed }))
}

impl Store {
    pub fn find_sign_in_provider(
        &self,
        realm: &RealmLabel,
        id: SignInProviderId,
    ) -> Result<Option<SealedSignInProvider>, StoreError> {
        find(&mut *self.reader()?, realm, id)
    }
}

fn row(id: &str) -> Row<'_> {
    Row { table: "sign_in_provider", id }
}
