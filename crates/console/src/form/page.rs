//! The page of a form.

use askama::Template;
use claviger_contract::Timestamp;

use super::field::FormField;
use crate::frame::Frame;
use crate::links::Address;
use crate::list::Cell;
use crate::page::page;
use crate::parts::Faults;
use crate::text::ago;

#[derive(Template)]
#[template(path = "form.html")]
pub struct FormPage {
    pub frame: Frame,
    /// The list that it leads up to.
    pub up: (Address, &'static str),
    /// What is changed: its page and its name; `None` for something new.
    pub of: Option<(Address, String)>,
    pub title: &'static str,
    pub lede: &'static str,
    pub action: Address,
    /// Fields that nobody sees: `etag`, `idempotency_key`.
    pub hidden: Vec<(&'static str, String)>,
    pub fields: Vec<FormField>,
    pub faults: Faults,
    /// Somebody changed it meanwhile. 412.
    pub stale: Option<Stale>,
    pub submit: &'static str,
    /// Beside the buttons: what follows; may be empty.
    pub foot: &'static str,
    /// Where Cancel leads.
    pub back: Address,
}

/// Who was quicker, and what it is now.
#[derive(Clone, Debug)]
pub struct Stale {
    /// Empty if nobody knows.
    pub by: String,
    pub at: Timestamp,
    pub now: Vec<(&'static str, Cell)>,
}

impl FormPage {
    fn title(&self) -> &'static str {
        self.title
    }

    fn submit(&self) -> &'static str {
        if self.stale.is_some() { "Try mine again" } else { self.submit }
    }
}

impl Stale {
    pub(crate) fn when(&self, now: &Timestamp) -> String {
        ago(&self.at, now)
    }
}

page!(FormPage);
