//! One group, and its form.

use claviger_contract::Timestamp;

use super::holders::HolderLines;
use crate::form::{FormField, FormPage, Stale};
use crate::frame::Frame;
use crate::links::{Draft, Step};
use crate::list::Cell;
use crate::parts::{EventLine, Faults, MAX_DESCRIPTION, MAX_NAME, MatrixRow, ScopeLine, ScopeWord};
use crate::record::{ActTone, Fact, PanelBody, RecordAct, RecordPage, RecordPanel};

#[derive(Clone, Debug)]
pub struct GroupRecord {
    pub name: String,
    pub description: String,
    pub responsible: String,
    pub scopes: Vec<ScopeLine>,
    pub holders: HolderLines,
    /// Whether the realm allows service credentials.
    pub credentials_allowed: bool,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub events: Vec<EventLine>,
}

pub fn group_page(frame: Frame, group: GroupRecord) -> RecordPage {
    let links = frame.links.clone();
    let manages = frame.manages();
    let act = |words, icon, address, tone| RecordAct { words, icon, address, tone };
    let acts = vec![
        act("Edit", "edit", links.edit_group(&group.name), ActTone::Plain),
        act("Delete", "trash", links.delete_group(&group.name), ActTone::Danger),
    ];
    let gives = RecordPanel {
        id: "giv",
        title: "What it gives",
        hint: "To everybody who has it, with their next token.".to_owned(),
        act: None,
        body: PanelBody::Scopes(group.scopes.clone()),
        none: "Nothing yet.",
    };
    let mut credentials = group.holders.credentials_panel(&frame);
    let draft = Draft { groups: vec![group.name.clone()], ..Draft::default() };
    let create = ("Create one with this group", links.new_service_credential(Step::Details, &draft));
    credentials.act = (manages && group.credentials_allowed).then_some(create);
    RecordPage {
        up: (links.groups(), "Groups"),
        code: false,
        lede: group.description.clone(),
        mark: None,
        note: None,
        acts: if manages { acts } else { Vec::new() },
        panels: vec![gives, group.holders.members_panel(&frame), credentials],
        audit: links.audit_of(&group.name),
        command: command(&group),
        facts: vec![
            Fact { term: "Responsible", cell: Cell::text_or(&group.responsible, "nobody named") },
            Fact { term: "Last modified", cell: Cell::Exact(group.updated_at) },
            Fact { term: "Created", cell: Cell::Exact(group.created_at) },
        ],
        aside: Vec::new(),
        events: group.events,
        name: group.name,
        frame,
    }
}

fn command(group: &GroupRecord) -> String {
    let name = shell(&group.name);
    format!("claviger group show {name}\nclaviger credential create nightly-deploy --group {name} --days 90")
}

/// As a shell takes it.
pub(super) fn shell(text: &str) -> String {
    let plain = text.chars().all(|letter| letter.is_ascii_alphanumeric() || "-_./:".contains(letter));
    if plain && !text.is_empty() { text.to_owned() } else { format!("'{}'", text.replace('\'', "'\\''")) }
}

/// What was typed, or what the group is.
#[derive(Clone, Debug, Default)]
pub struct GroupForm {
    /// The group that is changed; `None` for a new one.
    pub of: Option<String>,
    pub name: String,
    pub description: String,
    pub responsible: String,
    pub matrix: Vec<MatrixRow>,
    pub words: Vec<ScopeWord>,
    pub more_resources: bool,
    pub hidden: Vec<(&'static str, String)>,
    pub faults: Faults,
    pub stale: Option<Stale>,
}

pub fn group_form(frame: Frame, form: GroupForm) -> FormPage {
    let links = frame.links.clone();
    let of = form.of.as_ref().map(|name| (links.group(name), name.clone()));
    let (max, hint) = (MAX_DESCRIPTION, "");
    let name = FormField::Line {
        key: "name",
        label: "Name",
        value: form.name,
        max: MAX_NAME,
        hint: "Unique in the realm. It cannot be changed later.",
        required: true,
    };
    let mut fields: Vec<FormField> = of.is_none().then_some(name).into_iter().collect();
    fields.extend([
        FormField::Area { key: "description", label: "Description", value: form.description, max, hint },
        FormField::Line {
            key: "responsible",
            label: "Responsible",
            value: form.responsible,
            max,
            hint: "Who answers for it.",
            required: false,
        },
        FormField::Scopes { key: "sc", matrix: form.matrix, words: form.words, more: form.more_resources },
    ]);
    FormPage {
        up: (links.groups(), "Groups"),
        title: if of.is_some() { "Edit group" } else { "Create group" },
        lede: "",
        action: form.of.as_ref().map_or_else(|| links.new_group(), |name| links.edit_group(name)),
        hidden: form.hidden,
        fields,
        faults: form.faults,
        stale: form.stale,
        submit: if of.is_some() { "Save" } else { "Create group" },
        foot: if of.is_some() {
            "What it loses ends at once; what it gains comes with the next token."
        } else {
            ""
        },
        back: form.of.as_ref().map_or_else(|| links.groups(), |name| links.group(name)),
        of,
        frame,
    }
}
