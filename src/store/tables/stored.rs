//! What the table of each kind of record does.

use std::sync::Arc;

use claviger_contract::{Position, RealmLabel, Timestamp};

use crate::store::connection::AnyConnection;
use crate::store::error::StoreError;
use claviger_domain::{
    ClientId, GrantSetId, Grants, Held, Key, Record, SealedBytes, ServerAudience, ServiceCredential,
    SigningKey, Subject, for_each_key, for_each_record,
};

/// The log row that is written to the tables.
pub struct Writing<'a> {
    pub connection: &'a mut AnyConnection,
    pub realm: &'a str,
    pub position: Position,
    /// The private half of a new signing key, or new secrets of a source credential.
    pub sealed: Option<&'a SealedBytes>,
}

/// The table of a kind of record.
pub trait Stored {
    /// Inserts the record, or replaces the one with the same key.
    fn put(&self, to: &mut Writing<'_>) -> Result<(), StoreError>;

    /// Reads all rows, of all realms.
    fn load(connection: &mut AnyConnection, each: EachRow<'_>) -> Result<(), StoreError>;
}

/// The table of a kind of record that can be deleted.
pub trait Deletable {
    type Key;

    fn delete(connection: &mut AnyConnection, realm: &str, key: &Self::Key) -> Result<(), StoreError>;
}

pub type EachRow<'a> = &'a mut dyn FnMut(RealmLabel, TableRow) -> Result<(), StoreError>;

/// One row. Positions are cuts: older tokens that depend on the row are invalid.
pub enum TableRow {
    Record(Record, Position),
    SigningKey(SigningKey, SealedBytes, Position),
    Grants(GrantSetId, Grants, Position),
    /// Without its grants, which are in its set.
    Credential(Box<ServiceCredential>, Position, Held),
    /// With its time, if that is known.
    Restriction(Position, Subject, Option<Timestamp>),
    /// Of a resource server that was deleted at this position.
    DeletedAudience(Position, ServerAudience),
    RevokedToken(RevokedTokenRow),
}

pub struct RevokedTokenRow {
    pub jti: Arc<str>,
    pub client_id: ClientId,
    pub position: Position,
    pub expires_at: Timestamp,
}

impl TableRow {
    /// A row without a cut of its own.
    pub fn uncut(record: impl Into<Record>) -> Self {
        Self::Record(record.into(), Position::ZERO)
    }
}

pub fn put(record: &Record, to: &mut Writing<'_>) -> Result<(), StoreError> {
    macro_rules! put_each {
        ($($kind:ident($record:ty))*) => {
            match record { $(Record::$kind(record) => record.put(to),)* }
        };
    }
    for_each_record!(put_each)
}

pub fn delete(connection: &mut AnyConnection, realm: &str, key: &Key) -> Result<(), StoreError> {
    macro_rules! delete_each {
        ($($kind:ident($record:ty) by $key:ident)*) => {
            match key { $(Key::$kind($key) => <$record as Deletable>::delete(connection, realm, $key),)* }
        };
    }
    for_each_key!(delete_each)
}

/// Reads the records of each kind before those of kinds that refer to it.
pub fn load(connection: &mut AnyConnection, each: EachRow<'_>) -> Result<(), StoreError> {
    macro_rules! load_each {
        ($($kind:ident($record:ty))*) => {{ $(<$record as Stored>::load(connection, each)?;)* }};
    }
    for_each_record!(load_each);
    Ok(())
}
