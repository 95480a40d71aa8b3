//! Adding a source, or changing one.

use askama::Template;

use super::chooser::tile_letters;
use crate::frame::Frame;
use crate::links::Address;
use crate::page::page;
use crate::parts::{Faults, Mark};

#[derive(Template)]
#[template(path = "pages/vault/source-form.html")]
pub struct SourceFormPage {
    pub frame: Frame,
    /// The id of the source that is changed; `None` adds one.
    pub id: Option<String>,
    /// The name that it has now, if it is changed.
    pub known_as: String,
    /// The id of the source type.
    pub source_type: String,
    pub type_name: String,
    pub name: String,
    pub credentials: Vec<CredentialChoice>,
    /// An object in JSON; empty for none.
    pub settings: String,
    pub etag: String,
    pub idempotency_key: String,
    pub faults: Faults,
}

#[derive(Clone, Debug)]
pub struct CredentialChoice {
    pub id: String,
    pub name: String,
    pub mark: Mark,
    pub chosen: bool,
}

impl CredentialChoice {
    /// `acme-data: Valid`.
    pub(super) fn words(&self) -> String {
        format!("{}: {}", self.name, self.mark.words)
    }
}

impl SourceFormPage {
    /// `maxlength` counts UTF-16 units, of which a character has up to two.
    const MAX_NAME_UNITS: usize = 128;
    const SETTINGS_HINT: &'static str =
        "A JSON object: what the pipelines of this source need to know. Never a secret.";

    fn title(&self) -> &'static str {
        if self.id.is_some() { "Edit source" } else { "Add source" }
    }

    fn letters(&self) -> String {
        tile_letters(&self.type_name)
    }

    fn action(&self) -> Address {
        match &self.id {
            Some(id) => self.frame.links.edit_source(id),
            None => self.frame.links.new_source(),
        }
    }

    fn back(&self) -> Address {
        match &self.id {
            Some(id) => self.frame.links.source(id),
            None => self.frame.links.sources(),
        }
    }
}

page!(SourceFormPage);
