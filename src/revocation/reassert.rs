//! Repeats in a restored database the restrictions made after its backup, as far as they were recorded.

use std::sync::Arc;

use claviger_contract::{Position, RealmLabel, Timestamp};
use serde_json::json;

use crate::ledger::{Act, Caller, Plan, Scene};
use crate::revocation::reassertion::{Moment, changes};
use crate::snapshot::{ApplyError, KeyOpener, LiveKey, Snapshot};
use crate::store::{Decision, Entry, Unreadable};
use claviger_domain::{
    Actor, AuditAction, AuditEvent, AuditTarget, Change, Key, Randomness, Restriction, SigningKey, Subject,
    TargetKind, needed,
};

/// What was recorded of one act, in log order.
pub struct Known {
    pub realm: RealmLabel,
    pub position: Position,
    pub what: Restriction,
}

/// Rows and events for the restore's own transaction.
#[derive(Default)]
pub struct Reasserted {
    pub entries: Vec<Entry>,
    pub audit: Vec<AuditEvent>,
    /// Number of known restrictions that changed something.
    pub count: usize,
}

/// The restored state, and the inputs of the decision.
pub struct Restored<'a> {
    pub snapshot: Snapshot,
    /// Signing keys by realm. Their private halves need not be decrypted.
    pub keys: Vec<(RealmLabel, String)>,
    pub now: Timestamp,
    pub randomness: &'a dyn Randomness,
}

#[derive(Debug, thiserror::Error)]
pub enum ReassertError {
    #[error(transparent)]
    Apply(#[from] ApplyError),
    #[error(transparent)]
    Unreadable(Unreadable),
}

/// Of several restrictions of one object, only those count that take away something no later one does.
pub fn reassert(restored: Restored<'_>, known: &[Known]) -> Result<Reasserted, ReassertError> {
    let Restored { snapshot, mut keys, now, randomness } = restored;
    let needed = needed(known.iter().map(|one| (&one.realm, one.position, &one.what)));
    let mut snapshot = Arc::new(snapshot);
    let mut done = Reasserted::default();
    for (one, _) in known.iter().zip(needed).filter(|(_, is_needed)| *is_needed) {
        let Some(realm) = snapshot.find_realm(one.realm.as_str()) else { continue };
        let has_key = |kid: &str| keys.iter().any(|(realm, known)| *realm == one.realm && known == kid);
        let by: Actor = Caller::operator();
        let planned = changes(realm, &one.what, &Moment { now, by: &by, has_key: &has_key });
        done.count += usize::from(!planned.is_empty());
        for change in planned {
            if let Change::Deleted(Key::SigningKey(kid)) = &change {
                keys.retain(|(_, known)| known != kid);
            }
            let Some(realm) = snapshot.find_realm(one.realm.as_str()) else { continue };
            let act = Act::local(one.realm.clone(), Caller::Operator);
            let scene = Scene::new(&snapshot, snapshot.position.next(), now, randomness);
            let mut plan = Plan::new(&scene, &act, by.clone());
            plan.change(realm, change);
            let after = json!({"written_down_at": one.position, "what": one.what});
            plan.event(
                AuditAction::RevocationReassert,
                target(&one.realm, &one.what),
                None::<&()>,
                Some(&after),
            );
            let (entries, audit) = match plan.decide(()) {
                Decision::Append { entries, audit, .. } => (entries, audit),
                Decision::Nothing(()) => continue,
                Decision::Unreadable(unreadable) => return Err(ReassertError::Unreadable(unreadable)),
            };
            let mut next = (*snapshot).clone();
            for entry in &entries {
                next.apply(next.position.next(), entry.log(), &mut NoKeys)?;
            }
            snapshot = Arc::new(next);
            done.entries.extend(entries);
            done.audit.extend(audit);
        }
    }
    Ok(done)
}

/// A restriction never adds a key.
struct NoKeys;

impl KeyOpener for NoKeys {
    fn open(&mut self, _: &RealmLabel, _: &SigningKey, _: Position) -> Result<Option<LiveKey>, ApplyError> {
        Ok(None)
    }
}

fn target(realm: &RealmLabel, what: &Restriction) -> AuditTarget {
    let (kind, id) = match what.subject() {
        Subject::Object(key) => return key.target(),
        Subject::Realm | Subject::Settings => (TargetKind::Realm, realm.to_string()),
        Subject::Member(id) => (TargetKind::Member, id.to_string()),
        Subject::MemberToken(id) => (TargetKind::MemberToken, id.to_string()),
        Subject::Application(id) => (TargetKind::ApplicationCredential, id.to_string()),
        Subject::RegistryToken(id) => (TargetKind::RegistryToken, id.to_string()),
        Subject::Credential(id) => (TargetKind::ServiceCredential, id.to_string()),
        Subject::AccessToken(jti) => (TargetKind::AccessToken, jti.to_string()),
    };
    AuditTarget { kind, name: id.clone(), id }
}
