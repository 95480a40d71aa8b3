//! What this run of the server knows of the verifiers that follow its feed, and which of it the database does not have
//! yet.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use claviger_contract::{Position, RealmLabel, Timestamp};

use crate::store::HeardVerifier;
use claviger_domain::{ResourceServerId, VerifierId, is_silent};

/// The most verifiers of one resource server.
pub const MAX_VERIFIERS: u64 = 1_000;

#[derive(Default)]
pub struct Attached {
    /// The run of the server that they are attached to.
    node: Option<Arc<str>>,
    /// Raised with each run.
    generation: u64,
    known: HashMap<VerifierId, Known>,
    /// Each with at least one verifier that is known.
    servers: HashMap<(RealmLabel, ResourceServerId), HeardServer>,
}

struct Known {
    realm: RealmLabel,
    resource_server: ResourceServerId,
    acked: Position,
    heard_at: Duration,
    row: RowState,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowState {
    /// The last attempt failed, or there was none. Its row may exist nevertheless.
    Unwritten,
    /// To be written: somebody waits for it.
    Requested,
    /// The row is committed, with this position or a later one.
    Written(Position),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    TooMany,
    /// The id is another resource server's, or this process is no server.
    Foreign,
}

/// The verifiers of one resource server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeardServer {
    /// When one of them was heard last.
    pub at: Timestamp,
    pub instances: u64,
}

/// What is to be written of one run.
#[derive(Debug, PartialEq, Eq)]
pub struct Batch {
    pub node: Arc<str>,
    pub generation: u64,
    /// Verifiers without a row.
    pub attach: Vec<HeardVerifier>,
    /// Positions that were acknowledged since.
    pub acknowledge: Vec<HeardVerifier>,
}

impl Attached {
    /// Forgets everything that an earlier run of the server has heard: its rows are not those of this run.
    pub fn enter(&mut self, node: Option<Arc<str>>) {
        if self.node != node {
            *self = Self { node, generation: self.generation + 1, ..Self::default() };
        }
    }

    /// Returns the state of the row. It is never [`RowState::Unwritten`].
    pub fn hear(&mut self, heard: HeardVerifier, at: Duration, now: Timestamp) -> Result<RowState, Refused> {
        let HeardVerifier { realm, resource_server, verifier, acked } = heard;
        if self.node.is_none() {
            return Err(Refused::Foreign);
        }
        let server = (realm.clone(), resource_server);
        if let Some(known) = self.known.get_mut(&verifier) {
            if known.resource_server != resource_server || known.realm != realm {
                return Err(Refused::Foreign);
            }
            known.heard_at = at.max(known.heard_at);
            if let Some(server) = self.servers.get_mut(&server) {
                server.at = now.max(server.at);
            }
            known.acked = acked.max(known.acked);
            if known.row == RowState::Unwritten {
                known.row = RowState::Requested;
            }
            return Ok(known.row);
        }
        let server = self.servers.entry(server).or_insert(HeardServer { at: now, instances: 0 });
        if server.instances >= MAX_VERIFIERS {
            return Err(Refused::TooMany);
        }
        *server = HeardServer { at: now.max(server.at), instances: server.instances + 1 };
        let row = RowState::Requested;
        self.known.insert(verifier, Known { realm, resource_server, acked, heard_at: at, row });
        Ok(row)
    }

    /// `None` if it was forgotten.
    pub fn row(&self, verifier: &VerifierId) -> Option<RowState> {
        self.known.get(verifier).map(|known| known.row)
    }

    pub const fn generation(&self) -> u64 {
        self.generation
    }

    /// What the database does not have yet. `None` if this process is no server.
    ///
    /// A position that this server has not `applied` itself is written when it has: a verifier may have it from another
    /// server, or claim what nobody told it.
    pub fn batch(&self, applied: Position) -> Option<Batch> {
        let node = self.node.clone()?;
        let (mut attach, mut acknowledge) = (Vec::new(), Vec::new());
        for (verifier, known) in &self.known {
            let acked = known.acked.min(applied);
            let heard = || HeardVerifier {
                realm: known.realm.clone(),
                resource_server: known.resource_server,
                verifier: verifier.clone(),
                acked,
            };
            match known.row {
                RowState::Requested => attach.push(heard()),
                RowState::Written(position) if position < acked => acknowledge.push(heard()),
                RowState::Written(_) | RowState::Unwritten => {}
            }
        }
        Some(Batch { node, generation: self.generation, attach, acknowledge })
    }

    /// The commit of these rows was acknowledged.
    pub fn written(&mut self, generation: u64, rows: &[HeardVerifier]) {
        self.note(generation, rows, |row| RowState::Written(row.acked));
    }

    /// It is not known whether these rows were committed.
    pub fn failed(&mut self, generation: u64, rows: &[HeardVerifier]) {
        self.note(generation, rows, |_| RowState::Unwritten);
    }

    fn note(&mut self, generation: u64, rows: &[HeardVerifier], state: impl Fn(&HeardVerifier) -> RowState) {
        if generation != self.generation {
            return;
        }
        for row in rows {
            if let Some(known) = self.known.get_mut(&row.verifier) {
                known.row = state(row);
            }
        }
    }

    /// Forgets the verifiers whose leases are over. Returns whether there was one.
    pub fn forget_silent(&mut self, now: Duration) -> bool {
        let before = self.known.len();
        let servers = &mut self.servers;
        self.known.retain(|_, known| {
            let is_silent = is_silent(known.heard_at, now);
            let server = || (known.realm.clone(), known.resource_server);
            if is_silent && let Some(server) = servers.get_mut(&server()) {
                server.instances -= 1;
            }
            !is_silent
        });
        servers.retain(|_, server| server.instances > 0);
        self.known.len() < before
    }

    pub fn knows(&self, verifier: &VerifierId) -> bool {
        self.known.contains_key(verifier)
    }

    /// The resource servers of the realm that have verifiers here.
    pub fn heard(&self, realm: &RealmLabel) -> BTreeMap<ResourceServerId, HeardServer> {
        let of_realm = self.servers.iter().filter(|((of, _), _)| of == realm);
        of_realm.map(|((_, id), server)| (*id, *server)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(verifier: &str, server: u128, acked: u64) -> HeardVerifier {
        HeardVerifier {
            realm: "acme".parse().expect("a label"),
            resource_server: ResourceServerId::from_u128(server),
            verifier: format!("{verifier:0>16}").parse().expect("an id"),
            acked: Position::new(acked),
        }
    }

    fn attached() -> Attached {
        let mut attached = Attached::default();
        attached.enter(Some("run-0".into()));
        attached
    }

    const FAR: Position = Position::new(1_000);
    const NOW: Timestamp = Timestamp::from_epoch_seconds(1_000);

    fn hear(attached: &mut Attached, heard: HeardVerifier, millis: u64) -> Result<RowState, Refused> {
        attached.hear(heard, Duration::from_millis(millis), NOW)
    }

    #[test]
    fn first_request_waits_for_the_row_and_the_next_does_not() {
        let mut attached = attached();
        assert_eq!(hear(&mut attached, heard("v", 1, 5), 0), Ok(RowState::Requested));
        let batch = attached.batch(FAR).expect("a batch");
        assert_eq!((batch.attach.len(), batch.acknowledge.len()), (1, 0));
        // It is heard again while its row is written.
        assert_eq!(hear(&mut attached, heard("v", 1, 6), 1), Ok(RowState::Requested));
        attached.written(batch.generation, &batch.attach);
        let written = RowState::Written(Position::new(5));
        assert_eq!(hear(&mut attached, heard("v", 1, 4), 2), Ok(written));
        let batch = attached.batch(FAR).expect("a batch");
        assert_eq!((batch.attach.len(), batch.acknowledge), (0, vec![heard("v", 1, 6)]));
        attached.written(batch.generation, &[heard("v", 1, 6)]);
        let batch = attached.batch(FAR).expect("a batch");
        assert!(batch.attach.is_empty() && batch.acknowledge.is_empty(), "written only when it changes");
    }

    #[test]
    fn position_that_the_server_has_not_applied_is_not_written() {
        let mut attached = attached();
        assert_eq!(hear(&mut attached, heard("v", 1, u64::MAX), 0), Ok(RowState::Requested));
        let batch = attached.batch(Position::new(7)).expect("a batch");
        assert_eq!(batch.attach, [heard("v", 1, 7)]);
        attached.written(batch.generation, &batch.attach);
        assert_eq!(attached.batch(Position::new(7)).expect("a batch").acknowledge, []);
        assert_eq!(attached.batch(Position::new(8)).expect("a batch").acknowledge, [heard("v", 1, 8)]);
    }

    #[test]
    fn failed_row_is_written_at_the_next_request() {
        let mut attached = attached();
        assert_eq!(hear(&mut attached, heard("v", 1, 0), 0), Ok(RowState::Requested));
        let batch = attached.batch(FAR).expect("a batch");
        attached.failed(batch.generation, &batch.attach);
        assert_eq!(attached.row(&heard("v", 1, 0).verifier), Some(RowState::Unwritten));
        assert!(attached.batch(FAR).expect("a batch").attach.is_empty(), "nobody waits for it");
        assert_eq!(hear(&mut attached, heard("v", 1, 0), 1), Ok(RowState::Requested));
        assert_eq!(attached.batch(FAR).expect("a batch").attach.len(), 1);
    }

    #[test]
    fn next_run_knows_nobody_and_a_late_commit_of_the_one_before_counts_for_nothing() {
        let mut attached = attached();
        assert_eq!(hear(&mut attached, heard("v", 1, 0), 0), Ok(RowState::Requested));
        let batch = attached.batch(FAR).expect("a batch");
        attached.enter(Some("run-1".into()));
        assert_eq!(hear(&mut attached, heard("v", 1, 0), 1), Ok(RowState::Requested));
        attached.written(batch.generation, &batch.attach);
        assert_eq!(attached.row(&heard("v", 1, 0).verifier), Some(RowState::Requested));
        let mut command = Attached::default();
        assert_eq!(hear(&mut command, heard("v", 1, 0), 0), Err(Refused::Foreign));
        assert_eq!(command.batch(FAR), None);
    }

    #[test]
    fn verifiers_of_one_server_are_bounded_and_silent_ones_make_room() {
        let mut attached = attached();
        for number in 0..MAX_VERIFIERS {
            assert!(hear(&mut attached, heard(&number.to_string(), 1, 0), number).is_ok());
        }
        assert_eq!(hear(&mut attached, heard("one-more", 1, 0), 999), Err(Refused::TooMany));
        assert!(hear(&mut attached, heard("other", 2, 0), 999).is_ok());
        assert_eq!(hear(&mut attached, heard("0", 2, 0), 999), Err(Refused::Foreign), "the id of another");
        assert!(hear(&mut attached, heard("0", 1, 0), 999).is_ok(), "a known one");
        assert!(!attached.forget_silent(Duration::from_millis(3_079)));
        // Only the verifier heard at 1 ms is silent: the first one was heard again.
        assert!(attached.forget_silent(Duration::from_millis(3_081)));
        assert!(attached.knows(&heard("0", 1, 0).verifier) && !attached.knows(&heard("1", 1, 0).verifier));
        let counted = |server| attached.heard(&heard("0", 1, 0).realm)[&ResourceServerId::from_u128(server)];
        assert_eq!(counted(1), HeardServer { at: NOW, instances: MAX_VERIFIERS - 1 });
        assert_eq!(counted(2).instances, 1);
        assert!(hear(&mut attached, heard("one-more", 1, 0), 3_081).is_ok());
        assert_eq!(hear(&mut attached, heard("too-many", 1, 0), 3_081), Err(Refused::TooMany));
    }
}
