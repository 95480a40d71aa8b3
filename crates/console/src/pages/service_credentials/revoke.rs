//! "Revoke this?": what ends, who refuses when, and the name to type.

use askama::Template;
use claviger_contract::Timestamp;

use crate::frame::Frame;
use crate::page::page;
use crate::parts::Reach;
use crate::text::{ago, clock, exact_pattern, number, things};

/// Used within so many days: a renewal is offered instead.
const IN_USE_DAYS: i64 = 7;

#[derive(Template)]
#[template(path = "pages/service-credentials/revoke.html", blocks = ["dialog"])]
pub struct RevokePage {
    pub frame: Frame,
    pub id: String,
    pub name: String,
    /// About how many tokens are alive, read when the page is opened; `None` if unknown.
    pub tokens_alive: Option<u64>,
    /// When the last of them would end by itself.
    pub tokens_end_at: Option<Timestamp>,
    pub last_used_at: Option<Timestamp>,
    /// `None` if unknown.
    pub issued_24_hours: Option<u64>,
    pub reaches: Vec<Reach>,
    /// Whether the name that was sent is another one. 422.
    pub wrong_name: bool,
    /// Whether it may be renewed: it is neither expired nor replaced already.
    pub renewable: bool,
}

impl RevokePage {
    fn title(&self) -> String {
        format!("Revoke {}", self.name)
    }

    fn pattern(&self) -> String {
        exact_pattern(&self.name)
    }

    fn name_hint(&self) -> String {
        format!("{}, exactly", self.name)
    }

    fn alive(&self) -> String {
        match self.tokens_alive {
            None => "How many tokens are alive is unknown".to_owned(),
            Some(0) => "No token is alive now".to_owned(),
            Some(1) => "About 1 token is alive now".to_owned(),
            Some(count) => format!("About {} tokens are alive now", number(&count)),
        }
    }

    fn alive_until(&self) -> Option<String> {
        let end = self.tokens_end_at.filter(|_| self.tokens_alive != Some(0))?;
        Some(format!("They end with this act, not at {} UTC.", clock(&end)))
    }

    fn last_used(&self) -> Option<String> {
        self.last_used_at.map(|used| ago(&used, &self.frame.now))
    }

    fn in_use(&self) -> bool {
        self.last_used_at.is_some_and(|used| used.plus_seconds(IN_USE_DAYS * 86_400) >= self.frame.now)
    }

    fn issued(&self) -> Option<String> {
        self.issued_24_hours.as_ref().map(|count| things(count, "token", "tokens"))
    }

    fn later(&self) -> Vec<&Reach> {
        self.reaches.iter().filter(|reach| !reach.kind.at_once()).collect()
    }

    /// `2 services refuse at once, 2 later`.
    fn refusals(&self) -> String {
        let later = self.later().len();
        let at_once = self.reaches.len() - later;
        let count = |services: usize| u64::try_from(services).unwrap_or(u64::MAX);
        match (at_once, later) {
            (_, 0) => "Every service refuses at once".to_owned(),
            (0, 1) => "1 service refuses later".to_owned(),
            (0, _) => format!("{} services refuse later", number(&count(later))),
            (1, _) => format!("1 service refuses at once, {} later", number(&count(later))),
            _ => format!(
                "{} services refuse at once, {} later",
                number(&count(at_once)),
                number(&count(later))
            ),
        }
    }
}

page!(RevokePage, Dialog => as_dialog);
