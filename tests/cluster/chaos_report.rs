//! What a run of fault injection must have shown.

use std::time::Duration;

use crate::acts::ACTS;
use crate::checker::LostAnswers;
use crate::faults::{DATABASE_FAULTS, NODE_FAULTS};
use crate::injector::Injector;
use crate::restricting::REVOKED_WITHIN;
use crate::seen::Seen;

/// From the end of a fault until the node answers, if nothing else disturbed it: for nine of ten, or all but two of
/// few.
const USUALLY_HEALED_WITHIN: Duration = Duration::from_millis(1_500);

/// The same for all: a connection attempt that began during the cut ends 3 s later (`connect_timeout`), and the next
/// one succeeds.
const HEALED_WITHIN: Duration = Duration::from_millis(3_000 + 1_500);

impl Injector<'_> {
    pub fn report(&self, seen: &Seen, seed: u64) {
        let tally = &seen.tally;
        let episodes = self.episodes.lock().expect("numbers");
        println!(
            "{} races, {} violations; {} of {} questions to healthy nodes answered active; {} fault episodes: {episodes:?}, \
             {} sessions ended in the middle of a change",
            tally.races + seen.of_verifiers.races,
            tally.violations.len() + seen.of_verifiers.violations.len(),
            tally.active,
            tally.asked,
            episodes.values().sum::<u32>(),
            self.torn.lock().expect("a number"),
        );
        println!("revocations at nodes that were well, confirmed: {}", spread(&seen.confirmed));
        println!("the same, waited out: {}", spread(&seen.waited_out));
        println!(
            "at nodes in trouble, or after some that were: {}; without any answer: {}",
            spread(&seen.repeated),
            seen.unanswered
        );
        for act in ACTS {
            let LostAnswers { answered, lost } = seen.acts.get(&act).copied().unwrap_or_default();
            println!("{act:?}: answered {answered} times, {lost} of them after a lost answer");
        }
        for (kind, durations) in self.recoveries.lock().expect("durations").iter() {
            println!("from healed to ready, {kind}: {}", spread(durations));
        }
        let lapses: Vec<_> = tally.lapses.iter().take(20).collect();
        println!("questions to healthy nodes that were not answered active, the first 20: {lapses:#?}");
        let violations: Vec<_> = tally.violations.iter().chain(&seen.of_verifiers.violations).collect();
        assert!(violations.is_empty(), "CHAOS_SEED={seed}: {violations:#?}");
        let kinds = NODE_FAULTS.map(|kind| format!("{kind:?}")).into_iter();
        for kind in kinds.chain(DATABASE_FAULTS.map(|kind| format!("{kind:?}"))) {
            assert!(episodes.contains_key(&kind), "{kind} did not happen: {episodes:?}");
        }
        for act in ACTS {
            assert!(seen.acts.contains_key(&act), "{act:?} was never answered, also after the faults");
        }
        assert!(tally.races > 1_000, "only {} races", tally.races);
        let slowest = seen.confirmed.iter().chain(&seen.waited_out).max();
        assert!(
            slowest.is_none_or(|slowest| *slowest <= REVOKED_WITHIN),
            "a healthy node took {slowest:?} to revoke"
        );
        let recoveries = self.recoveries.lock().expect("durations");
        let all: Vec<Duration> = recoveries.values().flatten().copied().collect();
        let slow = all.iter().filter(|took| **took > USUALLY_HEALED_WITHIN).count();
        let slowest = all.iter().max();
        assert!(slow <= (all.len() / 10).max(2), "{slow} of {} were slow to heal: {recoveries:?}", all.len());
        assert!(slowest.is_none_or(|slowest| *slowest <= HEALED_WITHIN), "slow to heal: {recoveries:?}");
        // One in a thousand, and the requests of one second, for which the whole machine may stall.
        let seconds = self.lasts.as_secs().max(1);
        let allowed = tally.asked / 1_000 + tally.asked / seconds;
        assert!(
            tally.asked - tally.active <= allowed,
            "only {} of {} were answered active: {lapses:#?}",
            tally.active,
            tally.asked
        );
    }
}

fn percentile(durations: &[Duration], share: usize) -> Duration {
    let mut sorted = durations.to_vec();
    sorted.sort_unstable();
    sorted[(sorted.len() - 1) * share / 100]
}

/// The count, and the usual percentiles.
pub fn spread(durations: &[Duration]) -> String {
    let at = |share| percentile(durations, share);
    match durations.len() {
        0 => "none".to_owned(),
        count => format!("{count}, p50 {:?}, p99 {:?}, max {:?}", at(50), at(99), at(100)),
    }
}
