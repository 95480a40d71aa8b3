//! How soon a revocation reaches whom, beside the objects that the API and the console show.

use std::collections::BTreeMap;

use claviger_api::{CredentialView, ObservedCredential, ObservedResourceServer, ResourceServerView};
use claviger_contract::Timestamp;

use crate::http::state::AppState;
use crate::ledger::Act;
use crate::revocation::Coverage;
use claviger_domain::{Status, Tier};

/// What is known of the resource servers of a realm at one moment, by audience.
pub struct Observed(BTreeMap<String, Coverage>);

impl Observed {
    pub fn of(covered: Vec<Coverage>) -> Self {
        Self(covered.into_iter().map(|covered| (covered.audience.audience.clone(), covered)).collect())
    }

    /// As this node sees them now.
    pub fn in_realm(state: &AppState, act: &Act) -> Self {
        let snapshot = state.administration.ledger.latest();
        let realm = snapshot.find_realm(act.realm.as_str());
        Self::of(realm.map(|realm| state.barrier.coverage(realm)).unwrap_or_default())
    }

    /// A server that has no audience here was deleted a moment ago.
    pub fn server(&self, server: ResourceServerView) -> ObservedResourceServer {
        let covered = self.0.get(server.audience.as_str());
        ObservedResourceServer {
            tier: covered.map_or(Tier::T3, |covered| covered.audience.tier),
            last_heard_at: covered.and_then(|covered| covered.audience.last_heard_at),
            instances: covered.map_or(0, |covered| covered.instances),
            server,
        }
    }

    pub fn credential(&self, credential: CredentialView, now: Timestamp) -> ObservedCredential {
        let alive = may_have_tokens(&credential, now);
        let late = self.0.values().filter(|covered| alive && covered.audience.tier == Tier::T3);
        let audiences_until_expiry = late.map(|covered| covered.audience.audience.clone()).collect();
        ObservedCredential { credential, audiences_until_expiry }
    }
}

/// Whether a resource server that reads only the key set may accept an access token of it. Its tokens end with it when
/// it expires, and those of a credential that administers are for this server alone.
fn may_have_tokens(credential: &CredentialView, now: Timestamp) -> bool {
    let lifetime = credential.token_ttl_seconds.as_seconds();
    credential.admin_scopes.is_empty()
        && match (credential.status, credential.revoked_at) {
            (_, Some(revoked_at)) => revoked_at.plus_seconds(lifetime) > now,
            (status, None) => status == Status::Active,
        }
}
