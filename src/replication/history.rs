//! Whether the database still has the history that this server has read, and what it has beyond that.

use claviger_contract::{Position, RealmLabel, Timestamp};

use super::ReplicationError;
use super::journal::{Ended, Journal, Place};
use crate::domain::{Restriction, Standstill};
use crate::snapshot::Snapshot;
use crate::store::{Head, LogRow, Session, StoreError};

/// The rows between what was read before and a head of now, as far as they take something away.
pub struct Beyond {
    cluster: String,
    /// `None` where the journal begins with what is loaded: nothing of this life was read before, or there is a gap.
    followed: Option<Head>,
    ended: Vec<(Head, RealmLabel, Restriction)>,
}

impl Beyond {
    /// Before anything is loaded: a database with another history is refused.
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
                    "the change log is not kept back to where this server has read it: the journal of revocations has a gap"
                );
            }
        }
        Ok(beyond)
    }

    /// Up to where the tables were loaded.
    pub fn follow(
        &mut self,
        journal: &Journal,
        session: &mut Session,
        head: Head,
    ) -> Result<(), ReplicationError> {
        let Some(mut at) = self.followed else { return Ok(()) };
        if at.position > head.position {
            let found = format!("it ends at position {}, and {} was read", head.position, at.position);
            return Err(forked(journal, found));
        }
        while at.position < head.position {
            let rows = rows_after(session, journal, at)?;
            for row in rows.into_iter().take_while(|row| row.position <= head.position) {
                at = Head { position: row.position, hash: row.hash };
                let restriction = Restriction::of(&row.entry.change);
                self.ended.extend(restriction.map(|what| (at, row.entry.realm, what)));
            }
        }
        if at.hash != head.hash {
            return Err(forked(journal, format!("position {} is another row than was read", at.position)));
        }
        self.followed = Some(at);
        Ok(())
    }

    /// Into the journal, before anything is answered from what was loaded.
    ///
    /// Returns the id of this life of the data.
    pub fn note(self, journal: &mut Journal, snapshot: &Snapshot, head: Head, now: Timestamp) -> String {
        let place = |head: Head| place(&self.cluster, head, now);
        if self.followed.is_none() {
            journal.begin(place(head));
            return self.cluster;
        }
        let ended = self.ended.into_iter().map(|(head, realm, what)| {
            let until = over_at(snapshot, &realm, &what);
            Ended { place: place(head), realm, until, what }
        });
        journal.note(ended.collect(), place(head), now);
        self.cluster
    }
}

/// Of rows that were applied one after another; `snapshot` is the one behind the last of them.
pub fn note_rows(journal: &mut Journal, cluster: &str, rows: &[LogRow], snapshot: &Snapshot, now: Timestamp) {
    let Some(last) = rows.last() else { return };
    let ended = rows.iter().filter_map(|row| {
        let what = Restriction::of(&row.entry.change)?;
        let until = over_at(snapshot, &row.entry.realm, &what);
        let place = place(cluster, Head { position: row.position, hash: row.hash }, now);
        Some(Ended { place, realm: row.entry.realm.clone(), until, what })
    });
    let reached = place(cluster, Head { position: last.position, hash: last.hash }, now);
    journal.note(ended.collect(), reached, now);
}

/// Of rows that were not applied one after another, because the tables were loaded at a later head.
pub fn note_between(
    journal: &mut Journal,
    session: &mut Session,
    cluster: &str,
    (mut at, to): (Head, Head),
    snapshot: &Snapshot,
    now: Timestamp,
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

/// Rows that do not follow from what was read are another history; a row that cannot be read needs a newer program.
pub fn rows_after(
    session: &mut Session,
    journal: &Journal,
    at: Head,
) -> Result<Vec<LogRow>, ReplicationError> {
    match session.rows_after(at) {
        Ok(rows) if rows.is_empty() => {
            broken(session, journal, at, format!("nothing follows position {}", at.position))
        }
        Ok(rows) => Ok(rows),
        Err(StoreError::Broken { position }) => {
            broken(session, journal, at, format!("position {position} does not follow from what was read"))
        }
        Err(StoreError::UnknownKind { position, kind }) => {
            let position = Position::new(position);
            Err(Standstill::NewerNeeded { position, kind }.into())
        }
        Err(error @ StoreError::Corrupt { .. }) => {
            Err(Standstill::Damaged { what: error.to_string() }.into())
        }
        Err(error) => Err(error.into()),
    }
}

/// Where retention has taken away what was to be read, nothing but history is missing.
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

/// That `target` is behind what was read, or another row at the same position.
pub fn refuse_other(journal: &Journal, read: Head, target: Head) -> Result<(), ReplicationError> {
    if read.position > target.position {
        let found = format!("it ends at position {}, and {} was read", target.position, read.position);
        return Err(forked(journal, found));
    }
    if read.position == target.position && read.hash != target.hash {
        return Err(forked(journal, format!("position {} is another row than was read", read.position)));
    }
    Ok(())
}

/// That of the rows beyond what was read one stands where the head was seen, with another hash.
pub fn refuse_other_row(journal: &Journal, rows: &[LogRow], target: Head) -> Result<(), ReplicationError> {
    match rows.iter().find(|row| row.position == target.position) {
        Some(row) => refuse_other(journal, Head { position: row.position, hash: row.hash }, target),
        None => Ok(()),
    }
}

/// Whether the log goes back to the row that was read last. Where retention has taken it away nothing can be said.
fn is_kept(
    session: &mut Session,
    journal: &Journal,
    reached: Head,
    head: Head,
) -> Result<bool, ReplicationError> {
    refuse_other(journal, reached, head)?;
    match session.find_hash(reached.position)? {
        Some(hash) if hash == reached.hash => Ok(true),
        Some(_) => {
            Err(forked(journal, format!("position {} is another row than was read", reached.position)))
        }
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

/// When what was ended would be over anyway.
fn over_at(snapshot: &Snapshot, realm: &RealmLabel, what: &Restriction) -> Option<Timestamp> {
    let realm = snapshot.find_realm(realm.as_str())?;
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
