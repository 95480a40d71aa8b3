//! A credential's successor: the same but for id and key, taken beside the old one for as long as was asked.

use uuid::Uuid;

use super::credential_making::{answer, ensure_switched_on, make};
use super::credentials::{check, load, target, view};
use super::setting::{Reading, authorised_to_make, ensure_current};
use super::{Administration, AdministrationError, CreatedCredential, NewCredential};
use crate::domain::{Change, Overlap, ServiceCredential};
use crate::ledger::{Act, Plan, Right};

/// From the end of the overlap on the old one is refused everywhere; that somebody then revokes it is another room's.
pub fn renew_credential(
    administration: &Administration,
    act: &Act,
    id: Uuid,
    overlap: Overlap,
) -> Result<CreatedCredential, AdministrationError> {
    let committed = administration.ledger.act(|scene| {
        let (realm, actor) = authorised_to_make(administration, scene, act, Right::Manage)?;
        ensure_switched_on(realm)?;
        let known = realm.credentials.get(&id).ok_or(AdministrationError::NotFound("service credential"))?;
        if known.overlap_ends_at.is_some() {
            let detail = "this credential is being replaced, or was: renew its successor";
            return Err(AdministrationError::Conflict(detail.to_owned()));
        }
        if !known.is_live(scene.now) {
            let detail = "a revoked or expired credential cannot be renewed: create another";
            return Err(AdministrationError::Conflict(detail.to_owned()));
        }
        check(realm, act, &known.groups, &known.resources, scene.now)?;
        let old = load(administration, act, id)?;
        let new = NewCredential {
            name: old.name.clone(),
            description: old.description.clone(),
            validity: old.validity,
            token_lifetime: old.token_lifetime,
            groups: known.groups.to_vec(),
            resources: known.resources.to_vec(),
        };
        let overlap_ends_at = overlap.ends_at(scene.now);
        let mut plan = Plan::new(scene, act, actor);
        let (successor, client_key) = make(administration, &plan, new);
        let successor = ServiceCredential { replaces: Some(id), ..successor };
        let reading = Reading { realm: realm.clone(), now: scene.now };
        let last_used_at = administration.ledger.store().last_uses(&[id])?.remove(&id);
        let (before, after) = (view(&reading, old, last_used_at), view(&reading, successor.clone(), None));
        ensure_current(act, &before)?;
        plan.addition(Change::CredentialRenewed { successor, overlap_ends_at });
        plan.event("service_credential.renew", target(&after), Some(&before), Some(&after));
        plan.made(&after.id);
        Ok::<_, AdministrationError>(plan.decide((after, client_key)))
    })?;
    let (view, client_key) = committed.outcome;
    Ok(answer(administration, view, client_key, committed.position))
}
