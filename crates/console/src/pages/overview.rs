//! The overview: what needs attention, then how the realm is doing.

use askama::Template;
use claviger_contract::Timestamp;

use crate::frame::Frame;
use crate::links::{Address, Step};
use crate::page::page;
use crate::parts::{EventLine, Plot, Reach, Spot, Tone};
use crate::text::{clock, number, things};

/// No more than so many lines need attention at once.
pub const MAX_ATTENTION: usize = 7;

#[derive(Template)]
#[template(path = "pages/overview.html")]
pub struct OverviewPage {
    pub frame: Frame,
    /// Whether the realm allows service credentials.
    pub allowed: bool,
    /// Worst first; at most [`MAX_ATTENTION`].
    pub attention: Vec<AttentionLine>,
    /// `None` for members, who see their own things only.
    pub realm: Option<RealmOverview>,
    /// The newest ones that the member may read.
    pub events: Vec<EventLine>,
}

#[derive(Clone, Debug)]
pub struct RealmOverview {
    pub live_credentials: u64,
    pub revoked_credentials: u64,
    pub expired_credentials: u64,
    pub last_24_hours: Spot,
    /// About how many.
    pub tokens_alive: u64,
    /// The last one of the realm, whichever node answered it.
    pub last_revocation: Option<LastRevocation>,
    pub reaches: Vec<Reach>,
    /// Tokens issued in each of the last 24 hours, this hour last.
    pub hours: Vec<u64>,
}

#[derive(Clone, Debug)]
pub struct LastRevocation {
    pub at: Timestamp,
    pub took_ms: u64,
    /// Whether a node had to be waited out.
    pub waited_out: bool,
}

/// One thing that needs somebody, with its one button.
#[derive(Clone, Debug)]
pub struct AttentionLine {
    pub tone: Tone,
    /// A symbol of the sprite.
    pub icon: &'static str,
    pub words: String,
    pub more: String,
    pub act: AttentionAct,
}

#[derive(Clone, Debug)]
pub enum AttentionAct {
    Open {
        words: &'static str,
        address: Address,
    },
    /// "I know about it", of a local sign-in: POST with fields that tell which.
    Acknowledge {
        address: Address,
        fields: Vec<(&'static str, String)>,
    },
}

impl OverviewPage {
    fn title(&self) -> &'static str {
        "Overview"
    }

    fn may_create(&self) -> bool {
        self.allowed && self.frame.manages()
    }

    fn new_address(&self) -> Address {
        self.frame.links.wizard(Step::Details)
    }

    fn attention_count(&self) -> String {
        things(&u64::try_from(self.attention.len()).unwrap_or(u64::MAX), "thing", "things")
    }

    fn heard(&self, reach: &Reach) -> String {
        reach.heard(&self.frame.now)
    }

    fn hour(&self, hours_ago: usize) -> String {
        let seconds = i64::try_from(hours_ago).unwrap_or(0) * 3_600;
        let at = self.frame.now.epoch_seconds() / 3_600 * 3_600 - seconds;
        clock(&Timestamp::from_epoch_seconds(at))
    }
}

impl RealmOverview {
    fn plot(&self) -> Plot {
        Plot::of_hours(self.hours.iter().map(|issued| Spot { issued: *issued, refused: 0 }).collect())
    }

    fn most(&self) -> String {
        number(&self.plot().most_issued())
    }

    fn plot_described(&self) -> String {
        let least = self.hours.iter().min().copied().unwrap_or(0);
        let most = self.plot().most_issued();
        format!(
            "Tokens issued in each of the last 24 hours, between {} and {}",
            number(&least),
            number(&most)
        )
    }

    /// How many hours ago most were issued.
    fn busiest(&self) -> usize {
        let newest_first = self.hours.iter().rev().enumerate();
        newest_first.max_by_key(|(_, issued)| **issued).map_or(0, |(index, _)| index)
    }
}

page!(OverviewPage);
