//! Links of members with people at providers: an account holder makes and removes them, and answers requests.

use claviger_api::{MemberIdentity, NewIdentity};
use claviger_domain::{
    AuditAction, Change, IdentityLink, IdentityLinkId, IdentityLinkState, Key, MemberId, ProviderIdentity,
    Subject,
};

use crate::administration::error::AdministrationError;
use crate::administration::setting::{Administration, authorized, authorized_to_make, gone};
use crate::administration::sign_in::appointing::ensure_may_appoint;
use crate::administration::sign_in::identity_view::{identity_target, identity_view};
use crate::administration::sign_in::sessions::plan_end_of_provider_sessions;
use crate::ledger::{Act, Asked, Plan, Right, Unsettled};

const NOUN: &str = "identity";
const NEEDED: &str = "account_holder: only an account holder may decide who signs in as a member";

/// Approves a request of this identity, if there is one. From then on the person signs in as the member.
pub fn link_identity(
    administration: &Administration,
    act: &Act,
    member: MemberId,
    new: NewIdentity,
) -> Result<MemberIdentity, AdministrationError> {
    let identity = ProviderIdentity { issuer: new.issuer, subject: new.subject };
    let committed = administration.ledger.act(|scene| {
        let (realm, actor) = authorized_to_make(scene, act, Right::Manage)?;
        ensure_may_appoint(realm, act, scene.now, NEEDED)?;
        if !realm.members.contains_key(&member) {
            return Err(AdministrationError::NotFound("member"));
        }
        let known = realm.identities.find(&identity);
        if let Some(linked) = known.filter(|known| known.is_linked()) {
            let whom = if linked.member == member { "this member" } else { "another member" };
            return Err(AdministrationError::Conflict(format!("the identity is linked with {whom} already")));
        }
        let links = realm.identities.of_member(member).filter(|link| link.is_linked()).count();
        if links >= IdentityLink::MAX_LINKS_PER_MEMBER {
            let most = IdentityLink::MAX_LINKS_PER_MEMBER;
            return Err(AdministrationError::Conflict(format!(
                "a member has at most {most} identities: remove one first"
            )));
        }
        let known = known.filter(|known| known.member == member);
        let replaced = realm.identities.find(&identity).map(|known| known.id);
        let link = IdentityLink {
            id: replaced.unwrap_or_else(|| scene.new_id()),
            member,
            identity: identity.clone(),
            name: known.and_then(|known| known.name.clone()),
            state: IdentityLinkState::Linked { at: scene.now, by: actor.clone() },
            created_at: known.map_or(scene.now, |known| known.created_at),
        };
        let (before, after) = (known.map(|known| identity_view(known)), identity_view(&link));
        let target = identity_target(&link);
        let mut plan = Plan::new(scene, act, actor);
        plan.change(realm, Change::put(link));
        plan.event(AuditAction::IdentityLinkCreate, target, before.as_ref(), Some(&after));
        plan.made(&after.id);
        Ok::<_, AdministrationError>(plan.decide(after))
    })?;
    Ok(committed.outcome)
}

/// Ends the sessions of the member that began at a provider. Declines a request.
pub fn remove_identity(
    administration: &Administration,
    act: &Act,
    member: MemberId,
    id: IdentityLinkId,
) -> Result<Unsettled<()>, AdministrationError> {
    let subject: Subject = Key::IdentityLink(id).into();
    administration.ledger.restrict(act, &subject, Asked::End, |scene| {
        let (realm, actor) = authorized(scene, act, Right::Manage)?;
        ensure_may_appoint(realm, act, scene.now, NEEDED)?;
        let link = realm.identities.of_member(member).find(|link| link.id == id);
        let Some((owner, link)) = realm.members.get(&member).zip(link) else {
            return gone(realm, &subject, NOUN, ());
        };
        let mut plan = Plan::new(scene, act, actor);
        plan.change(realm, Change::Deleted(Key::IdentityLink(id)));
        let before = identity_view(link);
        plan.event(AuditAction::IdentityLinkDelete, identity_target(link), Some(&before), None::<&()>);
        if link.is_linked() {
            plan_end_of_provider_sessions(realm, &mut plan, owner, scene.now);
        }
        Ok::<_, AdministrationError>(plan.decide(()))
    })
}
