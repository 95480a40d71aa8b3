//! One type of source, such as GitHub.

use serde::Deserialize;

use crate::catalog::auth::Auth;
use crate::catalog::discover::Question;
use crate::catalog::field::{Field, Pattern};
use crate::catalog::scopes::ScopeRule;
use crate::catalog::step::{Probe, Step};
use crate::template::Template;

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SourceType {
    pub id: String,
    pub name: String,
    pub category: Vec<String>,
    pub hosting: Hosting,
    /// How the entry was established.
    #[serde(default)]
    pub evidence: Vec<String>,
    #[serde(default)]
    pub notes: String,
    pub(crate) base_url: BaseUrl,
    /// Fields of all ways to authenticate.
    #[serde(default, rename = "field")]
    pub fields: Vec<Field>,
    #[serde(default)]
    pub(crate) derived: Vec<Derived>,
    #[serde(rename = "auth_mode")]
    pub modes: Vec<AuthMode>,
    #[serde(default)]
    pub(crate) validate: Vec<Step>,
    pub(crate) scopes: ScopeRule,
    #[serde(default, rename = "permission")]
    pub(crate) permissions: Vec<PermissionRule>,
    #[serde(rename = "profile")]
    pub profiles: Vec<Profile>,
    #[serde(default, rename = "probe")]
    pub(crate) probes: Vec<Probe>,
    #[serde(default, rename = "discover")]
    pub questions: Vec<Question>,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum Hosting {
    Cloud,
    SelfHosted,
    Both,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "mode", rename_all = "snake_case", deny_unknown_fields)]
pub enum BaseUrl {
    Fixed { value: Template },
    Default { value: Template, field: Option<String> },
    Required { field: String },
    Derived { value: Template, field: Option<String> },
}

impl BaseUrl {
    pub(crate) fn value(&self) -> Option<&Template> {
        match self {
            Self::Fixed { value } | Self::Default { value, .. } | Self::Derived { value, .. } => Some(value),
            Self::Required { .. } => None,
        }
    }

    /// The field that overrides the value.
    pub(crate) fn field(&self) -> Option<&str> {
        match self {
            Self::Fixed { .. } => None,
            Self::Default { field, .. } | Self::Derived { field, .. } => field.as_deref(),
            Self::Required { field } => Some(field),
        }
    }
}

/// A further template variable: the value of the first case that fits, or `otherwise`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Derived {
    pub name: String,
    pub cases: Vec<DerivedCase>,
    #[serde(rename = "else")]
    pub otherwise: Template,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DerivedCase {
    pub field: String,
    pub pattern: Pattern,
    pub value: Template,
}

/// One way to authenticate.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AuthMode {
    pub id: String,
    pub label: String,
    /// Refused for new credentials; those that exist stay readable.
    #[serde(default)]
    pub retired: bool,
    /// Ends on a date that cannot be read, so the form recommends entering it.
    #[serde(default)]
    pub ask_expiry: bool,
    pub(crate) auth: Auth,
    #[serde(default, rename = "field")]
    pub fields: Vec<Field>,
    pub(crate) validate: Option<Vec<Step>>,
    pub(crate) scopes: Option<ScopeRule>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PermissionRule {
    pub id: String,
    pub label: String,
    pub satisfied_by: Option<Vec<Template>>,
    /// Scopes that it takes as well. They prove nothing.
    #[serde(default)]
    pub comes_with: Vec<String>,
    pub probe: Option<String>,
    pub check: PermissionCheck,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum PermissionCheck {
    /// The probe only if scopes are absent.
    Scope,
    /// The probe unless a scope proves it.
    Probe,
    /// Only the owner can tell.
    Manual,
}

/// What a credential is meant for, as the permissions that it needs.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    pub id: String,
    pub label: String,
    #[serde(default)]
    pub default: bool,
    pub required: Vec<String>,
    #[serde(default)]
    pub recommended: Vec<String>,
}

impl AuthMode {
    /// What is stored makes short-lived tokens, which alone leave the vault: see [`crate::access_token`].
    pub fn is_service_app(&self) -> bool {
        matches!(self.auth, Auth::OauthClientCredentials { .. } | Auth::GithubAppJwt { .. })
    }
}

impl SourceType {
    pub fn mode(&self, id: &str) -> Option<&AuthMode> {
        self.modes.iter().find(|mode| mode.id == id)
    }

    pub fn profile(&self, id: &str) -> Option<&Profile> {
        self.profiles.iter().find(|profile| profile.id == id)
    }

    /// What a permission is called by the provider.
    pub fn permission_label(&self, id: &str) -> Option<&str> {
        self.permissions
            .iter()
            .find(|permission| permission.id == id)
            .map(|permission| permission.label.as_str())
    }

    /// The lint ensures that there is exactly one.
    pub fn default_profile(&self) -> Option<&Profile> {
        self.profiles.iter().find(|profile| profile.default)
    }

    /// Fields of a form, in its order.
    pub fn fields_of<'a>(&'a self, mode: &'a AuthMode) -> impl Iterator<Item = &'a Field> {
        self.fields.iter().chain(&mode.fields)
    }

    /// The first list that can be read with this way to authenticate.
    pub fn first_list(&self, mode: &AuthMode) -> Option<&Question> {
        self.questions.iter().find(|question| question.is_for(&mode.id))
    }

    pub(crate) fn steps_of<'a>(&'a self, mode: &'a AuthMode) -> &'a [Step] {
        mode.validate.as_deref().unwrap_or(&self.validate)
    }

    pub(crate) fn scopes_of<'a>(&'a self, mode: &'a AuthMode) -> &'a ScopeRule {
        mode.scopes.as_ref().unwrap_or(&self.scopes)
    }
}
