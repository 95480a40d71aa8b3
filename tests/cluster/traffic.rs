//! Clients that make credentials, use their tokens everywhere, revoke them, and go on trying.

use std::net::{SocketAddr, TcpStream};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU8, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::checker::{Answer, Revocation, Tally, Verdict, Window, Wire};
use crate::nodes::{Cluster, access_token, client, token_request};
use crate::support::http::{Request, Response};
use crate::support::randomness::SeededRandomness;
use crate::support::world::Client;

const SOON: Duration = Duration::from_secs(2);

/// A lease and a commit, on a machine that is busy.
const REVOKED_WITHIN: Duration = Duration::from_secs(5);

/// For how long the tokens are tried after the revocation has returned.
const RACED_FOR: Duration = Duration::from_millis(500);

const ATTEMPTS: usize = 4;

/// A connection that is made anew when it is of no more use.
pub struct Line {
    address: SocketAddr,
    stream: Option<TcpStream>,
}

impl Line {
    pub fn to(address: SocketAddr) -> Self {
        Self { address, stream: None }
    }

    /// A connection that the other side has closed meanwhile is not its answer: it is asked over a new one.
    pub fn ask(&mut self, request: &Request, patience: Duration) -> Option<Response> {
        let begun = Instant::now();
        let was_open = self.stream.is_some();
        match self.ask_once(request, patience) {
            None if was_open && begun.elapsed() < patience => self.ask_once(request, patience),
            answer => answer,
        }
    }

    fn ask_once(&mut self, request: &Request, patience: Duration) -> Option<Response> {
        if self.stream.is_none() {
            let stream = TcpStream::connect_timeout(&self.address, patience).ok()?;
            stream.set_nodelay(true).ok()?;
            self.stream = Some(stream);
        }
        let answer = self.stream.as_mut().and_then(|stream| request.try_send_over(stream, patience));
        let kept = answer.as_ref().is_some_and(|answer| answer.header("connection") != Some("close"));
        if !kept {
            self.stream = None;
        }
        answer
    }
}

/// What a group of clients has seen.
#[derive(Default)]
pub struct Seen {
    pub tally: Tally,
    /// How long revocations took at nodes that were well all the time, by their receipts.
    pub confirmed: Vec<Duration>,
    pub waited_out: Vec<Duration>,
    /// And those at nodes in trouble, or at another node after one gave no answer.
    pub repeated: Vec<Duration>,
    pub unanswered: u64,
}

/// Whom the clients of one credential try, and until when.
struct Round {
    introspections: Vec<Request>,
    forward_auths: Vec<Request>,
    issuance: Request,
    phase: AtomicU8,
}

const GOING_ON: u8 = 0;
const OVER: u8 = 1;

pub fn run(cluster: &Cluster, group: u64, seed: u64, until: Instant, windows: &Mutex<Vec<Window>>) -> Seen {
    let randomness = SeededRandomness::new(seed ^ (group << 32));
    let lines = || -> Vec<Line> { cluster.addresses.iter().map(|address| Line::to(*address)).collect() };
    let (mut askers, mut maker) = (lines(), lines());
    let mut seen = Seen::default();
    let mut number = 0;
    while Instant::now() < until && seen.tally.violations.is_empty() {
        number += 1;
        let node = usize::try_from(randomness.below(3)).expect("an index");
        let creation = cluster.creation(&format!("g{group}-{number}"));
        let Some(made) = maker[node].ask(&creation, SOON).filter(|answer| answer.status == 201) else {
            thread::sleep(Duration::from_millis(20));
            continue;
        };
        let credential = client(&made.json());
        let tokens: Vec<String> = maker.iter_mut().filter_map(|line| token(line, &credential)).collect();
        if tokens.is_empty() {
            continue;
        }
        let round = Round {
            introspections: tokens.iter().map(|token| cluster.introspection(token)).collect(),
            forward_auths: tokens.iter().map(|token| forward_auth(token)).collect(),
            issuance: token_request(&credential),
            phase: AtomicU8::new(GOING_ON),
        };
        let before = Duration::from_millis(randomness.below(250));
        let revoker = usize::try_from(randomness.below(3)).expect("an index");
        let (answers, revocation) = thread::scope(|scope| {
            let round = &round;
            let askers: Vec<_> = askers
                .iter_mut()
                .enumerate()
                .map(|(node, line)| scope.spawn(move || try_all(round, node, line)))
                .collect();
            thread::sleep(before);
            let revocation = revoke(cluster, &credential, revoker, &mut maker, &mut seen, windows);
            thread::sleep(RACED_FOR);
            round.phase.store(OVER, Ordering::SeqCst);
            let answers: Vec<Answer> =
                askers.into_iter().flat_map(|asker| asker.join().expect("a client")).collect();
            (answers, revocation)
        });
        let windows = windows.lock().expect("the windows").clone();
        let mut tally = Tally::of(&answers, revocation, &windows);
        for violation in &mut tally.violations {
            violation.push_str(&format!("; credential {} revoked at node {revoker}", credential.id));
        }
        seen.tally.add(tally);
    }
    seen
}

/// A node that has not heard of the credential yet says that there is none: it is asked again.
fn token(line: &mut Line, credential: &Client) -> Option<String> {
    let request = token_request(credential);
    for _ in 0..ATTEMPTS {
        let answer = line.ask(&request, SOON)?;
        match answer.status {
            200 => return Some(access_token(&answer)),
            401 => thread::sleep(Duration::from_millis(10)),
            _ => return None,
        }
    }
    None
}

fn forward_auth(token: &str) -> Request {
    Request::get("/realms/acme/forward-auth?scope=ci:read").bearer(token)
}

fn try_all(round: &Round, node: usize, line: &mut Line) -> Vec<Answer> {
    let mut answers = Vec::new();
    for turn in 0.. {
        if round.phase.load(Ordering::SeqCst) == OVER {
            break;
        }
        let token = turn % round.introspections.len();
        let (wire, request) = match turn % 8 {
            3 => (Wire::ForwardAuth, &round.forward_auths[token]),
            7 => (Wire::Issuance, &round.issuance),
            _ => (Wire::Introspection, &round.introspections[token]),
        };
        let invoked = Instant::now();
        let answer = line.ask(request, SOON);
        let returned = Instant::now();
        let verdict = verdict(wire, answer.as_ref());
        if verdict == Verdict::Unknown {
            // Nothing is learned by asking it thousands of times.
            thread::sleep(Duration::from_millis(5));
        }
        answers.push(Answer { node, wire, invoked, returned, verdict });
    }
    answers
}

fn verdict(wire: Wire, answer: Option<&Response>) -> Verdict {
    let Some(answer) = answer else { return Verdict::Unknown };
    match (wire, answer.status) {
        // A process that was stopped for a minute finds that its request has taken too long to come.
        (_, 503 | 408) => Verdict::Unknown,
        (Wire::Introspection, 200) if answer.json()["active"] == true => Verdict::Active,
        (Wire::Introspection, 200) => Verdict::Inactive,
        (Wire::ForwardAuth | Wire::Issuance, 200) => Verdict::Active,
        (Wire::ForwardAuth | Wire::Issuance, 401) => Verdict::Inactive,
        (_, status) => panic!("{wire:?} answered {status}: {}", answer.text()),
    }
}

/// Whoever gets no answer asks another node, as a client behind a load balancer does.
fn revoke(
    cluster: &Cluster,
    credential: &Client,
    first: usize,
    lines: &mut [Line],
    seen: &mut Seen,
    windows: &Mutex<Vec<Window>>,
) -> Revocation {
    let request = cluster.revocation(credential);
    let invoked = Instant::now();
    for attempt in 0..ATTEMPTS {
        let node = (first + attempt) % lines.len();
        let answer = lines[node].ask(&request, REVOKED_WITHIN);
        let returned = Instant::now();
        match answer {
            Some(answer) if answer.status == 200 => {
                let took = returned - invoked;
                let receipt = answer.json();
                let windows = windows.lock().expect("the windows");
                let well =
                    attempt == 0 && !windows.iter().any(|window| window.touches(node, invoked, returned));
                match receipt["outcome"].as_str() {
                    Some("confirmed" | "waited_out") if !well => seen.repeated.push(took),
                    Some("confirmed") => seen.confirmed.push(took),
                    Some("waited_out") => seen.waited_out.push(took),
                    other => panic!("a receipt with the outcome {other:?}"),
                }
                return Revocation { invoked, returned: Some(returned) };
            }
            Some(answer) => {
                assert!(matches!(answer.status, 503 | 408 | 404), "{}: {}", answer.status, answer.text())
            }
            None => {}
        }
        thread::sleep(Duration::from_millis(100));
    }
    seen.unanswered += 1;
    Revocation { invoked, returned: None }
}
