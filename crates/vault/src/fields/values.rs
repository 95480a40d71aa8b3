//! Checked values, and the variables that templates get from them.

use std::collections::BTreeMap;
use std::fmt;

use zeroize::Zeroizing;

use crate::catalog::{AuthMode, Profile, SourceType};
use crate::template::{Template, Variable};

/// Derived values may use others, and the lint does not follow circles.
const MAX_DEPTH: u8 = 4;

/// Values that passed the checks of their source type. `Debug` shows names alone.
#[derive(Default)]
pub struct Fields(BTreeMap<String, FieldValue>);

pub enum FieldValue {
    Text(String),
    Secret(Zeroizing<String>),
    List(Vec<String>),
    Int(i64),
    Bool(bool),
}

impl fmt::Debug for Fields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

impl Fields {
    pub(crate) fn insert(&mut self, name: &str, value: FieldValue) {
        self.0.insert(name.to_owned(), value);
    }

    pub fn iter(&self) -> impl Iterator<Item = (&str, &FieldValue)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }

    pub fn contains(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        match self.0.get(name)? {
            FieldValue::Text(text) => Some(text),
            FieldValue::Secret(text) => Some(text),
            _ => None,
        }
    }

    pub(crate) fn secrets(&self) -> impl Iterator<Item = &str> {
        self.0.values().filter_map(|value| match value {
            FieldValue::Secret(text) => Some(text.as_str()),
            _ => None,
        })
    }

    fn value(&self, name: &str, index: Option<usize>) -> Option<String> {
        match (self.0.get(name)?, index) {
            (FieldValue::Text(text), None) => Some(text.clone()),
            (FieldValue::Secret(text), None) => Some(text.to_string()),
            (FieldValue::Int(number), None) => Some(number.to_string()),
            (FieldValue::Bool(truth), None) => Some(truth.to_string()),
            (FieldValue::List(items), Some(index)) => items.get(index).cloned(),
            _ => None,
        }
    }
}

/// The values of template variables during one validation.
pub struct Variables<'a> {
    pub source_type: &'a SourceType,
    pub mode: &'a AuthMode,
    pub fields: &'a Fields,
    pub captured: BTreeMap<String, String>,
    /// Chosen or listed answers, by question.
    pub answers: BTreeMap<String, Vec<String>>,
    /// The typed answer that is being checked.
    pub answer: Option<String>,
}

impl<'a> Variables<'a> {
    pub fn new(source_type: &'a SourceType, mode: &'a AuthMode, fields: &'a Fields) -> Self {
        let (captured, answers) = (BTreeMap::new(), BTreeMap::new());
        Self { source_type, mode, fields, captured, answers, answer: None }
    }

    pub fn render(&self, template: &Template) -> Option<String> {
        template.render(&|variable| self.value(variable, 0))
    }

    /// Also fills `{profile}` with the permission ids of a profile.
    pub fn render_scope(
        &self,
        template: &Template,
        profile: &Profile,
        with_recommended: bool,
    ) -> Option<String> {
        let recommended = profile.recommended.iter().filter(|_| with_recommended);
        let ids: Vec<&str> = profile.required.iter().chain(recommended).map(String::as_str).collect();
        template.render(&|variable| match variable.name.as_str() {
            "profile" => Some(ids.join(" ")),
            _ => self.value(variable, 0),
        })
    }

    pub fn base(&self) -> Option<String> {
        self.base_value(0)
    }

    /// Whether a step or probe is for what was entered.
    pub fn fits(&self, when_field: Option<&String>, unless_field: Option<&String>) -> bool {
        when_field.is_none_or(|field| self.fields.contains(field))
            && unless_field.is_none_or(|field| !self.fields.contains(field))
    }

    fn value(&self, variable: &Variable, depth: u8) -> Option<String> {
        let name = variable.name.as_str();
        if depth > MAX_DEPTH {
            return None;
        }
        if let Some(index) = variable.index {
            let listed = || self.answers.get(name)?.get(index).cloned();
            return self.fields.value(name, Some(index)).or_else(listed);
        }
        match name {
            "base" => return self.base_value(depth),
            "answer" if self.answer.is_some() => return self.answer.clone(),
            _ => {}
        }
        let value = self.fields.value(name, None).or_else(|| self.captured.get(name).cloned());
        value.or_else(|| self.derived_value(name, depth))
    }

    fn base_value(&self, depth: u8) -> Option<String> {
        let base_url = &self.source_type.base_url;
        let overriding = base_url.field().and_then(|field| self.fields.text(field)).map(str::to_owned);
        let value = || base_url.value()?.render(&|variable| self.value(variable, depth + 1));
        overriding.or_else(value).filter(|base| !base.is_empty())
    }

    fn derived_value(&self, name: &str, depth: u8) -> Option<String> {
        let derived = self.source_type.derived.iter().find(|derived| derived.name == name)?;
        let fitting = derived.cases.iter().find(|case| {
            self.fields.value(&case.field, None).is_some_and(|value| case.pattern.matches(&value))
        });
        let template = fitting.map_or(&derived.otherwise, |case| &case.value);
        template.render(&|variable| self.value(variable, depth + 1))
    }
}
