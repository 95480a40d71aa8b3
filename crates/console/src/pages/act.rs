//! "Do this?": what an act changes, before it is done. A page without a script, a dialog with one.

use askama::Template;

use crate::frame::Frame;
use crate::links::Address;
use crate::page::page;
use crate::parts::Tone;
use crate::text::exact_pattern;

/// For acts that have no page of their own: disabling, deleting, rotating, withdrawing.
#[derive(Template)]
#[template(path = "pages/act.html", blocks = ["dialog"])]
pub struct ActPage {
    pub frame: Frame,
    /// The list that it leads up to.
    pub up: (Address, &'static str),
    /// What it is about: its page and its name; `None` if the list is its page.
    pub of: Option<(Address, String)>,
    /// `Disable`, the verb of the heading and of the button.
    pub verb: &'static str,
    /// The name in the heading; empty if the verb says it all.
    pub name: String,
    /// What happens.
    pub sentence: String,
    pub lines: Vec<ImpactLine>,
    /// Whether the name must be typed.
    pub type_name: bool,
    /// Whether another name was typed. 422.
    pub wrong_name: bool,
    pub action: Address,
    /// Further fields of the form.
    pub fields: Vec<(&'static str, String)>,
    /// Where Cancel leads.
    pub back: Address,
    /// Whether it takes something away.
    pub destroys: bool,
}

#[derive(Clone, Debug)]
pub struct ImpactLine {
    pub tone: Tone,
    /// A symbol of the sprite.
    pub icon: &'static str,
    pub words: String,
    pub more: String,
}

impl ActPage {
    fn title(&self) -> String {
        format!("{} {}", self.verb, self.name).trim_end().to_owned()
    }

    fn pattern(&self) -> String {
        exact_pattern(&self.name)
    }

    fn name_hint(&self) -> String {
        format!("{}, exactly", self.name)
    }
}

page!(ActPage, Dialog => as_dialog);
