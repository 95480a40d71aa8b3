//! The frame of a page inside of a realm.

use claviger_contract::Timestamp;
use claviger_domain::Role;

use super::entry::Entry;
use super::nodes::NodesInStep;
use super::role::role_name;
use super::theme::Theme;
use crate::links::{Address, Links, Site};
use crate::parts::Tone;

#[derive(Clone, Debug)]
pub struct Frame {
    pub links: Links,
    /// The realm's display name, or its label if it has none.
    pub realm_name: String,
    pub member: SignedIn,
    pub theme: Theme,
    /// Whether the member switched the shortcuts off.
    pub keys_off: bool,
    /// The page's entry of the menu.
    pub active: Option<Entry>,
    /// `None` if this node does not know.
    pub nodes: Option<NodesInStep>,
    pub csrf: String,
    pub version: String,
    /// What an act before did; shown once.
    pub note: Option<Note>,
    /// The moment at which the page is made.
    pub now: Timestamp,
    /// The GET address of this page, to which changing the theme comes back.
    pub here: String,
}

/// Who is signed in.
#[derive(Clone, Debug)]
pub struct SignedIn {
    pub name: String,
    pub email: String,
    /// The strongest one.
    pub role: Role,
}

/// One or two sentences at the top of a page.
#[derive(Clone, Debug)]
pub struct Note {
    pub tone: Tone,
    pub words: String,
    pub receipt: Option<Address>,
}

impl Frame {
    pub const fn site(&self) -> &Site {
        &self.links.site
    }

    /// Whether the member may open pages of this entry of the menu.
    pub fn opens(&self, entry: &Entry) -> bool {
        entry.opens_for(&self.member.role)
    }

    /// Whether the member may change what the realm has.
    pub const fn manages(&self) -> bool {
        matches!(self.member.role, Role::AccountHolder | Role::SysAdmin)
    }

    pub fn is_active(&self, entry: &Entry) -> bool {
        self.active.as_ref() == Some(entry)
    }
}

impl SignedIn {
    pub const fn role_name(&self) -> &'static str {
        role_name(self.role)
    }

    pub fn initials(&self) -> String {
        crate::text::initials(&self.name, &self.email)
    }
}
