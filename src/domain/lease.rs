//! Until when a server may answer from what it has read. Pure.

use std::time::Duration;

use claviger_contract::Position;

use super::mutants;

/// For how long a server may answer from what it has read, counted from before it asked.
pub const LEASE: Duration = Duration::from_secs(3);

/// Well before it is over, on the average.
pub const RENEW_EVERY: Duration = Duration::from_millis(750);

/// When to renew: a fifth sooner or later each time, so that nodes that were started together do not ask together for ever.
#[derive(Clone, Copy, Debug)]
pub struct Pace(u64);

impl Pace {
    /// Every incarnation has its own.
    pub fn of(incarnation: &str) -> Self {
        // FNV-1a: any text gives a number other than zero, which would stay.
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

/// For how long a snapshot may be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Lease {
    /// Nobody else can write: the lock on the data folder is the lease.
    Forever,
    /// On this machine's boot clock.
    Until(Duration),
    /// Not now: neither active nor inactive can be said.
    None,
}

impl Lease {
    /// Whether an answer that was made under it may be given at `now`.
    pub fn holds(self, now: Duration) -> bool {
        match self {
            Self::Forever => true,
            Self::Until(end) => now < end || mutants::CLOCK_THAT_STOPS,
            Self::None => false,
        }
    }
}

/// What one server knows of its own renewals under one incarnation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Tenure(Option<Renewal>);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Renewal {
    asked_at: Duration,
    head: Position,
}

impl Tenure {
    /// The database has acknowledged a renewal that was asked for at `asked_at`, a time before anything was sent; `head` was
    /// read after it, in its transaction.
    #[must_use]
    pub fn renewed(asked_at: Duration, head: Position) -> Self {
        Self(Some(Renewal { asked_at, head }))
    }

    /// Nothing can have been answered under it.
    pub fn is_new(&self) -> bool {
        self.0.is_none()
    }

    /// Of the last renewal: a time before anything was sent.
    pub fn asked_at(&self) -> Option<Duration> {
        self.0.map(|renewal| renewal.asked_at)
    }

    pub fn is_due(&self, now: Duration, every: Duration) -> bool {
        self.0.is_none_or(|renewal| now >= renewal.asked_at + every)
    }

    /// Of a snapshot that has applied the log up to `applied`: none before it has all that was committed when it was asked.
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
        assert!(!Lease::None.holds(seconds(0)) && Lease::Forever.holds(seconds(1_000_000)));
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
