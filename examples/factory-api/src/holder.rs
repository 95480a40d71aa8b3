//! Who holds an active token.

use claviger_verifier::{RealmLabel, ScopeSet, VerifiedToken};

#[derive(Debug, PartialEq, Eq)]
pub struct Holder {
    pub realm: RealmLabel,
    pub scopes: ScopeSet,
}

/// The token's status could not be determined, so the token is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unavailable {
    /// In seconds.
    pub retry_after: u64,
}

impl From<VerifiedToken> for Holder {
    fn from(token: VerifiedToken) -> Self {
        Self { realm: token.claims().realm.clone(), scopes: token.scopes().clone() }
    }
}
