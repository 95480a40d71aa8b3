//! The lists of source credentials and of sources.

use claviger_contract::Timestamp;

use super::health::CredentialHealth;
use crate::frame::Frame;
use crate::list::{Cell, ListAct, ListColumn, ListPage, ListState, ListTab, ListWords, TabWords};
use crate::parts::{Mark, Tone};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SourceCredentialTab {
    All,
    NeedAttention,
    ExpiringSoon,
    NotVerified,
    NotLinked,
}

#[derive(Clone, Debug)]
pub struct SourceCredentialRow {
    pub id: String,
    pub name: String,
    /// `GitHub, personal access token`.
    pub of: String,
    pub health: CredentialHealth,
    /// Sources that use it.
    pub sources: u64,
    pub updated_at: Timestamp,
    pub updated_by: String,
}

const CREDENTIALS: ListWords = ListWords {
    title: "Source credentials",
    lede: "Tokens for other systems, kept once and checked. Editing one serves every source linked to it; deleting one \
           stops them.",
    icon: "vault",
    many: "source credentials",
    seek: "Name or type",
    none_yet: "A source credential is what pipelines call another system with: a token of GitHub, a key of AWS.",
    command: "claviger source-credential create NAME --type github --secret token=FILE",
};

const CREDENTIAL_COLUMNS: [ListColumn; 5] = [
    ListColumn::new("Name").sorted_by("name"),
    ListColumn::new("Status"),
    ListColumn::new("Sources").labeled(),
    ListColumn::new("Expires").sorted_by("expires_at").wide(),
    ListColumn::new("Last modified").wide(),
];

pub fn source_credential_list(frame: Frame, state: ListState, rows: &[SourceCredentialRow]) -> ListPage {
    let add = ListAct { words: "Add source credential", address: frame.links.new_source_credential() };
    ListPage {
        add: frame.manages().then_some(add),
        rows: rows.iter().map(|row| row.cells(&frame)).collect(),
        words: &CREDENTIALS,
        state,
        hint: None,
        columns: &CREDENTIAL_COLUMNS,
        frame,
    }
}

impl SourceCredentialRow {
    fn cells(&self, frame: &Frame) -> Vec<Cell> {
        let modified = crate::text::ago(&self.updated_at, &frame.now);
        vec![
            Cell::Name {
                address: frame.links.source_credential(&self.id),
                name: self.name.clone(),
                below: self.of.clone(),
            },
            Cell::Mark(self.health.mark(&frame.now)),
            Cell::Text(crate::text::number(&self.sources)),
            Cell::date_or(self.health.expires_at, "unknown"),
            Cell::Two(modified, self.updated_by.clone()),
        ]
    }
}

impl ListTab for SourceCredentialTab {
    const ALL: &'static [Self] =
        &[Self::All, Self::NeedAttention, Self::ExpiringSoon, Self::NotVerified, Self::NotLinked];

    fn words(self) -> &'static TabWords {
        match self {
            Self::All => &TabWords {
                value: "all",
                title: "All",
                one: "source credential",
                many: "source credentials",
                found: "One does.",
            },
            Self::NeedAttention => &TabWords {
                value: "attention",
                title: "Need attention",
                one: "source credential that needs attention",
                many: "source credentials that need attention",
                found: "One that needs attention does.",
            },
            Self::ExpiringSoon => &TabWords {
                value: "expiring",
                title: "Expiring soon",
                one: "source credential that ends soon",
                many: "source credentials that end soon",
                found: "One that ends soon does.",
            },
            Self::NotVerified => &TabWords {
                value: "unverified",
                title: "Not verified",
                one: "source credential that is not verified",
                many: "source credentials that are not verified",
                found: "One that is not verified does.",
            },
            Self::NotLinked => &TabWords {
                value: "unlinked",
                title: "Not linked",
                one: "source credential without a source",
                many: "source credentials without a source",
                found: "One without a source does.",
            },
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SourceTab {
    All,
    Active,
    Stopped,
}

#[derive(Clone, Debug)]
pub struct SourceRow {
    pub id: String,
    pub name: String,
    pub type_name: String,
    /// Whether its credential exists and has not ended.
    pub active: bool,
    /// Empty if it was deleted.
    pub credential: String,
    /// By this server.
    pub retrieved_at: Option<Timestamp>,
    pub updated_at: Timestamp,
    pub updated_by: String,
}

const SOURCES: ListWords = ListWords {
    title: "Sources",
    lede: "What pipelines read. Each source is linked to one credential, and always has its newest version.",
    icon: "source",
    many: "sources",
    seek: "Name or type",
    none_yet: "A source is what a pipeline reads from another system, with a source credential.",
    command: "claviger source create NAME --credential CREDENTIAL",
};

const SOURCE_COLUMNS: [ListColumn; 5] = [
    ListColumn::new("Name").sorted_by("name"),
    ListColumn::new("Status"),
    ListColumn::new("Credential").labeled(),
    ListColumn::new("Last retrieved").wide(),
    ListColumn::new("Last modified").wide(),
];

pub fn source_list(frame: Frame, state: ListState, rows: &[SourceRow]) -> ListPage {
    let add = ListAct { words: "Add source", address: frame.links.new_source() };
    ListPage {
        add: frame.manages().then_some(add),
        rows: rows.iter().map(|row| row.cells(&frame)).collect(),
        words: &SOURCES,
        state,
        hint: None,
        columns: &SOURCE_COLUMNS,
        frame,
    }
}

impl SourceRow {
    fn cells(&self, frame: &Frame) -> Vec<Cell> {
        let mark = match self.active {
            true => Mark::new(Tone::Ok, "ok", "Active"),
            false => Mark::new(Tone::Bad, "stop", "Stopped"),
        };
        vec![
            Cell::Name {
                address: frame.links.source(&self.id),
                name: self.name.clone(),
                below: self.type_name.clone(),
            },
            Cell::Mark(mark),
            Cell::text_or(&self.credential, "deleted"),
            Cell::ago_or(self.retrieved_at, "never by this server"),
            Cell::Two(crate::text::ago(&self.updated_at, &frame.now), self.updated_by.clone()),
        ]
    }
}

impl ListTab for SourceTab {
    const ALL: &'static [Self] = &[Self::All, Self::Active, Self::Stopped];

    fn words(self) -> &'static TabWords {
        match self {
            Self::All => {
                &TabWords { value: "all", title: "All", one: "source", many: "sources", found: "One does." }
            }
            Self::Active => &TabWords {
                value: "active",
                title: "Active",
                one: "active source",
                many: "active sources",
                found: "One that is active does.",
            },
            Self::Stopped => &TabWords {
                value: "stopped",
                title: "Stopped",
                one: "stopped source",
                many: "stopped sources",
                found: "One that is stopped does.",
            },
        }
    }
}
