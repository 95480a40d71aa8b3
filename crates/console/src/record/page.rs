//! The page of one thing.

use askama::Template;

use super::panel::RecordPanel;
use crate::frame::Frame;
use crate::links::Address;
use crate::list::Cell;
use crate::page::page;
use crate::parts::{EventLine, Mark, Tone};

#[derive(Template)]
#[template(path = "record.html")]
pub struct RecordPage {
    pub frame: Frame,
    /// The list that it leads up to.
    pub up: (Address, &'static str),
    pub name: String,
    /// Whether machines read the name.
    pub code: bool,
    /// What it is for, in the words of a person; may be empty.
    pub lede: String,
    pub mark: Option<Mark>,
    pub note: Option<RecordNote>,
    pub acts: Vec<RecordAct>,
    pub panels: Vec<RecordPanel>,
    pub events: Vec<EventLine>,
    /// All of its events.
    pub audit: Address,
    /// The same as a command.
    pub command: String,
    pub facts: Vec<Fact>,
    /// Beside the facts.
    pub aside: Vec<RecordPanel>,
}

#[derive(Clone, Debug)]
pub struct RecordNote {
    pub tone: Tone,
    pub icon: &'static str,
    pub words: String,
    pub more: String,
}

/// What can be done with it.
#[derive(Clone, Debug)]
pub struct RecordAct {
    pub words: &'static str,
    /// A symbol of the sprite.
    pub icon: &'static str,
    pub address: Address,
    pub tone: ActTone,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ActTone {
    /// A page of its own.
    Plain,
    /// Asks, in a dialog.
    Asks,
    /// Asks, and takes something away.
    Danger,
}

#[derive(Clone, Debug)]
pub struct Fact {
    pub term: &'static str,
    pub cell: Cell,
}

impl RecordAct {
    pub(super) fn asks(&self) -> bool {
        self.tone != ActTone::Plain
    }

    pub(super) fn is_danger(&self) -> bool {
        self.tone == ActTone::Danger
    }
}

impl RecordPage {
    fn title(&self) -> &str {
        &self.name
    }
}

page!(RecordPage);
