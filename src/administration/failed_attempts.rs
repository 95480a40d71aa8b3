//! Writes refused attempts into the audit trail: later and in batches.

use serde_json::json;

use crate::ledger::{Act, Caller, Ledger, LedgerError, Scene};
use claviger_domain::{
    Actor, AuditAction, AuditEvent, AuditTarget, FailedAttempt, FailedAttempts, TargetKind,
};

/// Events per transaction, kept low so that other writers do not wait long.
const AT_ONCE: usize = 128;

/// On an error, returns it with the attempts that are not known to be written.
pub fn record_failed_attempts(
    ledger: &Ledger,
    mut attempts: Vec<FailedAttempts>,
) -> Result<(), (Vec<FailedAttempts>, LedgerError)> {
    while !attempts.is_empty() {
        let batch = &attempts[..attempts.len().min(AT_ONCE)];
        let written = ledger.record::<LedgerError>(|scene| {
            Ok(batch.iter().filter_map(|attempt| event(scene, attempt)).collect())
        });
        if let Err(error) = written {
            return Err((attempts, error));
        }
        attempts.drain(..attempts.len().min(AT_ONCE));
    }
    Ok(())
}

/// The actor that the audit trail names for a refused act.
pub fn denied_actor(ledger: &Ledger, act: &Act) -> Actor {
    let snapshot = ledger.latest();
    let realm = snapshot.find_realm(act.realm.as_str());
    match &act.caller {
        Caller::Member { member, .. } => {
            let name = realm.and_then(|realm| Some(realm.members.get(member)?.email.to_string()));
            Actor::member(*member, name.unwrap_or_default())
        }
        Caller::Credential { id, .. } => {
            let name = realm.map(|realm| realm.name_of_client(id.widen())).unwrap_or_default();
            Actor::client(id.widen(), name)
        }
        _ => Caller::operator(),
    }
}

/// Stands for attempts that are not listed individually.
const OTHERS: &str = "(others)";

const UNNAMED: &str = "(none)";

/// The event adds no log row: its position is that of the last row. A deleted realm has no audit trail.
fn event(scene: &Scene<'_>, attempts: &FailedAttempts) -> Option<AuditEvent> {
    scene.find_realm(&attempts.realm)?;
    let (actor, action, kind, id, name) = match &attempts.attempt {
        Some((FailedAttempt::Authentication { client, .. }, _)) => {
            let client = if client.is_empty() { UNNAMED } else { client };
            (Caller::server(), AuditAction::AuthenticationFailed, TargetKind::Client, client, client)
        }
        Some((FailedAttempt::Act { actor, operation, path }, _)) => (
            actor.clone(),
            AuditAction::AccessDenied,
            TargetKind::Operation,
            operation.as_str(),
            path.as_str(),
        ),
        None => (Caller::server(), AuditAction::AuthenticationFailed, TargetKind::Client, OTHERS, OTHERS),
    };
    let mut after = json!({
        "count": attempts.count,
        "first_at": attempts.first_at,
        "last_at": attempts.last_at,
    });
    if let Some((FailedAttempt::Authentication { door, .. }, _)) = &attempts.attempt {
        after["endpoint"] = json!(door.as_str());
    }
    Some(AuditEvent {
        id: scene.new_id(),
        realm: attempts.realm.clone(),
        at: scene.now,
        actor,
        action,
        target: AuditTarget { kind, id: id.to_owned(), name: name.to_owned() },
        before: None,
        after: Some(after.into()),
        address: attempts.attempt.as_ref().map(|(_, address)| address.to_string()),
        request_id: None,
        position: scene.snapshot.position,
        tokens_ended_estimate: None,
    })
}
