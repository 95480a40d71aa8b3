//! The list of resources.

use claviger_contract::Timestamp;

use crate::frame::Frame;
use crate::list::{Cell, ListAct, ListColumn, ListPage, ListState, ListTab, ListWords, TabWords};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResourceTab {
    All,
    Used,
    Unused,
}

#[derive(Clone, Debug)]
pub struct ResourceRow {
    /// `type/name`
    pub resource: String,
    pub description: String,
    pub actions: Vec<String>,
    /// Groups that give an action on it.
    pub groups: u64,
    pub credentials: u64,
    pub updated_at: Timestamp,
}

const WORDS: ListWords = ListWords {
    title: "Resources",
    lede: "Things with a name of their own, and the actions that they offer: a bucket, a fleet, a registry.",
    icon: "resource",
    many: "resources",
    seek: "Type, name or description",
    none_yet: "With resources, a credential may do one thing to one bucket and nothing to the others.",
    command: "claviger resource create bucket/artifacts --action read --action write",
};

const COLUMNS: [ListColumn; 5] = [
    ListColumn::new("Resource").sorted_by("name"),
    ListColumn::new("Actions").wide(),
    ListColumn::new("Groups"),
    ListColumn::new("Service credentials"),
    ListColumn::new("Last modified").sorted_by("updated_at").wide(),
];

pub fn resource_list(frame: Frame, state: ListState, rows: &[ResourceRow]) -> ListPage {
    let add = ListAct { words: "Add resource", address: frame.links.new_resource() };
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

impl ListTab for ResourceTab {
    const ALL: &'static [Self] = &[Self::All, Self::Used, Self::Unused];

    fn words(self) -> &'static TabWords {
        match self {
            Self::All => &TabWords {
                value: "all",
                title: "All",
                one: "resource",
                many: "resources",
                found: "One of all resources does.",
            },
            Self::Used => &TabWords {
                value: "used",
                title: "In use",
                one: "resource in use",
                many: "resources in use",
                found: "One that is in use does.",
            },
            Self::Unused => &TabWords {
                value: "unused",
                title: "Nobody has it",
                one: "resource that nobody has",
                many: "resources that nobody has",
                found: "One that nobody has does.",
            },
        }
    }
}

impl ResourceRow {
    fn cells(&self, frame: &Frame) -> Vec<Cell> {
        vec![
            Cell::Code {
                address: frame.links.resource(&self.resource),
                name: self.resource.clone(),
                below: self.description.clone(),
            },
            Cell::codes_or(self.actions.clone(), "none"),
            Cell::count_or(self.groups, "group", "groups", "no group"),
            Cell::count_or(self.credentials, "credential", "credentials", "no credential"),
            Cell::Date(self.updated_at),
        ]
    }
}
