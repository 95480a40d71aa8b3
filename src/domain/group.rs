//! Groups: where members and credentials inherit scopes from.

use claviger_contract::{Scope, Timestamp};
use serde::{Deserialize, Serialize};

use super::{Description, Name, ResourceGrant};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    pub name: Name,
    pub description: Description,
    /// The team that answers for it, in words.
    pub responsible: Description,
    /// As given, sorted; what is implied is left out only in effective scopes.
    pub scopes: Vec<Scope>,
    pub resources: Vec<ResourceGrant>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}
