//! Polls that wait for something to be told. Each is a task, and none holds a thread.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use claviger_contract::{Position, RealmLabel};
use tokio::sync::watch::{Receiver, Sender};

use crate::snapshot::Snapshot;

/// There is one channel for all polls of a realm, as long as one of them waits.
#[derive(Default)]
pub struct HeldPolls {
    realms: Mutex<HashMap<RealmLabel, Sender<Position>>>,
    /// For polls of verifiers that know more than this node: they wait for it, whatever the realm.
    moved: Sender<Position>,
}

impl HeldPolls {
    /// Check again whether to wait after this: what comes later wakes the poll.
    pub(super) fn hold(&self, realm: &RealmLabel) -> Receiver<Position> {
        let mut realms = self.realms();
        match realms.get(realm) {
            Some(sender) => sender.subscribe(),
            None => realms.entry(realm.clone()).or_default().subscribe(),
        }
    }

    /// As [`hold`](Self::hold), until this node has applied more.
    pub(super) fn hold_until_moved(&self) -> Receiver<Position> {
        self.moved.subscribe()
    }

    /// How many polls wait now.
    pub fn count(&self) -> usize {
        self.realms().values().map(Sender::receiver_count).sum()
    }

    /// Wakes every poll, to be refused: the server forgot all verifiers and signed in again.
    pub(super) fn wake_all(&self) {
        self.realms().values().for_each(|sender| sender.send_modify(|_| {}));
        self.moved.send_modify(|_| {});
    }

    /// Wakes the polls of realms with something to tell, and those that wait for this node.
    pub(super) fn wake(&self, snapshot: &Snapshot) {
        self.realms().retain(|label, told| {
            let last = snapshot.find_realm(label.as_str()).map_or(Position::END, |realm| realm.last_told());
            told.send_if_modified(|told| std::mem::replace(told, last) != last);
            told.receiver_count() > 0
        });
        self.moved.send_if_modified(|told| std::mem::replace(told, snapshot.position) != snapshot.position);
    }

    fn realms(&self) -> MutexGuard<'_, HashMap<RealmLabel, Sender<Position>>> {
        self.realms.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
