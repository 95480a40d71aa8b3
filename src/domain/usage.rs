//! How much a credential is used: counted beside the snapshot, kept by the hour.

use claviger_contract::Timestamp;
use uuid::Uuid;

/// Tokens of one credential for one audience within one hour.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UsageKey {
    /// A service credential, or a personal access token, of which no more is kept than when it was last used.
    pub id: Uuid,
    /// Empty where what was asked for is no audience of the realm.
    pub audience: String,
    pub hour: Timestamp,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct UsageCount {
    pub issued: u64,
    pub refused: u64,
    /// `None` where everything was refused.
    pub last_used_at: Option<Timestamp>,
}

/// What was counted since it was asked for before.
pub type UsageBatch = Vec<(UsageKey, UsageCount)>;

const HOUR_SECONDS: i64 = 3_600;

/// For how long the hours are kept.
pub const USAGE_KEPT_DAYS: i64 = 90;

impl UsageKey {
    pub fn new(id: Uuid, audience: String, now: Timestamp) -> Self {
        let seconds = now.epoch_seconds();
        let hour = Timestamp::from_epoch_seconds(seconds - seconds.rem_euclid(HOUR_SECONDS));
        Self { id, audience, hour }
    }
}
