//! What a decision needs of a service credential, and no more: a million of these are in memory.

use std::sync::Arc;

use claviger_contract::{Position, ScopeSet, Standing, Timestamp};

use super::shared_grants::Grants;
use crate::domain::{
    Group, Name, ResourceGrant, SecretDigest, ServiceCredential, TokenLifetime, effective_scopes,
};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credential {
    pub name: Name,
    pub key_digest: SecretDigest,
    pub expires_at: Option<Timestamp>,
    /// Of one that is being replaced.
    pub overlap_ends_at: Option<Timestamp>,
    pub token_lifetime: TokenLifetime,
    pub groups: Arc<[Name]>,
    pub resources: Arc<[ResourceGrant]>,
    /// Computed when something changes, never per request.
    pub scopes: ScopeSet,
    /// Tokens from before it are dead.
    pub cut: Position,
    pub revoked: Option<Position>,
}

impl Credential {
    /// `grants` are the record's, worked out by the realm's groups.
    pub fn new(record: &ServiceCredential, cut: Position, grants: Grants) -> Self {
        let Grants { groups, resources, scopes } = grants;
        Self {
            name: record.name.clone(),
            key_digest: record.key_digest,
            expires_at: record.expires_at(),
            overlap_ends_at: record.overlap_ends_at,
            token_lifetime: record.token_lifetime,
            groups,
            resources,
            scopes,
            cut,
            revoked: record.revocation.as_ref().map(|revocation| revocation.position),
        }
    }

    /// When it is refused whatever happens until then.
    pub fn ends_at(&self) -> Option<Timestamp> {
        self.expires_at.into_iter().chain(self.overlap_ends_at).min()
    }

    /// Neither revoked nor past its validity, nor past the overlap with its successor.
    pub fn is_live(&self, now: Timestamp) -> bool {
        self.revoked.is_none() && self.ends_at().is_none_or(|end| now < end)
    }

    pub fn standing(&self, now: Timestamp) -> Standing {
        if self.is_live(now) { Standing::Live { cut: self.cut } } else { Standing::Dead }
    }
}

pub fn scopes_of(
    groups: &imbl::OrdMap<Name, Arc<Group>>,
    names: &[Name],
    resources: &[ResourceGrant],
) -> ScopeSet {
    effective_scopes(names.iter().filter_map(|name| groups.get(name)).map(|group| &**group), resources)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_epoch_seconds(1_000_000);

    fn credential() -> Credential {
        Credential {
            name: "nightly".parse().expect("a name"),
            key_digest: SecretDigest([0; 32]),
            expires_at: None,
            overlap_ends_at: None,
            token_lifetime: TokenLifetime::seconds(900).expect("a lifetime"),
            groups: Arc::from([]),
            resources: Arc::from([]),
            scopes: ScopeSet::default(),
            cut: Position::new(5),
            revoked: None,
        }
    }

    /// Nobody needs to have revoked it by then.
    #[test]
    fn the_second_in_which_an_overlap_ends_is_enough() {
        let end = NOW.plus_seconds(60);
        let replaced = Credential { overlap_ends_at: Some(end), ..credential() };
        assert_eq!(replaced.standing(NOW.plus_seconds(59)), Standing::Live { cut: Position::new(5) });
        assert_eq!(replaced.standing(end), Standing::Dead);
        assert_eq!(replaced.ends_at(), Some(end));
    }

    #[test]
    fn validity_and_overlap_end_it_whichever_is_first() {
        for (expires, overlap) in [(10, 20), (20, 10)] {
            let ends = Credential {
                expires_at: Some(NOW.plus_seconds(expires)),
                overlap_ends_at: Some(NOW.plus_seconds(overlap)),
                ..credential()
            };
            assert!(ends.is_live(NOW.plus_seconds(9)) && !ends.is_live(NOW.plus_seconds(10)));
        }
        assert!(credential().is_live(NOW.plus_seconds(1_000_000_000)));
    }
}
