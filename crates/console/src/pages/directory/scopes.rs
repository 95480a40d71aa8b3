//! The list of registered scopes, and the list of presets.

use claviger_contract::Timestamp;

use crate::frame::Frame;
use crate::list::{Cell, ListAct, ListColumn, ListPage, ListState, ListTab, ListWords, TabWords};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScopeTab {
    All,
    Given,
    Free,
}

#[derive(Clone, Debug)]
pub struct ScopeRow {
    pub scope: String,
    pub description: String,
    /// Groups that give it.
    pub groups: Vec<String>,
    pub updated_at: Timestamp,
}

/// Scopes that forms tick together.
#[derive(Clone, Debug)]
pub struct PresetRow {
    pub name: String,
    pub description: String,
    pub scopes: Vec<String>,
}

const WORDS: ListWords = ListWords {
    title: "Scopes",
    lede: "The register of what tokens of this realm may say. Actions on resources are registered with the resource.",
    icon: "scope",
    many: "scopes",
    seek: "Scope or description",
    none_yet: "A scope is a word such as deploy, or a kind with an action such as source:read.",
    command: "claviger scope create source:read --description 'Clone and fetch'",
};

const COLUMNS: [ListColumn; 3] = [
    ListColumn::new("Scope").sorted_by("scope"),
    ListColumn::new("Groups that give it"),
    ListColumn::new("Last modified").sorted_by("updated_at").wide(),
];

pub fn scope_list(frame: Frame, state: ListState, rows: &[ScopeRow]) -> ListPage {
    let add = ListAct { words: "Register scope", address: frame.links.new_scope() };
    ListPage {
        add: frame.manages().then_some(add),
        rows: rows.iter().map(|row| row.cells(&frame)).collect(),
        words: &WORDS,
        state,
        hint: Some(ListAct { words: "Presets of scopes", address: frame.links.scope_presets() }),
        columns: &COLUMNS,
        frame,
    }
}

const PRESET_WORDS: ListWords = ListWords {
    title: "Presets of scopes",
    lede: "Combinations that forms and the command line tick together. A preset is shown if the realm has all of its \
           scopes.",
    icon: "scope",
    many: "presets",
    seek: "Name or description",
    none_yet: "The scopes of no preset are all registered in this realm.",
    command: "",
};

const PRESET_COLUMNS: [ListColumn; 2] =
    [ListColumn::new("Preset").sorted_by("name"), ListColumn::new("Scopes")];

pub fn preset_list(frame: Frame, state: ListState, rows: &[PresetRow]) -> ListPage {
    let cells = |row: &PresetRow| {
        vec![Cell::Two(row.name.clone(), row.description.clone()), Cell::Codes(row.scopes.clone(), 0)]
    };
    ListPage {
        add: None,
        rows: rows.iter().map(cells).collect(),
        words: &PRESET_WORDS,
        state,
        hint: Some(ListAct { words: "Registered scopes", address: frame.links.scopes() }),
        columns: &PRESET_COLUMNS,
        frame,
    }
}

impl ListTab for ScopeTab {
    const ALL: &'static [Self] = &[Self::All, Self::Given, Self::Free];

    fn words(self) -> &'static TabWords {
        match self {
            Self::All => &TabWords {
                value: "all",
                title: "All",
                one: "scope",
                many: "scopes",
                found: "One of all scopes does.",
            },
            Self::Given => &TabWords {
                value: "given",
                title: "Given by a group",
                one: "scope that a group gives",
                many: "scopes that a group gives",
                found: "One that a group gives does.",
            },
            Self::Free => &TabWords {
                value: "free",
                title: "In no group",
                one: "scope that no group gives",
                many: "scopes that no group gives",
                found: "One that no group gives does.",
            },
        }
    }
}

impl ScopeRow {
    fn cells(&self, frame: &Frame) -> Vec<Cell> {
        vec![
            Cell::Code {
                address: frame.links.scope(&self.scope),
                name: self.scope.clone(),
                below: self.description.clone(),
            },
            Cell::chips_or("group", self.groups.clone(), "none"),
            Cell::Date(self.updated_at),
        ]
    }
}
