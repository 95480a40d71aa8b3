//! Table `local_account`: the record as JSON, and its sealed secrets.

use claviger_contract::RealmLabel;
use diesel::prelude::*;

use crate::store::column::{Row, to_json};
use crate::store::connection::AnyConnection;
use crate::store::database::Store;
use crate::store::error::StoreError;
use crate::store::schema::local_account;
use crate::store::tables::stored::{Deletable, EachRow, Stored, TableRow, Writing};
use crate::store::tables::vault::record_table::{find_sealed, load_records, put_record, put_sealed, row_of};
use claviger_domain::{LocalAccount, MemberId, SealedBytes};

impl Stored for LocalAccount {
    fn put(&self, to: &mut Writing<'_>) -> Result<(), StoreError> {
        put_record!(local_account, self, to);
        put_sealed!(local_account, self.id.to_string(), to);
        Ok(())
    }

    fn load(connection: &mut AnyConnection, each: EachRow<'_>) -> Result<(), StoreError> {
        load_records!(local_account, connection, each);
        Ok(())
    }
}

impl Deletable for LocalAccount {
    type Key = MemberId;

    /// Deletes the sealed secrets too.
    fn delete(connection: &mut AnyConnection, realm: &str, id: &MemberId) -> Result<(), StoreError> {
        diesel::delete(row_of!(local_account, realm, id.to_string())).execute(connection)?;
        Ok(())
    }
}

/// A record and its sealed secrets, read together.
pub struct SealedAccount {
    pub record: LocalAccount,
    /// `None` before the first password.
    pub sealed: Option<SealedBytes>,
}

pub fn find(
    connection: &mut AnyConnection,
    realm: &RealmLabel,
    id: MemberId,
) -> Result<Option<SealedAccount>, StoreError> {
    let found = find_sealed!(local_account, realm, id, connection);
    Ok(found.map(|(record, sealed)| SealedAccount { record, sealed }))
}

impl Store {
    pub fn find_local_account(
        &self,
        realm: &RealmLabel,
        id: MemberId,
    ) -> Result<Option<SealedAccount>, StoreError> {
        find(&mut *self.reader()?, realm, id)
    }
}

fn row(id: &str) -> Row<'_> {
    Row { table: "local_account", id }
}
