//! The log within one transaction, and the audit events of its rows, which a commit makes visible together.

use diesel::prelude::*;

use crate::store::audit::chain;
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

/// The end of the log, whose lock the transaction holds, and the events that wait for the commit.
pub struct Chains {
    pub head: Head,
    audit: Vec<AuditEvent>,
}

impl Chains {
    /// Locks the head as the first statement of a transaction, until its commit is visible. Writers are serialized: a
    /// change is committed on the state that it was decided on. After a follower has read position 42, no row 41 can
    /// appear.
    ///
    /// This statement is a write, so it also starts an immediate transaction on SQLite.
    pub fn lock(connection: &mut AnyConnection) -> Result<Self, StoreError> {
        let head = diesel::update(log_head::table.filter(log_head::id.eq(1)))
            .set(log_head::position.eq(log_head::position))
            .returning((log_head::position, log_head::hash))
            .get_result::<(i64, Vec<u8>)>(connection)?;
        Ok(Self { head: head_of(head)?, audit: Vec::new() })
    }

    pub fn append(
        &mut self,
        connection: &mut AnyConnection,
        entries: &[Entry],
        audit: Vec<AuditEvent>,
    ) -> Result<(), StoreError> {
        for entry in entries {
            let at = audit.first().map(|event| event.at);
            self.head = rows::append(connection, self.head, entry, at)?;
            let (realm, position) = (entry.log.realm.as_str(), self.head.position);
            project::project(connection, position, entry)?;
            restrictions::insert(connection, realm, position, &entry.consequences.subjects, at)?;
        }
        self.audit.extend(audit);
        Ok(())
    }

    /// The last statements of a transaction. Followers are notified at its commit. The end of the audit trail is locked
    /// here alone, for as long as the commit takes.
    pub fn settle(self, connection: &mut AnyConnection) -> Result<Head, StoreError> {
        diesel::update(log_head::table.filter(log_head::id.eq(1)))
            .set((
                log_head::position.eq(position_column(self.head.position)),
                log_head::hash.eq(self.head.hash.0.to_vec()),
            ))
            .execute(connection)?;
        if let AnyConnection::Postgres(connection) = connection {
            diesel::sql_query(format!("SELECT pg_notify('{CHANNEL}', '')")).execute(connection)?;
        }
        connection.commit_durably()?;
        if !self.audit.is_empty() {
            let end = chain::lock_end(connection)?;
            chain::append(connection, end, &self.audit)?;
        }
        Ok(self.head)
    }
}
