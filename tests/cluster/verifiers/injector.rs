//! Injects faults into verifiers, and waits until they have recovered.

use std::thread;
use std::time::{Duration, Instant};

use rustix::process::Signal;

use crate::faults::{Episode, Lane};
use crate::injector::{GRACE, Injector, LONGER_THAN_A_LEASE};
use crate::nodes::PATIENCE;
use crate::verifiers::balancer::Mode;
use crate::verifiers::faults::VerifierFault;
use crate::verifiers::processes::Follower;

/// How late a first answer is: longer than a lease and less than a verifier waits for it.
const LATE_BY: (Duration, Duration) = (Duration::from_secs(5), Duration::from_secs(8));

/// A load balancer leads away from a node through which nothing comes.
const HOPS_AFTER: Duration = Duration::from_secs(3);

impl Injector<'_> {
    pub fn of_verifier(&self, follower: &Follower<'_>, lane: Lane<VerifierFault>) {
        for episode in lane {
            if !self.pause(episode.pause) {
                return;
            }
            let window = follower.open_window();
            let healed = self.befall_verifier(follower, &episode);
            self.wait_until_it_follows(follower, healed, &episode);
            follower.close_window(window, Instant::now() + GRACE);
            self.count(&format!("a verifier {:?}", episode.kind));
        }
    }

    /// Returns when the fault has ended.
    fn befall_verifier(&self, follower: &Follower<'_>, episode: &Episode<VerifierFault>) -> Instant {
        let (balancer, realm) = (self.verifiers.balancer, &*follower.tenant.label);
        match episode.kind {
            VerifierFault::Silenced => balancer.set(realm, Mode::Silent),
            VerifierFault::Cut => balancer.set(realm, Mode::Cut),
            VerifierFault::Stopped => follower.signal(Signal::STOP),
            VerifierFault::Killed => follower.kill(),
            VerifierFault::Hopped => {
                balancer.hop(realm);
                return Instant::now();
            }
            VerifierFault::AnsweredLate => {
                follower.kill();
                balancer.set(realm, Mode::FirstAnswersLate);
                follower.start();
                thread::sleep(episode.lasts.clamp(LATE_BY.0, LATE_BY.1));
                balancer.set(realm, Mode::Silent);
                thread::sleep(LONGER_THAN_A_LEASE);
            }
        }
        if episode.kind != VerifierFault::AnsweredLate {
            thread::sleep(episode.lasts);
        }
        let healed = Instant::now();
        match episode.kind {
            VerifierFault::Stopped => follower.signal(Signal::CONT),
            VerifierFault::Killed => follower.start(),
            _ => balancer.set(realm, Mode::Open),
        }
        healed
    }

    fn wait_until_it_follows(
        &self,
        follower: &Follower<'_>,
        healed: Instant,
        episode: &Episode<VerifierFault>,
    ) {
        let realm = &*follower.tenant.label;
        let mut hopped = healed;
        while !follower.is_ready() {
            assert!(!follower.has_ended(), "the verifier of {realm} has ended: {}", follower.log());
            let since = self.latest_heal().map_or(healed, |latest| latest.max(healed));
            assert!(
                self.is_database_in_trouble() || since.elapsed() < PATIENCE,
                "the verifier of {realm} does not come back: {:?}",
                follower.status()
            );
            if hopped.elapsed() > HOPS_AFTER {
                self.verifiers.balancer.hop(realm);
                hopped = Instant::now();
            }
            thread::sleep(Duration::from_millis(10));
        }
        let took = healed.elapsed();
        let windows = self.windows.lock().expect("windows").clone();
        let node = self.verifiers.balancer.stays(realm).last().map(|stay| stay.node);
        let is_disturbed = windows.iter().any(|window| {
            (window.node.is_none() || window.node == node) && window.overlaps(healed, healed + took)
        });
        if hopped == healed && !is_disturbed {
            let mut recoveries = self.verifier_recoveries.lock().expect("durations");
            recoveries.entry(format!("{:?}", episode.kind)).or_default().push(took);
        }
    }
}
