//! The scopes of the administration itself.

use claviger_contract::Scope;

/// Built in, valid in personal access tokens alone, and never seen by a resource server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BuiltInScope {
    AdminRead,
    AdminReadUpdate,
}

impl BuiltInScope {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AdminRead => "admin:read",
            Self::AdminReadUpdate => "admin:read-update",
        }
    }

    pub fn parse(scope: &Scope) -> Option<Self> {
        [Self::AdminRead, Self::AdminReadUpdate].into_iter().find(|known| known.as_str() == scope.as_str())
    }

    /// The whole type `admin` is kept for these: `admin:x` and `admin/y:x` cannot be registered.
    pub fn reserves(scope: &Scope) -> bool {
        scope.as_str().split(['/', ':']).next() == Some("admin")
    }
}
