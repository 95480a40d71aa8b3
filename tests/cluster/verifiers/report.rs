//! What a run of fault injection must have shown of verifiers.

use std::time::Duration;

use crate::chaos_report::spread;
use crate::injector::Injector;
use crate::restricting::{REVOKED_FOR_VERIFIERS_WITHIN, VERIFIERS_WAITED_FOR};
use crate::seen::Seen;
use crate::verifiers::faults::VERIFIER_FAULTS;
use crate::verifiers::processes::RECOVERS_WITHIN;

/// From the end of a fault until a verifier has a lease, if nothing else disturbed it: for all. Nine of ten are within
/// `RECOVERS_WITHIN`.
const HEALED_WITHIN: Duration = Duration::from_secs(6);

impl Injector<'_> {
    pub fn report_of_verifiers(&self, seen: &Seen) {
        let tally = &seen.of_verifiers;
        println!(
            "verifiers: {} races; violations: {}; {} of {} questions to healthy ones were accepted",
            tally.races,
            tally.violations.len(),
            tally.active,
            tally.asked
        );
        println!("revocations in their realms, confirmed: {}", spread(&seen.confirmed_with_verifier));
        println!("the same, waited out: {}", spread(&seen.waited_out_with_verifier));
        println!("of that from the commit on, by their receipts: {}", spread(&seen.waits_for_verifiers));
        let recoveries = self.verifier_recoveries.lock().expect("durations");
        for (kind, durations) in recoveries.iter() {
            println!("from healed to following, a verifier {kind}: {}", spread(durations));
        }
        let lapses: Vec<_> = tally.lapses.iter().take(20).collect();
        println!("questions to healthy verifiers that were not accepted, the first 20: {lapses:#?}");
        let episodes = self.episodes.lock().expect("numbers");
        for kind in VERIFIER_FAULTS {
            let kind = format!("a verifier {kind:?}");
            assert!(episodes.contains_key(&kind), "{kind} did not happen: {episodes:?}");
        }
        assert!(tally.races > 100, "only {} races against verifiers", tally.races);
        let slowest = seen.confirmed_with_verifier.iter().chain(&seen.waited_out_with_verifier).max();
        assert!(
            slowest.is_none_or(|slowest| *slowest <= REVOKED_FOR_VERIFIERS_WITHIN),
            "a healthy node took {slowest:?} to revoke"
        );
        let longest = seen.waits_for_verifiers.iter().max();
        assert!(
            longest.is_none_or(|longest| *longest <= VERIFIERS_WAITED_FOR),
            "a healthy node waited {longest:?} for verifiers"
        );
        let all: Vec<Duration> = recoveries.values().flatten().copied().collect();
        let slow = all.iter().filter(|took| **took > RECOVERS_WITHIN).count();
        assert!(
            slow <= (all.len() / 10).max(2),
            "{slow} of {} were slow to follow: {recoveries:?}",
            all.len()
        );
        let slowest = all.iter().max();
        assert!(slowest.is_none_or(|slowest| *slowest <= HEALED_WITHIN), "slow to follow: {recoveries:?}");
        assert!(tally.active > 0, "no verifier accepted anything");
        // One in a thousand, and the requests of one second, for which the whole machine may stall.
        let of_one_second = tally.asked / self.lasts.as_secs().max(1);
        let allowed = tally.asked / 1_000 + of_one_second.max(10);
        assert!(
            tally.asked - tally.active <= allowed,
            "only {} of {} were accepted: {lapses:#?}",
            tally.active,
            tally.asked
        );
    }
}
