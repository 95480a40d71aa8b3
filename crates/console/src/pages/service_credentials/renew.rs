//! Renewing: how long the old one goes on working.

use askama::Template;
use claviger_contract::Timestamp;

use crate::frame::Frame;
use crate::page::page;
use crate::parts::{OVERLAPS, USUAL_OVERLAP};
use crate::text::{date_time, day, things};

#[derive(Template)]
#[template(path = "pages/service-credentials/renew.html", blocks = ["dialog"])]
pub struct RenewPage {
    pub frame: Frame,
    pub id: String,
    pub name: String,
    /// When the old one ends by itself; `None`: never.
    pub expires_at: Option<Timestamp>,
    /// Days of the successor; `None`: it never expires.
    pub validity_days: Option<u64>,
    /// Made with this page: a second POST makes nothing new.
    pub idempotency_key: String,
    /// Whether the overlap that was sent is none of the choices. 422.
    pub wrong_overlap: bool,
}

struct Choice {
    seconds: u64,
    title: &'static str,
    more: String,
    usual: bool,
}

impl RenewPage {
    fn title(&self) -> String {
        format!("Renew {}", self.name)
    }

    fn choices(&self) -> Vec<Choice> {
        let choice = |(seconds, title): (u64, &'static str)| Choice {
            seconds,
            title,
            more: self.more(seconds),
            usual: seconds == USUAL_OVERLAP,
        };
        OVERLAPS.into_iter().map(choice).collect()
    }

    /// When the old one ends: never later than by itself.
    fn more(&self, seconds: u64) -> String {
        let now = &self.frame.now;
        if seconds == 0 {
            return "revoked at once, with a receipt".to_owned();
        }
        let end = now.plus_seconds(i64::try_from(seconds).unwrap_or(i64::MAX));
        match self.expires_at.filter(|own| *own <= end) {
            Some(own) => format!("until it expires, {}", date_time(&own, now)),
            None => format!("until {}", date_time(&end, now)),
        }
    }

    /// `is valid for 90 days, until 26 Feb 2027`.
    fn successor(&self) -> String {
        match self.validity_days {
            None => "never expires".to_owned(),
            Some(days) => {
                let seconds = i64::try_from(days.saturating_mul(86_400)).unwrap_or(i64::MAX);
                let end = self.frame.now.plus_seconds(seconds);
                format!("is valid for {}, until {}", things(&days, "day", "days"), day(&end))
            }
        }
    }
}

page!(RenewPage, Dialog => as_dialog);
