//! One registered scope, and its form.

use claviger_contract::Timestamp;

use super::group::shell;
use super::holders::HolderLines;
use crate::form::{FormField, FormPage, Stale};
use crate::frame::Frame;
use crate::list::Cell;
use crate::parts::{EventLine, Faults, MAX_DESCRIPTION};
use crate::record::{ActTone, Fact, RecordAct, RecordPage};

#[derive(Clone, Debug)]
pub struct ScopeRecord {
    pub scope: String,
    pub description: String,
    pub holders: HolderLines,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub events: Vec<EventLine>,
}

pub fn scope_page(frame: Frame, scope: ScopeRecord) -> RecordPage {
    let links = frame.links.clone();
    let act = |words, icon, address, tone| RecordAct { words, icon, address, tone };
    let acts = vec![
        act("Edit", "edit", links.edit_scope(&scope.scope), ActTone::Plain),
        act("Delete", "trash", links.delete_scope(&scope.scope), ActTone::Danger),
    ];
    RecordPage {
        up: (links.scopes(), "Scopes"),
        code: true,
        lede: scope.description.clone(),
        mark: None,
        note: None,
        acts: if frame.manages() { acts } else { Vec::new() },
        panels: vec![scope.holders.groups_panel(&frame)],
        audit: links.audit_of(&scope.scope),
        command: format!("claviger scope list --search {}", shell(&scope.scope)),
        facts: vec![
            Fact { term: "Last modified", cell: Cell::Exact(scope.updated_at) },
            Fact { term: "Created", cell: Cell::Exact(scope.created_at) },
        ],
        aside: Vec::new(),
        events: scope.events,
        name: scope.scope,
        frame,
    }
}

/// What was typed, or what the scope is.
#[derive(Clone, Debug, Default)]
pub struct ScopeForm {
    /// The scope that is changed; `None` for a new one.
    pub of: Option<String>,
    pub scope: String,
    pub description: String,
    pub hidden: Vec<(&'static str, String)>,
    pub faults: Faults,
    pub stale: Option<Stale>,
}

/// In characters.
const MAX_SCOPE: usize = 200;

pub fn scope_form(frame: Frame, form: ScopeForm) -> FormPage {
    let links = frame.links.clone();
    let of = form.of.as_ref().map(|scope| (links.scope(scope), scope.clone()));
    let scope = FormField::Line {
        key: "new_scope",
        label: "Scope",
        value: form.scope,
        max: MAX_SCOPE,
        hint: "A word such as deploy, or a kind with an action such as source:read. It cannot be changed later.",
        required: true,
    };
    let mut fields: Vec<FormField> = of.is_none().then_some(scope).into_iter().collect();
    fields.push(FormField::Area {
        key: "description",
        label: "Description",
        value: form.description,
        max: MAX_DESCRIPTION,
        hint: "What it opens, in a few words: forms show them.",
    });
    FormPage {
        up: (links.scopes(), "Scopes"),
        title: if of.is_some() { "Edit scope" } else { "Register scope" },
        lede: "",
        action: form.of.as_ref().map_or_else(|| links.new_scope(), |scope| links.edit_scope(scope)),
        hidden: form.hidden,
        fields,
        faults: form.faults,
        stale: form.stale,
        submit: if of.is_some() { "Save" } else { "Register scope" },
        foot: "",
        back: form.of.as_ref().map_or_else(|| links.scopes(), |scope| links.scope(scope)),
        of,
        frame,
    }
}
