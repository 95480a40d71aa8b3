//! The inputs that the catalog asks for, filled in.

use claviger_api::{DiscoveryView, FieldError, QuestionView, SourceCredentialView, SourceFieldView};
use claviger_console::{Choice, FieldInput, InputKind, Kept, QuestionInput};

use crate::http::console::vault::carried::Secrets;
use crate::http::console::vault::draft::{Draft, is_secret};

/// Answers that a page lists; others can be typed.
const MAX_LISTED: usize = 60;

/// What belongs to a form beside what was typed.
#[derive(Clone, Copy)]
pub struct Around<'a> {
    /// The credential that is changed.
    pub before: Option<&'a SourceCredentialView>,
    /// Secrets that go on sealed.
    pub sealed: &'a Secrets,
    /// Whether the form was refused, so that its secrets are gone unless they are sealed.
    pub refused: bool,
    pub errors: &'a [FieldError],
}

pub fn field_input(field: &SourceFieldView, draft: &Draft, around: Around<'_>) -> FieldInput {
    let secret = is_secret(field);
    let error = error_of(around.errors, &format!("fields.{}", field.name));
    let is_lost = secret && around.refused && !draft.field(&field.name).is_empty();
    let is_stored =
        around.before.is_some_and(|view| view.secret_fields.iter().any(|name| name.as_str() == field.name));
    let kept = match () {
        () if !secret || error.is_some() => Kept::Nothing,
        () if around.sealed.contains_key(&field.name) => Kept::Sealed,
        () if is_stored => Kept::Stored,
        () => Kept::Nothing,
    };
    let lost =
        (is_lost && kept != Kept::Sealed).then(|| "Enter it again: what was typed is not kept.".to_owned());
    let text = match draft.has_field(&field.name) || around.before.is_some() {
        true => draft.field(&field.name).to_owned(),
        false => field.default.clone().unwrap_or_default(),
    };
    let value = if secret { String::new() } else { text };
    FieldInput {
        name: field.name.clone(),
        label: field.label.clone(),
        kind: kind(field, &value),
        required: field.required,
        help: field.help.clone(),
        placeholder: placeholder(field),
        kept,
        fault: error.or(lost),
        value,
    }
}

fn kind(field: &SourceFieldView, value: &str) -> InputKind {
    match field.kind.as_str() {
        "secret" => InputKind::Secret,
        "secret_multiline" => InputKind::SecretLines,
        "url" => InputKind::Url,
        "int" => InputKind::Number,
        "list" => InputKind::Lines,
        "bool" => InputKind::Switch,
        "select" => {
            let none = (!field.required && field.default.is_none()).then_some("");
            let options = none.into_iter().chain(field.options.iter().map(String::as_str));
            let choice = |option: &str| Choice {
                value: option.to_owned(),
                title: if option.is_empty() { "None".to_owned() } else { option.to_owned() },
                chosen: option == value,
            };
            InputKind::Select(options.map(choice).collect())
        }
        _ => InputKind::Text,
    }
}

/// `ghp_… or github_pat_…`.
fn placeholder(field: &SourceFieldView) -> String {
    let prefixes = field.prefix.iter().flat_map(|prefix| prefix.split('|'));
    prefixes.map(|prefix| format!("{prefix}…")).collect::<Vec<_>>().join(" or ")
}

/// `listed`: what the provider lists, if it was asked.
pub fn question_input(
    question: &QuestionView,
    draft: &Draft,
    listed: Option<&DiscoveryView>,
    errors: &[FieldError],
) -> QuestionInput {
    let items = listed.map(|found| found.items.as_slice()).unwrap_or_default();
    let choice = |key: &str, title: &str| Choice {
        value: key.to_owned(),
        title: if title.is_empty() { key.to_owned() } else { title.to_owned() },
        chosen: draft.is_chosen(&question.id, key),
    };
    let why_none = match listed {
        Some(found) if found.items.is_empty() => {
            format!("The provider lists none for it. Type {}.", if question.multi { "them" } else { "it" })
        }
        Some(found) if found.truncated || found.items.len() > MAX_LISTED => {
            "Not all of them are listed.".to_owned()
        }
        _ => String::new(),
    };
    QuestionInput {
        id: question.id.clone(),
        label: question.label.clone(),
        prompt: question.prompt.clone(),
        multi: question.multi,
        optional: question.optional,
        listed: items.iter().take(MAX_LISTED).map(|item| choice(&item.key, &item.title)).collect(),
        manual: question.manual || items.is_empty(),
        typed: draft.typed_answer(&question.id).to_owned(),
        why_none,
        fault: error_of(errors, &format!("answers.{}", question.id)),
    }
}

fn error_of(errors: &[FieldError], field: &str) -> Option<String> {
    let details = errors.iter().filter(|error| error.field == field).map(|error| error.detail.as_str());
    let details: Vec<&str> = details.collect();
    (!details.is_empty()).then(|| sentence(&details.join("; ")))
}

/// `must be a whole number` as `It must be a whole number.`
pub fn sentence(detail: &str) -> String {
    let verbs = ["must", "is", "needs", "has", "does"];
    let begins = verbs.iter().any(|verb| detail.split(' ').next() == Some(verb));
    let end = if detail.ends_with(['.', '!', '?']) { "" } else { "." };
    if begins { format!("It {detail}{end}") } else { format!("{detail}{end}") }
}
