//! Lets a writer read its own write on every node: an answered change waits a moment for all nodes to apply it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use claviger_contract::Position;

use crate::snapshot::Snapshots;
use crate::store::Store;
use claviger_domain::{Clock, ServingMember};

/// Maximum time that an answered write waits for its own effect. A timeout does not make the write fail.
pub const READ_YOUR_WRITES: Duration = Duration::from_millis(500);

/// Pauses of 1, 2, 4 … 40 ms add up to 500 ms by then.
const MAX_POLLS: u32 = 16;

const GIVE_UP_MILLIS: u64 = 2_000;

#[derive(Default)]
pub struct Readers {
    /// In milliseconds since boot: until then writers do not wait for other nodes, because a recent wait timed out.
    in_vain_until: AtomicU64,
}

impl Readers {
    /// Waits for this node and every other one, up to a time limit.
    pub fn wait(&self, position: Position, store: &Store, snapshots: &Snapshots, clock: &dyn Clock) {
        let until = clock.since_boot() + READ_YOUR_WRITES;
        snapshots.wait_for(position, READ_YOUR_WRITES);
        if !store.is_shared() || millis(clock) < self.in_vain_until.load(Ordering::Relaxed) {
            return;
        }
        let mut pause = Duration::from_millis(1);
        // In tests the clock stands still, so the number of pauses is limited too.
        for _ in 0..MAX_POLLS {
            let all = |members: Vec<ServingMember>| members.iter().all(|member| member.applied >= position);
            if store.members().is_ok_and(all) {
                return;
            }
            if clock.since_boot() >= until {
                break;
            }
            #[expect(
                clippy::disallowed_methods,
                reason = "other servers record in the database what they have applied"
            )]
            std::thread::sleep(pause);
            pause = (pause * 2).min(Duration::from_millis(40));
        }
        self.in_vain_until.store(millis(clock) + GIVE_UP_MILLIS, Ordering::Relaxed);
    }
}

fn millis(clock: &dyn Clock) -> u64 {
    u64::try_from(clock.since_boot().as_millis()).unwrap_or(u64::MAX)
}
