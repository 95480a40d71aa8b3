//! Opens a database without creating or changing anything, for maintenance commands.

use std::io::Write;

use claviger_contract::Timestamp;
use diesel::prelude::*;

use crate::store::audit::retention::newest_event;
use crate::store::audit::verification::{AuditFault, AuditVerification, verify, verify_last};
use crate::store::backup::{Taken, take};
use crate::store::connection::{AnyConnection, open};
use crate::store::error::StoreError;
use crate::store::log::damage::{DamagedRow, check_tables, damaged_rows};
use crate::store::operator::envelopes::envelopes;
use crate::store::operator::migrations::{self, MigrationState};
use crate::store::schema::{audit_event, realm, signing_key};
use crate::store::sealed_part::{SealedOwner, SealedPart};
use crate::store::tables::stored::{Stored, TableRow};
use claviger_domain::{DatabaseUrl, Realm, Record, SealedBytes};

pub struct Maintenance {
    pub(in crate::store) connection: AnyConnection,
}

/// The row of a signing key, without its private half.
pub struct KeyRow {
    pub realm: String,
    pub role: String,
}

impl Maintenance {
    /// The time of the newest event of any writer.
    pub fn newest_event(&mut self) -> Result<Option<Timestamp>, StoreError> {
        newest_event(&mut self.connection)
    }

    pub fn open(url: &DatabaseUrl) -> Result<Self, StoreError> {
        // SQLite would create an empty file.
        if let Some(path) = url.sqlite_path().filter(|path| !path.exists()) {
            return Err(StoreError::Absent(path.display().to_string()));
        }
        Ok(Self { connection: open(url)? })
    }

    pub fn migrations(&mut self) -> Result<MigrationState, StoreError> {
        migrations::state(&mut self.connection)
    }

    /// Checks all stored rows in one snapshot; `progress` receives the number of rows read.
    pub fn damaged_rows(&mut self, progress: &mut dyn FnMut(u64)) -> Result<Vec<DamagedRow>, StoreError> {
        self.migrations()?.refuse_pending()?;
        self.connection.transaction(|connection| {
            connection.read_as_of_now()?;
            damaged_rows(connection, progress)
        })
    }

    /// Whether a server could start from the tables, apart from the signing keys.
    pub fn check_tables(&mut self) -> Result<(), StoreError> {
        self.connection.transaction(|connection| {
            connection.read_as_of_now()?;
            check_tables(connection)
        })
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

    /// All realms, by their labels.
    pub fn list_realms(&mut self) -> Result<Vec<Realm>, StoreError> {
        self.migrations()?.refuse_pending()?;
        let mut realms = Vec::new();
        Realm::load(&mut self.connection, &mut |_, row| {
            if let TableRow::Record(Record::Realm(realm), _) = row {
                realms.push(realm);
            }
            Ok(())
        })?;
        Ok(realms)
    }

    /// The labels of all realms.
    pub fn realms(&mut self) -> Result<Vec<String>, StoreError> {
        Ok(realm::table.select(realm::label).order(realm::label).load(&mut self.connection)?)
    }

    pub fn signing_keys(&mut self) -> Result<Vec<KeyRow>, StoreError> {
        let rows = signing_key::table
            .select((signing_key::realm, signing_key::role))
            .load::<(String, String)>(&mut self.connection)?;
        Ok(rows.into_iter().map(|(realm, role)| KeyRow { realm, role }).collect())
    }

    /// Everything that is sealed under a master key.
    pub fn sealed_parts(&mut self) -> Result<Vec<SealedPart>, StoreError> {
        let keys = signing_key::table
            .select((signing_key::realm, signing_key::kid, signing_key::sealed_under, signing_key::sealed))
            .load::<(String, String, String, Vec<u8>)>(&mut self.connection)?;
        let key = |(realm, kid, key_id, ciphertext)| SealedPart {
            owner: SealedOwner::SigningKey { kid },
            realm,
            sealed: SealedBytes { key_id, ciphertext },
        };
        let envelopes = envelopes(&mut self.connection)?;
        Ok(keys.into_iter().map(key).chain(envelopes).collect())
    }
}
