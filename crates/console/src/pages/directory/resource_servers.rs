//! The list of resource servers.

use claviger_contract::Timestamp;

use crate::frame::Frame;
use crate::list::{Cell, ListAct, ListColumn, ListPage, ListState, ListTab, ListWords, TabWords};
use crate::parts::{Mark, ReachKind, Tone};
use crate::text::{in_time, number};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ServerTab {
    All,
    Asking,
    Following,
    KeysOnly,
    Replaced,
}

#[derive(Clone, Debug)]
pub struct ServerRow {
    pub id: String,
    pub name: String,
    pub audience: String,
    pub kind: ReachKind,
    /// `None`: it never asked.
    pub heard_at: Option<Timestamp>,
    /// How many of its processes follow the feed now.
    pub instances: u64,
    /// When its successor replaces it.
    pub overlap_ends_at: Option<Timestamp>,
    pub created_at: Timestamp,
}

const WORDS: ListWords = ListWords {
    title: "Resource servers",
    lede: "Services that receive tokens. One that asks about each token, or follows the feed of revocations, refuses a \
           revoked one at once; one that only reads the key set accepts it until it expires.",
    icon: "server",
    many: "resource servers",
    seek: "Name, audience or id",
    none_yet: "A resource server has an audience for its tokens, and a key with which it asks about them.",
    command: "claviger resource-server create factory-api --audience https://factory.example.com",
};

const COLUMNS: [ListColumn; 6] = [
    ListColumn::new("Name").sorted_by("name"),
    ListColumn::new("Audience").sorted_by("audience"),
    ListColumn::new("How it knows"),
    ListColumn::new("Instances").labeled(),
    ListColumn::new("Last seen").labeled(),
    ListColumn::new("Created").sorted_by("created_at").wide(),
];

pub fn server_list(frame: Frame, state: ListState, rows: &[ServerRow]) -> ListPage {
    let add = ListAct { words: "Add resource server", address: frame.links.new_resource_server() };
    ListPage {
        add: frame.manages().then_some(add),
        rows: rows.iter().map(|row| row.cells(&frame)).collect(),
        words: &WORDS,
        state,
        hint: Some(ListAct { words: "How soon a revocation reaches whom", address: frame.links.reach() }),
        columns: &COLUMNS,
        frame,
    }
}

impl ListTab for ServerTab {
    const ALL: &'static [Self] = &[Self::All, Self::Asking, Self::Following, Self::KeysOnly, Self::Replaced];

    fn words(self) -> &'static TabWords {
        match self {
            Self::All => &TabWords {
                value: "all",
                title: "All",
                one: "resource server",
                many: "resource servers",
                found: "One of all servers does.",
            },
            Self::Asking => &TabWords {
                value: "asking",
                title: "Ask every time",
                one: "resource server that asks every time",
                many: "resource servers that ask every time",
                found: "One that asks every time does.",
            },
            Self::Following => &TabWords {
                value: "following",
                title: "Follow the feed",
                one: "resource server that follows the feed",
                many: "resource servers that follow the feed",
                found: "One that follows the feed does.",
            },
            Self::KeysOnly => &TabWords {
                value: "keys",
                title: "Read keys only",
                one: "resource server that reads keys only",
                many: "resource servers that read keys only",
                found: "One that reads keys only does.",
            },
            Self::Replaced => &TabWords {
                value: "replaced",
                title: "Being replaced",
                one: "resource server that is being replaced",
                many: "resource servers that are being replaced",
                found: "One that is being replaced does.",
            },
        }
    }
}

/// How it knows what was revoked; when it is replaced, that.
pub(super) fn mark(kind: &ReachKind, overlap_ends_at: Option<Timestamp>, now: &Timestamp) -> Mark {
    match overlap_ends_at {
        Some(end) => Mark::new(Tone::Info, "renew", format!("Replaced {}", in_time(&end, now))),
        None if kind.at_once() => Mark::new(Tone::Ok, "ok", kind.words()),
        None => Mark::new(Tone::Warn, "warn", kind.words()),
    }
}

impl ServerRow {
    fn cells(&self, frame: &Frame) -> Vec<Cell> {
        vec![
            Cell::Name {
                address: frame.links.resource_server(&self.id),
                name: self.name.clone(),
                below: String::new(),
            },
            Cell::Mono(self.audience.clone()),
            Cell::Mark(mark(&self.kind, self.overlap_ends_at, &frame.now)),
            match self.instances {
                0 => Cell::Quiet("none"),
                instances => Cell::Text(number(&instances)),
            },
            Cell::ago_or(self.heard_at, "never"),
            Cell::Date(self.created_at),
        ]
    }
}
