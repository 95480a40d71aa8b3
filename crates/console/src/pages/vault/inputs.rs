//! Inputs that the catalog of source types asks for: fields and questions.

use crate::parts::Choice;

#[derive(Clone, Debug)]
pub struct FieldInput {
    /// As the catalog names it.
    pub name: String,
    pub label: String,
    pub kind: InputKind,
    /// Never that of a secret.
    pub value: String,
    pub required: bool,
    pub help: String,
    /// `ghp_… or github_pat_…`.
    pub placeholder: String,
    pub kept: Kept,
    /// What would be right.
    pub fault: Option<String>,
}

#[derive(Clone, Debug)]
pub enum InputKind {
    Text,
    Url,
    Number,
    Secret,
    /// Such as a private key.
    SecretLines,
    Select(Vec<Choice>),
    /// One item a line.
    Lines,
    /// On if the value is `true`.
    Switch,
}

/// What is there if nothing is typed into the field of a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    Nothing,
    /// What is stored.
    Stored,
    /// What was typed before, sealed in the form for some minutes.
    Sealed,
}

#[derive(Clone, Debug)]
pub struct QuestionInput {
    /// As the catalog names it.
    pub id: String,
    /// `Organizations`.
    pub label: String,
    /// `Which GitHub organizations should be read?`
    pub prompt: String,
    pub multi: bool,
    pub optional: bool,
    /// What the provider lists.
    pub listed: Vec<Choice>,
    /// Whether answers may be typed.
    pub manual: bool,
    /// What was typed.
    pub typed: String,
    /// Why nothing is listed; empty if something is.
    pub why_none: String,
    pub fault: Option<String>,
}

impl FieldInput {
    /// The id of the input.
    pub(super) fn key(&self) -> String {
        format!("f-{}", self.name)
    }

    pub(super) const fn is_secret(&self) -> bool {
        matches!(self.kind, InputKind::Secret | InputKind::SecretLines)
    }

    /// Whether the browser asks for a value.
    pub(super) fn is_demanded(&self) -> bool {
        self.required && self.kept == Kept::Nothing
    }

    pub(super) fn is_on(&self) -> bool {
        self.value == "true"
    }

    /// Below the input. `needs` says what permissions the secret needs.
    pub(super) fn hint(&self, needs: &str) -> String {
        let said = match (self.is_secret(), self.kept) {
            (false, _) if matches!(self.kind, InputKind::Lines) => {
                [self.help.as_str(), "One a line."].join(" ")
            }
            (false, _) => self.help.clone(),
            (true, Kept::Nothing) => [needs, "Kept encrypted, and never shown again."].join(" "),
            (true, Kept::Stored) => [needs, "Kept; type to replace."].join(" "),
            (true, Kept::Sealed) => "Kept for 10 minutes, sealed; type to replace.".to_owned(),
        };
        said.trim().to_owned()
    }

    pub(super) fn described_by(&self, needs: &str) -> String {
        let key = self.key();
        let hint = (!self.hint(needs).is_empty()).then(|| format!("{key}-hint"));
        let fault = self.fault.as_ref().map(|_| format!("{key}-err"));
        hint.into_iter().chain(fault).collect::<Vec<_>>().join(" ")
    }
}

impl QuestionInput {
    /// The id of the part.
    pub(super) fn key(&self) -> String {
        format!("q-{}", self.id)
    }

    pub(super) fn hint(&self) -> &'static str {
        match (self.listed.is_empty(), self.optional) {
            (false, true) => "Those that the provider lists. Optional.",
            (false, false) => "Those that the provider lists. At least one.",
            (true, true) => "Optional.",
            (true, false) => "At least one.",
        }
    }

    pub(super) fn typed_hint(&self) -> &'static str {
        if self.multi {
            "Separate with commas. Each is checked when you save."
        } else {
            "It is checked when you save."
        }
    }

    pub(super) fn typed_label(&self) -> String {
        if self.listed.is_empty() { self.label.clone() } else { "Others, by name".to_owned() }
    }
}
