//! A server in this process, with its data, its clock and one realm.

use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use claviger::config::Settings;
use claviger::crypto::{MasterKeys, SystemRandomness};
use claviger::http::{ServerSettings, listen};
use claviger::replication::Part;
use claviger::serve::{Node, ServeError, Sources, assemble};
use claviger_domain::{Clock, Limits, Network};
use serde_json::json;
use tempfile::TempDir;

use crate::clock::StillClock;
use crate::http::{Request, Response};
use crate::patience::until;
use crate::postgres::Postgres;
use crate::world::settings::settings;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Database {
    Sqlite,
    Postgres,
}

pub struct World {
    pub address: SocketAddr,
    pub clock: Arc<StillClock>,
    pub database_url: String,
    pub folder: Arc<TempDir>,
    pub realm: String,
    /// The owner's personal access token, `admin:read-update`.
    pub owner: String,
    /// Proxies whose forwarded headers are trusted, from the next start on.
    pub trusted_proxies: Vec<Network>,
    /// The path of `public_url`, from the next start on.
    pub public_path: String,
    /// From the next start on.
    pub token_cache_bytes: usize,
    /// From the next start on.
    pub limits: Limits,
    /// From the next start on.
    pub vault_catalogue: Option<PathBuf>,
    /// From the next start on.
    pub vault_allowed_hosts: Vec<String>,
    /// From the next start on.
    pub vault_ca_file: Option<PathBuf>,
    /// From the next start on.
    pub vault_revalidation_hours: Option<u32>,
    /// From the next start on.
    pub vault_pull_minutes: Option<u32>,
    /// From the next start on.
    pub webhook_allowed_hosts: Vec<String>,
    pub sign_in_allowed_hosts: Vec<String>,
    server: Option<RunningServer>,
    /// Kept open between a stop and a start, so that no other test takes the port.
    listener: TcpListener,
}

struct RunningServer {
    stop: actix_web::dev::ServerHandle,
    thread: JoinHandle<()>,
    node: Node,
}

impl World {
    /// An empty realm `acme` whose owner is `holder@acme.example`, with a clock that stands still.
    pub fn start(database: Database) -> Self {
        let folder = Arc::new(temporary_folder());
        let database_url = match database {
            Database::Sqlite => format!("sqlite://{}/claviger.db", folder.path().display()),
            Database::Postgres => Postgres::shared().fresh_database(),
        };
        let clock = Arc::new(StillClock::at("2027-01-31T12:00:00Z"));
        MasterKeys::create(&folder.path().join("keys"), &SystemRandomness::new()).expect("a master key");
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let mut world = Self {
            address: listener.local_addr().expect("an address"),
            clock,
            database_url,
            folder,
            realm: "acme".into(),
            owner: String::new(),
            trusted_proxies: Vec::new(),
            public_path: String::new(),
            token_cache_bytes: Settings::DEFAULT_TOKEN_CACHE_BYTES,
            limits: Limits::default(),
            vault_catalogue: None,
            vault_allowed_hosts: Vec::new(),
            vault_ca_file: None,
            vault_revalidation_hours: None,
            vault_pull_minutes: None,
            webhook_allowed_hosts: Vec::new(),
            sign_in_allowed_hosts: Vec::new(),
            server: None,
            listener,
        };
        world.resume();
        world.owner = world.create_realm("acme");
        world
    }

    /// Creates a realm, also beside the first; returns the owner's token.
    pub fn create_realm(&self, label: &str) -> String {
        use claviger::administration::{NewRealm, create_realm};
        use claviger::ledger::{Act, Caller};
        let act = Act::local(label.parse().expect("a label"), Caller::Operator);
        let owner = format!("holder@{label}.example").parse().expect("an address");
        let administration = &self.node().state.administration;
        let created = create_realm(administration, &act, NewRealm { owner, preset: None }).expect("a realm");
        // The operator's token expires after an hour, and tests advance the clock by years.
        let until = "2099-01-01T00:00:00Z";
        let body = json!({"description": "tests", "expires_at": until, "scopes": ["admin:read-update"]});
        let path = format!("/api/v1/realms/{label}/personal-access-tokens");
        let answer =
            Request::json("POST", &path, &body).bearer(created.token.expose()).send(self.address).expect(201);
        answer.json()["token"].as_str().expect("a token").to_owned()
    }

    pub fn node(&self) -> &Node {
        &self.server.as_ref().expect("a running server").node
    }

    /// Stops the server and starts another one on the same data.
    pub fn restart(&mut self) {
        self.stop();
        self.resume();
    }

    pub fn stop(&mut self) {
        if let Some(mut server) = self.server.take() {
            drop(server.stop.stop(false));
            server.thread.join().expect("the server thread ends");
            // The worker ends a moment later, and with it the last connection to the database.
            until("the worker ends", || Arc::strong_count(&server.node.state) == 1);
            server.node.stop();
        }
    }

    /// The reason why a server does not start on the current data.
    pub fn refusal_to_start(&mut self) -> String {
        self.stop();
        match self.assemble() {
            Err(error) => error.to_string(),
            Ok(_) => panic!("it starts"),
        }
    }

    fn assemble(&self) -> Result<Node, ServeError> {
        let settings = Settings {
            public_url: format!("http://{}{}", self.address, self.public_path),
            trusted_proxies: self.trusted_proxies.clone(),
            token_cache_bytes: self.token_cache_bytes,
            limits: self.limits,
            vault_catalogue: self.vault_catalogue.clone(),
            vault_allowed_hosts: self.vault_allowed_hosts.clone(),
            vault_ca_file: self.vault_ca_file.clone(),
            vault_revalidation_hours: self.vault_revalidation_hours,
            vault_pull_minutes: self.vault_pull_minutes,
            webhook_allowed_hosts: self.webhook_allowed_hosts.clone(),
            sign_in_allowed_hosts: self.sign_in_allowed_hosts.clone(),
            ..settings(self.folder.path(), self.address, &self.database_url)
        };
        let clock: Arc<dyn Clock> = self.clock.clone();
        let sources = Sources { clock, randomness: Arc::new(SystemRandomness::new()) };
        // Unique per run, as for every server: its rows may outlive it.
        static STARTS: AtomicU32 = AtomicU32::new(0);
        let start = STARTS.fetch_add(1, Ordering::Relaxed);
        let incarnation = format!("{:?}-{start}", self.address);
        let part = Part::Server { node: "node-1".into(), incarnation };
        assemble(&settings, &sources, part)
    }

    fn resume(&mut self) {
        let listener = self.listener.try_clone().expect("a listener");
        let node = self.assemble().unwrap_or_else(|error| panic!("{error}"));
        let state = node.state.clone();
        let (tell, told) = std::sync::mpsc::channel();
        let keep_alive = Duration::from_secs(5);
        let http = ServerSettings { listen: self.address, tls: None, workers: 1, keep_alive };
        let thread = std::thread::spawn(move || {
            actix_web::rt::System::new().block_on(async move {
                let server = listen(&http, listener, state).expect("a server");
                tell.send(server.handle()).expect("somebody listens");
                server.await.expect("the server runs");
            });
        });
        let stop = told.recv().expect("the server starts");
        self.server = Some(RunningServer { stop, thread, node });
    }

    pub fn path(&self, path: &str) -> String {
        format!("/realms/{}{path}", self.realm)
    }

    pub fn issuer(&self) -> String {
        format!("http://{}{}/realms/{}", self.address, self.public_path, self.realm)
    }

    pub fn send(&self, request: &Request) -> Response {
        request.send(self.address)
    }
}

impl Drop for World {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.stop();
        }
    }
}

/// In memory if possible; other tests cover data on disk.
fn temporary_folder() -> TempDir {
    let memory = Path::new("/dev/shm");
    let made = if memory.is_dir() { TempDir::with_prefix_in("claviger-", memory) } else { TempDir::new() };
    made.expect("a temporary folder")
}
