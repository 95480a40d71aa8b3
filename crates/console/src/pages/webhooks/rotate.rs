//! A new secret for a webhook: how long the one before signs too.

use askama::Template;
use claviger_contract::Timestamp;

use crate::frame::Frame;
use crate::page::page;
use crate::text::date_time;

/// In seconds, with their names.
const OVERLAPS: [(u64, &str); 4] =
    [(0, "No overlap"), (3_600, "1 hour"), (86_400, "24 hours"), (604_800, "7 days")];
const USUAL: u64 = 86_400;

#[derive(Template)]
#[template(path = "pages/webhooks/rotate.html", blocks = ["dialog"])]
pub struct RotateWebhookPage {
    pub frame: Frame,
    pub id: String,
    pub name: String,
    /// Until then two secrets sign: only a rotation that ends both is possible.
    pub overlap_ends_at: Option<Timestamp>,
    pub idempotency_key: String,
    /// Whether the overlap that was sent cannot be. 422.
    pub wrong_overlap: bool,
}

struct Choice {
    seconds: u64,
    title: &'static str,
    more: String,
    usual: bool,
}

impl RotateWebhookPage {
    fn title(&self) -> String {
        format!("Rotate the secret of {}", self.name)
    }

    fn choices(&self) -> Vec<Choice> {
        let possible = |seconds: &u64| *seconds == 0 || self.overlap_ends_at.is_none();
        let usual = if self.overlap_ends_at.is_some() { 0 } else { USUAL };
        let choices = OVERLAPS.into_iter().filter(|(seconds, _)| possible(seconds));
        let choices = choices.map(|(seconds, title)| {
            let end = self.frame.now.plus_seconds(i64::try_from(seconds).unwrap_or(i64::MAX));
            let more = match seconds {
                0 => "earlier secrets end at once".to_owned(),
                _ => format!("until {}", date_time(&end, &self.frame.now)),
            };
            Choice { seconds, title, more, usual: seconds == usual }
        });
        choices.collect()
    }
}

page!(RotateWebhookPage, Dialog => as_dialog);
