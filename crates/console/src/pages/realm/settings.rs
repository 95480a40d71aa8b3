//! The form of the realm's settings.

use crate::form::{FormChoice, FormField, FormPage, Stale};
use crate::frame::Frame;
use crate::parts::{Faults, MAX_DESCRIPTION};

/// What was typed, or what the realm is set to.
#[derive(Clone, Debug, Default)]
pub struct SettingsForm {
    pub display_name: String,
    pub service_credentials: bool,
    pub administrative_credentials: bool,
    /// Whether who looks may allow the latter.
    pub may_allow_administration: bool,
    pub require_resource: bool,
    /// The algorithms, with the chosen one.
    pub algorithms: Vec<(String, bool)>,
    /// One in a line.
    pub registry_services: String,
    pub registry_token_ttl_seconds: String,
    pub hidden: Vec<(&'static str, String)>,
    pub faults: Faults,
    pub stale: Option<Stale>,
}

/// Of all registries together, in characters.
const MAX_SERVICES: usize = 20_000;

pub fn settings_form(frame: Frame, form: SettingsForm) -> FormPage {
    let links = frame.links.clone();
    let choice = |value: &str, title: &str, words: &str, chosen| FormChoice {
        value: value.to_owned(),
        title: title.to_owned(),
        words: words.to_owned(),
        chosen,
        locked: "",
    };
    let administration = FormChoice {
        locked: match form.may_allow_administration || form.administrative_credentials {
            true => "",
            false => "Only an Account Holder allows it.",
        },
        ..choice(
            "administrative_credentials",
            "Service credentials may administer",
            "With scopes that an Account Holder grants at their creation.",
            form.administrative_credentials,
        )
    };
    let switches = vec![
        choice(
            "service_credentials",
            "Service credentials",
            "May be created. Switched off, those that exist go on.",
            form.service_credentials,
        ),
        administration,
        choice(
            "require_resource",
            "Tokens need an audience",
            "A token request must name one resource server.",
            form.require_resource,
        ),
    ];
    let algorithms = form.algorithms.iter().map(|(name, chosen)| choice(name, name, "", *chosen));
    FormPage {
        up: (links.organization(), "Organization"),
        of: None,
        title: "General settings",
        lede: "They apply to what is created from now on.",
        action: links.settings(),
        hidden: form.hidden,
        fields: vec![
            FormField::Line {
                key: "display_name",
                label: "Display name",
                value: form.display_name,
                max: MAX_DESCRIPTION,
                hint: "What people see at the top of each page. Without one, the label of the realm.",
                required: false,
            },
            FormField::Choices { key: "allow", legend: "Allowed", hint: "", many: true, choices: switches },
            FormField::Choices {
                key: "default_alg",
                legend: "Algorithm of the next signing key",
                hint: "",
                many: false,
                choices: algorithms.collect(),
            },
            FormField::Area {
                key: "registry_services",
                label: "Container registries",
                value: form.registry_services,
                max: MAX_SERVICES,
                hint: "Those that tokens are issued for, one in a line. None named: any.",
            },
            FormField::Line {
                key: "registry_token_ttl_seconds",
                label: "Lifetime of registry tokens, in seconds",
                value: form.registry_token_ttl_seconds,
                max: 10,
                hint: "A registry refuses a revoked token after this time.",
                required: true,
            },
        ],
        faults: form.faults,
        stale: form.stale,
        submit: "Save",
        foot: "What is switched off is off on every node when the next page says so.",
        back: links.organization(),
        frame,
    }
}
