//! Groups: members and credentials inherit their scopes.

use claviger_contract::{Scope, Timestamp};
use serde::{Deserialize, Serialize};

use crate::records::grant::ResourceGrant;
use crate::records::names::{Description, Name};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    pub name: Name,
    pub description: Description,
    /// The responsible team, as free text.
    pub responsible: Description,
    /// As given, sorted; implied scopes are omitted only from effective scopes.
    pub scopes: Vec<Scope>,
    pub resources: Vec<ResourceGrant>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}
