//! A page that the member's role does not open. It is answered before anything is looked up.

use askama::Template;
use claviger_domain::Role;

use crate::frame::{Entry, Frame, role_name};
use crate::page::page;

#[derive(Template)]
#[template(path = "pages/no-permission.html")]
pub struct NoPermissionPage {
    pub frame: Frame,
    pub denied: Denied,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Denied {
    /// The role does not open these pages.
    Opening(Entry),
    /// The role reads them, and this page changes something.
    Changing(Entry),
    /// Something only an account holder does.
    ForAccountHolders(Entry),
    /// The role was taken away between the page and its form.
    RoleChanged(Entry),
}

impl Denied {
    /// The same of a form whose page the role may have opened before.
    #[must_use]
    pub const fn meanwhile(self) -> Self {
        Self::RoleChanged(self.entry())
    }

    const fn entry(self) -> Entry {
        match self {
            Self::Opening(entry)
            | Self::Changing(entry)
            | Self::ForAccountHolders(entry)
            | Self::RoleChanged(entry) => entry,
        }
    }
}

impl NoPermissionPage {
    fn title(&self) -> &'static str {
        self.denied.entry().title()
    }

    const fn heading(&self) -> &'static str {
        match self.denied {
            Denied::Opening(_) => "Your role does not open this page",
            Denied::Changing(_) | Denied::ForAccountHolders(_) => "Your role does not change this",
            Denied::RoleChanged(_) => "Your role changed",
        }
    }

    /// `an Auditor`.
    fn role(&self) -> String {
        let name = role_name(self.frame.member.role);
        let article = if name.starts_with('A') { "an" } else { "a" };
        format!("{article} {name}")
    }

    fn is_member(&self) -> bool {
        self.frame.member.role == Role::Member
    }
}

page!(NoPermissionPage);
