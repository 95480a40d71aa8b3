//! One act, requested until there is an answer.

use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

use crate::acts::{Act, Restriction, Subject};
use crate::checker::{Revocation, Window};
use crate::line::Line;
use crate::nodes::Cluster;
use crate::seen::Seen;
use crate::verifiers::Follower;
use claviger_testkit::http::Response;

/// Upper bound for a revocation while the database is reachable: waiting out a lease (3.1 s), and a commit that waits
/// while the sessions of both other nodes, slow or torn, hold the head of the log one after the other (3 s each). The
/// rest is for the request itself on a busy machine.
pub const REVOKED_WITHIN: Duration = Duration::from_millis(3_100 + 2 * 3_000 + 500);

/// The wait itself: both leases, whose clocks may differ by 1 %, 50 ms, and the look at the database on a busy machine.
pub const VERIFIERS_WAITED_FOR: Duration = Duration::from_millis(6_060 + 50 + 500);

/// The same upper bound in a realm with a verifier, whose lease is waited out too.
pub const REVOKED_FOR_VERIFIERS_WITHIN: Duration =
    REVOKED_WITHIN.saturating_add(Duration::from_millis(3_030));

/// How much longer than the promise allows a client waits, so that a later answer is recorded.
const PATIENCE_BEYOND: Duration = Duration::from_secs(2);

const ATTEMPTS: usize = 4;

/// One act, requested until there is an answer.
pub struct Restricting<'a> {
    pub cluster: &'a Cluster,
    pub act: Act,
    pub subject: &'a Subject,
    pub windows: &'a Mutex<Vec<Window>>,
    pub first: usize,
    /// How long the client waits for its first attempt.
    pub impatience: Option<Duration>,
    pub follower: Option<&'a Follower<'a>>,
}

impl Restricting<'_> {
    /// A client without an answer repeats the request, half of the time at another node, as behind a load balancer.
    pub fn until_answered(&self, lines: &mut [Line], seen: &mut Seen) -> Revocation {
        let invoked = Instant::now();
        for attempt in 0..=ATTEMPTS {
            let promised = self.follower.map_or(REVOKED_WITHIN, |_| REVOKED_FOR_VERIFIERS_WITHIN);
            let patience = self.impatience.filter(|_| attempt == 0).unwrap_or(promised + PATIENCE_BEYOND);
            let node = (self.first + attempt / 2) % lines.len();
            let answer = self.ask(&mut lines[node], patience);
            let returned = Instant::now();
            let first = attempt == 0 && self.impatience.is_none();
            let windows = self.windows.lock().expect("the windows").clone();
            let healthy =
                first && !windows.iter().any(|window| self.depends_on(window, node, invoked, returned));
            if let Some(outcome) = answer {
                let took = returned - invoked;
                match (outcome, self.follower.is_some()) {
                    _ if !healthy => seen.repeated.push(took),
                    (Outcome::WaitedOut(_), false) => seen.waited_out.push(took),
                    (Outcome::Confirmed, false) => seen.confirmed.push(took),
                    (Outcome::Confirmed, true) => seen.confirmed_with_verifier.push(took),
                    (Outcome::WaitedOut(waited), true) => {
                        seen.waited_out_with_verifier.push(took);
                        seen.waits_for_verifiers.push(waited);
                    }
                }
                let acts = seen.acts.entry(self.act).or_default();
                acts.answered += 1;
                acts.lost += u64::from(attempt > 0);
                return Revocation { invoked, returned: Some(returned) };
            }
            if healthy {
                seen.tally.violations.push(format!(
                    "node {node} was healthy and did not answer in {:?}: {:?}",
                    returned - invoked,
                    self.act
                ));
            }
            if attempt > 0 || self.impatience.is_none() {
                thread::sleep(Duration::from_millis(100));
            }
        }
        seen.unanswered += 1;
        Revocation { invoked, returned: None }
    }

    /// A command is sent to no node. It needs the database, which a slow node may keep busy, and waits for every node.
    fn depends_on(&self, window: &Window, node: usize, invoked: Instant, returned: Instant) -> bool {
        match self.subject.restriction {
            Restriction::Request(_) => window.touches(node, invoked, returned),
            Restriction::Command(_) => window.overlaps(invoked, returned),
        }
    }

    fn ask(&self, line: &mut Line, patience: Duration) -> Option<Outcome> {
        let request = match &self.subject.restriction {
            Restriction::Request(request) => request,
            Restriction::Command(arguments) => {
                let done = self.cluster.operator_within(arguments, patience);
                return done.filter(|done| *done).map(|_| Outcome::Confirmed);
            }
        };
        self.outcome(&line.ask(request, patience)?)
    }

    fn outcome(&self, answer: &Response) -> Option<Outcome> {
        match answer.status {
            200 | 201 => {
                let object = answer.json();
                // In answers to a PATCH and to a creation the receipt is a member; otherwise it is the answer itself.
                let receipt = object.get("receipt").unwrap_or(&object);
                match receipt["outcome"].as_str() {
                    Some("waited_out") => {
                        let waited = receipt["took_ms"].as_u64().expect("a number");
                        Some(Outcome::WaitedOut(Duration::from_millis(waited)))
                    }
                    Some("confirmed") => Some(Outcome::Confirmed),
                    // RFC 7009 defines no answer for a token that is already revoked.
                    None if self.act == Act::TokenRevoked => Some(Outcome::Confirmed),
                    None if object.get("receipt").is_some() => Some(Outcome::Confirmed),
                    other => panic!("{:?}: an outcome {other:?} in {object}", self.act),
                }
            }
            // The attempt whose answer was lost made the renewal.
            409 if self.act == Act::CredentialRenewed => Some(Outcome::Confirmed),
            408 | 503 => None,
            // From a node that has not applied a creation: of the object, of the client, or of the owner's newest
            // token.
            401 | 404 => None,
            status => panic!("{:?} answered {status}: {}", self.act, answer.text()),
        }
    }
}

#[derive(Clone, Copy)]
enum Outcome {
    Confirmed,
    /// How long it took from the commit.
    WaitedOut(Duration),
}
