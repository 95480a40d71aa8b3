//! The rows and events of one act, in the order in which they will stand.

use claviger_contract::{Position, Timestamp};
use serde::Serialize;
use uuid::Uuid;

use super::act::new_id;
use super::{Act, Scene};
use crate::domain::{
    Actor, AuditAction, AuditEvent, AuditTarget, Change, Consequences, LogEntry, Randomness, SealedBytes,
};
use crate::snapshot::{RealmView, consequences};
use crate::store::{Decision, Entry, Made};

pub struct Plan<'a> {
    scene: &'a Scene<'a>,
    act: &'a Act,
    actor: Actor,
    next: Position,
    entries: Vec<Entry>,
    audit: Vec<AuditEvent>,
    made: Option<Made>,
}

impl<'a> Plan<'a> {
    pub fn new(scene: &'a Scene<'a>, act: &'a Act, actor: Actor) -> Self {
        Self { scene, act, actor, next: scene.next, entries: Vec::new(), audit: Vec::new(), made: None }
    }

    pub fn actor(&self) -> &Actor {
        &self.actor
    }

    pub fn now(&self) -> Timestamp {
        self.scene.now
    }

    pub fn randomness(&self) -> &dyn Randomness {
        self.scene.randomness()
    }

    /// For what the next row makes: within one second, ids are in the order of the log.
    pub fn new_id(&self) -> Uuid {
        new_id(self.scene.now, self.next, self.scene.randomness())
    }

    /// Returns whether somebody loses something, so that older tokens die.
    pub fn change(&mut self, realm: &RealmView, change: Change) -> bool {
        let consequences = consequences(realm, &change);
        let cut = consequences.take_something_away();
        self.push(change, consequences, None);
        cut
    }

    /// For what nothing else hangs on yet.
    pub fn addition(&mut self, change: Change) {
        self.push(change, Consequences::default(), None);
    }

    pub fn signing_key(&mut self, change: Change, sealed: SealedBytes) {
        self.push(change, Consequences::default(), Some(sealed));
    }

    /// Describes the row that was planned last; rows that nobody asks about need none.
    pub fn event<B: Serialize, A: Serialize>(
        &mut self,
        action: &'static str,
        target: AuditTarget,
        before: Option<&B>,
        after: Option<&A>,
    ) {
        let position = self.entries.last().map_or(self.scene.next, |_| Position::new(self.next.as_u64() - 1));
        self.audit.push(AuditEvent {
            id: self.scene.new_id(),
            realm: self.act.realm.clone(),
            at: self.scene.now,
            actor: self.actor.clone(),
            action: AuditAction(action),
            target,
            // What the API shows serialises: these are plain records of texts and numbers.
            before: before.and_then(|object| serde_json::to_value(object).ok()),
            after: after.and_then(|object| serde_json::to_value(object).ok()),
            address: self.act.address.clone(),
            request_id: self.act.request_id.clone(),
            position,
        });
    }

    /// So that a retry finds out what this attempt has made.
    pub fn made(&mut self, id: &impl ToString) {
        let Some(attempt) = &self.act.attempt else { return };
        self.made = Some(Made {
            realm: self.act.realm.clone(),
            caller: self.act.caller.as_text(),
            attempt: attempt.clone(),
            id: id.to_string(),
            at: self.scene.now,
        });
    }

    pub fn decide<T>(self, outcome: T) -> Decision<T> {
        Decision::Append { entries: self.entries, audit: self.audit, made: self.made, outcome }
    }

    fn push(&mut self, change: Change, consequences: Consequences, sealed_key: Option<SealedBytes>) {
        let log = LogEntry { realm: self.act.realm.clone(), change };
        self.entries.push(Entry { log, consequences, sealed_key });
        self.next = self.next.next();
    }
}
