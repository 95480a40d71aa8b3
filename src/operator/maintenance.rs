//! Database maintenance: audit trail, backups and migrations.

use std::fs::{File, OpenOptions, remove_file};
use std::io::{BufReader, BufWriter, Write, stdout};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use crate::config::Settings;
use crate::operator::beside::Beside;
use crate::serve::ServeError;
use crate::serve::system_sources;
use crate::store::{
    AuditVerification, Maintenance, MigrationState, StoreError, Taken, bring_up_to_date, check,
};
use claviger_domain::Realm;

/// Receives the number of rows processed.
pub type Progress<'a> = &'a mut dyn FnMut(u64);

pub fn verify_audit(settings: &Settings, progress: Progress<'_>) -> Result<AuditVerification, ServeError> {
    Ok(open(settings)?.verify_audit(progress)?)
}

/// All realms, by their labels.
pub fn list_realms(settings: &Settings) -> Result<Vec<Realm>, ServeError> {
    Ok(open(settings)?.list_realms()?)
}

/// Writes a new file that only its owner can read, or standard output for `-`.
pub fn backup(settings: &Settings, file: &Path, progress: Progress<'_>) -> Result<Taken, ServeError> {
    let mut care = open(settings)?;
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
        let written = BufReader::new(File::open(file).map_err(failed)?);
        check(written, &|_| true, &mut |_| {})?;
        Ok(taken)
    });
    if kept.is_err() {
        // An incomplete backup is removed. A failure to remove it must not hide the original error.
        let _ = remove_file(file);
    }
    kept
}

pub fn migrate(settings: &Settings) -> Result<(MigrationState, MigrationState), ServeError> {
    Beside::look(settings)?;
    let before = match Maintenance::open(&settings.database_url) {
        Ok(mut care) => care.migrations()?,
        Err(StoreError::Absent(_)) => MigrationState::default(),
        Err(error) => return Err(error.into()),
    };
    bring_up_to_date(&settings.database_url)?;
    Ok((before, migration_state(settings)?))
}

pub fn migration_state(settings: &Settings) -> Result<MigrationState, ServeError> {
    Ok(open(settings)?.migrations()?)
}

/// Uses the name that the running server uses, if one runs.
pub(super) fn open(settings: &Settings) -> Result<Maintenance, ServeError> {
    Beside::look(settings)?;
    Ok(Maintenance::open(&settings.database_url)?)
}
