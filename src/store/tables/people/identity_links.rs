//! Table `identity_link`: the record as JSON.

use diesel::prelude::*;

use crate::store::column::{Row, to_json};
use crate::store::connection::AnyConnection;
use crate::store::error::StoreError;
use crate::store::schema::identity_link;
use crate::store::tables::stored::{Deletable, EachRow, Stored, TableRow, Writing};
use crate::store::tables::vault::record_table::{load_records, put_record, row_of};
use claviger_domain::{IdentityLink, IdentityLinkId};

impl Stored for IdentityLink {
    fn put(&self, to: &mut Writing<'_>) -> Result<(), StoreError> {
        put_record!(identity_link, self, to);
        Ok(())
    }

    fn load(connection: &mut AnyConnection, each: EachRow<'_>) -> Result<(), StoreError> {
        load_records!(identity_link, connection, each);
        Ok(())
    }
}

impl Deletable for IdentityLink {
    type Key = IdentityLinkId;

    fn delete(connection: &mut AnyConnection, realm: &str, id: &IdentityLinkId) -> Result<(), StoreError> {
        diesel::delete(row_of!(identity_link, realm, id.to_string())).execute(connection)?;
        Ok(())
    }
}

fn row(id: &str) -> Row<'_> {
    Row { table: "identity_link", id }
}
