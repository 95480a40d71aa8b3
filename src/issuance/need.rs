//! What a request to git or a registry needs.

use claviger_contract::{Scope, ScopeSet};

/// One of the scopes is needed, or the request is always refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    OneOf(&'static [&'static str]),
    /// With the reason.
    Refused(&'static str),
}

impl Need {
    pub fn is_met_by(self, held: &ScopeSet) -> bool {
        match self {
            Self::OneOf(scopes) => {
                let needed = |scope: &&str| scope.parse::<Scope>().is_ok_and(|scope| held.covers(&scope));
                scopes.iter().any(needed)
            }
            Self::Refused(_) => false,
        }
    }
}
