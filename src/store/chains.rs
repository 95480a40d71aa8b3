//! Both chains, of the log and of its audit events, as one transaction carries them on.

use diesel::prelude::*;

use super::audit_chain::{self, Link};
use super::column::position_column;
use super::connection::AnyConnection;
use super::log::{self, Head, head_of};
use super::schema::log_head;
use super::session::CHANNEL;
use super::{Entry, StoreError, project};
use crate::domain::AuditEvent;

/// Where they end, in the transaction that holds the lock on both.
#[derive(Clone, Copy)]
pub struct Chains {
    pub head: Head,
    audit: Link,
}

impl Chains {
    /// Taken as a transaction's first statement and kept until its commit is visible: writers follow one another, so what a
    /// decision was made on is what it is committed on, and a follower that has read 42 never finds a 41 later.
    ///
    /// Being a write, it also makes SQLite's transaction an immediate one.
    pub fn lock(connection: &mut AnyConnection) -> Result<Self, StoreError> {
        type Columns = (i64, Vec<u8>, Option<i64>, Option<Vec<u8>>);
        let (position, hash, sequence, audit_hash) =
            diesel::update(log_head::table.filter(log_head::id.eq(1)))
                .set(log_head::position.eq(log_head::position))
                .returning((
                    log_head::position,
                    log_head::hash,
                    log_head::audit_sequence,
                    log_head::audit_hash,
                ))
                .get_result::<Columns>(connection)?;
        let head = head_of((position, hash))?;
        Ok(Self { head, audit: audit_chain::end(sequence, audit_hash)?.unwrap_or_default() })
    }

    pub fn append(
        &mut self,
        connection: &mut AnyConnection,
        entries: &[Entry],
        audit: &[AuditEvent],
    ) -> Result<(), StoreError> {
        for entry in entries {
            self.head = log::append(connection, self.head, &entry.log, audit.first().map(|event| event.at))?;
            project::project(connection, self.head.position, entry)?;
        }
        self.audit = audit_chain::append(connection, self.audit, audit)?;
        Ok(())
    }

    /// The last of a transaction's statements. Followers hear of it when it is committed.
    pub fn settle(&self, connection: &mut AnyConnection) -> Result<(), StoreError> {
        diesel::update(log_head::table.filter(log_head::id.eq(1)))
            .set((
                log_head::position.eq(position_column(self.head.position)),
                log_head::hash.eq(self.head.hash.0.to_vec()),
                log_head::audit_sequence.eq(Some(self.audit.sequence)),
                log_head::audit_hash.eq(Some(self.audit.hash.0.to_vec())),
            ))
            .execute(connection)?;
        if let AnyConnection::Postgres(connection) = connection {
            diesel::sql_query(format!("NOTIFY {CHANNEL}")).execute(connection)?;
        }
        Ok(())
    }
}
