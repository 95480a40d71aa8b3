//! Source types: list, show.

use claviger_api::{AuthModeView, ProfileView, QuestionView, SourceFieldView, SourceTypeView};
use claviger_vault::{AuthMode, Field, FieldKind, Hosting, Profile, Question, SourceType};

use crate::administration::error::AdministrationError;
use crate::administration::listing::{Facts, Listable, Shape};
use crate::administration::setting::Administration;
use crate::ledger::{Act, Right};

impl Listable for SourceTypeView {
    const LIST: Shape =
        Shape { sorts: &["name", "id"], default_sort: "name", statuses: &[], others: &["category"] };

    fn facts(&self, sort: &str) -> Facts {
        let key = if sort == "id" { self.id.clone() } else { self.name.to_lowercase() };
        let searched = [&self.id, &self.name].into_iter().chain(&self.category).cloned().collect();
        Facts { id: self.id.clone(), key, status: "", searched }
    }
}

/// `category` keeps only those of one category.
pub fn list_source_types(
    administration: &Administration,
    act: &Act,
    category: Option<&str>,
) -> Result<Vec<SourceTypeView>, AdministrationError> {
    administration.read(act, Right::Read)?;
    let types = administration.providers.source_types.catalog().source_types().iter();
    let wanted = |known: &&SourceType| {
        category.is_none_or(|category| known.category.iter().any(|own| own == category))
    };
    Ok(types.filter(wanted).map(view).collect())
}

pub fn find_source_type(
    administration: &Administration,
    act: &Act,
    id: &str,
) -> Result<SourceTypeView, AdministrationError> {
    administration.read(act, Right::Read)?;
    let found = administration.providers.source_types.catalog().source_type(id);
    found.map(view).ok_or(AdministrationError::NotFound("source type"))
}

/// What its provider calls the permissions that a profile requires; none if its type or the profile is unknown.
pub fn required_permissions(
    administration: &Administration,
    source_type: &str,
    profile: &str,
) -> Vec<String> {
    let known = administration.providers.source_types.catalog().source_type(source_type);
    let found = known.and_then(|known| Some((known, known.profile(profile)?)));
    let Some((known, profile)) = found else { return Vec::new() };
    let label = |id: &String| known.permission_label(id).unwrap_or(id).to_owned();
    profile.required.iter().map(label).collect()
}

/// The questions of one way to authenticate; none if it is unknown. A type may ask the same in several ways.
pub fn questions_of(administration: &Administration, source_type: &str, mode: &str) -> Vec<QuestionView> {
    let known = administration.providers.source_types.catalog().source_type(source_type);
    let questions = known.map(|known| known.questions.as_slice()).unwrap_or_default().iter();
    questions.filter(|question| question.is_for(mode)).map(question_view).collect()
}

fn view(source_type: &SourceType) -> SourceTypeView {
    SourceTypeView {
        id: source_type.id.clone(),
        name: source_type.name.clone(),
        category: source_type.category.clone(),
        hosting: match source_type.hosting {
            Hosting::Cloud => "cloud",
            Hosting::SelfHosted => "self_hosted",
            Hosting::Both => "both",
        }
        .to_owned(),
        notes: source_type.notes.clone(),
        auth_modes: source_type.modes.iter().map(|mode| mode_view(source_type, mode)).collect(),
        profiles: source_type.profiles.iter().map(profile_view).collect(),
        questions: source_type.questions.iter().map(question_view).collect(),
    }
}

fn mode_view(source_type: &SourceType, mode: &AuthMode) -> AuthModeView {
    AuthModeView {
        id: mode.id.clone(),
        label: mode.label.clone(),
        retired: mode.retired,
        ask_expiry: mode.ask_expiry,
        fields: source_type.fields_of(mode).map(field_view).collect(),
    }
}

fn field_view(field: &Field) -> SourceFieldView {
    let kind = match field.kind {
        FieldKind::Text => "text",
        FieldKind::Secret => "secret",
        FieldKind::SecretMultiline => "secret_multiline",
        FieldKind::Url => "url",
        FieldKind::Int => "int",
        FieldKind::Select => "select",
        FieldKind::List => "list",
        FieldKind::Bool => "bool",
    };
    SourceFieldView {
        name: field.name.clone(),
        label: field.label.clone(),
        kind: kind.to_owned(),
        required: field.required,
        default: field.default.clone(),
        options: field.options.clone(),
        help: field.help.clone(),
        prefix: field.prefix.clone(),
    }
}

fn profile_view(profile: &Profile) -> ProfileView {
    ProfileView {
        id: profile.id.clone(),
        label: profile.label.clone(),
        default: profile.default,
        required: profile.required.clone(),
        recommended: profile.recommended.clone(),
    }
}

fn question_view(question: &Question) -> QuestionView {
    QuestionView {
        id: question.id.clone(),
        label: question.label.clone(),
        prompt: question.prompt.clone(),
        multi: question.multi,
        manual: question.manual,
        optional: question.optional,
    }
}
