//! The two hash chains, of the log and of its audit events, within one transaction.

use diesel::prelude::*;

use crate::store::audit::chain::{self, Link};
use crate::store::column::position_column;
use crate::store::connection::AnyConnection;
use crate::store::error::StoreError;
use crate::store::log::entry::Entry;
use crate::store::log::head::{Head, head_of};
use crate::store::log::rows;
use crate::store::schema::log_head;
use crate::store::tables::project;
use crate::store::tables::restrictions;
use claviger_domain::AuditEvent;

/// Every commit of a log row notifies this PostgreSQL channel.
pub const CHANNEL: &str = "claviger";

/// The ends of both chains. The transaction holds the lock on them.
#[derive(Clone, Copy)]
pub struct Chains {
    pub head: Head,
    audit: Link,
}

impl Chains {
    /// Locks the head as the first statement of a transaction, until its commit is visible. Writers are serialized: a
    /// change is committed on the state that it was decided on. After a follower has read position 42, no row 41 can
    /// appear.
    ///
    /// This statement is a write, so it also starts an immediate transaction on SQLite.
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
        Ok(Self { head, audit: chain::end(sequence, audit_hash)?.unwrap_or_default() })
    }

    pub fn append(
        &mut self,
        connection: &mut AnyConnection,
        entries: &[Entry],
        audit: &[AuditEvent],
    ) -> Result<(), StoreError> {
        for entry in entries {
            let at = audit.first().map(|event| event.at);
            self.head = rows::append(connection, self.head, entry, at)?;
            let (realm, position) = (entry.log.realm.as_str(), self.head.position);
            project::project(connection, position, entry)?;
            restrictions::insert(connection, realm, position, &entry.consequences.subjects, at)?;
        }
        self.audit = chain::append(connection, self.audit, audit)?;
        Ok(())
    }

    /// The last statement of a transaction. Followers are notified at its commit.
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
            // Overrides the role's settings: an acknowledged commit is at least on the primary's disk.
            let durable = "CASE WHEN current_setting('synchronous_commit') = 'off' \
                THEN set_config('synchronous_commit', 'local', true) END";
            diesel::sql_query(format!("SELECT pg_notify('{CHANNEL}', ''), {durable}")).execute(connection)?;
        }
        Ok(())
    }
}
