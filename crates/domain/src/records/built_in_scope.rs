//! The scopes of the administration API: of personal access tokens, and of service credentials.

use std::fmt;
use std::str::FromStr;

use claviger_contract::{Scope, ScopeSet};
use serde::{Deserialize, Serialize};

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

/// Defines the nouns: `admin/{noun}:read`, and `admin/{noun}:read-update` if the noun can be changed by a credential.
macro_rules! admin_scopes {
    ($($read:ident = $read_text:literal $(, $write:ident = $write_text:literal)?;)*) => {
        /// Built in, never registered, and sent only to the administration API. Members, roles, settings, signing keys and
        /// what members own have none.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum AdminScope {
            $(#[serde(rename = $read_text)] $read, $(#[serde(rename = $write_text)] $write,)?)*
        }

        impl AdminScope {
            pub const ALL: &[Self] = &[$(Self::$read, $(Self::$write,)?)*];
            pub const NAMES: &[&str] = &[$($read_text, $($write_text,)?)*];

            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$read => $read_text, $(Self::$write => $write_text,)?)*
                }
            }

            /// The scope that is enough to read the same.
            pub const fn reading(self) -> Self {
                match self {
                    $(Self::$read => Self::$read, $(Self::$write => Self::$read,)?)*
                }
            }
        }
    };
}

admin_scopes! {
    AuditEventsRead = "admin/audit-events:read";
    GroupsRead = "admin/groups:read", GroupsWrite = "admin/groups:read-update";
    ResourceServersRead = "admin/resource-servers:read", ResourceServersWrite = "admin/resource-servers:read-update";
    ResourcesRead = "admin/resources:read", ResourcesWrite = "admin/resources:read-update";
    ScopesRead = "admin/scopes:read", ScopesWrite = "admin/scopes:read-update";
    ServiceCredentialsRead = "admin/service-credentials:read",
        ServiceCredentialsWrite = "admin/service-credentials:read-update";
}

impl AdminScope {
    /// The scope that reads objects of this kind, such as `resource_server`; `None`: none does.
    pub fn to_read(kind: &str) -> Option<Self> {
        format!("admin/{}s:read", kind.replace('_', "-")).parse().ok()
    }

    pub fn writes(self) -> bool {
        self.reading() != self
    }
}

impl fmt::Display for AdminScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for AdminScope {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL.iter().copied().find(|scope| scope.as_str() == text);
        found.ok_or_else(|| format!("must be one of {}", Self::NAMES.join(", ")))
    }
}

/// A set, in 16 bits: a million credentials are held in memory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Vec<AdminScope>", into = "Vec<AdminScope>")]
pub struct AdminScopes(u16);

impl AdminScopes {
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
    pub(super) fn is_unset(&self) -> bool {
        self.is_empty()
    }

    /// What can be changed can be read.
    pub fn covers(self, needed: AdminScope) -> bool {
        self.iter().any(|held| held == needed || held.reading() == needed)
    }

    pub fn iter(self) -> impl Iterator<Item = AdminScope> {
        AdminScope::ALL.iter().copied().filter(move |scope| self.0 >> bit(*scope) & 1 == 1)
    }

    /// As they are requested and written into tokens.
    pub fn as_scopes(self) -> ScopeSet {
        self.iter().filter_map(|scope| scope.as_str().parse::<Scope>().ok()).collect()
    }

    /// Those among the scopes of a token.
    pub fn among(scopes: &ScopeSet) -> Self {
        scopes.iter().filter_map(|scope| scope.as_str().parse::<AdminScope>().ok()).collect()
    }
}

fn bit(scope: AdminScope) -> u32 {
    scope as u32
}

impl FromIterator<AdminScope> for AdminScopes {
    fn from_iter<I: IntoIterator<Item = AdminScope>>(scopes: I) -> Self {
        Self(scopes.into_iter().fold(0, |all, scope| all | 1 << bit(scope)))
    }
}

impl From<Vec<AdminScope>> for AdminScopes {
    fn from(scopes: Vec<AdminScope>) -> Self {
        scopes.into_iter().collect()
    }
}

impl From<AdminScopes> for Vec<AdminScope> {
    fn from(scopes: AdminScopes) -> Self {
        scopes.iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kind_of_objects_has_the_scope_that_reads_it() {
        assert_eq!(AdminScope::to_read("service_credential"), Some(AdminScope::ServiceCredentialsRead));
        assert_eq!(AdminScope::to_read("group"), Some(AdminScope::GroupsRead));
        assert_eq!(AdminScope::to_read("member"), None);
    }

    #[test]
    fn every_scope_is_reserved_fits_the_set_and_reads_back() {
        assert!(AdminScope::ALL.len() <= 16);
        for scope in AdminScope::ALL {
            let text = scope.as_str();
            assert!(BuiltInScope::reserves(&text.parse().expect("a scope")), "{text}");
            assert_eq!(text.parse(), Ok(*scope));
            assert_eq!(serde_json::to_value(scope).expect("JSON"), text);
            let alone = AdminScopes::from(vec![*scope]);
            assert_eq!(Vec::from(alone), [*scope]);
            assert_eq!(AdminScopes::among(&alone.as_scopes()), alone);
            let covered: Vec<_> = AdminScope::ALL.iter().filter(|needed| alone.covers(**needed)).collect();
            assert_eq!(covered.len(), 1 + usize::from(scope.writes()), "{text}");
        }
    }
}
