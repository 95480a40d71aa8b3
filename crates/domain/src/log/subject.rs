//! The object that an act restricts. A repeated request uses it to find the position of the first.

use std::sync::Arc;

use claviger_contract::Scope;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::records::names::Name;
use crate::records::resource::ResourceName;

/// How long a repeated request finds the first one's position. No earlier access token lives longer; an hour allows for
/// clock differences.
pub const RESTRICTIONS_KEPT_SECONDS: i64 = 25 * 3_600;

/// Retention in the table is longer, so that a wall clock wrong by days deletes nothing that a start still needs.
pub const RESTRICTIONS_STORED_SECONDS: i64 = 10 * 86_400;

/// One object of a realm, which may have been deleted.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// Suspended or resumed.
    Realm,
    Settings,
    Scope(Scope),
    Resource(ResourceName),
    Group(Name),
    Member(Uuid),
    MemberToken(Uuid),
    Application(Uuid),
    RegistryToken(Uuid),
    ResourceServer(Uuid),
    SigningKey(String),
    Credential(Uuid),
    /// By its `jti`.
    AccessToken(Arc<str>),
}
