//! A connection for writing, kept from one transaction to the next.

use std::sync::Arc;

use diesel::Connection;
use diesel::connection::TransactionManager;
use diesel::r2d2::R2D2Connection;

use crate::store::connection::{AnyConnection, Place};
use crate::store::error::StoreError;

type Transactions = <AnyConnection as Connection>::TransactionManager;

pub struct Kept {
    place: Arc<Place>,
    connection: Option<AnyConnection>,
}

impl Kept {
    pub fn new(place: Arc<Place>) -> Self {
        Self { place, connection: None }
    }

    /// `lock` is the first statement of the transaction. Returns what it returns, and the connection.
    ///
    /// A connection that the database has closed meanwhile is no error: nothing is written yet.
    pub fn begin<T>(
        &mut self,
        lock: impl Fn(&mut AnyConnection) -> Result<T, StoreError>,
    ) -> Result<(AnyConnection, T), StoreError> {
        let begin = |mut connection: AnyConnection| {
            Transactions::begin_transaction(&mut connection)?;
            let locked = lock(&mut connection)?;
            Ok((connection, locked))
        };
        match self.connection.take().and_then(|connection| begin(connection).ok()) {
            Some(begun) => Ok(begun),
            None => begin(self.connect()?),
        }
    }

    pub fn commit(&mut self, mut connection: AnyConnection) -> Result<(), StoreError> {
        Transactions::commit_transaction(&mut connection)?;
        self.keep(connection);
        Ok(())
    }

    pub fn roll_back(&mut self, mut connection: AnyConnection) -> Result<(), StoreError> {
        Transactions::rollback_transaction(&mut connection)?;
        self.keep(connection);
        Ok(())
    }

    fn connect(&self) -> Result<AnyConnection, StoreError> {
        let mut connection = self.place.open()?;
        connection.never_idle_for_long_in_a_transaction()?;
        Ok(connection)
    }

    fn keep(&mut self, mut connection: AnyConnection) {
        if !connection.is_broken() {
            self.connection = Some(connection);
        }
    }
}
