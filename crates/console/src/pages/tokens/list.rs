//! The list.

use askama::Template;
use claviger_contract::Timestamp;

use crate::frame::Frame;
use crate::links::TokenKind;
use crate::page::page;
use crate::parts::{Choice, Lifecycle, ListQuery, Mark, Pager, Tab, Tone};
use crate::text::capped;

#[derive(Template)]
#[template(path = "pages/tokens/list.html", blocks = ["results"])]
pub struct TokenListPage {
    pub frame: Frame,
    pub kind: TokenKind,
    pub tab: TokenTab,
    /// `None`: there never was one.
    pub counts: Option<TokenCounts>,
    /// `status`, `q`, `scope`, `sort`, `cursor`.
    pub query: ListQuery,
    pub scopes: Vec<Choice>,
    /// Whether rows say who owns them: not to members, who see their own.
    pub owners: bool,
    pub filter_dropped: bool,
    pub rows: Vec<TokenRow>,
    pub pager: Pager,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenTab {
    Live,
    Own,
    ExpiringSoon,
    Unused,
    Expired,
    Revoked,
}

#[derive(Clone, Copy, Debug, Default)]
pub struct TokenCounts {
    pub live: u64,
    pub own: u64,
    pub expiring_soon: u64,
    pub unused: u64,
    pub expired: u64,
    pub revoked: u64,
}

#[derive(Clone, Debug)]
pub struct TokenRow {
    pub id: String,
    /// The name of an application credential, else the description.
    pub title: String,
    pub scopes: Vec<String>,
    pub lifecycle: Lifecycle,
    /// Whether it ended because its realm was suspended, so that nobody revoked it.
    pub ended_with_realm: bool,
    pub owner: String,
}

impl TokenRow {
    fn mark(&self, now: &Timestamp) -> Mark {
        mark(&self.lifecycle, self.ended_with_realm, now)
    }
}

pub(super) fn mark(lifecycle: &Lifecycle, ended_with_realm: bool, now: &Timestamp) -> Mark {
    if ended_with_realm { Mark::new(Tone::Off, "ban", "Revoked") } else { lifecycle.mark(now) }
}

impl TokenTab {
    pub const ALL: [Self; 6] =
        [Self::Live, Self::Own, Self::ExpiringSoon, Self::Unused, Self::Expired, Self::Revoked];

    /// The value of `status`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Own => "own",
            Self::ExpiringSoon => "expiring",
            Self::Unused => "unused",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
        }
    }

    const fn title(self) -> &'static str {
        match self {
            Self::Live => "Live",
            Self::Own => "Yours",
            Self::ExpiringSoon => "Expiring soon",
            Self::Unused => "Unused 90 days",
            Self::Expired => "Expired",
            Self::Revoked => "Revoked",
        }
    }

    /// `live API tokens`.
    fn named(self, kind: &TokenKind) -> String {
        match self {
            Self::Own => format!("{} of yours", kind.many()),
            Self::ExpiringSoon => format!("expiring {}", kind.many()),
            tab => format!("{} {}", tab.as_str(), kind.many()),
        }
    }

    pub const fn count(self, counts: &TokenCounts) -> u64 {
        match self {
            Self::Live => counts.live,
            Self::Own => counts.own,
            Self::ExpiringSoon => counts.expiring_soon,
            Self::Unused => counts.unused,
            Self::Expired => counts.expired,
            Self::Revoked => counts.revoked,
        }
    }
}

impl TokenListPage {
    fn title(&self) -> &'static str {
        self.kind.title()
    }

    fn tabs(&self, counts: &TokenCounts) -> Vec<Tab> {
        let shown = TokenTab::ALL.into_iter().filter(|tab| self.owners || *tab != TokenTab::Own);
        shown
            .map(|tab| Tab {
                title: tab.title(),
                count: tab.count(counts),
                address: self.query.replaced("status", tab.as_str()).address(),
                current: tab == self.tab,
            })
            .collect()
    }

    fn status(&self) -> String {
        let named = self.tab.named(&self.kind);
        format!("{} of {} {named} shown", self.pager.shown, capped(&self.pager.total))
    }

    fn caption(&self) -> String {
        format!("{}: {}", self.kind.title(), self.tab.title())
    }

    fn narrowed(&self) -> bool {
        ["q", "scope"].iter().any(|name| !self.query.value(name).is_empty())
    }

    /// Of the search field.
    fn seek(&self) -> &'static str {
        match (self.kind.is_client(), self.owners) {
            (true, true) => "Name, description or owner",
            (true, false) => "Name or description",
            (false, true) => "Description or owner",
            (false, false) => "Description",
        }
    }
}

page!(TokenListPage, Results => as_results);
