//! One source: what it is linked to, and what was retrieved.

use askama::Template;
use claviger_contract::Timestamp;

use super::source_form::CredentialChoice;
use crate::frame::Frame;
use crate::page::page;
use crate::parts::{EventLine, Mark, Tone};
use crate::text::exact;

#[derive(Template)]
#[template(path = "pages/vault/source.html")]
pub struct SourcePage {
    pub frame: Frame,
    pub id: String,
    pub name: String,
    pub type_name: String,
    /// The id and the name of its credential; `None` if it was deleted.
    pub credential: Option<(String, String)>,
    /// Whether its credential has ended.
    pub expired: bool,
    /// Why it is stopped, if its credential was deleted and the audit trail has it.
    pub stopped_by: Option<StoppedBy>,
    /// Credentials of its type, to link one of them.
    pub credentials: Vec<CredentialChoice>,
    /// Whether its type has a list that can be read.
    pub has_list: bool,
    pub retrievals: Vec<Retrieval>,
    /// Names and values.
    pub settings: Vec<(String, String)>,
    /// Of its credential.
    pub answers: Vec<(String, Vec<String>)>,
    pub last_retrieved_at: Option<Timestamp>,
    pub etag: String,
    pub created_at: Timestamp,
    pub created_by: String,
    pub updated_at: Timestamp,
    pub updated_by: String,
    pub events: Vec<EventLine>,
}

/// Who deleted its credential.
#[derive(Clone, Debug)]
pub struct StoppedBy {
    pub actor: String,
    pub credential: String,
    pub at: Timestamp,
}

#[derive(Clone, Debug)]
pub struct Retrieval {
    pub at: Timestamp,
    /// Who asked: a pipeline, a member, or the server.
    pub actor: String,
    /// `acme-data, version 4`.
    pub credential: String,
    pub mark: Mark,
    /// Of a list.
    pub items: Option<u64>,
}

impl SourcePage {
    fn title(&self) -> &str {
        &self.name
    }

    const fn is_stopped(&self) -> bool {
        self.credential.is_none() || self.expired
    }

    fn mark(&self) -> Mark {
        match self.is_stopped() {
            true => Mark::new(Tone::Bad, "stop", "Stopped"),
            false => Mark::new(Tone::Ok, "ok", "Active"),
        }
    }

    fn reason(&self) -> &'static str {
        match self.credential {
            None => "Nothing is retrieved: its credential was deleted.",
            Some(_) => "Nothing is retrieved: its credential has expired.",
        }
    }

    /// `Mina Park deleted acme-data on 28 Nov 2026, 14:05:44 UTC.`
    fn who(&self) -> Option<(String, String, String)> {
        let by = self.stopped_by.as_ref()?;
        Some((by.actor.clone(), by.credential.clone(), exact(&by.at)))
    }
}

page!(SourcePage);
