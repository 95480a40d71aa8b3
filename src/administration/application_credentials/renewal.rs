//! Replaces an application credential by a successor that differs only in id and key. Both are valid during the overlap.

use claviger_api::CreatedApplicationCredential;

use crate::administration::application_credentials::credentials::{
    NOUN, created, find_own_to_change, new_key,
};
use crate::administration::application_credentials::view::{target, view};
use crate::administration::bounds::room_for_application;
use crate::administration::decision::ensure_renewable;
use crate::administration::error::AdministrationError;
use crate::administration::setting::Administration;
use crate::administration::setting::{authorized_to_make, ensure_current};
use crate::ledger::{Act, Plan, Right};
use claviger_domain::{ApplicationCredential, ApplicationCredentialId, AuditAction, Change, Overlap};

/// From the end of the overlap the old credential is refused everywhere. `revocation` then revokes it.
///
/// Only the owner gets the new key, because its tokens act for the owner.
pub fn renew_application_credential(
    administration: &Administration,
    act: &Act,
    id: ApplicationCredentialId,
    overlap: Overlap,
) -> Result<CreatedApplicationCredential, AdministrationError> {
    let committed = administration.ledger.act(|scene| {
        let (realm, actor) = authorized_to_make(scene, act, Right::ManageOwn)?;
        let old = find_own_to_change(scene, realm, act, id)?;
        let caller = act.caller.find_member(realm, scene.now)?;
        if caller.is_none_or(|caller| caller.id != old.member) {
            let detail = "only its owner can renew an application credential: the new key acts for the owner";
            return Err(AdministrationError::Conflict(detail.to_owned()));
        }
        ensure_renewable(NOUN, old.is_live(scene.now), old.overlap_ends_at)?;
        room_for_application(scene, realm, old.member)?;
        let (key_digest, client_key) = new_key(administration, scene);
        let successor = ApplicationCredential {
            id: scene.new_id(),
            key_digest,
            created_at: scene.now,
            updated_at: scene.now,
            replaces: Some(id),
            overlap_ends_at: None,
            ..(*old).clone()
        };
        let (before, after) = (view(realm, &old, scene.now), view(realm, &successor, scene.now));
        ensure_current(act, &before)?;
        let overlap_ends_at = overlap.ends_at(scene.now);
        let mut plan = Plan::new(scene, act, actor);
        plan.addition(Change::ApplicationRenewed { successor, overlap_ends_at });
        plan.event(AuditAction::ApplicationCredentialRenew, target(&after), Some(&before), Some(&after));
        plan.made(&after.id);
        Ok::<_, AdministrationError>(plan.decide(created(realm, after, &client_key)))
    })?;
    Ok(committed.outcome)
}
