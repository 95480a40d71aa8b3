//! One resource, and its form.

use claviger_contract::Timestamp;

use super::group::shell;
use super::holders::HolderLines;
use crate::form::{FormField, FormPage, Stale};
use crate::frame::Frame;
use crate::list::Cell;
use crate::parts::{EventLine, Faults, MAX_DESCRIPTION};
use crate::record::{ActTone, Fact, PanelBody, RecordAct, RecordPage, RecordPanel};

#[derive(Clone, Debug)]
pub struct ResourceRecord {
    /// `type/name`
    pub resource: String,
    pub description: String,
    pub actions: Vec<String>,
    pub holders: HolderLines,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub events: Vec<EventLine>,
}

pub fn resource_page(frame: Frame, resource: ResourceRecord) -> RecordPage {
    let links = frame.links.clone();
    let act = |words, icon, address, tone| RecordAct { words, icon, address, tone };
    let acts = vec![
        act("Edit", "edit", links.edit_resource(&resource.resource), ActTone::Plain),
        act("Delete", "trash", links.delete_resource(&resource.resource), ActTone::Danger),
    ];
    let scope = |action: &String| format!("{}:{action}", resource.resource);
    let actions = RecordPanel {
        id: "act",
        title: "Actions",
        hint: "Each is a scope, given by a group or to a service credential itself.".to_owned(),
        act: None,
        body: PanelBody::Codes(resource.actions.iter().map(scope).collect()),
        none: "No action.",
    };
    RecordPage {
        up: (links.resources(), "Resources"),
        code: true,
        lede: resource.description.clone(),
        mark: None,
        note: None,
        acts: if frame.manages() { acts } else { Vec::new() },
        panels: vec![
            actions,
            resource.holders.groups_panel(&frame),
            resource.holders.credentials_panel(&frame),
        ],
        audit: links.audit_of(&resource.resource),
        command: format!("claviger resource show {}", shell(&resource.resource)),
        facts: vec![
            Fact { term: "Last modified", cell: Cell::Exact(resource.updated_at) },
            Fact { term: "Created", cell: Cell::Exact(resource.created_at) },
        ],
        aside: Vec::new(),
        events: resource.events,
        name: resource.resource,
        frame,
    }
}

/// What was typed, or what the resource is.
#[derive(Clone, Debug, Default)]
pub struct ResourceForm {
    /// The resource that is changed; `None` for a new one.
    pub of: Option<String>,
    pub kind: String,
    pub name: String,
    pub description: String,
    /// Words with spaces between them.
    pub actions: String,
    pub hidden: Vec<(&'static str, String)>,
    pub faults: Faults,
    pub stale: Option<Stale>,
}

/// Of a type and of a name, in characters.
const MAX_PART: usize = 64;
/// Of all actions together.
const MAX_ACTIONS: usize = 4_000;

pub fn resource_form(frame: Frame, form: ResourceForm) -> FormPage {
    let links = frame.links.clone();
    let of = form.of.as_ref().map(|name| (links.resource(name), name.clone()));
    let line =
        |key, label, value, max, hint| FormField::Line { key, label, value, max, hint, required: true };
    let mut fields = Vec::new();
    if of.is_none() {
        fields.extend([
            line("type", "Type", form.kind, MAX_PART, "What kind of thing it is: bucket, fleet, registry."),
            line(
                "name",
                "Name",
                form.name,
                MAX_PART,
                "Unique among those of its type. Neither can be changed later.",
            ),
        ]);
    }
    fields.extend([
        FormField::Area {
            key: "description",
            label: "Description",
            value: form.description,
            max: MAX_DESCRIPTION,
            hint: "",
        },
        line(
            "actions",
            "Actions",
            form.actions,
            MAX_ACTIONS,
            "Words with spaces between them: read write delete.",
        ),
    ]);
    FormPage {
        up: (links.resources(), "Resources"),
        title: if of.is_some() { "Edit resource" } else { "Add resource" },
        lede: "",
        action: form.of.as_ref().map_or_else(|| links.new_resource(), |name| links.edit_resource(name)),
        hidden: form.hidden,
        fields,
        faults: form.faults,
        stale: form.stale,
        submit: if of.is_some() { "Save" } else { "Add resource" },
        foot: if of.is_some() {
            "An action that is removed is taken from everybody who has it, at once."
        } else {
            ""
        },
        back: form.of.as_ref().map_or_else(|| links.resources(), |name| links.resource(name)),
        of,
        frame,
    }
}
