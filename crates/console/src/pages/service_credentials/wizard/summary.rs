//! Step 4: everything once more, and Save.

use askama::Template;
use claviger_contract::Timestamp;

use super::access::ResourceLine;
use super::command::create_command;
use crate::frame::Frame;
use crate::links::{Draft, Step};
use crate::page::page;
use crate::parts::{Faults, ScopeLine};
use crate::text::{lifetime, minute, things};

#[derive(Template)]
#[template(path = "pages/service-credentials/wizard/summary.html")]
pub struct NewSummaryPage {
    pub frame: Frame,
    /// Valid in every field.
    pub draft: Draft,
    /// `None`: never.
    pub expires_at: Option<Timestamp>,
    pub token_ttl_seconds: u64,
    pub resources: Vec<ResourceLine>,
    pub scopes: Vec<ScopeLine>,
    /// Made with this page: a second Save makes nothing new.
    pub idempotency_key: String,
    pub faults: Faults,
}

impl NewSummaryPage {
    fn title(&self) -> &'static str {
        "Summary: create service credential"
    }

    fn step(&self) -> Step {
        Step::Summary
    }

    fn validity(&self) -> String {
        match (&self.expires_at, self.draft.days.parse::<u64>()) {
            (Some(end), Ok(days)) => format!("{}, until {}", things(&days, "day", "days"), minute(end)),
            (Some(end), Err(_)) => format!("Until {}", minute(end)),
            (None, _) => "Never expires".to_owned(),
        }
    }

    fn lifetime(&self) -> String {
        lifetime(&self.token_ttl_seconds)
    }

    fn command(&self) -> String {
        create_command(&self.draft)
    }
}

page!(NewSummaryPage);
