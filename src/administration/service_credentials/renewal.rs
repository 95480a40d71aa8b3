//! Replaces a credential by a successor that differs only in id and key. Both are valid during the requested overlap.

use claviger_api::CreatedCredential;

use crate::administration::bounds::room_for_credentials;
use crate::administration::decision::ensure_renewable;
use crate::administration::error::AdministrationError;
use crate::administration::service_credentials::credentials::{check, load_at_head};
use crate::administration::service_credentials::new_credential::{answer, ensure_switched_on, new_key};
use crate::administration::service_credentials::view::{target, view};
use crate::administration::setting::Administration;
use crate::administration::setting::{
    LETS_ADMINISTER, Reading, authorized_to_make, ensure_account_holder, ensure_current,
};
use crate::ledger::{Act, Plan, Right};
use claviger_domain::{AuditAction, Change, Overlap, ServiceCredential, ServiceCredentialId};

const NOUN: &str = "service credential";

/// From the end of the overlap the old credential is refused everywhere. `revocation` then revokes it.
pub fn renew_credential(
    administration: &Administration,
    act: &Act,
    id: ServiceCredentialId,
    overlap: Overlap,
) -> Result<CreatedCredential, AdministrationError> {
    let last_used_at = administration.ledger.store().last_use_optional(id.widen());
    let committed = administration.ledger.act(|scene| {
        let (realm, actor) = authorized_to_make(scene, act, Right::Manage)?;
        ensure_switched_on(realm)?;
        // Credentials that ended long ago are only in the table.
        let old = load_at_head(scene, act, id)?;
        let known = realm.find_credential(id).filter(|known| known.is_live(scene.now));
        ensure_renewable(NOUN, known.is_some(), old.overlap_ends_at)?;
        let known = known.ok_or(AdministrationError::NotFound(NOUN))?;
        act.caller.ensure_may_manage(known.admin_scopes)?;
        if !known.admin_scopes.is_empty() {
            ensure_account_holder(realm, act, scene.now, LETS_ADMINISTER)?;
        }
        check(realm, act, known.groups(), known.resources(), scene.now)?;
        room_for_credentials(scene, realm, 1)?;
        let overlap_ends_at = overlap.ends_at(scene.now);
        let mut plan = Plan::new(scene, act, actor);
        let (key_digest, client_key) = new_key(administration, &plan);
        let successor = ServiceCredential {
            id: plan.new_id(),
            key_digest,
            groups: known.groups().to_vec(),
            resources: known.resources().to_vec(),
            created_at: scene.now,
            created_by: plan.actor().clone(),
            updated_at: scene.now,
            updated_by: plan.actor().clone(),
            replaces: Some(id),
            overlap_ends_at: None,
            revocation: None,
            ..old.clone()
        };
        let reading = Reading { realm: realm.clone(), now: scene.now };
        let (before, after) = (view(&reading, old, last_used_at), view(&reading, successor.clone(), None));
        ensure_current(act, &before)?;
        plan.addition(Change::CredentialRenewed { successor, overlap_ends_at });
        plan.event(AuditAction::ServiceCredentialRenew, target(&after), Some(&before), Some(&after));
        plan.made(&after.id);
        Ok::<_, AdministrationError>(plan.decide((after, client_key)))
    })?;
    let (view, client_key) = committed.outcome;
    Ok(answer(administration, view, &client_key))
}
