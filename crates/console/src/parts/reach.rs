//! How soon a service refuses a revoked token.

use claviger_contract::Timestamp;

use super::mark::{Mark, Tone};
use crate::text::{ago, lifetime, number, seconds_of_day, things};

#[derive(Clone, Debug)]
pub struct Reach {
    /// Its audience, as it is registered.
    pub audience: String,
    pub kind: ReachKind,
    /// When it last asked; `None`: never.
    pub heard_at: Option<Timestamp>,
    /// How many of its processes follow the feed now.
    pub instances: u64,
}

impl Reach {
    /// `2 instances, heard 2 s ago`.
    pub(crate) fn heard(&self, now: &Timestamp) -> String {
        let heard = match &self.heard_at {
            Some(at) => format!("heard {}", ago(at, now)),
            None => "never heard".to_owned(),
        };
        match self.instances {
            0 => heard,
            instances => format!("{}, {heard}", things(&instances, "instance", "instances")),
        }
    }
}

/// Observed, not configured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReachKind {
    AsksEveryTime,
    FollowsFeed,
    /// A container registry: its own tokens live so long.
    OwnTokens {
        seconds: u64,
        /// When the last of them ends; `None` where no revocation is spoken of.
        until: Option<Timestamp>,
    },
    /// When the last token ends; `None` where no revocation is spoken of.
    ReadsKeysOnly {
        until: Option<Timestamp>,
    },
}

impl ReachKind {
    pub const fn words(&self) -> &'static str {
        match self {
            Self::AsksEveryTime => "asks every time",
            Self::FollowsFeed => "follows the feed",
            Self::OwnTokens { .. } => "own tokens",
            Self::ReadsKeysOnly { .. } => "reads keys only",
        }
    }

    pub const fn at_once(&self) -> bool {
        matches!(self, Self::AsksEveryTime | Self::FollowsFeed)
    }

    /// When it refuses.
    pub fn mark(&self) -> Mark {
        match self {
            Self::AsksEveryTime | Self::FollowsFeed => Mark::new(Tone::Ok, "ok", "at once"),
            Self::OwnTokens { until: Some(end), .. } => {
                Mark::new(Tone::Off, "clock", format!("by {}", seconds_of_day(end)))
            }
            Self::OwnTokens { seconds, until: None } => {
                let minutes = seconds.div_ceil(60);
                Mark::new(Tone::Off, "clock", format!("in {} min", number(&minutes)))
            }
            Self::ReadsKeysOnly { until: Some(end) } => {
                Mark::new(Tone::Warn, "warn", format!("by {}", seconds_of_day(end)))
            }
            Self::ReadsKeysOnly { until: None } => Mark::new(Tone::Warn, "warn", "at expiry"),
        }
    }

    /// In the sentence of the revoke page.
    pub(crate) fn sentence(&self) -> String {
        match self {
            Self::AsksEveryTime | Self::FollowsFeed => "at once.".to_owned(),
            Self::OwnTokens { seconds, .. } => format!("in {}.", lifetime(seconds)),
            Self::ReadsKeysOnly { until: Some(end) } => {
                format!(
                    "only reads the key set: by {} UTC, when the last token ends.",
                    crate::text::clock(end)
                )
            }
            Self::ReadsKeysOnly { until: None } => {
                "only reads the key set: when the last token ends.".to_owned()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instances_are_counted_where_there_are_any() {
        let now: Timestamp = "2026-11-28T19:37:20Z".parse().expect("a time");
        for (instances, heard, words) in [
            (0, None, "never heard"),
            (0, Some(-2), "heard 2 s ago"),
            (1, Some(-2), "1 instance, heard 2 s ago"),
            (1_200, Some(-2), "1,200 instances, heard 2 s ago"),
        ] {
            let reach = Reach {
                audience: String::new(),
                kind: ReachKind::FollowsFeed,
                heard_at: heard.map(|seconds| now.plus_seconds(seconds)),
                instances,
            };
            assert_eq!(reach.heard(&now), words);
        }
    }

    #[test]
    fn time_by_which_is_said_where_it_is_not_at_once() {
        let end = Some("2026-11-28T19:37:20Z".parse().expect("a time"));
        for (kind, tone, words) in [
            (ReachKind::AsksEveryTime, Tone::Ok, "at once"),
            (ReachKind::FollowsFeed, Tone::Ok, "at once"),
            (ReachKind::OwnTokens { seconds: 120, until: None }, Tone::Off, "in 2 min"),
            (ReachKind::OwnTokens { seconds: 120, until: end }, Tone::Off, "by 19:37:20"),
            (ReachKind::ReadsKeysOnly { until: None }, Tone::Warn, "at expiry"),
            (ReachKind::ReadsKeysOnly { until: end }, Tone::Warn, "by 19:37:20"),
        ] {
            let mark = kind.mark();
            assert_eq!((mark.tone, mark.words.as_str()), (tone, words));
            assert_eq!(kind.at_once(), tone == Tone::Ok);
        }
    }
}
