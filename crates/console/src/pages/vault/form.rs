//! Adding a source credential, or changing one: the form of its type.

use askama::Template;

use super::chooser::tile_letters;
use super::inputs::{FieldInput, QuestionInput};
use super::verdict::Verdict;
use crate::frame::Frame;
use crate::links::Address;
use crate::page::page;
use crate::parts::{Choice, Faults};
use crate::text::things;

/// `maxlength` counts UTF-16 units, of which a character has up to two.
const MAX_NAME_UNITS: usize = 128;

/// Permissions that the hint below a secret names.
const NAMED: usize = 3;

/// What both pages of the form have. Without `Debug`: it has sealed secrets.
pub struct VaultForm {
    /// The id of the credential that is changed; `None` adds one.
    pub id: Option<String>,
    /// The name that it has now, if it is changed.
    pub known_as: String,
    /// The id of the source type.
    pub source_type: String,
    pub type_name: String,
    pub name: String,
    /// Secrets that were typed before, sealed for some minutes; empty if there are none.
    pub sealed: String,
    /// What a refused form carries along: where to go on afterwards.
    pub carried: Vec<(&'static str, String)>,
    /// Of one that is added.
    pub idempotency_key: String,
    /// Of the one that is changed.
    pub version: u64,
}

#[derive(Template)]
#[template(path = "pages/vault/form.html")]
pub struct SourceCredentialFormPage {
    pub frame: Frame,
    pub form: VaultForm,
    /// `cloud`.
    pub hosting: String,
    /// What to know about the type.
    pub notes: String,
    pub modes: Vec<Choice>,
    pub profiles: Vec<ProfileChoice>,
    pub fields: Vec<FieldInput>,
    /// What the chosen profile needs.
    pub permissions: Vec<String>,
    pub questions: Vec<QuestionInput>,
    /// `2027-02-26`; empty: what the provider says.
    pub expires: String,
    /// Tomorrow, in the same form.
    pub earliest: String,
    /// Whether the end should be typed, because the provider does not tell it.
    pub ask_expiry: bool,
    pub validate: bool,
    pub verdict: Option<Verdict>,
    /// Whether the provider gave no verdict, so that it can be saved unchecked.
    pub unverified: bool,
    /// Of what is no field of the catalog.
    pub faults: Faults,
    /// Where Change leads.
    pub chooser: Address,
}

#[derive(Clone, Debug)]
pub struct ProfileChoice {
    pub id: String,
    pub label: String,
    pub permissions: u64,
    pub chosen: bool,
}

impl VaultForm {
    pub(super) const fn title(&self) -> &'static str {
        if self.id.is_some() { "Edit source credential" } else { "Add source credential" }
    }

    pub(super) fn letters(&self) -> String {
        tile_letters(&self.type_name)
    }

    pub(super) fn action(&self, frame: &Frame) -> Address {
        match &self.id {
            Some(id) => frame.links.edit_source_credential(id),
            None => frame.links.new_source_credential(),
        }
    }

    pub(super) fn back(&self, frame: &Frame) -> Address {
        match &self.id {
            Some(id) => frame.links.source_credential(id),
            None => frame.links.source_credentials(),
        }
    }
}

impl SourceCredentialFormPage {
    const MAX_NAME_UNITS: usize = MAX_NAME_UNITS;

    fn title(&self) -> &'static str {
        self.form.title()
    }

    /// `Needs repo, read:org and 4 more.`, below the first secret.
    fn needs(&self, field: &FieldInput) -> String {
        if !self.is_first_secret(field) {
            return String::new();
        }
        let more = u64::try_from(self.permissions.len().saturating_sub(NAMED)).unwrap_or(u64::MAX);
        let named: Vec<&str> = self.permissions.iter().take(NAMED).map(String::as_str).collect();
        match (named.is_empty(), more) {
            (true, _) => String::new(),
            (false, 0) => format!("Needs {}.", crate::text::listed(&named)),
            (false, more) => format!("Needs {} and {more} more.", named.join(", ")),
        }
    }

    /// Beside the field of the secret, which explains the permissions.
    fn has_help(&self, field: &FieldInput) -> bool {
        let explained = !self.permissions.is_empty() || !field.help.is_empty();
        explained && self.is_first_secret(field)
    }

    fn is_first_secret(&self, field: &FieldInput) -> bool {
        let first = self.fields.iter().find(|field| field.is_secret());
        first.is_some_and(|first| first.name == field.name)
    }

    /// The id and the label of each field at fault, in the order of the form.
    fn wrong(&self) -> Vec<(String, &str)> {
        let plain = |own: bool| {
            let faults = self.faults.0.iter().filter(move |fault| (fault.field == "name") == own);
            faults.map(|fault| (fault.field.to_owned(), fault.label))
        };
        let fields = self.fields.iter().filter(|field| field.fault.is_some());
        let fields = fields.map(|field| (field.key(), field.label.as_str()));
        let questions = self.questions.iter().filter(|question| question.fault.is_some());
        let questions = questions.map(|question| (question.key(), question.label.as_str()));
        plain(true).chain(fields).chain(questions).chain(plain(false)).collect()
    }

    fn wrong_count(&self) -> String {
        let count = u64::try_from(self.wrong().len()).unwrap_or(u64::MAX);
        things(&count, "field needs you.", "fields need you.")
    }

    fn is_first(&self, key: &str) -> bool {
        self.wrong().first().is_some_and(|(first, _)| first == key)
    }

    /// `3 permissions`.
    fn counted(&self, profile: &ProfileChoice) -> String {
        things(&profile.permissions, "permission", "permissions")
    }

    fn mode(&self) -> &str {
        self.modes.iter().find(|mode| mode.chosen).map_or("", |mode| mode.value.as_str())
    }

    fn mode_title(&self) -> &str {
        self.modes.iter().find(|mode| mode.chosen).map_or("", |mode| mode.title.as_str())
    }

    fn expires_hint(&self) -> &'static str {
        match self.ask_expiry {
            true => {
                "The provider does not tell when it ends: enter it, and you are warned 30, 14, 7 and 1 days before."
            }
            false => {
                "Leave empty to take what the provider says. You are warned 30, 14, 7 and 1 days before."
            }
        }
    }

    fn submit(&self) -> &'static str {
        match (self.unverified, &self.form.id) {
            (true, _) => "Try again",
            (false, None) => "Validate and continue",
            (false, Some(_)) => "Save",
        }
    }
}

page!(SourceCredentialFormPage);
