//! How long a server may respond from its snapshot. Pure.

use std::time::Duration;

use claviger_contract::Position;

use crate::cluster::mutants;

/// How long a server may respond from its snapshot, counted from before its request to the database.
pub const LEASE: Duration = Duration::from_secs(3);

/// Another machine's lease measured by this one's clock: rates differ by at most 1 %, plus slack for scheduling.
pub fn longest_wait(lease: Duration) -> Duration {
    lease + lease / 100 + Duration::from_millis(50)
}

/// Well before expiry, on average.
pub const RENEW_EVERY: Duration = Duration::from_millis(750);

/// Renewal times with a jitter of one fifth, so that nodes started together do not stay synchronized.
#[derive(Clone, Copy, Debug)]
pub struct Pace(u64);

impl Pace {
    /// Every incarnation has its own sequence.
    pub fn of(incarnation: &str) -> Self {
        // FNV-1a. Zero must be avoided, because xorshift would keep it.
        let mix = |number: u64, byte: u8| (number ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        Self(incarnation.bytes().fold(0xcbf2_9ce4_8422_2325, mix) | 1)
    }

    pub fn take_next(&mut self) -> Duration {
        // xorshift
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        let percent = u32::try_from(self.0 % 41).unwrap_or(20);
        RENEW_EVERY * (80 + percent) / 100
    }
}

/// How long a snapshot is valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Lease {
    /// On this machine's boot clock.
    Until(Duration),
    /// Not valid now: neither active nor inactive can be reported.
    None,
}

impl Lease {
    /// Whether an answer computed under this lease may be returned at `now`.
    pub fn holds(self, now: Duration) -> bool {
        match self {
            Self::Until(end) => now < end || mutants::CLOCK_THAT_STOPS,
            Self::None => false,
        }
    }
}

/// A server's knowledge of its own renewals under one incarnation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Tenure(Option<Renewal>);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Renewal {
    asked_at: Duration,
    head: Position,
}

impl Tenure {
    /// The database acknowledged a renewal requested at `asked_at`, a time before anything was sent. `head` was read
    /// after it, in the same transaction.
    #[must_use]
    pub fn renewed(asked_at: Duration, head: Position) -> Self {
        Self(Some(Renewal { asked_at, head }))
    }

    /// No request can have been served under it.
    pub fn is_new(&self) -> bool {
        self.0.is_none()
    }

    /// Request time of the last renewal: before anything was sent.
    pub fn asked_at(&self) -> Option<Duration> {
        self.0.map(|renewal| renewal.asked_at)
    }

    pub fn is_due(&self, now: Duration, every: Duration) -> bool {
        self.0.is_none_or(|renewal| now >= renewal.asked_at + every)
    }

    /// The lease of a snapshot at `applied`: none until it includes everything committed at the time of the renewal.
    pub fn lease(&self, applied: Position) -> Lease {
        match self.0 {
            Some(renewal) if applied >= renewal.head => Lease::Until(renewal.asked_at + LEASE),
            _ => Lease::None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lease_counts_from_before_it_was_asked_for_and_only_for_who_has_applied_what_was_there() {
        let seconds = Duration::from_secs;
        let tenure = Tenure::renewed(seconds(10), Position::new(7));
        assert_eq!(tenure.lease(Position::new(6)), Lease::None);
        assert_eq!(tenure.lease(Position::new(7)), Lease::Until(seconds(13)));
        assert_eq!(tenure.lease(Position::new(8)), Lease::Until(seconds(13)));
        assert!(Lease::Until(seconds(13)).holds(Duration::from_millis(12_999)));
        assert!(!Lease::Until(seconds(13)).holds(seconds(13)));
        assert!(!Lease::None.holds(seconds(0)));
        assert_eq!(Tenure::default().lease(Position::new(9)), Lease::None);
    }

    #[test]
    fn renewals_keep_their_own_time_around_the_same_average() {
        let (mut one, mut other) = (Pace::of("aa-0"), Pace::of("ab-0"));
        let mut take = || (one.take_next(), other.take_next());
        let taken: Vec<_> = (0..1_000).map(|_| take()).collect();
        assert!(taken.iter().all(|(one, _)| (600..=900).contains(&one.as_millis())));
        assert!(taken.iter().filter(|(one, other)| one == other).count() < 100);
        let average = taken.iter().map(|(one, _)| one.as_millis()).sum::<u128>() / 1_000;
        assert!((740..760).contains(&average), "{average}");
    }

    #[test]
    fn renewal_is_due_at_once_and_then_in_time() {
        let at = Duration::from_millis;
        assert!(Tenure::default().is_due(at(0), RENEW_EVERY));
        let tenure = Tenure::renewed(at(1_000), Position::ZERO);
        assert!(!tenure.is_due(at(1_749), RENEW_EVERY) && tenure.is_due(at(1_750), RENEW_EVERY));
    }
}
