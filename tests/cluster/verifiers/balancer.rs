//! A load balancer in front of the nodes, which leads the verifier of each realm to one node, and can delay, silence and
//! cut what it carries.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    #[default]
    Open,
    /// Nothing arrives and nothing fails.
    Silent,
    /// Connections are reset, new ones refused.
    Cut,
    /// Answers to requests for the complete set of revocations are held. They arrive at the end of this mode, also if
    /// it is `Silent` then.
    FirstAnswersLate,
}

/// A period in which a verifier was led to one node.
#[derive(Clone, Copy, Debug)]
pub struct Stay {
    pub node: usize,
    pub begun: Instant,
    pub ended: Option<Instant>,
}

#[derive(Clone)]
pub struct Balancer(Arc<Shared>);

struct Shared {
    address: SocketAddr,
    nodes: OnceLock<Vec<SocketAddr>>,
    /// By the label of the realm.
    lanes: Mutex<BTreeMap<String, Lane>>,
    changed: Condvar,
}

struct Lane {
    mode: Mode,
    /// The last one is the present one.
    stays: Vec<Stay>,
    connections: Vec<[TcpStream; 2]>,
    /// Whether an answer is or was held in this mode.
    is_holding: bool,
}

/// The longest beginning of a request in which its realm must be named.
const MAX_LINE: usize = 4_096;

/// A verifier that is stopped before it has sent its request comes back after this time at the latest.
const REQUEST_WITHIN: Duration = Duration::from_secs(70);

impl Balancer {
    /// Listens until the process ends.
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let (nodes, lanes, changed) = (OnceLock::new(), Mutex::default(), Condvar::new());
        let balancer = Self(Arc::new(Shared { address, nodes, lanes, changed }));
        let listening = balancer.clone();
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let balancer = listening.clone();
                thread::spawn(move || balancer.connect(client));
            }
        });
        balancer
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.0.address)
    }

    /// Call once, before the first verifier starts.
    pub fn lead_to(&self, nodes: &[SocketAddr]) {
        self.0.nodes.set(nodes.to_vec()).expect("the nodes are told once");
    }

    /// From now on a verifier of this realm is led to this node.
    pub fn add(&self, realm: &str, node: usize) {
        let stays = vec![Stay { node, begun: Instant::now(), ended: None }];
        self.lanes().insert(
            realm.to_owned(),
            Lane { mode: Mode::Open, stays, connections: Vec::new(), is_holding: false },
        );
    }

    pub fn set(&self, realm: &str, mode: Mode) {
        let mut lanes = self.lanes();
        let lane = lanes.get_mut(realm).expect("a realm with a verifier");
        lane.mode = mode;
        lane.is_holding = false;
        if mode == Mode::Cut {
            lane.close_all();
        }
        self.0.changed.notify_all();
    }

    /// Whether an answer has been held since the mode was set.
    pub fn is_holding(&self, realm: &str) -> bool {
        self.lanes()[realm].is_holding
    }

    /// Resets its connections, and leads it to the next node.
    pub fn hop(&self, realm: &str) {
        let count = self.nodes().len();
        let mut lanes = self.lanes();
        let lane = lanes.get_mut(realm).expect("a realm with a verifier");
        lane.lead_to((lane.node() + 1) % count);
        lane.close_all();
    }

    pub fn stays(&self, realm: &str) -> Vec<Stay> {
        self.lanes()[realm].stays.clone()
    }

    fn nodes(&self) -> &[SocketAddr] {
        self.0.nodes.get().expect("the nodes are known before anyone connects")
    }

    fn lanes(&self) -> MutexGuard<'_, BTreeMap<String, Lane>> {
        self.0.lanes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Carries one connection to its end.
    fn connect(&self, mut client: TcpStream) -> Option<()> {
        client.set_nodelay(true).ok()?;
        client.set_read_timeout(Some(REQUEST_WITHIN)).ok()?;
        let begun = first_line(&mut client)?;
        client.set_read_timeout(None).ok()?;
        let realm = realm_of(&begun)?;
        let mut node = self.reach_node(&realm)?;
        node.set_nodelay(true).ok()?;
        let both = [client.try_clone().ok()?, node.try_clone().ok()?];
        let asks_for_all = AtomicBool::new(asks_for_all(&begun));
        {
            let mut lanes = self.lanes();
            let lane = lanes.get_mut(&realm)?;
            if lane.mode == Mode::Cut {
                return None;
            }
            lane.connections.push(both);
        }
        let (answers, asker) = (node.try_clone().ok()?, client.try_clone().ok()?);
        thread::scope(|scope| {
            scope.spawn(|| {
                self.carry(&realm, answers, &asker, || asks_for_all.load(Ordering::SeqCst), |_| ());
                close(&asker);
            });
            if self.pass(&realm, false) && node.write_all(&begun).is_ok() {
                let note = |piece: &[u8]| {
                    if piece.starts_with(b"GET ") || piece.starts_with(b"POST ") {
                        asks_for_all.store(self::asks_for_all(piece), Ordering::SeqCst);
                    }
                };
                self.carry(&realm, client, &node, || false, note);
            }
            close(&node);
        });
        let gone = asker.peer_addr().ok();
        let mut lanes = self.lanes();
        lanes.get_mut(&realm)?.connections.retain(|[known, _]| {
            let known = known.peer_addr().ok();
            known.is_some() && known != gone
        });
        Some(())
    }

    /// A node that refuses is left for the next one.
    fn reach_node(&self, realm: &str) -> Option<TcpStream> {
        for _ in self.nodes() {
            let wanted = self.lanes().get(realm)?.node();
            if let Ok(node) = TcpStream::connect(self.nodes()[wanted]) {
                return Some(node);
            }
            let mut lanes = self.lanes();
            let lane = lanes.get_mut(realm)?;
            if lane.node() == wanted {
                lane.lead_to((wanted + 1) % self.nodes().len());
            }
        }
        None
    }

    /// Each piece is read only when it may pass, so that a held answer is whole when it is let go.
    fn carry(
        &self,
        realm: &str,
        mut from: TcpStream,
        mut to: &TcpStream,
        is_first_answer: impl Fn() -> bool,
        note: impl Fn(&[u8]),
    ) {
        let mut buffer = vec![0; 256 * 1024];
        while from.peek(&mut [0]).is_ok_and(|count| count > 0) && self.pass(realm, is_first_answer()) {
            let Ok(count) = from.read(&mut buffer) else { break };
            note(&buffer[..count]);
            if count == 0 || to.write_all(&buffer[..count]).is_err() {
                break;
            }
        }
    }

    /// Waits until the piece may pass; returns whether it arrives.
    fn pass(&self, realm: &str, is_first_answer: bool) -> bool {
        let mut was_held = false;
        let mut lanes = self.lanes();
        loop {
            let lane = lanes.get_mut(realm).expect("a realm with a verifier");
            match lane.mode {
                Mode::Open => return true,
                Mode::Cut => return false,
                Mode::FirstAnswersLate if !is_first_answer => return true,
                Mode::FirstAnswersLate => {
                    was_held = true;
                    lane.is_holding = true;
                }
                Mode::Silent if was_held => return true,
                Mode::Silent => {}
            }
            lanes = self.0.changed.wait(lanes).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

impl Lane {
    fn node(&self) -> usize {
        self.stays.last().expect("a lane begins with a stay").node
    }

    fn lead_to(&mut self, node: usize) {
        let now = Instant::now();
        self.stays.last_mut().expect("a lane begins with a stay").ended = Some(now);
        self.stays.push(Stay { node, begun: now, ended: None });
    }

    fn close_all(&mut self) {
        for [client, node] in self.connections.drain(..) {
            close(&client);
            close(&node);
        }
    }
}

fn close(connection: &TcpStream) {
    let _ = connection.shutdown(Shutdown::Both);
}

/// What has arrived once the first line is whole.
fn first_line(client: &mut TcpStream) -> Option<Vec<u8>> {
    let mut begun = Vec::new();
    let mut buffer = [0; MAX_LINE];
    while !begun.contains(&b'\n') && begun.len() < MAX_LINE {
        let count = client.read(&mut buffer).ok().filter(|count| *count > 0)?;
        begun.extend_from_slice(&buffer[..count]);
    }
    Some(begun)
}

/// As in `GET /realms/acme/revocations?…`.
fn realm_of(request: &[u8]) -> Option<String> {
    let line = String::from_utf8_lossy(request.split(|byte| *byte == b'\n').next()?).into_owned();
    line.split_once(" /realms/")?.1.split_once('/').map(|(realm, _)| realm.to_owned())
}

/// Whether it is a request for the complete set: one that names no position.
fn asks_for_all(request: &[u8]) -> bool {
    let line = String::from_utf8_lossy(request.split(|byte| *byte == b'\n').next().unwrap_or_default());
    line.contains("/revocations?") && !line.contains("after=")
}

#[test]
fn balancer_knows_realm_and_kind_of_a_request() {
    let poll = b"GET /realms/g0/revocations?wait=1&nonce=x&after=7&cluster=c HTTP/1.1\r\nHost: a\r\n\r\n";
    let first = b"GET /realms/g0/revocations?wait=1&nonce=x&verifier=v HTTP/1.1\r\n";
    let keys = b"GET /realms/g1/oauth2/jwks HTTP/1.1\r\n";
    assert_eq!([&poll[..], first, keys].map(realm_of), ["g0", "g0", "g1"].map(|it| Some(it.to_owned())));
    assert_eq!([&poll[..], first, keys].map(asks_for_all), [false, true, false]);
    assert_eq!(realm_of(b"GET /health/ready HTTP/1.1\r\n"), None);
}
