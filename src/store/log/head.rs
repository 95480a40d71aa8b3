//! The end of the change log, and the lock on it.

use claviger_contract::Position;
use diesel::prelude::*;

use crate::crypto::LogHash;
use crate::store::column::position_of;
use crate::store::connection::AnyConnection;
use crate::store::error::StoreError;
use crate::store::schema::log_head;

/// The end of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    pub position: Position,
    pub hash: LogHash,
}

pub fn read_head(connection: &mut AnyConnection) -> Result<Head, StoreError> {
    let row = log_head::table.filter(log_head::id.eq(1)).select((log_head::position, log_head::hash));
    head_of(row.first(connection)?)
}

/// For maintenance that must not run beside a writer: the head does not move until the end of the transaction.
pub fn lock_head(connection: &mut AnyConnection) -> Result<(), StoreError> {
    let head = log_head::table.filter(log_head::id.eq(1));
    diesel::update(head).set(log_head::position.eq(log_head::position)).execute(connection)?;
    Ok(())
}

pub fn head_of((position, hash): (i64, Vec<u8>)) -> Result<Head, StoreError> {
    let position = position_of(position);
    Ok(Head { position, hash: hash_of(position, hash)? })
}

pub fn hash_of(position: Position, hash: Vec<u8>) -> Result<LogHash, StoreError> {
    let hash = <[u8; 32]>::try_from(hash).map_err(|_| StoreError::Broken { position: position.as_u64() })?;
    Ok(LogHash(hash))
}
