//! The list of members.

use claviger_contract::Timestamp;
use claviger_domain::Role;

use crate::frame::{Frame, role_name};
use crate::list::{Cell, ListAct, ListColumn, ListPage, ListState, ListTab, ListWords, TabWords};
use crate::parts::{Mark, Tone};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MemberTab {
    Active,
    Holders,
    Waiting,
    Disabled,
}

#[derive(Clone, Debug)]
pub struct MemberRow {
    pub id: String,
    pub name: String,
    pub email: String,
    pub standing: MemberStanding,
    pub roles: Vec<Role>,
    pub groups: Vec<String>,
    /// `Acme SSO`, `Local, with a code`; empty if they never signed in.
    pub signs_in_by: String,
    /// `None`: never, or so long ago that the session is forgotten.
    pub signed_in_at: Option<Timestamp>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MemberStanding {
    Active,
    WaitingForRole,
    Disabled,
}

const WORDS: ListWords = ListWords {
    title: "Members",
    lede: "People who may sign in to this realm. Disabling one ends their tokens at once; service credentials they \
           created go on.",
    icon: "people",
    many: "members",
    seek: "Name or e-mail",
    none_yet: "People sign in as members.",
    command: "",
};

const COLUMNS: [ListColumn; 6] = [
    ListColumn::new("Name"),
    ListColumn::new("Status"),
    ListColumn::new("Role").labeled(),
    ListColumn::new("Groups").wide(),
    ListColumn::new("Signs in by").wide(),
    ListColumn::new("Last signed in").wide(),
];

pub fn member_list(frame: Frame, state: ListState, rows: &[MemberRow]) -> ListPage {
    let add = ListAct { words: "Add member", address: frame.links.new_member() };
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

impl ListTab for MemberTab {
    const ALL: &'static [Self] = &[Self::Active, Self::Holders, Self::Waiting, Self::Disabled];

    fn words(self) -> &'static TabWords {
        match self {
            Self::Active => &TabWords {
                value: "active",
                title: "Active",
                one: "active member",
                many: "active members",
                found: "One that is active does.",
            },
            Self::Holders => &TabWords {
                value: "holders",
                title: "Account Holders",
                one: "Account Holder",
                many: "Account Holders",
                found: "One that is Account Holder does.",
            },
            Self::Waiting => &TabWords {
                value: "waiting",
                title: "Waiting for a role",
                one: "member without a role",
                many: "members without a role",
                found: "One that waits for a role does.",
            },
            Self::Disabled => &TabWords {
                value: "disabled",
                title: "Disabled",
                one: "disabled member",
                many: "disabled members",
                found: "One that is disabled does.",
            },
        }
    }
}

impl MemberStanding {
    pub(super) fn mark(self) -> Mark {
        match self {
            Self::Active => Mark::new(Tone::Ok, "ok", "Active"),
            Self::WaitingForRole => Mark::new(Tone::Warn, "clock", "Waiting for a role"),
            Self::Disabled => Mark::new(Tone::Off, "ban", "Disabled"),
        }
    }
}

impl MemberRow {
    fn cells(&self, frame: &Frame) -> Vec<Cell> {
        vec![
            Cell::Person {
                address: frame.links.member(&self.id),
                name: self.name.clone(),
                email: self.email.clone(),
            },
            Cell::Mark(self.standing.mark()),
            Cell::text_or(self.role_names(), "none yet"),
            Cell::chips_or("group", self.groups.clone(), "none"),
            Cell::text_or(&self.signs_in_by, "not yet"),
            Cell::ago_or(self.signed_in_at, self.not_signed_in()),
        ]
    }

    /// `Account Holder, Auditor`; empty without a role.
    pub(super) fn role_names(&self) -> String {
        self.roles.iter().map(|role| role_name(*role)).collect::<Vec<_>>().join(", ")
    }

    /// Instead of when they last signed in.
    pub(super) const fn not_signed_in(&self) -> &'static str {
        if self.signs_in_by.is_empty() { "never" } else { "not lately" }
    }
}
