//! Indirect effects of an act, which every reader derives from the previous state.

use std::sync::Arc;

use claviger_contract::{Position, Scope, Timestamp};

use crate::log::subject::Subject;
use crate::records::application_credential::ApplicationCredentialId;
use crate::records::grant::{GrantSetId, Grants, GrantsDigest, ResourceGrant};
use crate::records::member::MemberId;
use crate::records::member_token::MemberTokenId;
use crate::records::names::Name;
use crate::records::service_credential::ServiceCredentialId;

/// The effect of editing one credential: its new grants, and the position before which its tokens are revoked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CredentialConsequence {
    pub id: ServiceCredentialId,
    pub grants: Grants,
    /// Whether the edit removes a right.
    pub cut: bool,
    /// The cut before the edit, from acts on the credential and on its grants.
    pub cut_before: Position,
}

/// The effect of an act on all credentials with the same grants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GrantsConsequence {
    /// The set in the snapshot that this was derived from; the tables identify it by `before`.
    pub set: GrantSetId,
    pub before: GrantsDigest,
    /// `None` if the list is unchanged and only the rights of its groups change.
    pub after: Option<GrantsChange>,
    /// Whether older tokens are revoked.
    pub cut: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GrantsChange {
    pub grants: Arc<Grants>,
    pub digest: GrantsDigest,
}

/// A group that loses grants, and scopes of the form `type/name:action`, because a resource or its action was deleted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupConsequence {
    pub name: Name,
    pub scopes: Vec<Scope>,
    pub resources: Vec<ResourceGrant>,
}

/// A member that loses a deleted group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberConsequence {
    pub id: MemberId,
    pub groups: Vec<Name>,
}

/// What a member owned before it was disabled. It stays revoked when the member is enabled again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnedConsequence {
    pub at: Timestamp,
    pub tokens: Vec<MemberTokenId>,
    pub applications: Vec<ApplicationCredentialId>,
}

/// All indirect effects of an act.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Consequences {
    pub edited: Option<CredentialConsequence>,
    pub grants: Vec<GrantsConsequence>,
    pub groups: Vec<GroupConsequence>,
    pub members: Vec<MemberConsequence>,
    /// Application credentials whose older tokens are revoked, because they or their owner lose a right.
    pub applications: Vec<ApplicationCredentialId>,
    /// What a member that is enabled again has lost for good.
    pub owned: Option<OwnedConsequence>,
    /// Whether an opaque token loses rights, which are evaluated at each use.
    pub opaque_tokens_lose: bool,
    /// Whether anything previously accepted is now refused.
    pub restricts: bool,
    /// The restricted objects that no record shows by itself.
    pub subjects: Vec<Subject>,
}

impl Consequences {
    /// Whether any holder loses rights: a cut, or an opaque token with fewer rights.
    pub fn take_from_holders(&self) -> bool {
        self.opaque_tokens_lose
            || !self.applications.is_empty()
            || self.edited.iter().any(|edited| edited.cut)
            || self.grants.iter().any(|consequence| consequence.cut)
    }
}
