//! "Trace a leaked secret": says whose it is, and shows it never again.

use askama::Template;
use claviger_domain::{Status, TracedKind};

use crate::frame::Frame;
use crate::links::Address;
use crate::page::page;
use crate::parts::Tone;

#[derive(Template)]
#[template(path = "pages/trace.html")]
pub struct TracePage {
    pub frame: Frame,
    pub result: Option<TraceResult>,
}

#[derive(Clone, Debug)]
pub enum TraceResult {
    /// No secret of the realm.
    Unknown,
    Found(Box<TracedLine>),
}

#[derive(Clone, Debug)]
pub struct TracedLine {
    pub kind: TracedKind,
    /// May be empty: a token needs no description.
    pub name: String,
    /// The address of the member who owns it.
    pub owner: Option<String>,
    pub status: Status,
    pub id: String,
    /// The page that revokes it, or that of what ended already, and what its button says.
    pub page: Option<(&'static str, Address)>,
    /// The command that ends what has no page.
    pub command: Option<String>,
}

impl TracePage {
    fn title(&self) -> &'static str {
        "Trace a leaked secret"
    }
}

impl TracedLine {
    fn what(&self) -> String {
        let words = match &self.kind {
            TracedKind::ServiceCredential => "the client key of",
            TracedKind::ApiToken => "the API token",
            TracedKind::PersonalAccessToken => "the personal access token",
            TracedKind::RegistryToken => "a registry login for",
            TracedKind::AccessToken => "an access token of",
            TracedKind::RefreshToken => "a refresh token of",
            client => return format!("the client key of the {}", client.as_str().replace('_', " ")),
        };
        words.to_owned()
    }

    /// The id, for what has no name.
    fn shown_name(&self) -> &str {
        if self.name.is_empty() { &self.id } else { &self.name }
    }

    const fn is_live(&self) -> bool {
        matches!(self.status, Status::Active)
    }

    fn standing(&self) -> &'static str {
        match &self.status {
            Status::Active => "live",
            Status::Expired => "expired",
            Status::Revoked => "revoked",
        }
    }

    const fn tone(&self) -> Tone {
        if self.is_live() { Tone::Bad } else { Tone::Off }
    }

    const fn icon(&self) -> &'static str {
        if self.is_live() { "warn" } else { "stop" }
    }

    /// What ends with it, and what does not.
    fn advice(&self) -> &'static str {
        match (&self.kind, self.is_live()) {
            (_, false) => "It is refused everywhere. Nothing is left to do here.",
            (TracedKind::AccessToken, true) => {
                "It is accepted until it ends. Revoking its client ends it at once; if the key leaked too, that is needed."
            }
            (TracedKind::ServiceCredential, true) => {
                "Whoever has it gets tokens. Revoke it, or renew it first if a service must not stop."
            }
            (_, true) => "Whoever has it can use it now.",
        }
    }
}

page!(TracePage);
