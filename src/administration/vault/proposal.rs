//! A source credential that may be stored once its provider has been asked. Nothing is written yet, and no lock is held.

use std::collections::BTreeMap;

use claviger_api::{Answers, FieldError, NewSourceCredential, SourceCredentialEdit};
use claviger_contract::Timestamp;
use claviger_domain::{CatalogId, Name, Slug, SourceCredential, SourceCredentialId};
use claviger_vault::Fields;
use serde_json::Value;

use crate::administration::error::AdministrationError;
use crate::administration::setting::Administration;
use crate::administration::setting::ensure_current;
use crate::administration::vault::field_input::{Entry, entry};
use crate::administration::vault::source_credential_view::view;
use crate::ledger::{Act, Right};
use crate::vault::open_secrets;

/// Its `Debug` shows names of fields alone.
#[derive(Debug)]
pub struct Proposal {
    pub name: Name,
    pub slug: Slug,
    pub source_type: CatalogId,
    pub auth_mode: CatalogId,
    pub fields: Fields,
    pub profile: Option<CatalogId>,
    pub answers: BTreeMap<CatalogId, Vec<String>>,
    pub expires_at: Option<Timestamp>,
    /// Whether the provider is asked.
    pub validate: bool,
    /// For an edit that changes nothing of what was validated.
    pub keeps_validation: bool,
    /// For an edit: the credential as it was read.
    pub before: Option<SourceCredential>,
}

impl Proposal {
    /// A stored credential as it is.
    pub fn of_stored(record: SourceCredential, fields: Fields) -> Self {
        Self {
            name: record.name.clone(),
            slug: record.slug.clone(),
            source_type: record.source_type.clone(),
            auth_mode: record.auth_mode.clone(),
            fields,
            profile: record.profile.clone(),
            answers: record.answers.clone(),
            expires_at: record.expires_at,
            validate: true,
            keeps_validation: false,
            before: Some(record),
        }
    }
}

pub fn propose_new(
    administration: &Administration,
    act: &Act,
    new: NewSourceCredential,
) -> Result<Proposal, AdministrationError> {
    let reading = administration.read(act, Right::Manage)?;
    let mut errors = Vec::new();
    check_expiry(new.expires_at, reading.now, &mut errors);
    let slug = new.slug.clone().or_else(|| Slug::of_name(&new.name));
    if slug.is_none() {
        errors.push(FieldError::new("slug", "is needed, because the name has no letter of a-z and no digit"));
    }
    let entry = entry(&administration.providers.source_types, &new.source_type, new.auth_mode.as_ref());
    let entry = entry.map_err(|error| errors.push(error)).ok();
    let (Some(slug), Some(entry)) = (slug, entry) else { return Err(AdministrationError::Invalid(errors)) };
    entry.check_not_retired(&mut errors);
    let fields = entry.fields(new.fields.expose(), &mut errors);
    let profile = entry.profile(new.profile, &mut errors);
    entry.check_answers(&new.answers, &mut errors);
    AdministrationError::unless_empty(errors)?;
    Ok(Proposal {
        name: new.name,
        slug,
        auth_mode: id_of(&entry)?,
        source_type: new.source_type,
        fields,
        profile,
        answers: new.answers.0,
        expires_at: new.expires_at,
        validate: new.validate,
        keeps_validation: false,
        before: None,
    })
}

/// Secrets that the edit leaves out are those that are stored.
pub fn propose_edit(
    administration: &Administration,
    act: &Act,
    id: SourceCredentialId,
    edit: SourceCredentialEdit,
) -> Result<Proposal, AdministrationError> {
    let reading = administration.read(act, Right::Manage)?;
    let (stored, kept) = load(administration, act, id)?;
    ensure_current(act, &view(&reading.realm, &stored, reading.now))?;
    let mut errors = Vec::new();
    if let Some(expires_at) = edit.expires_at {
        check_expiry(expires_at, reading.now, &mut errors);
    }
    let entry = entry(&administration.providers.source_types, &stored.source_type, Some(&stored.auth_mode));
    let entry = entry.map_err(|error| AdministrationError::Invalid(vec![error]))?;
    let given = edit.fields.unwrap_or_default();
    let mut submitted = kept;
    submitted.extend(stored.fields.iter().map(|(name, value)| (name.to_string(), value.clone())));
    submitted.extend(given.expose().clone());
    if let Some(changed) = entry.secrets_in_danger(&stored.fields, &submitted) {
        let kept = stored.secret_fields.iter().filter(|name| !given.expose().contains_key(name.as_str()));
        errors.extend(kept.map(|name| {
            let detail = format!("must be entered again, because {changed} changes where it is sent");
            FieldError::new(format!("fields.{name}"), detail)
        }));
    }
    let fields = entry.fields(&submitted, &mut errors);
    let is_renaming = given.is_empty() && edit.profile.is_none() && edit.answers.is_none();
    let profile = entry.profile(edit.profile.or(stored.profile.clone()), &mut errors);
    let answers = edit.answers.unwrap_or_else(|| Answers(stored.answers.clone()));
    entry.check_answers(&answers, &mut errors);
    AdministrationError::unless_empty(errors)?;
    let validate = edit.validate.unwrap_or(true);
    let expires_at = match edit.expires_at {
        Some(entered) => entered,
        // The end that the provider told is that of the earlier credential, and it tells the next one.
        None if validate || !is_renaming => stored.entered_end(),
        None => stored.expires_at,
    };
    let name = edit.name.unwrap_or_else(|| stored.name.clone());
    let keeps_validation = is_renaming && !validate;
    let unedited = Proposal::of_stored(stored, fields);
    Ok(Proposal { name, profile, answers: answers.0, expires_at, validate, keeps_validation, ..unedited })
}

/// A stored credential, to ask its provider about.
pub fn propose_stored(
    administration: &Administration,
    act: &Act,
    id: SourceCredentialId,
) -> Result<Proposal, AdministrationError> {
    let unconditional = Act { if_match: None, ..act.clone() };
    propose_edit(administration, &unconditional, id, SourceCredentialEdit::default())
}

/// As [`propose_stored`], for a caller that has been authorized, or for this server.
pub fn propose_as_stored(
    administration: &Administration,
    act: &Act,
    id: SourceCredentialId,
) -> Result<Proposal, AdministrationError> {
    let (record, mut values) = load(administration, act, id)?;
    values.extend(record.fields.iter().map(|(name, value)| (name.to_string(), value.clone())));
    let entry = entry(&administration.providers.source_types, &record.source_type, Some(&record.auth_mode));
    let entry = entry.map_err(|error| AdministrationError::Invalid(vec![error]))?;
    let mut errors = Vec::new();
    let fields = entry.fields(&values, &mut errors);
    AdministrationError::unless_empty(errors)?;
    Ok(Proposal::of_stored(record, fields))
}

fn load(
    administration: &Administration,
    act: &Act,
    id: SourceCredentialId,
) -> Result<(SourceCredential, serde_json::Map<String, Value>), AdministrationError> {
    let found = administration.ledger.store().find_source_credential(&act.realm, id)?;
    let found = found.ok_or(AdministrationError::NotFound("source credential"))?;
    let kept = open_secrets(&administration.keyring, &act.realm, id, found.sealed.as_ref())?;
    Ok((found.record, kept))
}

fn id_of(entry: &Entry<'_>) -> Result<CatalogId, AdministrationError> {
    entry.mode.id.parse().map_err(|error| AdministrationError::invalid("auth_mode", error))
}

fn check_expiry(expires_at: Option<Timestamp>, now: Timestamp, errors: &mut Vec<FieldError>) {
    if SourceCredential::has_expired(expires_at, now) {
        errors.push(FieldError::new("expires_at", "must be in the future, or null"));
    }
}
