//! About how many access tokens clients have before an act that may end them, so that its audit event can say how many
//! it ended.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use claviger_contract::{RealmLabel, Timestamp};

use crate::snapshot::{Reached, Snapshot};
use crate::store::Store;
use claviger_domain::{
    ApplicationCredentialState, Change, Consequences, GrantsDigest, Record, Subject, UsedId,
};

/// Of what an act may reach: an estimate from the hourly counts of issued tokens. What is missing is not known.
#[derive(Debug, Default)]
pub struct TokensAlive {
    clients: BTreeMap<UsedId, u64>,
    /// Of all service credentials with the same grants together.
    grants: BTreeMap<GrantsDigest, u64>,
}

pub static UNKNOWN: TokensAlive = TokensAlive { clients: BTreeMap::new(), grants: BTreeMap::new() };

impl TokensAlive {
    /// Call before the act, because an act blocks every other writer. Nothing is known if the queries take longer than a
    /// moment, or if too many clients are concerned.
    pub(super) fn before(
        store: &Arc<Store>,
        latest: &Snapshot,
        realm: &RealmLabel,
        subject: &Subject,
        now: Timestamp,
    ) -> Self {
        let known = latest.find_realm(realm.as_str());
        let Some(Reached { clients, grants }) = known.and_then(|known| known.reached_by(subject, now)) else {
            return Self::default();
        };
        let since = |seconds: i64| now.plus_seconds(-seconds);
        let clients: Vec<_> = clients.into_iter().map(|(id, lifetime)| (id, since(lifetime))).collect();
        let clients = match clients.is_empty() {
            true => Vec::new(),
            false => store.count_issued_optional(clients).unwrap_or_default(),
        };
        let grants = match grants.is_empty() {
            true => Vec::new(),
            false => store.count_live_of_grants_optional(realm, grants, now).unwrap_or_default(),
        };
        Self { clients: clients.into_iter().collect(), grants: grants.into_iter().collect() }
    }

    pub fn of_client(&self, id: UsedId) -> Option<u64> {
        self.clients.get(&id).copied()
    }

    /// `None` if the change ends no tokens of clients, or if it is not known of all how many they have.
    pub(super) fn ended_by(&self, change: &Change, consequences: &Consequences) -> Option<u64> {
        let revoked = match change {
            Change::CredentialRevoked { id, .. } => Some(id.widen()),
            Change::Put(Record::Application(record))
                if record.state != ApplicationCredentialState::Active =>
            {
                Some(record.id.widen())
            }
            _ => None,
        };
        let edited = consequences.edited.iter().filter(|edited| edited.cut).map(|edited| edited.id.widen());
        let applications = consequences.applications.iter().map(|id| id.widen());
        // A revoked application may also lose its scopes.
        let clients: BTreeSet<UsedId> = revoked.into_iter().chain(edited).chain(applications).collect();
        let clients = clients.into_iter().map(|id| self.of_client(id));
        let cut = consequences.grants.iter().filter(|one| one.cut);
        let grants = cut.map(|one| self.grants.get(&one.before).copied());
        let mut sum = None;
        for alive in clients.chain(grants) {
            sum = Some(alive?.saturating_add(sum.unwrap_or(0)));
        }
        sum
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use claviger_domain::{
        Actor, ApplicationCredentialId, GrantSetId, GrantsConsequence, Id, ServiceCredentialId,
    };

    fn alive() -> TokensAlive {
        TokensAlive {
            clients: [(UsedId::from_u128(1), 3), (UsedId::from_u128(2), 0)].into(),
            grants: [(GrantsDigest([7; 16]), 40)].into(),
        }
    }

    fn revoked(id: u128) -> Change {
        let by = Actor::client(UsedId::from_u128(9), "a".to_owned());
        Change::CredentialRevoked {
            id: ServiceCredentialId::from_u128(id),
            at: Timestamp::from_epoch_seconds(0),
            by,
        }
    }

    fn grants(digest: u8, cut: bool) -> GrantsConsequence {
        GrantsConsequence { set: GrantSetId(1), before: GrantsDigest([digest; 16]), after: None, cut }
    }

    #[test]
    fn estimate_is_the_sum_of_what_is_cut_and_unknown_if_a_part_is() {
        let ended = |change: &Change, consequences: Consequences| alive().ended_by(change, &consequences);
        let none = Consequences::default;
        assert_eq!(ended(&revoked(1), none()), Some(3));
        assert_eq!(ended(&revoked(2), none()), Some(0));
        assert_eq!(ended(&revoked(3), none()), None, "not known");
        let nothing = Change::TokenRevoked {
            jti: "a".into(),
            client_id: Id::from_u128(1),
            expires_at: Timestamp::from_epoch_seconds(0),
        };
        assert_eq!(ended(&nothing, none()), None);
        let applications = vec![ApplicationCredentialId::from_u128(1), ApplicationCredentialId::from_u128(2)];
        let several = Consequences { applications, grants: vec![grants(7, true)], ..none() };
        assert_eq!(ended(&nothing, several.clone()), Some(43));
        let unknown = Consequences { grants: vec![grants(7, true), grants(8, true)], ..several.clone() };
        assert_eq!(ended(&nothing, unknown), None);
        let uncut = Consequences { grants: vec![grants(8, false)], ..several };
        assert_eq!(ended(&nothing, uncut), Some(3));
    }
}
