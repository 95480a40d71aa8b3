//! A realm in a database, as the writer and the follower keep it.

use std::sync::Arc;

use claviger::replication::load_unopened;
use claviger::snapshot::{ApplyError, KeyOpener, LiveKey, RealmView, Snapshot};
use claviger::store::{Commit, Decision, Entry, Store, StoreError, Writer};
use claviger_contract::{Position, RealmLabel};
use claviger_domain::{
    Change, Consequences, LogEntry, Realm, RealmSettings, ScopeEntry, ServiceCredential, SigningKey,
};

use crate::plain_realm::acts::SCOPES;
use crate::plain_realm::records::NOW;
use claviger_testkit::clock::StillClock;
use claviger_testkit::world::World;

struct NoKeys;

impl KeyOpener for NoKeys {
    fn open(&mut self, _: &RealmLabel, _: &SigningKey, _: Position) -> Result<Option<LiveKey>, ApplyError> {
        Ok(None)
    }
}

/// A realm in a database, followed act by act.
pub struct Course {
    pub store: Store,
    writer: Writer,
    clock: Arc<StillClock>,
    label: RealmLabel,
    pub snapshot: Snapshot,
}

impl Course {
    pub fn begin(world: &World, label: &str) -> Self {
        let store = Store::open(&world.database_url.parse().unwrap()).unwrap();
        let snapshot = loaded(&store);
        let writer = Writer::new(&store);
        let mut course =
            Self { store, writer, clock: world.clock.clone(), label: label.parse().unwrap(), snapshot };
        let realm = Realm {
            label: course.label.clone(),
            display_name: "".parse().unwrap(),
            settings: RealmSettings::default(),
            suspended_at: None,
            deleted_at: None,
            created_at: NOW,
            updated_at: NOW,
        };
        course.commit(Change::put(realm), Consequences::default());
        for scope in SCOPES {
            let (scope, description) = (scope.parse().unwrap(), "".parse().unwrap());
            let entry = ScopeEntry { scope, description, created_at: NOW, updated_at: NOW };
            course.commit(Change::put(entry), Consequences::default());
        }
        course
    }

    pub fn realm(&self) -> &Arc<RealmView> {
        self.snapshot.find_realm(self.label.as_str()).unwrap()
    }

    /// Drops the credentials that the log has revoked.
    pub fn forget_revoked(&mut self) {
        assert!(!self.snapshot.forget_tokens_ended_before(NOW.plus_seconds(1)), "there are few");
    }

    /// Creates very many credentials in one transaction.
    pub fn create(&mut self, credentials: &[ServiceCredential]) -> Vec<Position> {
        let log = |credential: &ServiceCredential| LogEntry {
            realm: self.label.clone(),
            change: Change::put(credential.clone()),
        };
        let logs: Vec<LogEntry> = credentials.iter().map(log).collect();
        let entry = |log: &LogEntry| {
            Entry::new(log.clone(), Consequences::default(), None).expect("a row that reads back")
        };
        let entries: Vec<Entry> = logs.iter().map(entry).collect();
        let appended = self.writer.change::<(), StoreError>(Commit::Alone, &*self.clock, |_, _| {
            Ok(Decision::Append { entries, audit: Vec::new(), made: None, notices: Vec::new(), outcome: () })
        });
        let last = appended.unwrap().position.as_u64();
        let first = last + 1 - u64::try_from(logs.len()).unwrap();
        let positions: Vec<Position> = (first..=last).map(Position::new).collect();
        for (log, position) in logs.iter().zip(&positions) {
            self.snapshot.apply(*position, log, &mut NoKeys).unwrap();
        }
        positions
    }

    /// Writes the row like the ledger, and applies it like a follower.
    pub fn commit(&mut self, change: Change, consequences: Consequences) -> Position {
        let log = LogEntry { realm: self.label.clone(), change };
        let entry = Entry::new(log.clone(), consequences, None).expect("a row that reads back");
        let entries = vec![entry];
        let appended = self.writer.change::<(), StoreError>(Commit::Alone, &*self.clock, |_, _| {
            Ok(Decision::Append { entries, audit: Vec::new(), made: None, notices: Vec::new(), outcome: () })
        });
        let position = appended.unwrap().position;
        self.snapshot.apply(position, &log, &mut NoKeys).unwrap();
        position
    }
}

pub fn loaded(store: &Store) -> Snapshot {
    let mut session = store.session().unwrap();
    load_unopened(&mut |loaded| session.load(loaded), "https://auth.example").unwrap().snapshot
}
