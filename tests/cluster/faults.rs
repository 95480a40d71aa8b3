//! Which faults occur, and when: drawn from a seed before the run, so that a run can be repeated.

use std::time::Duration;

use claviger_testkit::randomness::SeededRandomness;

/// A fault of one node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum NodeFault {
    /// Nothing arrives between it and the database, and nothing fails.
    Silenced,
    /// Its connections to the database are reset, and it gets no new ones.
    Cut,
    /// Data between it and the database arrives late.
    Slowed,
    /// First as `Slowed`, then as `Silenced`: the last data that it received is older than it appears.
    Worsened,
    /// SIGSTOP, then SIGCONT.
    Stopped,
    /// SIGKILL, then a new process.
    Killed,
    /// SIGTERM, then a new process.
    Left,
    /// Its wall clock jumps days ahead, and back.
    ClockAhead,
    /// Its wall clock jumps hours back, and then to the correct time.
    ClockBehind,
}

impl NodeFault {
    /// Offset of the node's wall clock, in seconds.
    pub fn clock_offset(self) -> Option<i64> {
        match self {
            Self::ClockAhead => Some(100 * 86_400),
            Self::ClockBehind => Some(-5 * 3_600),
            _ => None,
        }
    }
}

/// A fault of the database, and so of all nodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum DatabaseFault {
    /// Shut down as by an operator, then started.
    Restarted,
    /// Stopped as by a power failure, then started.
    Crashed,
    /// Sessions are terminated while they commit.
    CommitsTorn,
}

pub const NODE_FAULTS: [NodeFault; 9] = [
    NodeFault::Silenced,
    NodeFault::Cut,
    NodeFault::Slowed,
    NodeFault::Worsened,
    NodeFault::Stopped,
    NodeFault::Killed,
    NodeFault::Left,
    NodeFault::ClockAhead,
    NodeFault::ClockBehind,
];

pub const DATABASE_FAULTS: [DatabaseFault; 3] =
    [DatabaseFault::Restarted, DatabaseFault::Crashed, DatabaseFault::CommitsTorn];

#[derive(Clone, Copy, Debug)]
pub struct Episode<K> {
    pub kind: K,
    /// The affected node; if it already has a fault, the next one without.
    pub node: usize,
    /// Time without this lane's faults before it.
    pub pause: Duration,
    pub lasts: Duration,
    /// Delay of data, for kinds that delay it.
    pub delay: Duration,
}

/// Consecutive episodes. Several lanes run concurrently, so that faults overlap.
pub struct Lane<K> {
    randomness: SeededRandomness,
    kinds: Vec<K>,
    /// Kinds that are still to come before any occurs again.
    left: Vec<K>,
    longest: Duration,
    pauses: (Duration, Duration),
}

impl<K: Copy> Lane<K> {
    /// Faults of up to `longest`, with pauses between these two durations.
    pub fn new(seed: u64, kinds: &[K], longest: Duration, pauses: (Duration, Duration)) -> Self {
        let randomness = SeededRandomness::new(seed);
        Self { randomness, kinds: kinds.to_vec(), left: Vec::new(), longest, pauses }
    }

    /// Log-uniform: both fractions of a second and several leases matter.
    fn duration(&self, shortest: Duration, longest: Duration) -> Duration {
        let share = self.randomness.below(1_001) as f64 / 1_000.0;
        let ratio = longest.as_secs_f64().max(shortest.as_secs_f64()) / shortest.as_secs_f64();
        shortest.mul_f64(ratio.powf(share))
    }
}

impl<K: Copy> Iterator for Lane<K> {
    type Item = Episode<K>;

    fn next(&mut self) -> Option<Episode<K>> {
        if self.left.is_empty() {
            self.left = self.kinds.clone();
        }
        let at = usize::try_from(self.randomness.below(self.left.len() as u64)).expect("an index");
        Some(Episode {
            kind: self.left.swap_remove(at),
            node: usize::try_from(self.randomness.below(3)).expect("an index"),
            pause: self.duration(self.pauses.0, self.pauses.1),
            lasts: self.duration(Duration::from_millis(300), self.longest),
            delay: self.duration(Duration::from_millis(5), Duration::from_millis(2_500)),
        })
    }
}

#[test]
fn seed_determines_faults_and_no_kind_repeats_within_a_cycle() {
    let pauses = (Duration::from_millis(100), Duration::from_secs(1));
    let lane = |seed| Lane::new(seed, &NODE_FAULTS, Duration::from_secs(8), pauses).take(72);
    let text = |seed| lane(seed).map(|episode| format!("{episode:?}")).collect::<Vec<_>>();
    assert_eq!(text(7), text(7));
    assert_ne!(text(7), text(8));
    for some in lane(9).take(63).collect::<Vec<_>>().chunks(NODE_FAULTS.len()) {
        let mut kinds: Vec<NodeFault> = some.iter().map(|episode| episode.kind).collect();
        kinds.sort_unstable();
        assert_eq!(kinds, NODE_FAULTS);
    }
    assert!(lane(9).all(|episode| episode.lasts <= Duration::from_secs(8)));
}
