//! Step 2: validity, and the lifetime of tokens.

use askama::Template;

use crate::frame::Frame;
use crate::links::{Draft, Step};
use crate::page::page;
use crate::parts::Faults;
use crate::text::{day, lifetime, things};

const DAYS: [u64; 4] = [30, 90, 180, 365];
const USUAL_DAYS: &str = "90";
const NEVER: &str = "never";

const LIFETIMES: [(u64, &str); 5] = [
    (900, "best for pipelines"),
    (3_600, "the usual choice"),
    (7_200, "for long jobs"),
    (28_800, "for a working day"),
    (86_400, "the longest"),
];
const USUAL_LIFETIME: &str = "3600";

#[derive(Template)]
#[template(path = "pages/service-credentials/wizard/expiration.html")]
pub struct NewExpirationPage {
    pub frame: Frame,
    /// A validity or a lifetime that is none of the choices, as a link or a command chose it, is one more choice.
    pub draft: Draft,
    pub faults: Faults,
    /// How many services of the realm only read its keys.
    pub keys_only_services: u64,
}

struct Choice {
    value: String,
    title: String,
    more: String,
    chosen: bool,
}

impl NewExpirationPage {
    fn title(&self) -> &'static str {
        "Expiration: create service credential"
    }

    fn step(&self) -> Step {
        Step::Expiration
    }

    fn days(&self) -> Vec<Choice> {
        let chosen = if self.draft.days.is_empty() { USUAL_DAYS } else { &self.draft.days };
        let mut days = DAYS.to_vec();
        days.extend(chosen.parse::<u64>().ok().filter(|own| (30..=365).contains(own) && !DAYS.contains(own)));
        days.sort_unstable();
        let mut choices: Vec<Choice> = days
            .into_iter()
            .map(|days| {
                let seconds = i64::try_from(days * 86_400).unwrap_or(i64::MAX);
                Choice {
                    value: days.to_string(),
                    title: things(&days, "day", "days"),
                    more: format!("until {}", day(&self.frame.now.plus_seconds(seconds))),
                    chosen: days.to_string() == chosen,
                }
            })
            .collect();
        choices.push(Choice {
            value: NEVER.to_owned(),
            title: "Never expires".to_owned(),
            more: "until someone revokes it".to_owned(),
            chosen: chosen == NEVER,
        });
        choices
    }

    fn lifetimes(&self) -> Vec<Choice> {
        let chosen = if self.draft.ttl.is_empty() { USUAL_LIFETIME } else { &self.draft.ttl };
        let mut lifetimes = LIFETIMES.to_vec();
        let own = chosen.parse::<u64>().ok().filter(|own| (900..=86_400).contains(own));
        lifetimes.extend(
            own.filter(|own| LIFETIMES.iter().all(|(known, _)| known != own))
                .map(|own| (own, "as the link says")),
        );
        lifetimes.sort_unstable();
        let choice = |(seconds, more): (u64, &str)| Choice {
            value: seconds.to_string(),
            title: lifetime(&seconds),
            more: more.to_owned(),
            chosen: seconds.to_string() == chosen,
        };
        lifetimes.into_iter().map(choice).collect()
    }

    /// `18:40`, at which dates end.
    fn clock(&self) -> String {
        crate::text::clock(&self.frame.now)
    }

    fn keys_only(&self) -> String {
        things(&self.keys_only_services, "service", "services")
    }
}

page!(NewExpirationPage);
