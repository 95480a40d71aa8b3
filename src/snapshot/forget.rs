//! Removes ended tokens and credentials from memory once they can no longer matter. The tables still hold them.

use std::sync::Arc;

use claviger_contract::{RealmLabel, Timestamp};

use crate::snapshot::endings::holdings::Ending;
use crate::snapshot::realm_view::RealmView;
use crate::snapshot::view::Snapshot;
use claviger_domain::{ApplicationCredentialId, Replaced};

/// Batch size: the follower does this between two renewals of its lease.
const AT_ONCE: usize = 10_000;

impl Snapshot {
    /// Forgets a batch of tokens and credentials that ended before this. Returns whether there are more.
    pub fn forget_tokens_ended_before(&mut self, before: Timestamp) -> bool {
        let ended = |realm: &&Arc<RealmView>| realm.holdings.has_ended_before(before);
        let labels: Vec<RealmLabel> =
            self.realms_and_deleted().filter(ended).map(|realm| realm.record.label.clone()).collect();
        let mut left = AT_ONCE;
        for label in labels {
            let mut forgotten = Vec::new();
            if let Some(realm) = self.realm_mut(&label) {
                while left > 0
                    && let Some(ending) = realm.holdings.take_first_ended_before(before)
                {
                    left -= 1;
                    forgotten.extend(realm.forget(&ending));
                }
            }
            for application in forgotten {
                self.forget_application_realm(application);
            }
        }
        left == 0
    }
}

impl RealmView {
    /// Returns the id of a forgotten application credential, which other indexes hold too.
    fn forget(&mut self, ending: &Ending) -> Option<ApplicationCredentialId> {
        match ending {
            Ending::MemberToken(id) => {
                if let Some(token) = self.member_tokens.remove(id) {
                    self.tokens_by_member.remove(&token.member, id);
                    self.holdings.remove_member_token(&token);
                    self.token_digests.remove(&token.digest);
                }
            }
            Ending::RegistryToken(id) => {
                if let Some(token) = self.registry_tokens.remove(id) {
                    self.holdings.remove_registry_token(&token);
                    self.registry_token_digests.remove(&token.digest);
                }
            }
            Ending::TokenRevocation(jti) => {
                if let Some(revoked) = self.revoked_tokens.remove(jti) {
                    self.holdings.remove_revoked_token(jti, &revoked);
                }
            }
            Ending::Application(id) => {
                if let Some(application) = self.applications.remove(id) {
                    self.applications_by_member.remove(&application.record.member, id);
                    self.holdings.remove_application(&application.record);
                    if let Some(end) = application.record.overlap_ends_at {
                        self.overlaps.remove(end, Replaced::Application(*id));
                    }
                }
                return Some(*id);
            }
            Ending::Credential(id) => {
                if let Some(credential) = self.credentials.remove(id) {
                    self.grant_sets.release(credential.held.set, *id);
                }
            }
        }
        None
    }
}
