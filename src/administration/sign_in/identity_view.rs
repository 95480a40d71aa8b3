//! The people at providers who sign in as a member, as they are shown.

use claviger_api::{IdentityStatus, MemberIdentity};
use claviger_contract::Timestamp;
use claviger_domain::{AuditTarget, IdentityLink, IdentityLinkState, MemberId, TargetKind};

use crate::snapshot::RealmView;

/// In order of creation, without requests that can no longer be approved.
pub fn identities_of(realm: &RealmView, member: MemberId, now: Timestamp) -> Vec<MemberIdentity> {
    let links = realm.identities.of_member(member);
    links.filter(|link| link.is_linked() || link.is_requested(now)).map(|link| identity_view(link)).collect()
}

pub fn identity_view(link: &IdentityLink) -> MemberIdentity {
    let (status, expires_at, linked) = match &link.state {
        IdentityLinkState::Requested { expires_at } => (IdentityStatus::Requested, Some(*expires_at), None),
        IdentityLinkState::Linked { at, by } => (IdentityStatus::Linked, None, Some((*at, by.clone()))),
    };
    let (linked_at, linked_by) = linked.unzip();
    MemberIdentity {
        id: link.id,
        issuer: link.identity.issuer.clone(),
        subject: link.identity.subject.clone(),
        name: link.name.clone(),
        status,
        created_at: link.created_at,
        expires_at,
        linked_at,
        linked_by,
    }
}

pub fn identity_target(link: &IdentityLink) -> AuditTarget {
    let (id, name) = (link.id.to_string(), link.identity.subject.to_string());
    AuditTarget { kind: TargetKind::IdentityLink, id, name }
}
