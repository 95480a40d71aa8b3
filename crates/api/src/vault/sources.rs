//! Sources.

use claviger_contract::Timestamp;
use claviger_domain::{Actor, CatalogId, Name, SourceCredentialId, SourceId, ValidationOutcome};
use serde_json::Value;

use crate::macros::{answer, body, edit};
use crate::schema::{Schema, one_of};
use crate::vault::field_values::FieldValues;

body! {
    pub struct NewSource {
        /// A name that no source of the realm has, in any case.
        pub name: Name,
        /// The credential that it uses, which also decides its type.
        pub source_credential_id: SourceCredentialId,
        /// Whatever its pipelines need to know; never a secret.
        pub settings: FieldValues = FieldValues::default(),
    }
}

edit! {
    /// Absent members stay.
    pub struct SourceEdit {
        /// A name that no other source of the realm has, in any case.
        pub name: Name,
        /// Another credential of the same type. A stopped source starts again.
        pub source_credential_id: SourceCredentialId,
        /// Replaces all settings.
        pub settings: FieldValues,
    }
}

answer! { "Source" =>
    #[derive(Clone)]
    pub struct SourceView {
        /// The id of the source.
        pub id: SourceId,
        /// The name to show.
        pub name: Name,
        /// The type of its credential.
        pub source_type: CatalogId,
        /// The credential that it uses. It may have been deleted.
        pub source_credential_id: SourceCredentialId,
        /// Whether it can be resolved.
        pub status: SourceStatus,
        /// Why it is stopped; null if it is active. For example `credential deleted`.
        pub stopped_reason: Option<String>,
        /// Whatever its pipelines need to know.
        pub settings: FieldValues,
        /// The last time that this server read its list; null if it never did.
        pub last_pull: Option<SourcePullView>,
        /// When it was created.
        pub created_at: Timestamp,
        /// Who created it.
        pub created_by: Actor,
        /// When it was last changed.
        pub updated_at: Timestamp,
        /// Who changed it last.
        pub updated_by: Actor,
    }
}

answer! { "SourcePull" =>
    #[derive(Clone)]
    pub struct SourcePullView {
        /// When it began.
        pub at: Timestamp,
        /// The credential that was used.
        pub source_credential_id: SourceCredentialId,
        /// The version of the credential.
        pub version: u64,
        /// What came of it.
        pub outcome: ValidationOutcome,
        /// How many entries the list has, as far as it was read; null unless the outcome is ok.
        pub items: Option<u64>,
    }
}

body! {
    /// That the provider has refused what a source resolved to.
    pub struct SourceReport {
        /// The version of the credential that was refused, as `resolve` answered it.
        pub version: u64,
    }
}

answer! {
    #[derive(Clone)]
    pub struct SourceReportView {
        /// The source.
        pub source_id: SourceId,
        /// The credential that it uses.
        pub source_credential_id: SourceCredentialId,
        /// The present version of the credential.
        pub version: u64,
        /// What follows.
        pub outcome: Reported,
    }
}

answer! {
    /// What a pipeline needs to call the provider, and no more.
    pub struct ResolvedSource {
        /// The source.
        pub source_id: SourceId,
        /// The credential that it uses.
        pub source_credential_id: SourceCredentialId,
        /// The version of the credential.
        pub version: u64,
        /// The type of the source.
        pub source_type: CatalogId,
        /// The way to authenticate. For example `token`.
        pub auth_mode: CatalogId,
        /// The fields, the secret ones included.
        pub fields: FieldValues,
        /// Answers to the questions of the source type.
        pub answers: crate::vault::field_values::Answers,
        /// The settings of the source.
        pub settings: FieldValues,
        /// When the credential ends; null if that is not known.
        pub expires_at: Option<Timestamp>,
    }
}

/// What follows from a report: the credential is validated soon; nothing, because it was edited since, and can be resolved
/// again; or nothing, because it is stored without validation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reported {
    Scheduled,
    Outdated,
    NotValidated,
}

impl Schema for Reported {
    fn schema() -> Value {
        one_of(&["scheduled", "outdated", "not_validated"])
    }
}

/// Whether a source can be resolved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SourceStatus {
    Active,
    Stopped,
}

impl Schema for SourceStatus {
    fn schema() -> Value {
        one_of(&["active", "stopped"])
    }
}
