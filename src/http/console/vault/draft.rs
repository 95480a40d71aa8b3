//! What was typed into the form of a source credential.

use std::collections::BTreeMap;

use claviger_api::{AuthModeView, SourceCredentialView, SourceFieldView, SourceTypeView};
use claviger_console::Address;
use serde_json::{Map, Value};
use zeroize::Zeroizing;

use crate::http::console::days::date;
use claviger_domain::CatalogId;

/// Without `Debug`: it has secrets.
#[derive(Default)]
pub struct Draft {
    pub source_type: String,
    /// Of the way to authenticate.
    pub mode: String,
    pub name: String,
    pub profile: String,
    fields: Vec<(String, Zeroizing<String>)>,
    /// By the id of the question.
    chosen: Vec<(String, String)>,
    typed: Vec<(String, String)>,
    /// `2027-02-26`; empty: what the provider says.
    pub expires: String,
    pub validate: bool,
    /// Whether the questions were asked before.
    pub asked: bool,
    /// Secrets of an earlier attempt.
    pub sealed: String,
    /// The id of the source to link it to.
    pub source: String,
    /// Whether it is for a source that is being added, and what that shall be called.
    pub for_source: bool,
    pub source_name: String,
}

pub fn is_secret(field: &SourceFieldView) -> bool {
    field.kind.starts_with("secret")
}

/// `posted`: what is not ticked is absent.
pub fn read<'a>(fields: impl Iterator<Item = (&'a str, &'a str)>, posted: bool) -> Draft {
    let mut draft = Draft { validate: !posted, ..Draft::default() };
    for (name, value) in fields {
        let owned = || value.to_owned();
        match name {
            "type" => draft.source_type = owned(),
            "mode" => draft.mode = owned(),
            "name" => draft.name = owned(),
            "profile" => draft.profile = owned(),
            "expires" => draft.expires = owned(),
            "validate" => draft.validate = value != "off",
            "questions" => draft.asked = true,
            "sealed" => draft.sealed = owned(),
            "source" => draft.source = owned(),
            "for_source" => draft.for_source = true,
            "source_name" => draft.source_name = owned(),
            _ => draft.read_of_catalog(name, value),
        }
    }
    draft
}

impl Draft {
    pub fn of(view: &SourceCredentialView) -> Self {
        let field = |(name, value): (&String, &Value)| (name.clone(), Zeroizing::new(text_of(value)));
        let answer = |(id, given): (&CatalogId, &Vec<String>)| (id.to_string(), given.join(", "));
        Self {
            source_type: view.source_type.to_string(),
            mode: view.auth_mode.to_string(),
            name: view.name.to_string(),
            profile: view.profile.as_ref().map(ToString::to_string).unwrap_or_default(),
            fields: view.fields.expose().iter().map(field).collect(),
            typed: view.answers.0.iter().map(answer).collect(),
            expires: view.expires_at.map(date).unwrap_or_default(),
            validate: true,
            ..Self::default()
        }
    }

    fn read_of_catalog(&mut self, name: &str, value: &str) {
        let Some((part, id)) = name.split_once('.') else { return };
        let id = id.to_owned();
        match part {
            "field" => self.fields.push((id, Zeroizing::new(value.replace("\r\n", "\n")))),
            "answer" => self.chosen.push((id, value.to_owned())),
            "typed" => self.typed.push((id, value.to_owned())),
            _ => {}
        }
    }

    /// As it was typed; empty if it was not.
    pub fn field(&self, name: &str) -> &str {
        let found = self.fields.iter().find(|(known, _)| known == name);
        found.map_or("", |(_, value)| value.as_str())
    }

    pub fn has_field(&self, name: &str) -> bool {
        self.fields.iter().any(|(known, _)| known == name)
    }

    pub fn typed_answer(&self, question: &str) -> &str {
        let found = self.typed.iter().find(|(known, _)| known == question);
        found.map_or("", |(_, value)| value.as_str())
    }

    pub fn is_chosen(&self, question: &str, answer: &str) -> bool {
        self.chosen.iter().any(|(known, value)| known == question && value == answer)
    }

    pub fn has_answers(&self) -> bool {
        !self.chosen.is_empty() || self.typed.iter().any(|(_, value)| !value.trim().is_empty())
    }

    /// The answers to the questions of a type: what was chosen, then what was typed.
    pub fn answers(&self, known: &SourceTypeView) -> BTreeMap<CatalogId, Vec<String>> {
        let given = known.questions.iter().filter_map(|question| {
            let typed = self.typed_answer(&question.id);
            let mut typed: Vec<String> = match question.multi {
                true => typed.split(',').map(|one| one.trim().to_owned()).collect(),
                false => vec![typed.trim().to_owned()],
            };
            typed.retain(|one| !one.is_empty());
            let chosen = self.chosen.iter().filter(|(known, _)| *known == question.id);
            let mut all: Vec<String> = match !question.multi && !typed.is_empty() {
                true => Vec::new(),
                false => chosen.map(|(_, value)| value.clone()).collect(),
            };
            for one in typed {
                if !all.contains(&one) {
                    all.push(one);
                }
            }
            (!all.is_empty()).then(|| Some((question.id.parse().ok()?, all))).flatten()
        });
        given.collect()
    }

    /// The values of the fields, in the form of the API. `sealed` has the secrets that were typed before.
    pub fn values(
        &self,
        mode: &AuthModeView,
        sealed: &BTreeMap<String, Zeroizing<String>>,
    ) -> Map<String, Value> {
        let value = |field: &SourceFieldView| {
            let text = self.field(&field.name);
            let value = match field.kind.as_str() {
                "bool" => Value::Bool(text == "true"),
                "list" => text.lines().map(str::trim).filter(|line| !line.is_empty()).collect(),
                _ if is_secret(field) && text.is_empty() => Value::from(sealed.get(&field.name)?.as_str()),
                _ if text.trim().is_empty() => Value::Null,
                _ => Value::from(text),
            };
            Some((field.name.clone(), value))
        };
        mode.fields.iter().filter_map(value).collect()
    }

    /// All that may stand in an address or a page: no secrets.
    pub fn plain(&self, mode: &AuthModeView) -> Vec<(String, String)> {
        let mut plain = vec![
            ("type".to_owned(), self.source_type.clone()),
            ("mode".to_owned(), self.mode.clone()),
            ("name".to_owned(), self.name.clone()),
            ("profile".to_owned(), self.profile.clone()),
            ("expires".to_owned(), self.expires.clone()),
            ("validate".to_owned(), if self.validate { "on" } else { "off" }.to_owned()),
        ];
        let fields = mode.fields.iter().filter(|field| !is_secret(field) && self.has_field(&field.name));
        plain.extend(
            fields.map(|field| (format!("field.{}", field.name), self.field(&field.name).to_owned())),
        );
        plain
    }

    /// Where to go on afterwards.
    pub fn onward(&self) -> Vec<(&'static str, String)> {
        let for_source = if self.for_source { "on" } else { "" };
        let all = [
            ("source", self.source.clone()),
            ("for_source", for_source.to_owned()),
            ("source_name", self.source_name.clone()),
        ];
        all.into_iter().filter(|(_, value)| !value.is_empty()).collect()
    }

    /// The form with all that may stand in its address.
    pub fn address(&self, form: Address, mode: &AuthModeView) -> Address {
        let plain = self.plain(mode).into_iter().filter(|(name, value)| name != "validate" || value == "off");
        let form = plain.fold(form, |address, (name, value)| address.with(&name, &value));
        let onward = self.onward().into_iter();
        let form = onward.fold(form, |address, (name, value)| address.with(name, &value));
        let chosen = self.chosen.iter().map(|(id, value)| (format!("answer.{id}"), value));
        let typed = self.typed.iter().map(|(id, value)| (format!("typed.{id}"), value));
        chosen.chain(typed).fold(form, |address, (name, value)| address.with(&name, value))
    }
}

/// As an input has it.
pub fn text_of(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(text_of).collect::<Vec<_>>().join("\n"),
        other => other.to_string(),
    }
}
