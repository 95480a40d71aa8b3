//! What looks after the database: its audit trail, its backups, its migrations.

use std::fs::{OpenOptions, remove_file};
use std::io::{BufWriter, Write, stdout};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use super::ServeError;
use super::run::system_sources;
use crate::config::Settings;
use crate::store::{AuditVerification, Care, MigrationState, StoreError, Taken, bring_up_to_date};

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
