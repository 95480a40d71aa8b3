//! Objects with an end that people are told of before it comes.

use claviger_contract::Timestamp;

use crate::log::audit_event::{AuditAction, TargetKind};

const DAY_SECONDS: i64 = 86_400;

/// The kinds of objects whose end is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EndingKind {
    ApiToken,
    ServiceCredential,
    SourceCredential,
}

impl EndingKind {
    pub const ALL: [Self; 3] = [Self::ApiToken, Self::ServiceCredential, Self::SourceCredential];

    pub const fn target(self) -> TargetKind {
        match self {
            Self::ApiToken => TargetKind::ApiToken,
            Self::ServiceCredential => TargetKind::ServiceCredential,
            Self::SourceCredential => TargetKind::SourceCredential,
        }
    }

    /// `None` for a kind that tells nothing then.
    pub const fn action(self, threshold: Threshold) -> Option<AuditAction> {
        match (self, threshold) {
            (Self::ServiceCredential, Threshold::Ended) => Some(AuditAction::ServiceCredentialExpired),
            (_, Threshold::Ended) => None,
            (Self::ApiToken, Threshold::Days(_)) => Some(AuditAction::ApiTokenExpiring),
            (Self::ServiceCredential, Threshold::Days(_)) => Some(AuditAction::ServiceCredentialExpiring),
            (Self::SourceCredential, Threshold::Days(_)) => Some(AuditAction::SourceCredentialExpiring),
        }
    }
}

/// What has been reached on the way to an end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Threshold {
    /// At most as many days are left.
    Days(u8),
    Ended,
}

impl Threshold {
    /// Before the end, in days.
    pub const DAYS: [u8; 4] = [30, 14, 7, 1];

    /// An end is told for this long after it came, so that a server that was down tells it too, and a new version does
    /// not tell of everything that ever ended.
    pub const TOLD_AFTER_END_SECONDS: i64 = 7 * DAY_SECONDS;

    /// The last one reached; `None` if it is too early or too late to tell anything. One that was reached from the
    /// beginning is no news: a token for five days is not about to end in a week.
    pub fn reached(created_at: Timestamp, ends_at: Timestamp, now: Timestamp) -> Option<Self> {
        let left = ends_at.epoch_seconds() - now.epoch_seconds();
        if left <= 0 {
            return (left >= -Self::TOLD_AFTER_END_SECONDS).then_some(Self::Ended);
        }
        let whole = ends_at.epoch_seconds() - created_at.epoch_seconds();
        let reached = Self::DAYS.into_iter().filter(|days| left <= i64::from(*days) * DAY_SECONDS);
        reached.min().filter(|days| whole > i64::from(*days) * DAY_SECONDS).map(Self::Days)
    }

    /// Ends from the first to the second time may have reached one.
    pub fn window(now: Timestamp) -> (Timestamp, Timestamp) {
        let [first, ..] = Self::DAYS;
        (now.plus_seconds(-Self::TOLD_AFTER_END_SECONDS), now.plus_seconds(i64::from(first) * DAY_SECONDS))
    }

    /// As it is stored: 0 for the end itself.
    pub const fn days(self) -> u8 {
        match self {
            Self::Days(days) => days,
            Self::Ended => 0,
        }
    }
}

/// An object with an end, as it is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ending {
    pub kind: EndingKind,
    pub id: String,
    pub name: String,
    pub created_at: Timestamp,
    pub ends_at: Timestamp,
}

/// What was told, once. An object with another end is told of anew.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    pub realm: claviger_contract::RealmLabel,
    pub kind: EndingKind,
    pub id: String,
    pub threshold: Threshold,
    pub ends_at: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_threshold_is_reached_in_its_time() {
        let day = |days: i64| Timestamp::from_epoch_seconds(1_800_000_000 + days * DAY_SECONDS);
        for (left, expected) in [
            (31, None),
            (30, Some(Threshold::Days(30))),
            (15, Some(Threshold::Days(30))),
            (14, Some(Threshold::Days(14))),
            (8, Some(Threshold::Days(14))),
            (7, Some(Threshold::Days(7))),
            (2, Some(Threshold::Days(7))),
            (1, Some(Threshold::Days(1))),
            (0, Some(Threshold::Ended)),
            (-7, Some(Threshold::Ended)),
            (-8, None),
        ] {
            let reached = Threshold::reached(day(0), day(100), day(100 - left));
            assert_eq!(reached, expected, "{left} days before");
            let (from, until) = Threshold::window(day(100 - left));
            assert!(reached.is_none() || (from <= day(100) && day(100) <= until), "{left} days before");
        }
        let second_before = day(70).plus_seconds(-1);
        assert_eq!(Threshold::reached(day(0), day(100), second_before), None);
    }

    #[test]
    fn threshold_that_was_reached_from_the_beginning_is_not_told() {
        let day = |days: i64| Timestamp::from_epoch_seconds(1_800_000_000 + days * DAY_SECONDS);
        let told = |life: i64| -> Vec<u8> {
            let mut told: Vec<u8> = (0..life)
                .filter_map(|now| Threshold::reached(day(0), day(life), day(now)))
                .map(Threshold::days)
                .collect();
            told.dedup();
            told
        };
        assert_eq!(told(90), [30, 14, 7, 1]);
        assert_eq!(told(30), [14, 7, 1]);
        assert_eq!(told(7), [1]);
        assert_eq!(told(5), [1]);
        assert_eq!(told(1), [0_u8; 0]);
    }

    #[test]
    fn the_end_itself_is_told_of_service_credentials_alone() {
        let told = EndingKind::ALL.map(|kind| kind.action(Threshold::Ended).map(AuditAction::as_str));
        assert_eq!(told, [None, Some("service_credential.expired"), None]);
        for kind in EndingKind::ALL {
            let expiring = kind.action(Threshold::Days(7)).expect("an action").as_str();
            assert_eq!(expiring, format!("{}.expiring", kind.target().as_str()));
        }
    }
}
