//! The fields of a service credential that decisions need. Kept small: a million are held in memory.

use std::ops::Deref;
use std::sync::Arc;

use claviger_contract::{Liveness, Position, ScopeSet, Timestamp};

use crate::snapshot::grant_sets::GrantSet;
use claviger_domain::{
    AdminScopes, Held, Name, ResourceGrant, SecretDigest, ServiceCredential, Term, TokenLifetime, first_end,
};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credential {
    pub name: Name,
    pub key_digest: SecretDigest,
    pub expires_at: Option<Timestamp>,
    /// Only for a credential that is being replaced.
    pub overlap_ends_at: Option<Timestamp>,
    pub token_lifetime: TokenLifetime,
    pub admin_scopes: AdminScopes,
    /// Its grants, shared with all credentials that have the same.
    pub held: Held,
    /// Tokens issued before it are invalid, as are tokens issued before a cut of its grants.
    pub own_cut: Position,
    pub revoked: Option<Position>,
}

/// A credential and its current grants.
#[derive(Clone, Debug)]
pub struct GrantedCredential {
    credential: Arc<Credential>,
    set: Arc<GrantSet>,
    scopes: ScopeSet,
}

impl GrantedCredential {
    pub(super) fn new(credential: Arc<Credential>, set: Arc<GrantSet>, scopes: ScopeSet) -> Self {
        Self { credential, set, scopes }
    }

    pub fn groups(&self) -> &[Name] {
        &self.set.grants.groups
    }

    pub fn resources(&self) -> &[ResourceGrant] {
        &self.set.grants.resources
    }

    pub fn scopes(&self) -> &ScopeSet {
        &self.scopes
    }

    /// Tokens issued before it are invalid.
    pub fn cut(&self) -> Position {
        self.credential.cut(&self.set)
    }
}

impl Deref for GrantedCredential {
    type Target = Credential;

    fn deref(&self) -> &Credential {
        &self.credential
    }
}

impl Credential {
    pub fn new(record: &ServiceCredential, own_cut: Position, held: Held) -> Self {
        Self {
            name: record.name.clone(),
            key_digest: record.key_digest,
            expires_at: record.expires_at(),
            overlap_ends_at: record.overlap_ends_at,
            token_lifetime: record.token_lifetime,
            admin_scopes: record.admin_scopes,
            held,
            own_cut,
            revoked: record.revocation.as_ref().map(|revocation| revocation.position),
        }
    }

    /// A cut of the set from before the credential held it does not apply.
    pub(super) fn cut(&self, set: &GrantSet) -> Position {
        if set.cut > self.held.since { self.own_cut.max(set.cut) } else { self.own_cut }
    }

    /// When it expires, unless it is revoked earlier.
    pub fn ends_at(&self) -> Option<Timestamp> {
        first_end(self.expires_at, self.overlap_ends_at)
    }

    /// How long its tokens live.
    pub fn token_seconds(&self) -> i64 {
        self.token_lifetime.as_seconds()
    }

    pub fn term(&self) -> Term {
        Term { is_revoked: self.revoked.is_some(), ends_at: self.ends_at() }
    }

    /// Neither revoked nor expired, nor past the overlap with its successor.
    pub fn is_live(&self, now: Timestamp) -> bool {
        self.term().is_live(now)
    }

    pub(super) fn liveness(&self, set: &GrantSet, now: Timestamp) -> Liveness {
        if self.is_live(now) { Liveness::Live { cut: self.cut(set) } } else { Liveness::Ended }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::digest_grants;
    use crate::snapshot::grant_sets::GrantSets;
    use claviger_domain::{GrantSetId, Grants};

    const NOW: Timestamp = Timestamp::from_epoch_seconds(1_000_000);

    fn credential() -> Credential {
        Credential {
            name: "nightly".parse().expect("a name"),
            key_digest: SecretDigest([0; 32]),
            expires_at: None,
            overlap_ends_at: None,
            token_lifetime: TokenLifetime::seconds(900).expect("a lifetime"),
            admin_scopes: AdminScopes::default(),
            held: Held { set: GrantSetId(1), since: Position::new(5) },
            own_cut: Position::new(5),
            revoked: None,
        }
    }

    fn set(cut: u64) -> Arc<GrantSet> {
        let (mut sets, grants) = (GrantSets::default(), Grants::default());
        let digest = digest_grants(&grants);
        sets.insert(GrantSetId(1), Arc::new(grants), digest, Position::new(cut));
        sets.get(GrantSetId(1)).expect("a set").clone()
    }

    #[test]
    fn only_later_cuts_of_its_grants_are_its_own() {
        let cuts = [(3, 5), (5, 5), (7, 5), (8, 8)];
        let held = Held { set: GrantSetId(1), since: Position::new(7) };
        for (of_the_set, expected) in cuts {
            let credential = Credential { held, ..credential() };
            assert_eq!(credential.cut(&set(of_the_set)), Position::new(expected));
        }
    }

    /// No revocation is needed by then.
    #[test]
    fn the_second_in_which_an_overlap_ends_is_enough() {
        let end = NOW.plus_seconds(60);
        let replaced = Credential { overlap_ends_at: Some(end), ..credential() };
        assert_eq!(
            replaced.liveness(&set(0), NOW.plus_seconds(59)),
            Liveness::Live { cut: Position::new(5) }
        );
        assert_eq!(replaced.liveness(&set(0), end), Liveness::Ended);
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
