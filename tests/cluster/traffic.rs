//! Clients that use an object at every node, lose it by an act of any kind, and keep trying.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::acts::{Act, Maker, Probe, Restriction, Subject};
use crate::checker::{Answer, LostAnswers, Revocation, Tally, Verdict, Window, Wire};
use crate::deck::Deck;
use crate::line::Line;
use crate::nodes::Cluster;
use crate::tenant::Tenant;
use claviger_testkit::http::{Request, Response};
use claviger_testkit::patience::StopAtEnd;
use claviger_testkit::randomness::SeededRandomness;

pub const SOON: Duration = Duration::from_secs(2);

/// Upper bound for a revocation while the database is reachable: waiting out a lease (3.1 s), and a commit that waits
/// while the sessions of both other nodes, slow or torn, hold the head of the log one after the other (3 s each). The
/// rest is for the request itself on a busy machine.
pub const REVOKED_WITHIN: Duration = Duration::from_millis(3_100 + 2 * 3_000 + 500);

/// Longer than the promise allows, so that a later answer is recorded.
const PATIENCE: Duration = REVOKED_WITHIN.saturating_add(Duration::from_secs(2));

/// How long the probes continue after the act has returned.
const RACED_FOR: Duration = Duration::from_millis(500);

const ATTEMPTS: usize = 4;

/// Longer than consecutive faults last.
const UNDONE_WITHIN: Duration = Duration::from_secs(180);

/// Observations of a group of clients.
#[derive(Default)]
pub struct Seen {
    pub tally: Tally,
    /// Durations of acts at nodes that were healthy all the time.
    pub confirmed: Vec<Duration>,
    pub waited_out: Vec<Duration>,
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
        self.repeated.extend(other.repeated);
        self.unanswered += other.unanswered;
        for (act, LostAnswers { answered, lost }) in other.acts {
            let own = self.acts.entry(act).or_default();
            own.answered += answered;
            own.lost += lost;
        }
    }
}

pub fn run(
    cluster: &Cluster,
    tenant: &Tenant<'_>,
    seed: u64,
    deck: &Deck,
    windows: &Mutex<Vec<Window>>,
) -> Seen {
    let randomness = SeededRandomness::new(seed);
    let lines = || -> Vec<Line> { cluster.addresses.iter().map(|address| Line::to(*address)).collect() };
    let (mut askers, mut makers) = (lines(), lines());
    let mut seen = Seen::default();
    let index = |bound: usize| usize::try_from(randomness.below(bound as u64)).expect("an index");
    for number in 0.. {
        if !seen.tally.violations.is_empty() {
            break;
        }
        let Some(act) = deck.draw(index) else { break };
        let begun = Instant::now();
        let mut maker = Maker { tenant, lines: &mut makers, node: index(3), name: format!("r{number}") };
        let subject = maker.subject(act).filter(|subject| !subject.probes.is_empty());
        let Some(subject) = subject.filter(|_| !was_clock_wrong(windows, begun)) else {
            deck.put_back(act);
            thread::sleep(Duration::from_millis(20));
            continue;
        };
        let before = Duration::from_millis(randomness.below(250));
        let first = index(3);
        let impatience = impatience(&randomness);
        let over = AtomicBool::new(false);
        let (answers, revocation) = thread::scope(|scope| {
            let (probes, over) = (&*subject.probes, &over);
            let askers: Vec<_> = askers
                .iter_mut()
                .enumerate()
                .map(|(node, line)| scope.spawn(move || try_all(probes, over, node, line)))
                .collect();
            // Ends the probes even if this thread panics.
            let stop = StopAtEnd(over);
            thread::sleep(before);
            let restricting = Restricting { cluster, act, subject: &subject, windows, first, impatience };
            let revocation = restricting.until_answered(&mut makers, &mut seen);
            thread::sleep(RACED_FOR);
            drop(stop);
            let answers: Vec<Answer> =
                askers.into_iter().flat_map(|asker| asker.join().expect("a client")).collect();
            (answers, revocation)
        });
        let windows = windows.lock().expect("the windows").clone();
        let mut tally = Tally::of(&answers, revocation, &windows);
        for violation in &mut tally.violations {
            violation.push_str(&format!(
                "; {act:?} of r{number} in realm {}, first at node {first}",
                tenant.label
            ));
        }
        seen.tally.add(tally);
        // An attempt that is still in progress must not affect objects of the next round.
        let answered = revocation.returned.is_some();
        if answered {
            deck.note_answered(act);
        }
        let undone_by = Instant::now() + UNDONE_WITHIN;
        if matches!(act, Act::SigningKeyWithdrawn | Act::RealmSuspended) && !answered {
            let restricting = Restricting {
                cluster,
                act,
                subject: &subject,
                windows: &Mutex::default(),
                first,
                impatience: None,
            };
            let mut ignored = Seen::default();
            let mut again = || restricting.until_answered(&mut makers, &mut ignored).returned.is_some();
            while !again() && Instant::now() < undone_by {}
        }
        while act == Act::RealmSuspended && !tenant.resume() && Instant::now() < undone_by {
            thread::sleep(Duration::from_millis(100));
        }
    }
    seen
}

/// A node with a wrong wall clock may issue tokens that appear to be issued in the future or expired.
fn was_clock_wrong(windows: &Mutex<Vec<Window>>, since: Instant) -> bool {
    let windows = windows.lock().expect("the windows");
    windows.iter().any(|window| window.clock && window.ended.is_none_or(|ended| ended >= since))
}

/// One client in three gives up its first attempt early, often during the commit or the wait.
fn impatience(randomness: &SeededRandomness) -> Option<Duration> {
    let share = randomness.below(1_001) as f64 / 1_000.0;
    let patience = Duration::from_secs_f64(0.001 * 1_000_f64.powf(share));
    (randomness.below(3) == 0).then_some(patience)
}

fn try_all(probes: &[Probe], over: &AtomicBool, node: usize, line: &mut Line) -> Vec<Answer> {
    let mut answers = Vec::new();
    for Probe { wire, request, may_lag } in probes.iter().cycle() {
        if over.load(Ordering::SeqCst) {
            break;
        }
        let invoked = Instant::now();
        let answer = line.ask(request, SOON);
        let returned = Instant::now();
        let verdict = verdict(*wire, answer.as_ref());
        if verdict == Verdict::Unknown {
            // Thousands of these requests would reveal nothing more.
            thread::sleep(Duration::from_millis(5));
        }
        answers.push(Answer { node, wire: *wire, may_lag: *may_lag, invoked, returned, verdict });
    }
    answers
}

fn verdict(wire: Wire, answer: Option<&Response>) -> Verdict {
    let Some(answer) = answer else { return Verdict::Unknown };
    match (wire, answer.status) {
        // A process that was stopped for a minute finds that its request timed out.
        (_, 503 | 408) => Verdict::Unknown,
        (Wire::Introspection, 200) if answer.json()["active"] == true => Verdict::Active,
        (Wire::Introspection, 200) => Verdict::Inactive,
        (_, 200) => Verdict::Active,
        // A suspended realm refuses its clients with 400 at the token endpoint.
        (Wire::Issuance | Wire::Registry, 400 | 401) => Verdict::Inactive,
        (Wire::ForwardAuth | Wire::Administration, 401 | 403) => Verdict::Inactive,
        (_, status) => panic!("{wire:?} answered {status}: {}", answer.text()),
    }
}

/// One act, requested until there is an answer.
struct Restricting<'a> {
    cluster: &'a Cluster,
    act: Act,
    subject: &'a Subject,
    windows: &'a Mutex<Vec<Window>>,
    first: usize,
    /// How long the client waits for its first attempt.
    impatience: Option<Duration>,
}

impl Restricting<'_> {
    /// A client without an answer repeats the request, half of the time at another node, as behind a load balancer.
    fn until_answered(&self, lines: &mut [Line], seen: &mut Seen) -> Revocation {
        let invoked = Instant::now();
        for attempt in 0..=ATTEMPTS {
            let patience = self.impatience.filter(|_| attempt == 0).unwrap_or(PATIENCE);
            let node = (self.first + attempt / 2) % lines.len();
            let answer = self.ask(&mut lines[node], patience);
            let returned = Instant::now();
            let first = attempt == 0 && self.impatience.is_none();
            let windows = self.windows.lock().expect("the windows").clone();
            let healthy =
                first && !windows.iter().any(|window| self.depends_on(window, node, invoked, returned));
            if let Some(outcome) = answer {
                let took = returned - invoked;
                match outcome {
                    _ if !healthy => seen.repeated.push(took),
                    Outcome::WaitedOut => seen.waited_out.push(took),
                    Outcome::Confirmed => seen.confirmed.push(took),
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
                    Some("waited_out") => Some(Outcome::WaitedOut),
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
    WaitedOut,
}
