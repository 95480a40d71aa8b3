//! Checks that the database still has the history that this server has read, and finds what it has beyond that.

use claviger_contract::{Position, RealmLabel, Timestamp};

use crate::replication::error::ReplicationError;
use crate::replication::journal::{Ended, Journal, Place};
use crate::snapshot::Snapshot;
use crate::store::{Head, LogRow, Session, StoreError};
use claviger_domain::{Moment, Restriction, Standstill};

/// The restrictions in the rows between the last row read and the current head.
pub struct Beyond {
    cluster: String,
    /// `None` where the journal begins with the loaded state: nothing was read under this cluster id, or there is a
    /// gap.
    followed: Option<Head>,
    ended: Vec<(Head, RealmLabel, Restriction)>,
}

/// For a command: whether the database still has the history that the server of this journal has read.
pub fn check_history(journal: &Journal, session: &mut Session) -> Result<(), ReplicationError> {
    Beyond::check(journal, session).map(drop)
}

impl Beyond {
    /// Runs before loading: a database with another history is refused.
    pub fn check(journal: &Journal, session: &mut Session) -> Result<Self, ReplicationError> {
        let cluster = session.cluster()?;
        let mut beyond = Self { followed: None, ended: Vec::new(), cluster };
        if let Some(reached) = journal.reached(&beyond.cluster) {
            let reached = reached.head();
            let head = session.head()?;
            if is_kept(session, journal, reached, head)? {
                beyond.followed = Some(reached);
                beyond.follow(journal, session, head)?;
            } else {
                tracing::warn!(
                    from = %reached.position, to = %head.position,
                    "the change log no longer contains the last row that this server has read: the revocation journal \
                     has a gap"
                );
            }
        } else if let Some(other) = journal.last_of_others(&beyond.cluster)
            && session.head()?.position == Position::ZERO
        {
            let found = format!(
                "it is empty, but this server has read another database, up to position {}",
                other.position
            );
            return Err(forked(journal, found));
        }
        Ok(beyond)
    }

    /// Reads the rows up to the head at which the tables were loaded.
    pub fn follow(
        &mut self,
        journal: &Journal,
        session: &mut Session,
        head: Head,
    ) -> Result<(), ReplicationError> {
        let Some(mut at) = self.followed else { return Ok(()) };
        if at.position > head.position {
            let found = format!("it ends at position {}, but {} was read", head.position, at.position);
            return Err(forked(journal, found));
        }
        while at.position < head.position {
            let rows = rows_after(session, journal, at)?;
            for row in rows.into_iter().take_while(|row| row.position <= head.position) {
                at = Head { position: row.position, hash: row.hash };
                let Some(entry) = row.entry else { continue };
                let restriction = Restriction::of(&entry.change);
                self.ended.extend(restriction.map(|what| (at, entry.realm, what)));
            }
        }
        if at.hash != head.hash {
            return Err(forked(journal, format!("row {} is not the row that was read", at.position)));
        }
        self.followed = Some(at);
        Ok(())
    }

    /// Writes to the journal, before anything is answered from the loaded state.
    ///
    /// Returns the cluster id.
    pub fn note(self, journal: &mut Journal, snapshot: &Snapshot, head: Head, now: Moment) -> String {
        let place = |head: Head| place(&self.cluster, head, now.at);
        if self.followed.is_none() {
            journal.begin(place(head));
            return self.cluster;
        }
        let ended = self.ended.into_iter().map(|(head, realm, what)| {
            let until = over_at(snapshot, &realm, &what);
            Ended { place: place(head), realm, until, what }
        });
        journal.note(ended.collect(), place(head), now.trusted);
        self.cluster
    }
}

/// Records rows that were applied one after another; `snapshot` is the state after the last of them.
pub fn note_rows(journal: &mut Journal, cluster: &str, rows: &[LogRow], snapshot: &Snapshot, now: Moment) {
    let Some(last) = rows.last() else { return };
    let ended = rows.iter().filter_map(|row| {
        let entry = row.entry.as_ref()?;
        let what = Restriction::of(&entry.change)?;
        let until = over_at(snapshot, &entry.realm, &what);
        let place = place(cluster, Head { position: row.position, hash: row.hash }, now.at);
        Some(Ended { place, realm: entry.realm.clone(), until, what })
    });
    let reached = place(cluster, Head { position: last.position, hash: last.hash }, now.at);
    journal.note(ended.collect(), reached, now.trusted);
}

/// Records rows that were skipped because the tables were loaded at a later head.
pub fn note_between(
    journal: &mut Journal,
    session: &mut Session,
    cluster: &str,
    (mut at, to): (Head, Head),
    snapshot: &Snapshot,
    now: Moment,
) -> Result<(), ReplicationError> {
    refuse_other(journal, at, to)?;
    while at.position < to.position {
        let mut rows = rows_after(session, journal, at)?;
        refuse_other_row(journal, &rows, to)?;
        rows.retain(|row| row.position <= to.position);
        note_rows(journal, cluster, &rows, snapshot, now);
        let Some(last) = rows.last() else { break };
        at = Head { position: last.position, hash: last.hash };
    }
    Ok(())
}

/// Rows that do not follow from the last row read are another history. A row of an unknown kind needs a newer program.
pub fn rows_after(
    session: &mut Session,
    journal: &Journal,
    at: Head,
) -> Result<Vec<LogRow>, ReplicationError> {
    match session.rows_after(at) {
        Ok(rows) if rows.is_empty() => {
            broken(session, journal, at, format!("no row follows position {}", at.position))
        }
        Ok(rows) => Ok(rows),
        Err(StoreError::Broken { position }) => {
            broken(session, journal, at, format!("row {position} does not follow from the last row read"))
        }
        Err(StoreError::UnknownKind { position, kind }) => {
            let position = Position::new(position);
            Err(Standstill::NewerNeeded { position, kind }.into())
        }
        Err(StoreError::Damaged { position, what }) => {
            Err(Standstill::Damaged { position: Position::new(position), what }.into())
        }
        Err(error) => Err(error.into()),
    }
}

/// If retention has removed the next rows, only history is missing.
fn broken<T>(
    session: &mut Session,
    journal: &Journal,
    at: Head,
    found: String,
) -> Result<T, ReplicationError> {
    let is_gap =
        session.find_hash(at.position)?.is_none() && session.first_position()? != Some(at.position.next());
    Err(if is_gap { ReplicationError::Gap } else { forked(journal, found) })
}

/// Fails if `target` is behind what was read, or is another row at the same position.
pub fn refuse_other(journal: &Journal, read: Head, target: Head) -> Result<(), ReplicationError> {
    if read.position > target.position {
        let found = format!("it ends at position {}, but {} was read", target.position, read.position);
        return Err(forked(journal, found));
    }
    if read.position == target.position && read.hash != target.hash {
        return Err(forked(journal, format!("row {} is not the row that was read", read.position)));
    }
    Ok(())
}

/// Fails if the row at the position of `target` has another hash.
pub fn refuse_other_row(journal: &Journal, rows: &[LogRow], target: Head) -> Result<(), ReplicationError> {
    match rows.iter().find(|row| row.position == target.position) {
        Some(row) => refuse_other(journal, Head { position: row.position, hash: row.hash }, target),
        None => Ok(()),
    }
}

/// Whether the log still contains the last row read. If retention has removed that row, this cannot be decided.
fn is_kept(
    session: &mut Session,
    journal: &Journal,
    reached: Head,
    head: Head,
) -> Result<bool, ReplicationError> {
    refuse_other(journal, reached, head)?;
    match session.find_hash(reached.position)? {
        Some(hash) if hash == reached.hash => Ok(true),
        Some(_) => Err(forked(journal, format!("row {} is not the row that was read", reached.position))),
        None => {
            let next = session.first_position()? == Some(reached.position.next());
            Ok(next || head.position == reached.position)
        }
    }
}

fn place(cluster: &str, head: Head, at: Timestamp) -> Place {
    Place { cluster: cluster.to_owned(), position: head.position, hash: head.hash, at }
}

fn forked(journal: &Journal, found: String) -> ReplicationError {
    Standstill::Forked { found, journal: journal.path().display().to_string() }.into()
}

/// When the restricted object would have expired anyway.
fn over_at(snapshot: &Snapshot, realm: &RealmLabel, what: &Restriction) -> Option<Timestamp> {
    let realm = snapshot.find_realm_or_deleted(realm.as_str())?;
    match what {
        Restriction::TokenRevoked { expires_at, .. } => Some(*expires_at),
        Restriction::MemberTokenRevoked { id } => Some(realm.member_tokens.get(id)?.expires_at),
        Restriction::RegistryTokenRevoked { id } => Some(realm.registry_tokens.get(id)?.expires_at),
        Restriction::ApplicationRevoked { id } | Restriction::ApplicationLeft { id, .. } => {
            realm.applications.get(id)?.record.expires_at
        }
        _ => realm.credentials.get(&what.credential()?)?.expires_at,
    }
}
