//! What a disabled member owned: it stays revoked when the member is enabled again.

use std::sync::Arc;

use claviger_contract::{Position, Timestamp};

use crate::snapshot::realm_view::RealmView;
use claviger_domain::{
    ApplicationCredential, ApplicationCredentialState, MemberId, MemberToken, MemberTokenKind,
    MemberTokenState, OwnedConsequence, Record,
};

/// Everything of the member that is not revoked. What the snapshot has forgotten has ended by itself.
pub fn owned(realm: &RealmView, member: MemberId, at: Timestamp) -> OwnedConsequence {
    let tokens = realm.tokens_by_member.get(&member).filter(|id| {
        realm.member_tokens.get(*id).is_some_and(|token| token.state == MemberTokenState::Active)
    });
    let applications = realm.applications_by_member.get(&member).filter(|id| {
        let known = realm.applications.get(*id);
        known.is_some_and(|known| known.record.state == ApplicationCredentialState::Active)
    });
    OwnedConsequence { at, tokens: tokens.copied().collect(), applications: applications.copied().collect() }
}

impl RealmView {
    /// The active sessions of a member, the oldest first.
    pub fn sessions_of(&self, member: MemberId, now: Timestamp) -> Vec<Arc<MemberToken>> {
        let ids = self.tokens_by_member.get(&member);
        let tokens = ids.filter_map(|id| self.member_tokens.get(id));
        let live = |token: &&Arc<MemberToken>| {
            token.kind == MemberTokenKind::Session && self.live_owner(token, now).is_some()
        };
        tokens.filter(live).cloned().collect()
    }

    pub(in crate::snapshot) fn end_owned(&mut self, owned: &OwnedConsequence, position: Position) {
        let at = owned.at;
        for id in &owned.tokens {
            if let Some(token) = self.member_tokens.get(id) {
                let state = MemberTokenState::Revoked { at };
                self.put(Record::MemberToken(MemberToken { state, ..(**token).clone() }), position);
            }
        }
        for id in &owned.applications {
            if let Some(known) = self.applications.get(id) {
                let state = ApplicationCredentialState::Revoked { at };
                let ended = ApplicationCredential { state, updated_at: at, ..(*known.record).clone() };
                self.put(Record::Application(ended), position);
            }
        }
    }
}
