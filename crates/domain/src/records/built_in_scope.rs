//! The scopes of the administration API.

use claviger_contract::Scope;

/// Built in, valid only in personal access tokens, and never sent to a resource server.
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

    /// The type `admin` is reserved: `admin:x` and `admin/y:x` cannot be registered.
    pub fn reserves(scope: &Scope) -> bool {
        scope.as_str().split(['/', ':']).next() == Some("admin")
    }
}
