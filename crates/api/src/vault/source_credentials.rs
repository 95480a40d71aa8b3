//! Source credentials.

use claviger_contract::Timestamp;
use claviger_domain::{Actor, CatalogId, Name, Slug, SourceCredentialId, ValidationOutcome};
use serde_json::Value;

use crate::macros::{answer, body, edit};
use crate::schema::{Schema, one_of};
use crate::vault::field_values::{Answers, FieldValues};

body! {
    pub struct NewSourceCredential {
        /// A name that no source credential of the realm has, in any case.
        pub name: Name,
        /// The fixed name in scopes: `vault/{slug}:use` permits to resolve it. Absent: made from the name.
        pub slug: Option<Slug> = None,
        /// What it is a credential of; `GET /source-types` lists them.
        pub source_type: CatalogId,
        /// The way to authenticate. Absent: the first of the source type. For example `token`.
        pub auth_mode: Option<CatalogId> = None,
        /// The values of the fields of the way to authenticate.
        pub fields: FieldValues,
        /// The set of permissions that must not be missing. Absent: the default of the source type. For example
        /// `default`.
        pub profile: Option<CatalogId> = None,
        /// Answers to the questions of the source type.
        pub answers: Answers = Answers::default(),
        /// When it ends, where the provider does not tell; null if it does not end.
        pub expires_at: Option<Timestamp> = None,
        /// Whether the provider is asked first. If not, the credential is stored unverified.
        pub validate: bool = true,
    }
}

edit! {
    /// Absent members stay. Secret fields that are left out stay too, unless a host changes that they are sent to.
    pub struct SourceCredentialEdit {
        /// A name that no other source credential of the realm has, in any case.
        pub name: Name,
        /// The values of the fields. Absent secret fields stay.
        pub fields: FieldValues,
        /// The set of permissions that must not be missing. For example `default`.
        pub profile: CatalogId,
        /// Answers to the questions of the source type.
        pub answers: Answers,
        /// When it ends, where the provider does not tell; null if it does not end.
        pub expires_at: Option<Timestamp>,
        /// Whether the provider is asked first; default true.
        pub validate: bool,
    }
}

answer! { "SourceCredential" =>
    #[derive(Clone)]
    pub struct SourceCredentialView {
        /// The id of the source credential.
        pub id: SourceCredentialId,
        /// The name to show.
        pub name: Name,
        /// The fixed name in scopes: `vault/{slug}:use` permits to resolve it.
        pub slug: Slug,
        /// What it is a credential of.
        pub source_type: CatalogId,
        /// The way to authenticate. For example `token`.
        pub auth_mode: CatalogId,
        /// Whether sources can use it now.
        pub status: SourceCredentialStatus,
        /// The values of the fields that are not secret.
        pub fields: FieldValues,
        /// The names of the secret fields that are set. For example `token`.
        pub secret_fields: Vec<CatalogId>,
        /// The set of permissions that must not be missing; null if its type has none. For example `default`.
        pub profile: Option<CatalogId>,
        /// Answers to the questions of the source type.
        pub answers: Answers,
        /// When it ends; null if it does not, or if that is not known.
        pub expires_at: Option<Timestamp>,
        /// What its last validation found.
        pub validation: ValidationView,
        /// Since when its provider refuses it; null while it is accepted. A provider that is down refuses nothing.
        pub failed_since: Option<Timestamp>,
        /// How many sources use it.
        pub used_by: u64,
        /// Raised by each edit.
        pub version: u64,
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

answer! { "SourceValidation" =>
    #[derive(Clone)]
    pub struct ValidationView {
        /// When the provider was asked, or, if it was not, when the credential was stored.
        pub at: Timestamp,
        /// What came of it; skipped: the provider was not asked.
        pub outcome: ValidationOutcome,
        /// As whom the provider knows the credential; null if it does not tell. For example `octocat`.
        pub identity: Option<String>,
        /// The scopes that the provider tells; null if it does not. For example `repo`.
        pub scopes: Option<Vec<String>>,
        /// When the provider says that it ends; null if it does not tell.
        pub expires_at: Option<Timestamp>,
        /// The verdict on each permission of the profile.
        pub permissions: Vec<PermissionView>,
        /// Scopes that the profile does not need, of those that the provider tells; empty if `scopes` is null. For example
        /// `delete_repo`.
        pub excess: Vec<String>,
        /// What to do, and what could not be found out. For example `The token lacks read:org.`
        pub sentences: Vec<String>,
        /// Questions that must be answered before a valid credential is stored, with what can be chosen. Told only by a
        /// validation that stores nothing.
        pub unanswered: Vec<DiscoveryView>,
    }
}

answer! {
    #[derive(Clone)]
    pub struct PermissionView {
        /// The id of the permission. For example `read:org`.
        pub id: String,
        /// The name to show. For example `read:org`.
        pub label: String,
        /// One of granted, missing and unknown. For example `granted`.
        pub verdict: String,
        /// Whether the profile requires it.
        pub required: bool,
    }
}

body! {
    pub struct Discovery {
        /// The id of the question. For example `organizations`.
        pub question: CatalogId,
    }
}

answer! { "SourceDiscovery" =>
    #[derive(Clone)]
    pub struct DiscoveryView {
        /// The id of the question. For example `organizations`.
        pub question: String,
        /// One of listed; ask: an empty list, which proves nothing, so an answer must be typed; refused: the provider
        /// does not show the list to this credential. For example `listed`.
        pub state: String,
        /// What can be chosen.
        pub items: Vec<FoundAnswerView>,
        /// Whether the provider has more than is listed.
        pub truncated: bool,
    }
}

answer! {
    #[derive(Clone)]
    pub struct FoundAnswerView {
        /// What to send as the answer. For example `acme`.
        pub key: String,
        /// The name to show. For example `Acme Corporation`.
        pub title: String,
    }
}

/// Whether sources can use a credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SourceCredentialStatus {
    Active,
    Expired,
}

impl Schema for SourceCredentialStatus {
    fn schema() -> Value {
        one_of(&["active", "expired"])
    }
}

impl Schema for ValidationOutcome {
    fn schema() -> Value {
        one_of(Self::NAMES)
    }
}
