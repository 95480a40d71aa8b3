//! The status of a credential or a token, one per row: the first that fits.

use claviger_contract::Timestamp;

use super::mark::{Mark, Tone};
use crate::text::{in_time, things};

/// Until then an end is not worth a warning.
pub const EXPIRING_SOON_DAYS: i64 = 14;
/// From then on a credential counts as unused.
pub const UNUSED_DAYS: i64 = 90;
/// A credential that is younger may still be being set up.
const NEVER_USED_DAYS: i64 = 7;

const DAY: i64 = 86_400;

/// What the status depends on.
#[derive(Clone, Debug)]
pub struct Lifecycle {
    pub created_at: Timestamp,
    /// `None`: never.
    pub expires_at: Option<Timestamp>,
    pub revoked_at: Option<Timestamp>,
    /// When a successor replaces it.
    pub overlap_ends_at: Option<Timestamp>,
    pub last_used_at: Option<Timestamp>,
}

impl Lifecycle {
    pub fn mark(&self, now: &Timestamp) -> Mark {
        let left = |end: Timestamp| end.epoch_seconds() - now.epoch_seconds();
        let gone = |since: Timestamp| (now.epoch_seconds() - since.epoch_seconds()) / DAY;
        if self.is_revoked() {
            return Mark::new(Tone::Off, "ban", "Revoked");
        }
        if self.is_expired(now) {
            return Mark::new(Tone::Off, "stop", "Expired");
        }
        if let Some(end) = self.overlap_ends_at {
            return Mark::new(Tone::Info, "renew", format!("Replaced {}", in_time(&end, now)));
        }
        if let Some(end) = self.expires_at.filter(|end| left(*end) <= EXPIRING_SOON_DAYS * DAY) {
            return Mark::new(Tone::Warn, "clock", format!("Expires {}", in_time(&end, now)));
        }
        match self.last_used_at {
            None if gone(self.created_at) > NEVER_USED_DAYS => Mark::new(Tone::Off, "dash", "Never used"),
            Some(used) if gone(used) >= UNUSED_DAYS => {
                let days = gone(used).unsigned_abs();
                Mark::new(Tone::Off, "dash", format!("Unused for {}", things(&days, "day", "days")))
            }
            _ if self.expires_at.is_none() => Mark::new(Tone::Ok, "ok", "Never expires"),
            _ => Mark::new(Tone::Ok, "ok", "Active"),
        }
    }

    pub const fn is_revoked(&self) -> bool {
        self.revoked_at.is_some()
    }

    pub fn is_expired(&self, now: &Timestamp) -> bool {
        self.expires_at.is_some_and(|end| end <= *now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().expect(text)
    }

    fn lifecycle(change: impl FnOnce(&mut Lifecycle)) -> Lifecycle {
        let mut lifecycle = Lifecycle {
            created_at: at("2026-06-01T00:00:00Z"),
            expires_at: Some(at("2027-05-01T00:00:00Z")),
            revoked_at: None,
            overlap_ends_at: None,
            last_used_at: Some(at("2026-11-28T18:00:00Z")),
        };
        change(&mut lifecycle);
        lifecycle
    }

    #[test]
    fn first_status_that_fits_is_shown() {
        let now = at("2026-11-28T18:40:12Z");
        let plain = lifecycle(|_| ());
        let expiring = lifecycle(|it| it.expires_at = Some(at("2026-12-05T09:00:00Z")));
        let replaced = Lifecycle { overlap_ends_at: Some(at("2026-11-30T00:00:00Z")), ..expiring.clone() };
        let expired = Lifecycle { expires_at: Some(now), ..replaced.clone() };
        let revoked = Lifecycle { revoked_at: Some(now), ..expired.clone() };
        let never = lifecycle(|it| it.expires_at = None);
        let unused = Lifecycle { last_used_at: Some(at("2026-08-26T18:40:12Z")), ..never.clone() };
        let untouched = Lifecycle { last_used_at: None, ..plain.clone() };
        let young = Lifecycle { created_at: at("2026-11-21T18:00:00Z"), ..untouched.clone() };
        for (lifecycle, tone, words) in [
            (revoked, Tone::Off, "Revoked"),
            (expired, Tone::Off, "Expired"),
            (replaced, Tone::Info, "Replaced in 1 day"),
            (expiring, Tone::Warn, "Expires in 6 days"),
            (untouched, Tone::Off, "Never used"),
            (unused, Tone::Off, "Unused for 94 days"),
            (never, Tone::Ok, "Never expires"),
            (young, Tone::Ok, "Active"),
            (plain, Tone::Ok, "Active"),
        ] {
            let mark = lifecycle.mark(&now);
            assert_eq!((mark.tone, mark.words.as_str()), (tone, words));
        }
    }
}
