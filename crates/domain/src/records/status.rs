//! Whether a credential or an opaque token counts at a time: one rule for all of them.

use claviger_contract::Timestamp;
use serde::{Deserialize, Serialize};

/// As the API shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    Active,
    Expired,
    Revoked,
}

impl Status {
    pub const NAMES: &'static [&'static str] =
        &[Self::Active.as_str(), Self::Expired.as_str(), Self::Revoked.as_str()];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
        }
    }
}

/// The facts that the rule needs.
#[derive(Clone, Copy, Debug)]
pub struct Term {
    pub is_revoked: bool,
    /// From this second on it no longer counts. `None`: it never expires.
    pub ends_at: Option<Timestamp>,
}

/// The end of the validity, or of the overlap with a successor, whichever is earlier.
pub fn first_end(expires_at: Option<Timestamp>, overlap_ends_at: Option<Timestamp>) -> Option<Timestamp> {
    expires_at.into_iter().chain(overlap_ends_at).min()
}

impl Term {
    /// What was revoked stays revoked when its time ends.
    pub fn status(self, now: Timestamp) -> Status {
        match self.ends_at {
            _ if self.is_revoked => Status::Revoked,
            Some(end) if now >= end => Status::Expired,
            _ => Status::Active,
        }
    }

    pub fn is_live(self, now: Timestamp) -> bool {
        self.status(now) == Status::Active
    }

    /// Of a token that a later cut of its realm revokes. Its end is shown first, because it would have ended anyway.
    pub fn status_after_cut(self, is_cut: bool, now: Timestamp) -> Status {
        match self.status(now) {
            Status::Active if is_cut => Status::Revoked,
            status => status,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn end_is_exclusive_and_a_revocation_is_final() {
        let (end, before) = (Timestamp::from_epoch_seconds(100), Timestamp::from_epoch_seconds(99));
        let status = |is_revoked, ends_at, now| Term { is_revoked, ends_at }.status(now);
        let table = [
            (false, None, end, Status::Active),
            (false, Some(end), before, Status::Active),
            (false, Some(end), end, Status::Expired),
            (true, None, end, Status::Revoked),
            (true, Some(end), before, Status::Revoked),
            (true, Some(end), end, Status::Revoked),
        ];
        for (is_revoked, ends_at, now, expected) in table {
            assert_eq!(status(is_revoked, ends_at, now), expected, "{is_revoked} {ends_at:?} {now}");
        }
        let live = Term { is_revoked: false, ends_at: Some(end) };
        assert_eq!(live.status_after_cut(true, before), Status::Revoked);
        assert_eq!(live.status_after_cut(true, end), Status::Expired);
        assert_eq!(live.status_after_cut(false, before), Status::Active);
    }
}
