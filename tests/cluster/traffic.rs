//! Clients that use an object at every node, lose it by an act of any kind, and keep trying.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::acts::{Act, Maker, Probe};
use crate::checker::{Answer, Tally, Verdict, Window, Wire};
use crate::deck::Deck;
use crate::line::Line;
use crate::nodes::Cluster;
use crate::restricting::Restricting;
use crate::seen::Seen;
use crate::tenant::Tenant;
use crate::verifiers::Follower;
use claviger_testkit::http::{Request, Response};
use claviger_testkit::patience::StopAtEnd;
use claviger_testkit::randomness::SeededRandomness;

pub const SOON: Duration = Duration::from_secs(2);

/// Between two requests to a verifier, which needs no network to answer: it would take the processor from the nodes.
const VERIFIER_PACE: Duration = Duration::from_millis(1);

/// How long the probes continue after the act has returned.
const RACED_FOR: Duration = Duration::from_millis(500);

/// Longer than consecutive faults last.
const UNDONE_WITHIN: Duration = Duration::from_secs(180);

/// `follower` is the verifier of the tenant's realm, if it has one.
pub fn run(
    cluster: &Cluster,
    tenant: &Tenant<'_>,
    follower: Option<&Follower<'_>>,
    seed: u64,
    deck: &Deck,
    windows: &Mutex<Vec<Window>>,
) -> Seen {
    let randomness = SeededRandomness::new(seed);
    let lines = || -> Vec<Line> { cluster.addresses.iter().map(|address| Line::to(*address)).collect() };
    let (mut askers, mut makers) = (lines(), lines());
    let mut verifier_line = follower.map(|follower| Line::to(follower.address));
    let mut seen = Seen::default();
    let index = |bound: usize| usize::try_from(randomness.below(bound as u64)).expect("an index");
    for number in 0.. {
        if !seen.tally.violations.is_empty() || !seen.of_verifiers.violations.is_empty() {
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
        let probes = |of_verifier| -> Vec<&Probe> {
            subject.probes.iter().filter(|probe| (probe.wire == Wire::Verifier) == of_verifier).collect()
        };
        let (of_nodes, of_verifier) = (probes(false), probes(true));
        let (answers, verifier_answers, revocation) = thread::scope(|scope| {
            let (of_nodes, of_verifier, over) = (&*of_nodes, &*of_verifier, &over);
            let askers: Vec<_> = askers
                .iter_mut()
                .enumerate()
                .map(|(node, line)| scope.spawn(move || try_all(of_nodes, over, node, line, Duration::ZERO)))
                .collect();
            let asker = verifier_line.as_mut();
            let asker =
                asker.map(|line| scope.spawn(move || try_all(of_verifier, over, 0, line, VERIFIER_PACE)));
            // Ends the probes even if this thread panics.
            let stop = StopAtEnd(over);
            thread::sleep(before);
            let restricting =
                Restricting { cluster, act, subject: &subject, windows, first, impatience, follower };
            let begun = Instant::now();
            let revocation = restricting.until_answered(&mut makers, &mut seen);
            if let Some(follower) = follower.filter(|_| act == Act::SigningKeyWithdrawn) {
                follower.note_withdrawal(begun);
            }
            thread::sleep(RACED_FOR);
            drop(stop);
            let answers: Vec<Answer> =
                askers.into_iter().flat_map(|asker| asker.join().expect("a client")).collect();
            let of_verifier = asker.map(|asker| asker.join().expect("a client")).unwrap_or_default();
            (answers, of_verifier, revocation)
        });
        let windows = windows.lock().expect("the windows").clone();
        let mut tally = Tally::of(&answers, revocation, &windows);
        let accepted = verifier_answers.iter().find(|answer| answer.verdict == Verdict::Active);
        if let (Some(follower), Some(accepted)) = (follower, accepted)
            && act != Act::SigningKeyWithdrawn
        {
            follower.note_accepted(accepted.returned);
        }
        let of_follower = follower.map(|follower| follower.windows(&windows)).unwrap_or_default();
        let mut of_verifiers = Tally::of(&verifier_answers, revocation, &of_follower);
        for violation in tally.violations.iter_mut().chain(&mut of_verifiers.violations) {
            violation.push_str(&format!(
                "; {act:?} of r{number} in realm {}, first at node {first}",
                tenant.label
            ));
        }
        seen.tally.add(tally);
        seen.of_verifiers.add(of_verifiers);
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
                follower,
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

fn try_all(
    probes: &[&Probe],
    over: &AtomicBool,
    node: usize,
    line: &mut Line,
    pace: Duration,
) -> Vec<Answer> {
    let mut answers = Vec::new();
    for Probe { wire, request, may_lag } in probes.iter().copied().cycle() {
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
        thread::sleep(pace);
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
        (Wire::Issuance | Wire::Registry, 400 | 401) | (Wire::Verifier, 401) => Verdict::Inactive,
        (Wire::ForwardAuth | Wire::Administration, 401 | 403) => Verdict::Inactive,
        (_, status) => panic!("{wire:?} answered {status}: {}", answer.text()),
    }
}
