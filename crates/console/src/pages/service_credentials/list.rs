//! The list of service credentials.

use askama::Template;
use claviger_contract::Timestamp;

use crate::frame::Frame;
use crate::links::{Address, Draft, Step};
use crate::page::page;
use crate::parts::{Choice, Lifecycle, ListQuery, Pager, Tab};
use crate::text::{capped, things};

/// Without a single row the search, a filter or the tab finds nothing.
#[derive(Template)]
#[template(path = "pages/service-credentials/list.html", blocks = ["results"])]
pub struct CredentialListPage {
    pub frame: Frame,
    /// Whether the realm allows service credentials.
    pub allowed: bool,
    pub tab: CredentialTab,
    pub counts: CredentialCounts,
    /// `status`, `q`, `group`, `by`, `sort`, `cursor`.
    pub query: ListQuery,
    pub groups: Vec<Choice>,
    pub creators: Vec<Choice>,
    /// Whether a parameter was dropped, because it names nothing.
    pub filter_dropped: bool,
    pub rows: Vec<CredentialRow>,
    pub pager: Pager,
    /// The first other tab in which the search finds something, if it finds nothing here.
    pub elsewhere: Option<Elsewhere>,
}

/// The realm never had one.
#[derive(Template)]
#[template(path = "pages/service-credentials/none-yet.html")]
pub struct NoCredentialsPage {
    pub frame: Frame,
    pub allowed: bool,
    pub examples: Vec<Example>,
}

/// A start for the first credential.
#[derive(Clone, Debug)]
pub struct Example {
    pub title: &'static str,
    pub words: String,
    pub draft: Draft,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CredentialTab {
    Live,
    ExpiringSoon,
    Unused,
    NeverExpire,
    Expired,
    Revoked,
}

#[derive(Clone, Copy, Debug, Default)]
pub struct CredentialCounts {
    pub live: u64,
    pub expiring_soon: u64,
    pub unused: u64,
    pub never_expire: u64,
    pub expired: u64,
    pub revoked: u64,
}

#[derive(Clone, Debug)]
pub struct Elsewhere {
    pub tab: CredentialTab,
    pub count: u64,
}

#[derive(Clone, Debug)]
pub struct CredentialRow {
    pub id: String,
    pub name: String,
    pub description: String,
    pub lifecycle: Lifecycle,
    pub groups: Vec<String>,
    pub resources: u64,
    pub updated_at: Timestamp,
    pub updated_by: String,
    pub created_by: String,
}

impl CredentialTab {
    pub const ALL: [Self; 6] =
        [Self::Live, Self::ExpiringSoon, Self::Unused, Self::NeverExpire, Self::Expired, Self::Revoked];

    /// The value of `status`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::ExpiringSoon => "expiring",
            Self::Unused => "unused",
            Self::NeverExpire => "never",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
        }
    }

    const fn title(self) -> &'static str {
        match self {
            Self::Live => "Live",
            Self::ExpiringSoon => "Expiring soon",
            Self::Unused => "Unused 90 days",
            Self::NeverExpire => "Never expire",
            Self::Expired => "Expired",
            Self::Revoked => "Revoked",
        }
    }

    /// `No live credential matches`, and what the list is called.
    const fn adjective(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::ExpiringSoon => "expiring",
            Self::Unused => "unused",
            Self::NeverExpire => "never expiring",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
        }
    }

    /// `One that was revoked does.`
    const fn one(self) -> &'static str {
        match self {
            Self::Live => "One that is live does.",
            Self::ExpiringSoon => "One that expires soon does.",
            Self::Unused => "One that is unused does.",
            Self::NeverExpire => "One that never expires does.",
            Self::Expired => "One that has expired does.",
            Self::Revoked => "One that was revoked does.",
        }
    }

    const fn count(self, counts: &CredentialCounts) -> u64 {
        match self {
            Self::Live => counts.live,
            Self::ExpiringSoon => counts.expiring_soon,
            Self::Unused => counts.unused,
            Self::NeverExpire => counts.never_expire,
            Self::Expired => counts.expired,
            Self::Revoked => counts.revoked,
        }
    }
}

impl CredentialListPage {
    fn title(&self) -> &'static str {
        "Service credentials"
    }

    fn tabs(&self) -> Vec<Tab> {
        let tabs = CredentialTab::ALL.map(|tab| Tab {
            title: tab.title(),
            count: tab.count(&self.counts),
            address: self.query.replaced("status", tab.as_str()).address(),
            current: tab == self.tab,
        });
        tabs.to_vec()
    }

    /// `8 of 96 live credentials shown`, for screen readers.
    fn status(&self) -> String {
        if self.rows.is_empty() {
            return format!("No {} credential matches", self.tab.adjective());
        }
        let adjective = self.tab.adjective();
        format!("{} of {} {adjective} credentials shown", self.pager.shown, capped(&self.pager.total))
    }

    fn caption(&self) -> String {
        format!("Service credentials: {}", self.tab.adjective())
    }

    /// Whether a search or a filter is on.
    fn narrowed(&self) -> bool {
        ["q", "group", "by"].iter().any(|name| !self.query.value(name).is_empty())
    }

    fn elsewhere_words(elsewhere: &Elsewhere) -> String {
        match elsewhere.count {
            1 => elsewhere.tab.one().to_owned(),
            many => format!("{} among the {} do.", capped(&many), elsewhere.tab.adjective()),
        }
    }

    fn elsewhere_address(&self, elsewhere: &Elsewhere) -> Address {
        self.query.replaced("status", elsewhere.tab.as_str()).address()
    }
}

impl CredentialRow {
    /// What its copy button copies.
    fn copied(&self) -> String {
        format!("client id of {}", self.name)
    }

    fn resource_count(&self) -> String {
        match self.resources {
            0 => "no resource".to_owned(),
            count => things(&count, "resource", "resources"),
        }
    }

    /// Whether who created it is worth saying beside who changed it.
    fn by_another(&self) -> bool {
        self.updated_by != self.created_by
    }
}

impl NoCredentialsPage {
    const FIRST_COMMAND: &str =
        "claviger credential create nightly-deploy --days 90 --token-ttl 15m --group Builders";

    fn title(&self) -> &'static str {
        "Service credentials"
    }

    fn address(&self, example: &Example) -> Address {
        self.frame.links.new_service_credential(Step::Details, &example.draft)
    }
}

page!(CredentialListPage, Results => as_results);
page!(NoCredentialsPage);
