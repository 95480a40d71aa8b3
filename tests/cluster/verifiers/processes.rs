//! The processes of verifiers: started, signaled, asked, and when each of them is excused.

use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rustix::process::{Signal, kill_process};
use serde_json::Value;
use tempfile::TempDir;

use crate::checker::Window;
use crate::tenant::{AUDIENCE, Tenant};
use crate::verifiers::balancer::Balancer;
use claviger_testkit::http::Request;
use claviger_testkit::other_binary::built_example;
use claviger_testkit::postgres::parent_folder;
use claviger_testkit::process::{ServerProcess, free_address};

/// Each follows the feed of its own realm.
const VERIFIERS: usize = 2;

/// From the end of a fault of its node until a verifier must accept: it pauses for 1.2 s at most after failed requests,
/// and the answer to the next one is held for a second if nothing was revoked.
pub const RECOVERS_WITHIN: Duration = Duration::from_millis(2_500);

/// After a withdrawal a verifier may not know the next key: it fetches keys once in 30 s, and refuses for a minute what
/// was not among them, as with a node that lags.
const KEY_UNKNOWN_FOR: Duration = Duration::from_secs(62);

const SOON: Duration = Duration::from_secs(1);

/// The program, with the fault in it that this build of the tests is to find.
pub fn verdicts_program() -> PathBuf {
    let mutant = cfg!(feature = "mutant-verifier-lease-from-reply");
    built_example("verdicts", if mutant { &["claviger-verifier/mutant-lease-from-reply"] } else { &[] })
}

pub struct Verifiers<'a> {
    pub balancer: &'a Balancer,
    pub followers: Vec<Follower<'a>>,
}

/// The verifier of one realm.
pub struct Follower<'a> {
    pub tenant: &'a Tenant<'a>,
    pub address: SocketAddr,
    program: PathBuf,
    issuer: String,
    home: TempDir,
    process: Mutex<Option<ServerProcess>>,
    /// Its own faults, and times in which it does not know a key.
    windows: Mutex<Vec<Window>>,
    balancer: &'a Balancer,
}

impl<'a> Verifiers<'a> {
    /// One for each of the first tenants. The nodes must be known to the balancer.
    pub fn start(balancer: &'a Balancer, tenants: &'a [Tenant<'a>], program: &Path) -> Self {
        let follower = |(number, tenant): (usize, &'a Tenant<'a>)| {
            balancer.add(&tenant.label, number);
            let follower = Follower {
                tenant,
                address: free_address(),
                program: program.to_path_buf(),
                issuer: format!("{}/realms/{}", balancer.url(), tenant.label),
                home: TempDir::new_in(parent_folder()).expect("a folder"),
                process: Mutex::default(),
                windows: Mutex::default(),
                balancer,
            };
            follower.start();
            follower
        };
        let followers = tenants.iter().take(VERIFIERS).enumerate().map(follower).collect();
        Self { balancer, followers }
    }

    pub fn of(&self, tenant: &Tenant<'_>) -> Option<&Follower<'a>> {
        self.followers.iter().find(|follower| follower.tenant.label == tenant.label)
    }
}

impl Follower<'_> {
    pub fn start(&self) {
        let mut command = Command::new(&self.program);
        let server = &self.tenant.server;
        command.env("CLAVIGER_ISSUER", &self.issuer).env("CLAVIGER_AUDIENCE", AUDIENCE);
        command.env("CLAVIGER_CLIENT_ID", &server.id).env("CLAVIGER_CLIENT_KEY", &server.key);
        command.env("LISTEN", self.address.to_string());
        let process = ServerProcess::spawn(self.home.path(), self.address, command);
        *self.process() = Some(process);
    }

    pub fn kill(&self) {
        self.process().take().expect("it runs").kill();
    }

    pub fn signal(&self, signal: Signal) {
        let pid = self.process().as_ref().expect("it runs").pid();
        kill_process(pid, signal).expect("the process is ours");
    }

    /// What it says of itself. `None` if it does not answer.
    pub fn status(&self) -> Option<Value> {
        let mut stream = TcpStream::connect_timeout(&self.address, SOON).ok()?;
        let answer = Request::get("/status").try_send_over(&mut stream, SOON)?;
        (answer.status == 200).then(|| answer.json())
    }

    /// Whether it decides on tokens.
    pub fn is_ready(&self) -> bool {
        let is_positive = |status: &Value, member: &str| status[member].as_u64().is_some_and(|it| it > 0);
        self.status().is_some_and(|status| is_positive(&status, "lease_ms") && is_positive(&status, "keys"))
    }

    pub fn has_ended(&self) -> bool {
        self.process().as_mut().is_none_or(ServerProcess::has_ended)
    }

    pub fn log(&self) -> String {
        std::fs::read_to_string(self.home.path().join("server.log")).unwrap_or_default()
    }

    /// Returns its number.
    pub fn open_window(&self) -> usize {
        let mut windows = self.own_windows();
        windows.push(Window { node: None, clock: false, begun: Instant::now(), ended: None });
        windows.len() - 1
    }

    pub fn close_window(&self, number: usize, ended: Instant) {
        self.own_windows()[number].ended = Some(ended);
    }

    /// A signing key is being withdrawn since that moment.
    pub fn note_withdrawal(&self, begun: Instant) {
        let ended = Some(Instant::now() + KEY_UNKNOWN_FOR);
        self.own_windows().push(Window { node: None, clock: true, begun, ended });
    }

    /// It has accepted a token that was issued after every withdrawal, so it knows the present key.
    pub fn note_accepted(&self, at: Instant) {
        for window in self.own_windows().iter_mut().filter(|window| window.clock) {
            window.ended = window.ended.map(|ended| ended.min(at.max(window.begun)));
        }
    }

    /// When it was under a fault: of its own, of the database, or of the node that it was led to. `windows` are those of
    /// nodes and the database.
    pub fn windows(&self, windows: &[Window]) -> Vec<Window> {
        let stays = self.balancer.stays(&self.tenant.label);
        let mut all = self.own_windows().clone();
        let later = |ended: Option<Instant>| ended.map(|ended| ended + RECOVERS_WITHIN);
        for window in windows {
            match window.node {
                None => all.push(Window { ended: later(window.ended), ..*window }),
                Some(node) => all.extend(stays.iter().filter(|stay| stay.node == node).filter_map(|stay| {
                    let begun = window.begun.max(stay.begun);
                    let ended = [window.ended, stay.ended].into_iter().flatten().min();
                    let overlap = Window { node: None, begun, ended: later(ended), ..*window };
                    ended.is_none_or(|ended| begun <= ended).then_some(overlap)
                })),
            }
        }
        all
    }

    fn own_windows(&self) -> MutexGuard<'_, Vec<Window>> {
        self.windows.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn process(&self) -> MutexGuard<'_, Option<ServerProcess>> {
        self.process.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Follower<'_> {
    /// Prints what it said after a failure. A stopped process is killed too.
    fn drop(&mut self) {
        if std::thread::panicking() {
            println!("the verifier of {}: {:?}\n{}", self.tenant.label, self.status(), self.log());
        }
    }
}
