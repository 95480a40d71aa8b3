//! A part of the page of one thing.

use crate::links::Address;
use crate::parts::{MatrixRow, ScopeLine};

#[derive(Clone, Debug)]
pub struct RecordPanel {
    /// Its id in the page.
    pub id: &'static str,
    pub title: &'static str,
    pub hint: String,
    /// A link in its header.
    pub act: Option<(&'static str, Address)>,
    pub body: PanelBody,
    /// What is said without content.
    pub none: &'static str,
}

#[derive(Clone, Debug)]
pub enum PanelBody {
    Lines(Vec<RecordLine>),
    Scopes(Vec<ScopeLine>),
    /// Resources with the actions on them.
    Actions(Vec<MatrixRow>),
    Codes(Vec<String>),
    /// A command or a text to copy.
    Code(String),
}

#[derive(Clone, Debug)]
pub struct RecordLine {
    /// A symbol of the sprite.
    pub icon: &'static str,
    pub words: String,
    pub address: Option<Address>,
    /// Below the words; may be empty.
    pub more: String,
}

impl PanelBody {
    pub(super) fn is_empty(&self) -> bool {
        match self {
            Self::Lines(lines) => lines.is_empty(),
            Self::Scopes(lines) => lines.is_empty(),
            Self::Actions(rows) => rows.is_empty(),
            Self::Codes(codes) => codes.is_empty(),
            Self::Code(text) => text.is_empty(),
        }
    }
}
