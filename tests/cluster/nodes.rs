//! A cluster of real servers on one real PostgreSQL.

use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use claviger::crypto::{MasterKeys, SystemRandomness};
use claviger::operator::create_realm;
use claviger_domain::LEASE;
use rustix::process::{Signal, kill_process};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::faketime;
use claviger_testkit::http::Request;
use claviger_testkit::postgres::{Postgres, parent_folder};
use claviger_testkit::process::{ServerProcess, claviger, free_address, run};
use claviger_testkit::world::{Client, settings};

pub struct Cluster {
    pub folder: TempDir,
    pub database_url: String,
    pub addresses: Vec<SocketAddr>,
    pub metrics: Vec<SocketAddr>,
    pub nodes: Vec<Mutex<Option<ServerProcess>>>,
    pub server: Client,
    /// Database URL of each node.
    database_urls: Vec<String>,
    /// A line for each answer is too much at thousands a second.
    log_level: &'static str,
    /// Whether the wall clock of each node can be set.
    own_clocks: bool,
    /// Further settings of every node.
    environment: Vec<(&'static str, String)>,
    /// The owner's personal access token.
    pub owner: String,
    public_url: String,
    _alone: MutexGuard<'static, ()>,
}

/// Three servers and a database are the limit of a small machine: clusters run one at a time.
static ALONE: Mutex<()> = Mutex::new(());

pub const PATIENCE: Duration = Duration::from_secs(30);

pub const REALM: &str = "acme";

impl Cluster {
    pub fn start(count: usize) -> Self {
        Self::start_with_settings(count, Vec::new())
    }

    /// With further settings of every node.
    pub fn start_with_settings(count: usize, environment: Vec<(&'static str, String)>) -> Self {
        let alone = alone();
        let database_url = Postgres::shared().fresh_database();
        let database_urls = vec![database_url.clone(); count];
        Self::start_on(alone, database_url, database_urls, "info", false, environment)
    }

    /// One node for each database URL.
    pub fn start_with(
        alone: MutexGuard<'static, ()>,
        database_url: String,
        database_urls: Vec<String>,
        log_level: &'static str,
    ) -> Self {
        Self::start_on(alone, database_url, database_urls, log_level, false, Vec::new())
    }

    /// The same with nodes behind this URL whose wall clocks can be set; their boot clocks are the machine's.
    pub fn start_with_own_clocks(
        alone: MutexGuard<'static, ()>,
        database_url: String,
        database_urls: Vec<String>,
        public_url: String,
    ) -> Self {
        let settings = vec![("CLAVIGER_PUBLIC_URL", public_url)];
        Self::start_on(alone, database_url, database_urls, "warn", true, settings)
    }

    fn start_on(
        alone: MutexGuard<'static, ()>,
        database_url: String,
        database_urls: Vec<String>,
        log_level: &'static str,
        own_clocks: bool,
        environment: Vec<(&'static str, String)>,
    ) -> Self {
        // Not on a disk that stalls for a second: a node that waits to write its log does not renew its lease.
        let folder = TempDir::new_in(parent_folder()).expect("a temporary folder");
        let count = database_urls.len();
        MasterKeys::create(&folder.path().join("keys"), &SystemRandomness::new()).expect("a master key");
        let addresses: Vec<SocketAddr> = (0..count).map(|_| free_address()).collect();
        let metrics: Vec<SocketAddr> = (0..count).map(|_| free_address()).collect();
        let given = environment.iter().find(|(name, _)| *name == "CLAVIGER_PUBLIC_URL");
        let public_url = given.map_or(format!("http://{}", addresses[0]), |(_, url)| url.clone());
        let place = settings(folder.path(), addresses[0], &database_url);
        let realm = REALM.parse().expect("a label");
        let owner = "holder@acme.example".parse().expect("an address");
        let owner = create_realm(&place, &realm, &owner, None).expect("a realm").token.expose().to_owned();
        let server = Client { id: String::new(), key: String::new(), name: String::new() };
        let nodes = (0..count).map(|_| Mutex::new(None)).collect();
        let mut cluster = Self {
            folder,
            database_url,
            addresses,
            metrics,
            nodes,
            server,
            database_urls,
            log_level,
            own_clocks,
            environment,
            owner,
            public_url,
            _alone: alone,
        };
        for index in 0..count {
            cluster.start_node(index);
        }
        cluster.admin(0, "POST", "/scopes", &json!({"scope": "ci:read"})).expect(201);
        cluster.admin(0, "POST", "/groups", &json!({"name": "g", "scopes": ["ci:read"]})).expect(201);
        let body = json!({"name": "builds", "audience": "https://builds.example.org"});
        cluster.server = client(&cluster.admin(0, "POST", "/resource-servers", &body).expect(201).json());
        cluster
    }

    pub fn start_node(&self, index: usize) {
        let home = self.home(index);
        let server = ServerProcess::start_as(&home, self.addresses[index], || self.command(index));
        *self.node(index) = Some(server);
    }

    /// Output of a node that is restarted and must exit at once.
    pub fn refusal_to_start(&self, index: usize) -> String {
        self.kill(index);
        let (status, output, errors) = run(&mut self.command(index));
        assert!(!status.success(), "it runs");
        output + &errors
    }

    /// Returns when the node is ready, restarting it as often as necessary.
    pub fn start_node_under_faults(&self, index: usize) {
        let begun = Instant::now();
        let start = || ServerProcess::spawn(&self.home(index), self.addresses[index], self.command(index));
        let mut server = start();
        while !self.is_ready(index) {
            assert!(begun.elapsed() < 4 * PATIENCE, "node-{index} does not start");
            if server.has_ended() {
                server = start();
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        *self.node(index) = Some(server);
    }

    pub fn is_ready(&self, index: usize) -> bool {
        let Ok(mut stream) = TcpStream::connect(self.addresses[index]) else { return false };
        let answer = Request::get("/health/ready").try_send_over(&mut stream, Duration::from_secs(1));
        answer.is_some_and(|answer| answer.status == 200)
    }

    /// The earliest time at which the node can have requested its current lease, if it has one.
    pub fn lease_began(&self, index: usize) -> Option<Instant> {
        let mut stream = TcpStream::connect(self.addresses[index]).ok()?;
        let asked = Instant::now();
        let answer = Request::get("/health/ready").try_send_over(&mut stream, Duration::from_secs(1))?;
        let left = Duration::from_millis(answer.json()["lease_ms_left"].as_u64()?);
        let age = LEASE.checked_sub(left)?;
        (answer.status == 200).then(|| asked.checked_sub(age))?
    }

    fn home(&self, index: usize) -> PathBuf {
        let home = self.folder.path().join(format!("node-{index}"));
        std::fs::create_dir_all(&home).expect("a folder");
        home
    }

    /// Each node has its own copy.
    pub fn keys_dir(&self, index: usize) -> PathBuf {
        let folder = self.home(index).join("keys");
        if !folder.exists() {
            std::fs::create_dir(&folder).expect("a folder");
            std::fs::copy(self.folder.path().join("keys/master.key"), folder.join("master.key"))
                .expect("a copy of the master key");
        }
        folder
    }

    /// An operator command on a node's machine.
    pub fn operator(&self, index: usize, arguments: &[&str]) -> Command {
        let mut command = claviger(&self.home(index));
        command.args(arguments).env("CLAVIGER_DATABASE_URL", &self.database_urls[index]);
        command.env("CLAVIGER_KEYS_DIR", self.keys_dir(index)).env("CLAVIGER_PUBLIC_URL", &self.public_url);
        command
    }

    fn command(&self, index: usize) -> Command {
        let mut command = claviger(&self.home(index));
        command.arg("serve").arg("--listen").arg(self.addresses[index].to_string());
        command.env("CLAVIGER_DATABASE_URL", &self.database_urls[index]);
        command.env("CLAVIGER_KEYS_DIR", self.keys_dir(index));
        command.env("CLAVIGER_METRICS_LISTEN", self.metrics[index].to_string());
        command.env("CLAVIGER_LOG_LEVEL", self.log_level).env("CLAVIGER_NODE_NAME", format!("node-{index}"));
        command.env("CLAVIGER_PUBLIC_URL", &self.public_url);
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command.env("CLAVIGER_WEBHOOK_ALLOWED_HOSTS", "127.0.0.1");
        if self.own_clocks {
            faketime::prepare(&mut command, &self.home(index));
        }
        // Many requests with revoked tokens are no attack here.
        command.env("CLAVIGER_AUTH_FAILURES_PER_ADDRESS", "0").env("CLAVIGER_AUTH_FAILURES_PER_CLIENT", "0");
        command
    }

    /// Sets the offset of the node's wall clock, in seconds.
    pub fn set_clock(&self, index: usize, offset: i64) {
        faketime::set(&self.home(index), offset);
    }

    /// A command on the machine: whether it succeeded, its output, and its errors.
    pub fn run_operator(&self, arguments: &[&str]) -> (bool, String, String) {
        let home = TempDir::new_in(self.folder.path()).expect("a folder");
        let (status, output, errors) = run(self.operator_command(&home).args(arguments));
        (status.success(), output, errors)
    }

    /// The same, but killed after `patience`: `None`.
    pub fn operator_within(&self, arguments: &[String], patience: Duration) -> Option<bool> {
        let home = TempDir::new_in(self.folder.path()).expect("a folder");
        let mut command = self.operator_command(&home);
        let mut child =
            command.args(arguments).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("a command");
        let begun = Instant::now();
        loop {
            match child.try_wait().expect("a child") {
                Some(status) => return Some(status.success()),
                None if begun.elapsed() > patience => break,
                None => std::thread::sleep(Duration::from_millis(1)),
            }
        }
        child.kill().expect("the process is ours");
        child.wait().expect("a child");
        None
    }

    fn operator_command(&self, home: &TempDir) -> Command {
        let mut command = claviger(home.path());
        command.env("CLAVIGER_DATABASE_URL", &self.database_url);
        command.env("CLAVIGER_KEYS_DIR", self.folder.path().join("keys"));
        command.env("CLAVIGER_PUBLIC_URL", &self.public_url);
        command
    }

    pub fn node(&self, index: usize) -> MutexGuard<'_, Option<ServerProcess>> {
        self.nodes[index].lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn kill(&self, index: usize) {
        self.node(index).take().expect("it runs").kill();
    }

    /// From all runs of this node.
    pub fn log(&self, index: usize) -> String {
        let log = self.folder.path().join(format!("node-{index}/server.log"));
        std::fs::read_to_string(log).unwrap_or_default()
    }

    pub fn signal(&self, index: usize, signal: Signal) {
        let pid = self.node(index).as_ref().expect("it runs").pid();
        kill_process(pid, signal).expect("the process is ours");
    }
}

impl Drop for Cluster {
    /// Prints the nodes' logs after a failure.
    fn drop(&mut self) {
        if std::thread::panicking() {
            for index in 0..self.nodes.len() {
                let log = self.log(index);
                let last: Vec<&str> =
                    log.lines().rev().filter(|line| !line.contains("answered")).take(12).collect();
                println!("node-{index}:\n{}", last.into_iter().rev().collect::<Vec<_>>().join("\n"));
            }
        }
    }
}

pub fn alone() -> MutexGuard<'static, ()> {
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

pub fn client(json: &Value) -> Client {
    let text = |name: &str| json[name].as_str().unwrap_or_default().to_owned();
    Client { id: text("client_id"), key: text("client_key"), name: text("name") }
}
