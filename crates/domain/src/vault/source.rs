//! What uses a source credential: a place that data is read from.

use claviger_contract::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::ids::Id;
use crate::log::actor::Actor;
use crate::records::names::Name;
use crate::vault::catalog_id::CatalogId;
use crate::vault::source_credential::SourceCredentialId;
use crate::vault::validation::ValidationOutcome;

pub type SourceId = Id<Source>;

/// What came of reading the list of a source from its provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourcePull {
    /// When it began.
    pub at: Timestamp,
    pub credential: SourceCredentialId,
    /// Of the credential.
    pub version: u64,
    pub outcome: ValidationOutcome,
    /// How many entries the list has; `None` unless the provider showed it.
    pub items: Option<u64>,
}

/// It holds no secret. While its credential exists it is active; afterwards it is stopped until it is linked to another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    pub id: SourceId,
    pub name: Name,
    pub source_type: CatalogId,
    /// It may have been deleted.
    pub credential: SourceCredentialId,
    pub settings: Map<String, Value>,
    pub created_at: Timestamp,
    pub created_by: Actor,
    pub updated_at: Timestamp,
    pub updated_by: Actor,
}
