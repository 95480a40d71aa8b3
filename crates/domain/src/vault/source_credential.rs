//! A credential of a third party, without its secrets.

use std::collections::BTreeMap;

use claviger_contract::{RealmLabel, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::ids::Id;
use crate::log::actor::Actor;
use crate::records::names::Name;
use crate::vault::catalog_id::CatalogId;
use crate::vault::slug::Slug;
use crate::vault::validation::StoredValidation;

pub type SourceCredentialId = Id<SourceCredential>;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceCredential {
    pub id: SourceCredentialId,
    pub name: Name,
    pub slug: Slug,
    pub source_type: CatalogId,
    pub auth_mode: CatalogId,
    /// The fields that are not secret.
    pub fields: BTreeMap<CatalogId, Value>,
    /// The names of the secret fields that are set, sorted. Their values are sealed, outside of the log.
    pub secret_fields: Vec<CatalogId>,
    /// The set of permissions that is required; `None` for types without any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<CatalogId>,
    /// Answers to the questions that the type asks after validation.
    pub answers: BTreeMap<CatalogId, Vec<String>>,
    pub expires_at: Option<Timestamp>,
    pub validation: StoredValidation,
    /// Since when its provider has refused it, as it was told; `None` once it was accepted again, or replaced.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failed_since: Option<Timestamp>,
    /// Raised by each edit.
    pub version: u64,
    pub created_at: Timestamp,
    pub created_by: Actor,
    pub updated_at: Timestamp,
    pub updated_by: Actor,
}

impl SourceCredential {
    /// Identifies the row of its secrets, which cannot be opened for another row.
    pub fn sealed_identity(realm: &RealmLabel, id: SourceCredentialId) -> String {
        format!("source_credential/{realm}/{id}")
    }

    /// The form in which names are compared: two that differ only in case are the same.
    pub fn folded(name: &Name) -> String {
        name.folded()
    }

    /// The end that a person entered; `None` if the provider told it, or nobody did.
    pub fn entered_end(&self) -> Option<Timestamp> {
        self.expires_at.filter(|end| self.validation.expires_at != Some(*end))
    }

    /// Exclusive: at this second it has expired.
    pub fn has_expired(expires_at: Option<Timestamp>, now: Timestamp) -> bool {
        expires_at.is_some_and(|end| end <= now)
    }
}
