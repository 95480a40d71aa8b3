//! A database as it is found: opened without making or changing anything, for commands that look after it.

use std::io::Write;

use claviger_contract::Timestamp;
use diesel::prelude::*;

use super::StoreError;
use super::audit_verification::{AuditFault, AuditVerification, verify, verify_last};
use super::backup::{Taken, take};
use super::connection::{AnyConnection, open};
use super::migrations::{self, MigrationState};
use super::schema::{audit_event, realm, signing_key};
use crate::domain::{DatabaseUrl, SealedBytes};

pub struct Care {
    pub(super) connection: AnyConnection,
}

/// A key's row: realm, kid and role in the open, the private half sealed.
pub struct SealedKey {
    pub realm: String,
    pub kid: String,
    pub role: String,
    pub sealed: SealedBytes,
}

impl Care {
    pub fn open(url: &DatabaseUrl) -> Result<Self, StoreError> {
        // SQLite would make an empty file.
        if let Some(path) = url.sqlite_path().filter(|path| !path.exists()) {
            return Err(StoreError::Absent(path.display().to_string()));
        }
        Ok(Self { connection: open(url)? })
    }

    pub fn migrations(&mut self) -> Result<MigrationState, StoreError> {
        migrations::state(&mut self.connection)
    }

    pub fn verify_audit(&mut self, progress: &mut dyn FnMut(u64)) -> Result<AuditVerification, StoreError> {
        self.migrations()?.refuse_pending()?;
        verify(&mut self.connection, progress)
    }

    pub fn verify_last_audit_events(&mut self, rows: i64) -> Result<Option<AuditFault>, StoreError> {
        verify_last(&mut self.connection, rows)
    }

    pub fn take_backup(
        &mut self,
        now: Timestamp,
        to: &mut dyn Write,
        progress: &mut dyn FnMut(u64),
    ) -> Result<Taken, StoreError> {
        take(&mut self.connection, now, to, progress)
    }

    pub fn newest_audit_event(&mut self) -> Result<Option<Timestamp>, StoreError> {
        let at = audit_event::table
            .filter(audit_event::sequence.is_not_null())
            .order(audit_event::sequence.desc())
            .select(audit_event::at)
            .first::<i64>(&mut self.connection)
            .optional()?;
        Ok(at.map(Timestamp::from_epoch_seconds))
    }

    /// Labels of realms, and all signing keys as they lie there.
    pub fn realms(&mut self) -> Result<Vec<String>, StoreError> {
        Ok(realm::table.select(realm::label).order(realm::label).load(&mut self.connection)?)
    }

    pub fn sealed_keys(&mut self) -> Result<Vec<SealedKey>, StoreError> {
        let rows = signing_key::table
            .select((
                signing_key::realm,
                signing_key::kid,
                signing_key::role,
                signing_key::sealed_under,
                signing_key::sealed,
            ))
            .load::<(String, String, String, String, Vec<u8>)>(&mut self.connection)?;
        let key = |(realm, kid, role, key_id, ciphertext)| SealedKey {
            realm,
            kid,
            role,
            sealed: SealedBytes { key_id, ciphertext },
        };
        Ok(rows.into_iter().map(key).collect())
    }
}
