//! The list of groups.

use claviger_contract::Timestamp;

use crate::frame::Frame;
use crate::list::{Cell, ListAct, ListColumn, ListPage, ListState, ListTab, ListWords, TabWords};

/// Whether somebody has them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UseTab {
    All,
    Used,
    Unused,
}

#[derive(Clone, Debug)]
pub struct GroupRow {
    pub name: String,
    pub description: String,
    /// What it gives.
    pub scopes: Vec<String>,
    pub members: u64,
    pub credentials: u64,
    pub updated_at: Timestamp,
}

const WORDS: ListWords = ListWords {
    title: "Groups",
    lede: "What members and service credentials may do, given together. Taking a scope from a group ends it at once for \
           everybody who had it through the group.",
    icon: "group",
    many: "groups",
    seek: "Name, description or responsible",
    none_yet: "A group gives its scopes to members and service credentials.",
    command: "claviger group create Builders --scope source:read-update --scope containers:read",
};

const COLUMNS: [ListColumn; 5] = [
    ListColumn::new("Name").sorted_by("name"),
    ListColumn::new("Gives").wide(),
    ListColumn::new("Members"),
    ListColumn::new("Service credentials"),
    ListColumn::new("Last modified").sorted_by("updated_at").wide(),
];

pub fn group_list(frame: Frame, state: ListState, rows: &[GroupRow]) -> ListPage {
    let add = ListAct { words: "Create group", address: frame.links.new_group() };
    ListPage {
        add: frame.manages().then_some(add),
        rows: rows.iter().map(|row| row.cells(&frame)).collect(),
        words: &WORDS,
        state,
        hint: None,
        columns: &COLUMNS,
        frame,
    }
}

impl ListTab for UseTab {
    const ALL: &'static [Self] = &[Self::All, Self::Used, Self::Unused];

    fn words(self) -> &'static TabWords {
        match self {
            Self::All => &TabWords {
                value: "all",
                title: "All",
                one: "group",
                many: "groups",
                found: "One of all groups does.",
            },
            Self::Used => &TabWords {
                value: "used",
                title: "In use",
                one: "group in use",
                many: "groups in use",
                found: "One that is in use does.",
            },
            Self::Unused => &TabWords {
                value: "unused",
                title: "Nobody has it",
                one: "group that nobody has",
                many: "groups that nobody has",
                found: "One that nobody has does.",
            },
        }
    }
}

impl GroupRow {
    fn cells(&self, frame: &Frame) -> Vec<Cell> {
        vec![
            Cell::Name {
                address: frame.links.group(&self.name),
                name: self.name.clone(),
                below: self.description.clone(),
            },
            Cell::codes_or(self.scopes.clone(), "nothing"),
            Cell::count_or(self.members, "member", "members", "no member"),
            Cell::count_or(self.credentials, "credential", "credentials", "no credential"),
            Cell::Date(self.updated_at),
        ]
    }
}
