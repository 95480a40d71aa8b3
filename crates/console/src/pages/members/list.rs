//! The list of members.

use askama::Template;
use claviger_contract::Timestamp;
use claviger_domain::Role;

use crate::frame::{Frame, role_name};
use crate::page::page;
use crate::parts::{Choice, ListQuery, Mark, Pager, Tab, Tone};
use crate::text::capped;

#[derive(Template)]
#[template(path = "pages/members/list.html", blocks = ["results"])]
pub struct MemberListPage {
    pub frame: Frame,
    pub tab: MemberTab,
    pub counts: MemberCounts,
    /// `status`, `q`, `role`, `cursor`.
    pub query: ListQuery,
    pub roles: Vec<Choice>,
    pub filter_dropped: bool,
    pub rows: Vec<MemberRow>,
    pub pager: Pager,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MemberTab {
    Active,
    Holders,
    Waiting,
    Disabled,
}

#[derive(Clone, Copy, Debug, Default)]
pub struct MemberCounts {
    pub active: u64,
    pub holders: u64,
    pub waiting: u64,
    pub disabled: u64,
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

impl MemberTab {
    pub const ALL: [Self; 4] = [Self::Active, Self::Holders, Self::Waiting, Self::Disabled];

    /// The value of `status`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Holders => "holders",
            Self::Waiting => "waiting",
            Self::Disabled => "disabled",
        }
    }

    const fn title(self) -> &'static str {
        match self {
            Self::Active => "Active",
            Self::Holders => "Account Holders",
            Self::Waiting => "Waiting for a role",
            Self::Disabled => "Disabled",
        }
    }

    const fn count(self, counts: &MemberCounts) -> u64 {
        match self {
            Self::Active => counts.active,
            Self::Holders => counts.holders,
            Self::Waiting => counts.waiting,
            Self::Disabled => counts.disabled,
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
    pub(super) fn mark(&self) -> Mark {
        self.standing.mark()
    }

    /// `Account Holder, Auditor`; empty without a role.
    pub(super) fn role_names(&self) -> String {
        self.roles.iter().map(|role| role_name(*role)).collect::<Vec<_>>().join(", ")
    }

    /// Instead of when they last signed in.
    pub(super) const fn not_signed_in(&self) -> &'static str {
        if self.signs_in_by.is_empty() { "never" } else { "not lately" }
    }

    fn initials(&self) -> String {
        crate::text::initials(&self.name, &self.email)
    }
}

impl MemberListPage {
    fn title(&self) -> &'static str {
        "Members"
    }

    fn tabs(&self) -> Vec<Tab> {
        let tabs = MemberTab::ALL.map(|tab| Tab {
            title: tab.title(),
            count: tab.count(&self.counts),
            address: self.query.replaced("status", tab.as_str()).address(),
            current: tab == self.tab,
        });
        tabs.to_vec()
    }

    fn status(&self) -> String {
        format!("{} of {} members shown", self.pager.shown, capped(&self.pager.total))
    }

    fn caption(&self) -> String {
        format!("Members: {}", self.tab.title())
    }
}

page!(MemberListPage, Results => as_results);
