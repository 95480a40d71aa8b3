//! How often a credential was used.

use claviger_contract::Timestamp;

use crate::parts::{Plot, Spot};
use crate::text::{number, things};

#[derive(Clone, Debug, Default)]
pub struct Usage {
    /// About how many tokens are alive; `None` if unknown.
    pub tokens_alive: Option<u64>,
    /// When the last of them ends.
    pub tokens_end_at: Option<Timestamp>,
    pub last_24_hours: Spot,
    /// The last 30 days, today last.
    pub days: Vec<UsageDay>,
    /// Of the same days.
    pub audiences: Vec<UsageAudience>,
}

#[derive(Clone, Debug)]
pub struct UsageDay {
    pub day: Timestamp,
    pub tokens: Spot,
}

#[derive(Clone, Debug)]
pub struct UsageAudience {
    pub audience: Audience,
    pub tokens: Spot,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Audience {
    Realm,
    Named(String),
    Unknown,
}

impl Usage {
    pub fn total(&self) -> Spot {
        let sum = |count: fn(&Spot) -> u64| self.days.iter().map(|day| count(&day.tokens)).sum();
        Spot { issued: sum(|spot| spot.issued), refused: sum(|spot| spot.refused) }
    }

    pub fn plot(&self) -> Plot {
        Plot::of_days(self.days.iter().map(|day| day.tokens).collect())
    }

    /// Newest first.
    pub fn newest(&self) -> impl Iterator<Item = &UsageDay> {
        self.days.iter().rev()
    }

    /// Four days for the axis.
    pub fn axis(&self) -> Vec<&UsageDay> {
        let Some(last) = self.days.len().checked_sub(1) else { return Vec::new() };
        [0, last / 3, last * 2 / 3, last].into_iter().filter_map(|index| self.days.get(index)).collect()
    }

    /// What the picture shows, for who does not see it.
    pub fn described(&self) -> String {
        let total = self.total();
        format!(
            "Tokens issued and refused on each of the last {}: {} issued, at most {} a day; {} refused. The numbers are \
             in the tables below.",
            things(&u64::try_from(self.days.len()).unwrap_or(0), "day", "days"),
            number(&total.issued),
            number(&self.plot().most_issued()),
            number(&total.refused),
        )
    }
}
