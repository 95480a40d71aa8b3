//! What looks after the database: its audit trail, its backups, its migrations.

use std::fs::{File, OpenOptions, remove_file};
use std::io::{BufReader, BufWriter, Write, stdout};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use claviger_contract::Position;
use serde_json::json;
use uuid::Builder;

use super::assemble::serving_locks;
use super::run::system_sources;
use super::{ServeError, Sources};
use crate::config::Settings;
use crate::domain::{AuditAction, AuditEvent, AuditTarget};
use crate::ledger::Caller;
use crate::store::{
    AuditVerification, BackupError, Care, Header, MigrationState, Restoration, Restored, Store, StoreError,
    Taken, bring_up_to_date, check, restore as restore_into,
};

/// Hears how many rows have been dealt with.
pub type Progress<'a> = &'a mut dyn FnMut(u64);

pub fn verify_audit(settings: &Settings, progress: Progress<'_>) -> Result<AuditVerification, ServeError> {
    Ok(Care::open(&settings.database_url)?.verify_audit(progress)?)
}

/// Into a new file that its owner alone can read, or with `-` to standard output.
pub fn backup(settings: &Settings, file: &Path, progress: Progress<'_>) -> Result<Taken, ServeError> {
    let mut care = Care::open(&settings.database_url)?;
    let now = system_sources().clock.now();
    if file == Path::new("-") {
        return Ok(care.take_backup(now, &mut BufWriter::new(stdout().lock()), progress)?);
    }
    let failed = |source| ServeError::File { path: file.to_owned(), source };
    let target = OpenOptions::new().write(true).create_new(true).mode(0o600).open(file).map_err(failed)?;
    let mut writer = BufWriter::new(target);
    let taken = care.take_backup(now, &mut writer, progress);
    let kept = taken.map_err(ServeError::from).and_then(|taken| {
        writer.flush().and_then(|()| writer.get_ref().sync_all()).map_err(failed)?;
        Ok(taken)
    });
    if kept.is_err() {
        // Half a backup is worse than none; that it could not be removed is not what went wrong.
        let _ = remove_file(file);
    }
    kept
}

/// The whole file is read twice: it is known to be whole before the database is touched.
pub fn restore(
    settings: &Settings,
    file: &Path,
    progress: Progress<'_>,
) -> Result<(Header, Restored), ServeError> {
    restore_from(settings, &system_sources(), file, progress)
}

/// With the clock and the randomness that it is told to use.
pub fn restore_from(
    settings: &Settings,
    sources: &Sources,
    file: &Path,
    progress: Progress<'_>,
) -> Result<(Header, Restored), ServeError> {
    let open = || {
        let opened = File::open(file);
        opened.map(BufReader::new).map_err(|source| ServeError::File { path: file.to_owned(), source })
    };
    let broken = |error: BackupError| ServeError::Store(StoreError::Backup(error));
    let (header, _) = check(open()?, progress).map_err(broken)?;
    let _locks = serving_locks(settings)?;
    bring_up_to_date(&settings.database_url)?;
    let mut session = Store::open(&settings.database_url)?.session()?;
    if !session.take_serving_lock()? {
        return Err(ServeError::Refused(
            "a server answers from this database: stop it, and restore into an empty one".to_owned(),
        ));
    }
    let now = sources.clock.now();
    let cluster: String = sources.randomness.bytes::<16>().iter().map(|byte| format!("{byte:02x}")).collect();
    let event = |label: &str, position: Position| {
        let millis = now.epoch_seconds().max(0).unsigned_abs().saturating_mul(1_000);
        Some(AuditEvent {
            id: Builder::from_unix_timestamp_millis(millis, &sources.randomness.bytes::<10>()).into_uuid(),
            realm: label.parse().ok()?,
            at: now,
            actor: Caller::operator(),
            action: AuditAction("realm.restore"),
            target: AuditTarget { kind: "realm", id: label.to_owned(), name: label.to_owned() },
            before: Some(json!({"cluster": header.cluster, "position": header.position})),
            after: Some(json!({"cluster": cluster, "position": position, "backup_made_at": header.made_at})),
            address: None,
            request_id: None,
            position,
        })
    };
    let what = Restoration { url: &settings.database_url, now, cluster: cluster.clone(), event: &event };
    let restored = restore_into(&what, &header, open()?, progress)?;
    Ok((header, restored))
}

pub fn migrate(settings: &Settings) -> Result<(MigrationState, MigrationState), ServeError> {
    let before = match Care::open(&settings.database_url) {
        Ok(mut care) => care.migrations()?,
        Err(StoreError::Absent(_)) => MigrationState::default(),
        Err(error) => return Err(error.into()),
    };
    bring_up_to_date(&settings.database_url)?;
    Ok((before, migration_state(settings)?))
}

pub fn migration_state(settings: &Settings) -> Result<MigrationState, ServeError> {
    Ok(Care::open(&settings.database_url)?.migrations()?)
}
