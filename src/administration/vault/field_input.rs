//! What a request says of a source credential, checked against its type. All faults are found at once.

use std::collections::BTreeMap;

use claviger_api::{Answers, FieldError};
use claviger_domain::CatalogId;
use claviger_vault::{AuthMode, FieldValue, Fields, SourceType, check_fields};
use serde_json::{Map, Value};

use crate::crypto::system_random;
use crate::vault::SourceTypes;

/// The entries of the catalog that a source credential is of.
pub struct Entry<'a> {
    pub source_type: &'a SourceType,
    pub mode: &'a AuthMode,
}

/// `mode` is chosen if it is `None`.
pub fn entry<'a>(
    types: &'a SourceTypes,
    source_type: &CatalogId,
    mode: Option<&CatalogId>,
) -> Result<Entry<'a>, FieldError> {
    let catalog = types.catalog();
    let Some(source_type) = catalog.source_type(source_type.as_str()) else {
        let detail = format!("there is no source type {source_type}: `GET /source-types` lists them");
        return Err(FieldError::new("source_type", detail));
    };
    let current = || source_type.modes.iter().filter(|mode| !mode.retired);
    let mode = match mode {
        None => current().next(),
        Some(id) => source_type.mode(id.as_str()),
    };
    let known = || current().map(|mode| mode.id.as_str()).collect::<Vec<_>>().join(", ");
    match mode {
        Some(mode) => Ok(Entry { source_type, mode }),
        None => Err(FieldError::new("auth_mode", format!("must be one of {}", known()))),
    }
}

impl Entry<'_> {
    pub fn check_not_retired(&self, errors: &mut Vec<FieldError>) {
        if self.mode.retired {
            let others = self.source_type.modes.iter().filter(|mode| !mode.retired);
            let others = others.map(|mode| mode.id.as_str()).collect::<Vec<_>>().join(", ");
            let detail = format!("{} is retired: use one of {others}", self.mode.id);
            errors.push(FieldError::new("auth_mode", detail));
        }
    }

    pub fn fields(&self, submitted: &Map<String, Value>, errors: &mut Vec<FieldError>) -> Fields {
        match check_fields(self.source_type, self.mode, submitted, &system_random()) {
            Ok(fields) => fields,
            Err(faults) => {
                let named = faults.into_iter();
                errors.extend(
                    named.map(|fault| FieldError::new(format!("fields.{}", fault.field), fault.reason)),
                );
                Fields::default()
            }
        }
    }

    /// The default profile if none is named.
    pub fn profile(&self, named: Option<CatalogId>, errors: &mut Vec<FieldError>) -> Option<CatalogId> {
        match named {
            None => self.source_type.default_profile().and_then(|profile| profile.id.parse().ok()),
            Some(id) if self.source_type.profile(id.as_str()).is_some() => Some(id),
            Some(_) => {
                let known = self.source_type.profiles.iter().map(|profile| profile.id.as_str());
                let detail = format!("must be one of {}", known.collect::<Vec<_>>().join(", "));
                errors.push(FieldError::new("profile", detail));
                None
            }
        }
    }

    pub fn check_answers(&self, answers: &Answers, errors: &mut Vec<FieldError>) {
        for (id, given) in &answers.0 {
            let field = format!("answers.{id}");
            let Some(question) = self.source_type.questions.iter().find(|known| known.id == id.as_str())
            else {
                let known = self.source_type.questions.iter().map(|question| question.id.as_str());
                let known = known.collect::<Vec<_>>().join(", ");
                let detail = match known.is_empty() {
                    true => format!("{} asks no questions", self.source_type.name),
                    false => format!("is not a question of this source type; its questions are {known}"),
                };
                errors.push(FieldError::new(field, detail));
                continue;
            };
            if given.len() > 1 && !question.multi {
                errors.push(FieldError::new(field, "must have one answer"));
            } else if given.len() > MAX_ANSWERS || given.iter().any(|answer| !is_answer(answer)) {
                let detail = format!(
                    "must have at most {MAX_ANSWERS} answers of 1 to 512 bytes without control characters"
                );
                errors.push(FieldError::new(field, detail));
            }
        }
    }

    /// The names of secret fields that must be entered again, because a field changed that decides where they are sent.
    pub fn secrets_in_danger(
        &self,
        before: &BTreeMap<CatalogId, Value>,
        after: &Map<String, Value>,
    ) -> Option<String> {
        let value = |values: &Map<String, Value>, name: &str| values.get(name).cloned().unwrap_or_default();
        let changed = self
            .source_type
            .host_fields(self.mode)
            .into_iter()
            .find(|name| before.get(*name).cloned().unwrap_or_default() != value(after, name));
        changed.map(str::to_owned)
    }
}

const MAX_ANSWERS: usize = 500;

fn is_answer(text: &str) -> bool {
    (1..=512).contains(&text.len()) && !text.chars().any(char::is_control)
}

/// The fields that are not secret, as they are stored and shown.
pub fn plain(fields: &Fields) -> BTreeMap<CatalogId, Value> {
    let value = |(name, value): (&str, &FieldValue)| {
        let value = match value {
            FieldValue::Text(text) => Value::from(text.as_str()),
            FieldValue::List(items) => Value::from(items.clone()),
            FieldValue::Int(number) => Value::from(*number),
            FieldValue::Bool(truth) => Value::from(*truth),
            FieldValue::Secret(_) => return None,
        };
        Some((name.parse().ok()?, value))
    };
    fields.iter().filter_map(value).collect()
}

/// The names of the secret fields that are set, sorted.
pub fn secret_names(fields: &Fields) -> Vec<CatalogId> {
    let is_secret = |(_, value): &(&str, &FieldValue)| matches!(value, FieldValue::Secret(_));
    fields.iter().filter(is_secret).filter_map(|(name, _)| name.parse().ok()).collect()
}
