//! Usage of credentials: counted outside the snapshot, stored by the hour.

use claviger_contract::Timestamp;

use crate::client::Client;
use crate::ids::{Id, Is};

/// The kind of ids of what is used: a client, or an opaque token.
pub enum Used {}

pub type UsedId = Id<Used>;

impl Is<Used> for Client {}

/// Tokens of one credential for one audience within one hour.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UsageKey {
    /// A service credential, or a personal access token, for which only the last use is stored.
    pub id: UsedId,
    /// Empty if the requested audience is not one of the realm.
    pub audience: String,
    pub hour: Timestamp,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct UsageCount {
    pub issued: u64,
    pub refused: u64,
    /// `None` if every request was refused.
    pub last_used_at: Option<Timestamp>,
}

/// Counts since the previous batch.
pub type UsageBatch = Vec<(UsageKey, UsageCount)>;

const HOUR_SECONDS: i64 = 3_600;

/// Retention of the hourly counts.
pub const USAGE_KEPT_DAYS: i64 = 90;

impl UsageKey {
    pub fn new(id: UsedId, audience: String, now: Timestamp) -> Self {
        Self { id, audience, hour: Self::hour_of(now) }
    }

    /// The begin of the hour.
    pub fn hour_of(now: Timestamp) -> Timestamp {
        let seconds = now.epoch_seconds();
        Timestamp::from_epoch_seconds(seconds - seconds.rem_euclid(HOUR_SECONDS))
    }
}
