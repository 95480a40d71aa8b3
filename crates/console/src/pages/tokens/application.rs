//! Changing and renewing an application credential.

use claviger_contract::Timestamp;

use crate::form::{FormField, FormPage, Stale, overlap_field};
use crate::frame::Frame;
use crate::links::TokenKind;
use crate::parts::{Faults, MAX_DESCRIPTION, MatrixRow, ScopeWord};

const KIND: TokenKind = TokenKind::Application;

/// What was typed, or what it is.
#[derive(Clone, Debug, Default)]
pub struct ApplicationForm {
    pub description: String,
    /// What who looks holds, with ticks.
    pub matrix: Vec<MatrixRow>,
    pub words: Vec<ScopeWord>,
    pub more_resources: bool,
    pub hidden: Vec<(&'static str, String)>,
    pub faults: Faults,
    pub stale: Option<Stale>,
}

pub fn application_form(frame: Frame, id: &str, name: &str, form: ApplicationForm) -> FormPage {
    let links = frame.links.clone();
    FormPage {
        up: (links.tokens(&KIND), KIND.title()),
        of: Some((links.token(&KIND, id), name.to_owned())),
        title: "Edit application credential",
        lede: "Scopes that you do not hold are not listed. They stay as they are if you change no scope.",
        action: links.edit_application_credential(id),
        hidden: form.hidden,
        fields: vec![
            FormField::Area {
                key: "description",
                label: "Description",
                value: form.description,
                max: MAX_DESCRIPTION,
                hint: "",
            },
            FormField::Scopes {
                key: "sc",
                matrix: form.matrix,
                words: form.words,
                more: form.more_resources,
            },
        ],
        faults: form.faults,
        stale: form.stale,
        submit: "Save",
        foot: "What it loses ends at once; what it gains comes with the next token.",
        back: links.token(&KIND, id),
        frame,
    }
}

/// Asks how long the key of the old one goes on working.
pub fn application_renewal_form(
    frame: Frame,
    (id, name): (&str, &str),
    expires_at: Option<Timestamp>,
    hidden: Vec<(&'static str, String)>,
    faults: Faults,
) -> FormPage {
    let links = frame.links.clone();
    FormPage {
        up: (links.tokens(&KIND), KIND.title()),
        of: Some((links.token(&KIND, id), name.to_owned())),
        title: "Renew application credential",
        lede: "Makes a successor with the same name, scopes and end, and a new client id and key. Both work until the \
               overlap ends; then the old one is revoked for you.",
        action: links.renew_application_credential(id),
        hidden,
        fields: vec![overlap_field(&frame.now, "revoked at once, with its tokens", expires_at)],
        faults,
        stale: None,
        submit: "Renew",
        foot: "The new client key is shown once, on the next page.",
        back: links.token(&KIND, id),
        frame,
    }
}
