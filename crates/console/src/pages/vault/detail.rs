//! One source credential.

use askama::Template;
use claviger_contract::Timestamp;

use super::chooser::tile_letters;
use super::health::CredentialHealth;
use super::verdict::Verdict;
use crate::frame::Frame;
use crate::page::page;
use crate::parts::{EventLine, Mark};
use crate::text::things;

#[derive(Template)]
#[template(path = "pages/vault/detail.html")]
pub struct SourceCredentialPage {
    pub frame: Frame,
    pub id: String,
    pub name: String,
    pub slug: String,
    /// `GitHub`.
    pub type_name: String,
    /// `Personal access token`.
    pub mode: String,
    pub health: CredentialHealth,
    /// Of the last validation; `None` if it was stored without.
    pub verdict: Option<Verdict>,
    /// Since when its provider refuses it.
    pub failed_since: Option<Timestamp>,
    pub profile: Option<String>,
    /// Labels and values of the fields that are not secret.
    pub fields: Vec<(String, String)>,
    /// Labels of the secrets that are set.
    pub secrets: Vec<String>,
    /// Labels of questions, and their answers.
    pub answers: Vec<(String, Vec<String>)>,
    pub expires_at: Option<Timestamp>,
    /// The first of them.
    pub sources: Vec<LinkedSource>,
    /// How many there are.
    pub linked: u64,
    pub version: u64,
    pub created_at: Timestamp,
    pub created_by: String,
    pub updated_at: Timestamp,
    pub updated_by: String,
    pub events: Vec<EventLine>,
}

#[derive(Clone, Debug)]
pub struct LinkedSource {
    pub id: String,
    pub name: String,
}

impl SourceCredentialPage {
    fn title(&self) -> &str {
        &self.name
    }

    fn mark(&self) -> Mark {
        self.health.mark(&self.frame.now)
    }

    fn letters(&self) -> String {
        tile_letters(&self.type_name)
    }

    fn scope(&self) -> String {
        format!("vault/{}:use", self.slug)
    }

    /// `and 12 more`; empty if all are listed.
    fn more_sources(&self) -> String {
        let listed = u64::try_from(self.sources.len()).unwrap_or(u64::MAX);
        match self.linked.saturating_sub(listed) {
            0 => String::new(),
            more => format!("and {} more", crate::text::number(&more)),
        }
    }

    /// Empty if there is none, which the list says.
    fn used_by(&self) -> String {
        if self.linked == 0 {
            return String::new();
        }
        things(&self.linked, "source uses it.", "sources use it.")
    }
}

page!(SourceCredentialPage);
