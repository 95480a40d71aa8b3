//! A source credential as it is shown: never with a secret.

use claviger_api::{
    Answers, FieldValues, PermissionView, SourceCredentialStatus, SourceCredentialView, ValidationView,
};
use claviger_contract::Timestamp;
use claviger_domain::{AuditTarget, SourceCredential, StoredValidation, TargetKind};
use serde::Deserialize;

use crate::administration::listing::{EXPIRES_BEFORE, Facts, Listable, Shape};
use crate::snapshot::RealmView;

impl Listable for SourceCredentialView {
    const LIST: Shape = Shape {
        sorts: &["name", "created_at", "expires_at"],
        default_sort: "name",
        statuses: &["active", "expired"],
        others: &[EXPIRES_BEFORE, "source_type", "outcome"],
    };

    fn facts(&self, sort: &str) -> Facts {
        let key = match sort {
            "name" => self.name.to_string(),
            // As the database sorts; of one length, so that texts sort like numbers.
            "expires_at" => {
                let end = self.expires_at.map_or(i64::MAX, Timestamp::epoch_seconds);
                format!("{end:019}")
            }
            _ => self.id.to_string(),
        };
        let searched = [self.name.to_string(), self.slug.to_string(), self.source_type.to_string()];
        let searched = searched.into_iter().chain([self.id.to_string()]).collect();
        Facts { id: self.id.to_string(), key, status: "", searched }
    }
}

pub fn view(realm: &RealmView, record: &SourceCredential, now: Timestamp) -> SourceCredentialView {
    let fields: serde_json::Map<_, _> =
        record.fields.iter().map(|(name, value)| (name.to_string(), value.clone())).collect();
    SourceCredentialView {
        id: record.id,
        name: record.name.clone(),
        slug: record.slug.clone(),
        source_type: record.source_type.clone(),
        auth_mode: record.auth_mode.clone(),
        status: match SourceCredential::has_expired(record.expires_at, now) {
            true => SourceCredentialStatus::Expired,
            false => SourceCredentialStatus::Active,
        },
        fields: FieldValues::from(fields),
        secret_fields: record.secret_fields.clone(),
        profile: record.profile.clone(),
        answers: Answers(record.answers.clone()),
        expires_at: record.expires_at,
        validation: validation_view(&record.validation),
        failed_since: record.failed_since,
        used_by: realm.vault.linked(&record.id).count() as u64,
        version: record.version,
        created_at: record.created_at,
        created_by: record.created_by.clone(),
        updated_at: record.updated_at,
        updated_by: record.updated_by.clone(),
    }
}

/// What a validation finds beside its outcome.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Details {
    permissions: Vec<PermissionView>,
    excess: Vec<String>,
    sentences: Vec<String>,
}

pub fn validation_view(stored: &StoredValidation) -> ValidationView {
    // Details are for people: those of a later version may have another form.
    let Details { permissions, excess, sentences } =
        serde_json::from_value(stored.details.clone()).unwrap_or_default();
    ValidationView {
        at: stored.at,
        outcome: stored.outcome,
        identity: stored.identity.clone(),
        scopes: stored.scopes.clone(),
        expires_at: stored.expires_at,
        permissions,
        excess,
        sentences,
        unanswered: Vec::new(),
    }
}

pub fn target(record: &SourceCredential) -> AuditTarget {
    AuditTarget {
        kind: TargetKind::SourceCredential,
        id: record.id.to_string(),
        name: record.name.to_string(),
    }
}
