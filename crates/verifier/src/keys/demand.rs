//! When the keys are fetched: one flight, seldom, and not for every unknown `kid`. Pure: no IO, no clock.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

/// Minimum time between the starts of two fetches.
pub(crate) const MIN_INTERVAL: Duration = Duration::from_secs(30);

/// While no key is held there is nothing to protect.
const FIRST_INTERVAL: Duration = Duration::from_millis(500);

/// A fetch without any demand: what the issuer says a key set may be cached for at most.
const REFRESH: Duration = Duration::from_secs(300);

/// How long a `kid` that a fetch did not bring is refused without another one.
const MISSING_FOR: Duration = Duration::from_secs(60);

/// Maximum number of such `kid`s. A flood of others displaces them, and causes no more fetches for it.
const MAX_MISSING: usize = 1_024;

/// Maximum number of `kid`s that wait for a fetch.
const MAX_ASKED: usize = 1_024;

/// Keys that the feed has withdrawn. An issuer withdraws few.
const MAX_WITHDRAWN: usize = 1_024;

/// What is to be done about a `kid` that is not held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// A fetch has not brought it: it is none of the issuer's.
    Missing,
    /// The fetch that is under way, or begins now, will tell.
    InFlight,
    /// The next fetch may begin only after this time.
    After(Duration),
}

#[derive(Debug, Default)]
pub(crate) struct Demand {
    /// The last fetch that began.
    started: Option<Duration>,
    in_flight: bool,
    has_keys: bool,
    /// Asked for since the last fetch began, and before it.
    asked: Vec<String>,
    in_flight_for: Vec<String>,
    missing: HashMap<String, Duration>,
    /// In the order in which they were found missing.
    missing_order: VecDeque<String>,
    withdrawn: VecDeque<String>,
}

impl Demand {
    /// Notes a demand for this `kid`, unless it is known to be missing. All times are of the boot clock.
    pub(crate) fn want(&mut self, kid: &str, now: Duration) -> Wanted {
        if self.is_withdrawn(kid) || self.missing.get(kid).is_some_and(|until| now < *until) {
            return Wanted::Missing;
        }
        let is_asked = self.asked.iter().chain(&self.in_flight_for).any(|asked| asked == kid);
        if self.asked.len() < MAX_ASKED && !is_asked {
            self.asked.push(kid.to_owned());
        }
        let next = self.earliest();
        if self.in_flight || now >= next { Wanted::InFlight } else { Wanted::After(next - now) }
    }

    /// When the next fetch should begin.
    pub(crate) fn due(&self) -> Duration {
        if !self.has_keys || !self.asked.is_empty() {
            return self.earliest();
        }
        self.started.map_or(Duration::ZERO, |started| started + REFRESH)
    }

    /// Begins the fetch if it is due.
    pub(crate) fn begin(&mut self, now: Duration) -> bool {
        let begins = !self.in_flight && now >= self.due();
        if begins {
            self.in_flight = true;
            self.in_flight_for = std::mem::take(&mut self.asked);
            self.started = Some(now);
        }
        begins
    }

    /// `has` tells which keys the fetch brought; `None` if it failed, after which nothing is known to be missing.
    pub(crate) fn end(&mut self, has: Option<&dyn Fn(&str) -> bool>, now: Duration) {
        self.in_flight = false;
        let asked = std::mem::take(&mut self.in_flight_for);
        let Some(has) = has else { return };
        self.has_keys = true;
        // A key may have been published while the fetch was under way.
        self.asked.retain(|kid| !has(kid));
        for kid in asked.into_iter().filter(|kid| !has(kid)) {
            if self.missing.len() >= MAX_MISSING
                && let Some(oldest) = self.missing_order.pop_front()
            {
                self.missing.remove(&oldest);
            }
            if self.missing.insert(kid.clone(), now + MISSING_FOR).is_none() {
                self.missing_order.push_back(kid);
            }
        }
    }

    /// They are never taken again.
    pub(crate) fn withdraw(&mut self, kids: &[String]) {
        for kid in kids {
            if !self.is_withdrawn(kid) {
                self.withdrawn.push_back(kid.clone());
            }
            if self.withdrawn.len() > MAX_WITHDRAWN {
                self.withdrawn.pop_front();
            }
        }
    }

    pub(crate) fn is_withdrawn(&self, kid: &str) -> bool {
        self.withdrawn.iter().any(|withdrawn| withdrawn == kid)
    }

    /// Whether a fetch that is under way, or about to begin, will tell about this `kid`.
    pub(crate) fn is_awaiting(&self, kid: &str) -> bool {
        self.asked.iter().chain(&self.in_flight_for).any(|asked| asked == kid)
    }

    /// No key is left.
    pub(crate) fn lose_all(&mut self) {
        self.has_keys = false;
    }

    fn earliest(&self) -> Duration {
        let interval = if self.has_keys { MIN_INTERVAL } else { FIRST_INTERVAL };
        self.started.map_or(Duration::ZERO, |started| started + interval)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn at(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn fetched(demand: &mut Demand, now: Duration) {
        assert!(demand.begin(now));
        demand.end(Some(&|kid| kid == "known"), now);
    }

    #[test]
    fn unknown_kid_causes_one_fetch_and_is_then_missing_for_a_minute() {
        let mut demand = Demand::default();
        fetched(&mut demand, at(100));
        assert_eq!(demand.want("new", at(131)), Wanted::InFlight);
        assert!(demand.begin(at(131)));
        assert!(!demand.begin(at(131)), "one flight");
        assert_eq!(demand.want("new", at(132)), Wanted::InFlight);
        demand.end(Some(&|_| false), at(132));
        assert_eq!(demand.want("new", at(191)), Wanted::Missing);
        assert_eq!(demand.want("new", at(192)), Wanted::InFlight);
    }

    #[test]
    fn fetches_begin_at_least_30_seconds_apart_however_many_kids_are_asked_for() {
        let mut demand = Demand::default();
        fetched(&mut demand, at(100));
        let mut begun = Vec::new();
        for second in 101..=220 {
            for number in 0..50 {
                demand.want(&format!("{second}-{number}"), at(second));
            }
            if demand.begin(at(second)) {
                begun.push(second);
                demand.end(Some(&|_| false), at(second));
            }
        }
        assert_eq!(begun, [130, 160, 190, 220]);
        assert!(demand.missing.len() <= MAX_MISSING && demand.missing_order.len() == demand.missing.len());
        assert!(demand.asked.len() <= MAX_ASKED);
    }

    #[test]
    fn failed_fetch_makes_no_kid_missing() {
        let mut demand = Demand::default();
        fetched(&mut demand, at(100));
        demand.want("new", at(140));
        assert!(demand.begin(at(140)));
        demand.end(None, at(141));
        assert_eq!(demand.want("new", at(150)), Wanted::After(at(20)));
    }

    #[test]
    fn without_keys_a_fetch_is_tried_soon_again_and_with_keys_every_five_minutes() {
        let mut demand = Demand::default();
        assert!(demand.begin(at(1)));
        demand.end(None, at(1));
        assert_eq!(demand.due(), at(1) + FIRST_INTERVAL);
        fetched(&mut demand, at(2));
        assert_eq!(demand.due(), at(302));
    }

    #[test]
    fn withdrawn_key_stays_missing() {
        let mut demand = Demand::default();
        demand.withdraw(&["stolen".to_owned()]);
        assert_eq!(demand.want("stolen", at(1)), Wanted::Missing);
        assert!(demand.is_withdrawn("stolen"));
    }
}
