//! The rows and events of one act, in log order.

use claviger_contract::{Position, Timestamp};
use serde::Serialize;

use crate::ledger::act::new_id;
use crate::ledger::act::{Act, Scene};
use crate::snapshot::{RealmView, add_restricted, consequences};
use crate::store::{Decision, Entry, Made, Unreadable, check_event};
use claviger_domain::{
    Actor, AuditAction, AuditEvent, AuditEventId, AuditTarget, Change, Consequences, Id, Json, LogEntry,
    Notice, Randomness, SealedBytes, UsedId,
};

pub struct Plan<'a> {
    scene: &'a Scene<'a>,
    act: &'a Act,
    actor: Actor,
    next: Position,
    /// About how many tokens the changes since the last event end.
    tokens_ended: Option<u64>,
    entries: Vec<Entry>,
    audit: Vec<AuditEvent>,
    made: Option<Made>,
    notices: Vec<Notice>,
    /// The first value of the act that could not be read back.
    unreadable: Option<Unreadable>,
}

impl<'a> Plan<'a> {
    pub fn new(scene: &'a Scene<'a>, act: &'a Act, actor: Actor) -> Self {
        Self {
            scene,
            act,
            actor,
            next: scene.next,
            tokens_ended: None,
            entries: Vec::new(),
            audit: Vec::new(),
            made: None,
            notices: Vec::new(),
            unreadable: None,
        }
    }

    /// About how many tokens a client had before the act.
    pub fn tokens_alive_of(&self, id: UsedId) -> Option<u64> {
        self.scene.tokens_alive.of_client(id)
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

    /// An id for an object of the next row. Within one second, ids follow the order of the log.
    pub fn new_id<Kind>(&self) -> Id<Kind> {
        new_id(self.scene.now, self.next, self.scene.randomness())
    }

    pub fn change(&mut self, realm: &RealmView, change: Change) {
        let consequences = consequences(realm, &change);
        self.push(change, consequences, None);
    }

    /// For a change on which nothing else depends.
    pub fn addition(&mut self, change: Change) {
        let mut consequences = Consequences::default();
        if let Some(realm) = self.scene.find_realm_or_deleted(&self.act.realm) {
            add_restricted(realm, &change, &mut consequences);
        }
        self.push(change, consequences, None);
    }

    pub fn signing_key(&mut self, change: Change, sealed: SealedBytes) {
        self.push(change, Consequences::default(), Some(sealed));
    }

    /// As [`Self::change`], with what the tables hold sealed.
    pub fn sealed_change(&mut self, realm: &RealmView, change: Change, sealed: Option<SealedBytes>) {
        let consequences = consequences(realm, &change);
        self.push(change, consequences, sealed);
    }

    /// Describes the last planned row; without one, its position is that of the last row of the log. Rows without interest
    /// for the audit trail need no event.
    pub fn event<B: Serialize, A: Serialize>(
        &mut self,
        action: AuditAction,
        target: AuditTarget,
        before: Option<&B>,
        after: Option<&A>,
    ) -> AuditEventId {
        let position = Position::new(self.next.as_u64() - 1);
        let id = self.scene.new_id();
        let event = AuditEvent {
            id,
            realm: self.act.realm.clone(),
            at: self.scene.now,
            actor: self.actor.clone(),
            action,
            target,
            before: before.and_then(|object| self.json(object)),
            after: after.and_then(|object| self.json(object)),
            address: self.act.address.clone(),
            request_id: self.act.request_id.clone(),
            position,
            tokens_ended_estimate: self.tokens_ended.take(),
        };
        if let Err(unreadable) = check_event(&event) {
            self.refuse(unreadable);
        }
        self.audit.push(event);
        id
    }

    fn json(&mut self, object: &impl Serialize) -> Option<Json> {
        let unreadable =
            |error: serde_json::Error| Unreadable { field: "audit event".into(), detail: error.to_string() };
        Json::of(object).map_err(|error| self.refuse(unreadable(error))).ok()
    }

    fn refuse(&mut self, unreadable: Unreadable) {
        self.unreadable.get_or_insert(unreadable);
    }

    /// Lets a retry find what this attempt created.
    pub fn made(&mut self, id: &impl ToString) {
        let Some(attempt) = &self.act.attempt else { return };
        self.made = Some(Made {
            realm: self.act.realm.clone(),
            caller: self.act.caller.as_text(),
            attempt: attempt.clone(),
            id: id.to_string(),
            at: self.scene.now,
            forget: self.scene.trusted,
        });
    }

    /// The last event tells of an end: never again of the same.
    pub fn told(&mut self, notice: Notice) {
        self.notices.push(notice);
    }

    pub fn decide<T>(self, outcome: T) -> Decision<T> {
        if let Some(unreadable) = self.unreadable {
            return Decision::Unreadable(unreadable);
        }
        let Self { entries, audit, made, notices, .. } = self;
        Decision::Append { entries, audit, made, notices, outcome }
    }

    fn push(&mut self, change: Change, consequences: Consequences, sealed: Option<SealedBytes>) {
        if let Some(ended) = self.scene.tokens_alive.ended_by(&change, &consequences) {
            self.tokens_ended = Some(self.tokens_ended.unwrap_or(0).saturating_add(ended));
        }
        let log = LogEntry { realm: self.act.realm.clone(), change };
        match Entry::new(log, consequences, sealed) {
            Ok(entry) => self.entries.push(entry),
            Err(unreadable) => self.refuse(unreadable),
        }
        self.next = self.next.next();
    }
}
