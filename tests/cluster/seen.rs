//! What the clients of a run of fault injection have seen.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::acts::Act;
use crate::checker::{LostAnswers, Tally};

/// Observations of a group of clients.
#[derive(Default)]
pub struct Seen {
    pub tally: Tally,
    /// Durations of acts at nodes that were healthy all the time.
    pub confirmed: Vec<Duration>,
    pub waited_out: Vec<Duration>,
    /// The answers of verifiers.
    pub of_verifiers: Tally,
    /// As `confirmed` and `waited_out`, in realms with a verifier.
    pub confirmed_with_verifier: Vec<Duration>,
    pub waited_out_with_verifier: Vec<Duration>,
    /// How long those took from the commit, as their receipts say.
    pub waits_for_verifiers: Vec<Duration>,
    /// Durations at nodes under a fault, or after a first answer was lost.
    pub repeated: Vec<Duration>,
    pub unanswered: u64,
    /// How often each kind of act was answered, and how often its first answer was lost before that.
    pub acts: BTreeMap<Act, LostAnswers>,
}

impl Seen {
    pub fn add(&mut self, other: Self) {
        self.tally.add(other.tally);
        self.confirmed.extend(other.confirmed);
        self.waited_out.extend(other.waited_out);
        self.of_verifiers.add(other.of_verifiers);
        self.confirmed_with_verifier.extend(other.confirmed_with_verifier);
        self.waited_out_with_verifier.extend(other.waited_out_with_verifier);
        self.waits_for_verifiers.extend(other.waits_for_verifiers);
        self.repeated.extend(other.repeated);
        self.unanswered += other.unanswered;
        for (act, LostAnswers { answered, lost }) in other.acts {
            let own = self.acts.entry(act).or_default();
            own.answered += answered;
            own.lost += lost;
        }
    }
}
