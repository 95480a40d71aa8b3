//! Restores a backup into an empty database, and ends again what is known to have ended after the backup.

use std::cell::Cell;
use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};

use claviger_contract::Position;
use serde_json::json;
use uuid::Builder;

use crate::config::Settings;
use crate::crypto::{Keyring, MasterKeys};
use crate::ledger::Caller;
use crate::operator::maintenance::Progress;
use crate::operator::sealed_parts::opens;
use crate::replication::{
    Contents, Ended, JOURNAL_FILE, Journal, Place, Reach, Unopened, load_unopened, reach,
};
use crate::revocation::{Known, Restored as RestoredState, reassert};
use crate::serve::ServeError;
use crate::serve::Sources;
use crate::serve::serving_locks;
use crate::serve::system_sources;
use crate::store::{
    Again, Header, LoadRestored, Restoration, Store, StoreError, bring_up_to_date, check,
    restore as restore_into,
};
use claviger_domain::{AuditAction, AuditEvent, AuditTarget, Id, TargetKind};

/// The input files of a restore.
pub struct RestoreFrom<'a> {
    pub backup: &'a Path,
    /// Empty means the journal of the data folder, if it exists.
    pub journals: &'a [PathBuf],
}

pub struct RestoreDone {
    pub header: Header,
    pub rows: u64,
    /// The number of journals read.
    pub journals: usize,
    /// The number of restrictions that they hold from after the backup.
    pub known: usize,
    /// The number of these that were still live in the backup.
    pub reasserted: usize,
    pub reach: Reach,
}

/// Reads the file twice. Before the database is touched, the file is known to be complete and to open with the master
/// key.
pub fn restore(
    settings: &Settings,
    from: &RestoreFrom<'_>,
    progress: Progress<'_>,
) -> Result<RestoreDone, ServeError> {
    restore_from(settings, &system_sources(), from, progress)
}

/// Uses the given clock and randomness.
pub fn restore_from(
    settings: &Settings,
    sources: &Sources,
    from: &RestoreFrom<'_>,
    progress: Progress<'_>,
) -> Result<RestoreDone, ServeError> {
    let open = || {
        let opened = File::open(from.backup);
        let failed = |source| ServeError::File { path: from.backup.to_owned(), source };
        opened.map(BufReader::new).map_err(failed)
    };
    let keyring = Keyring::derive(&MasterKeys::load(&settings.keys_dir)?)?;
    let (header, _) = check(open()?, &|part| opens(&keyring, part), progress)?;
    let _locks = serving_locks(settings)?;
    let (journals, journal) = read_journals(settings, from)?;
    bring_up_to_date(&settings.database_url)?;
    let mut session = Store::open(&settings.database_url)?.session()?;
    if !session.take_serving_lock()? {
        return Err(ServeError::Refused(
            "a server uses this database: stop it, and restore into an empty one".to_owned(),
        ));
    }
    let now = sources.clock.now();
    let cluster: String = sources.randomness.bytes::<16>().iter().map(|byte| format!("{byte:02x}")).collect();
    let event = |label: &str, position: Position| {
        let millis = now.epoch_seconds().max(0).unsigned_abs().saturating_mul(1_000);
        Some(AuditEvent {
            id: Id::from_uuid(
                Builder::from_unix_timestamp_millis(millis, &sources.randomness.bytes::<10>()).into_uuid(),
            ),
            realm: label.parse().ok()?,
            at: now,
            actor: Caller::operator(),
            action: AuditAction::RealmRestore,
            target: AuditTarget { kind: TargetKind::Realm, id: label.to_owned(), name: label.to_owned() },
            before: Some(json!({"cluster": header.cluster, "position": header.position}).into()),
            after: Some(
                json!({"cluster": cluster, "position": position, "backup_made_at": header.made_at}).into(),
            ),
            address: None,
            request_id: None,
            position,
            tokens_ended_estimate: None,
        })
    };
    let known = known_after(&journal, Position::new(header.position));
    let count = Cell::new(0);
    let again = |load: LoadRestored<'_>| {
        let unread = |what: String| StoreError::Corrupt { table: "(restored)", row: String::new(), what };
        let Unopened { snapshot, keys } =
            load_unopened(load, &settings.public_url).map_err(|error| unread(error.to_string()))?;
        let state = RestoredState { snapshot, keys, now, randomness: &*sources.randomness };
        let done = reassert(state, &known).map_err(|error| unread(error.to_string()))?;
        count.set(done.count);
        Ok(Again { entries: done.entries, audit: done.audit })
    };
    let what = Restoration {
        url: &settings.database_url,
        now,
        cluster: cluster.clone(),
        event: &event,
        again: &again,
    };
    let restored = restore_into(&what, &header, open()?, progress)?;
    let reach = reach(&journal, &header.cluster, Position::new(header.position));
    let (position, hash) = (restored.head.position, restored.head.hash);
    Journal::adopt(&settings.data_dir, journal, Place { cluster, position, hash, at: now }).map_err(|error| {
        ServeError::Refused(format!(
            "everything is restored and can be served, but the revocation journal is not written, so a later restore \
             of this backup will apply fewer revocations: {error}"
        ))
    })?;
    let (known, reasserted) = (known.len(), count.get());
    Ok(RestoreDone { header, rows: restored.rows, journals, known, reasserted, reach })
}

/// Returns the number of journals and their merged contents.
fn read_journals(settings: &Settings, from: &RestoreFrom<'_>) -> Result<(usize, Contents), ServeError> {
    let own = [settings.data_dir.join(JOURNAL_FILE)];
    let paths = match from.journals {
        [] if own[0].exists() => &own,
        given => given,
    };
    let mut all = Contents::default();
    for path in paths {
        all.merge(Contents::read(path)?);
    }
    Ok((paths.len(), all))
}

/// Positions grow across restores: a position beyond the backup's is from after the backup.
fn known_after(journal: &Contents, position: Position) -> Vec<Known> {
    let later = journal.ended.iter().filter(|ended| ended.place.position > position);
    let known = |ended: &Ended| Known {
        realm: ended.realm.clone(),
        position: ended.place.position,
        what: ended.what.clone(),
    };
    later.map(known).collect()
}
