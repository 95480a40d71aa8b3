//! Reads all tables row by row from one snapshot, to build an in-memory view.

use claviger_contract::RealmLabel;

use crate::store::connection::AnyConnection;
use crate::store::error::StoreError;
use crate::store::log::head::{Head, read_head};
use crate::store::tables::deleted_audiences;
use crate::store::tables::restrictions;
use crate::store::tables::revoked_tokens;
use crate::store::tables::stored;
use crate::store::tables::stored::TableRow;

/// Receives each realm before the rows that belong to it, and rows that others refer to before those.
pub trait Loaded {
    fn row(&mut self, realm: RealmLabel, row: TableRow) -> Result<(), StoreError>;
}

pub fn load(connection: &mut AnyConnection, loaded: &mut dyn Loaded) -> Result<Head, StoreError> {
    let head = read_head(connection)?;
    let each = &mut |realm, row| loaded.row(realm, row);
    stored::load(connection, each)?;
    restrictions::load(connection, each)?;
    deleted_audiences::load(connection, each)?;
    revoked_tokens::load(connection, each)?;
    Ok(head)
}
