//! A server in this process with a realm, and helpers to set up tests.

use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread::JoinHandle;

use claviger::config::{LogFormat, Settings};
use claviger::crypto::{MasterKeys, SystemRandomness};
use claviger::http::{ServerSettings, listen};
use claviger::replication::Part;
use claviger::serve::{Node, ServeError, Sources, assemble};
use claviger_domain::{Clock, Limits, Network};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::clock::StillClock;
use crate::http::{Request, Response};
use crate::patience::until;
use crate::postgres::Postgres;

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
    /// From the next start on.
    pub token_cache_bytes: usize,
    /// From the next start on.
    pub limits: Limits,
    server: Option<RunningServer>,
    /// Kept open between a stop and a start, so that no other test takes the port.
    listener: TcpListener,
}

struct RunningServer {
    stop: actix_web::dev::ServerHandle,
    thread: JoinHandle<()>,
    node: Node,
}

#[derive(Clone, Debug)]
pub struct Client {
    pub id: String,
    pub key: String,
    pub name: String,
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
            token_cache_bytes: Settings::DEFAULT_TOKEN_CACHE_BYTES,
            limits: Limits::default(),
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
            trusted_proxies: self.trusted_proxies.clone(),
            token_cache_bytes: self.token_cache_bytes,
            limits: self.limits,
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
        let http = ServerSettings { listen: self.address, tls: None, workers: 1 };
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

    /// A personal access token of the owner with a scope for services and `admin:read-update`.
    pub fn personal_token(&self, scope: &str) -> String {
        let scopes = [scope, "admin:read-update"];
        let body = json!({"expires_at": "2099-01-01T00:00:00Z", "scopes": scopes});
        let made = self.admin("POST", "/personal-access-tokens", Some(body)).expect(201).json();
        made["token"].as_str().expect("a text").to_owned()
    }

    /// An API token of the owner.
    pub fn api_token(&self, scopes: &[&str]) -> (String, String) {
        let body = json!({"expires_at": "2099-01-01T00:00:00Z", "scopes": scopes});
        let made = self.admin("POST", "/api-tokens", Some(body)).expect(201).json();
        let text = |name: &str| made[name].as_str().expect("a text").to_owned();
        (text("id"), text("token"))
    }

    pub fn path(&self, path: &str) -> String {
        format!("/realms/{}{path}", self.realm)
    }

    pub fn issuer(&self) -> String {
        format!("http://{}/realms/{}", self.address, self.realm)
    }

    pub fn send(&self, request: &Request) -> Response {
        request.send(self.address)
    }

    // Administration, by the owner by default.

    pub fn admin(&self, method: &str, path: &str, body: Option<Value>) -> Response {
        self.admin_as(&self.owner, method, path, body)
    }

    pub fn admin_as(&self, token: &str, method: &str, path: &str, body: Option<Value>) -> Response {
        let path = format!("/api/v1/realms/{}{path}", self.realm);
        let request = match body {
            Some(body) => Request::json(method, &path, &body),
            None => Request::new(method, &path),
        };
        self.send(&request.bearer(token))
    }

    pub fn scopes(&self, scopes: &[&str]) -> &Self {
        for scope in scopes {
            self.admin("POST", "/scopes", Some(json!({"scope": scope}))).expect(201);
        }
        self
    }

    /// Creates a group and registers its new scopes.
    pub fn group(&self, name: &str, scopes: &[&str]) -> &Self {
        for scope in scopes.iter().filter(|scope| !scope.contains('/')) {
            let answer = self.admin("POST", "/scopes", Some(json!({"scope": scope})));
            assert!(matches!(answer.status, 201 | 409), "{}", answer.text());
        }
        self.admin("POST", "/groups", Some(json!({"name": name, "scopes": scopes}))).expect(201);
        self
    }

    pub fn resource(&self, name: &str, actions: &[&str]) -> &Self {
        let (kind, name) = name.split_once('/').expect("type/name");
        self.admin("POST", "/resources", Some(json!({"type": kind, "name": name, "actions": actions})))
            .expect(201);
        self
    }

    pub fn resource_server(&self, name: &str, audience: &str) -> Client {
        let body = json!({"name": name, "audience": audience});
        client(&self.admin("POST", "/resource-servers", Some(body)).expect(201).json())
    }

    /// Valid for 90 days; its tokens for an hour.
    pub fn credential(&self, name: &str, groups: &[&str]) -> Client {
        self.credential_with(json!({"name": name, "groups": groups}))
    }

    /// `parts` replace the defaults.
    pub fn credential_with(&self, parts: Value) -> Client {
        let mut body = json!({"name": "nightly", "validity_days": 90, "token_ttl_seconds": 3600});
        for (name, value) in parts.as_object().expect("an object") {
            body[name] = value.clone();
        }
        client(&self.admin("POST", "/service-credentials", Some(body)).expect(201).json())
    }

    pub fn revoke(&self, credential: &Client) -> Response {
        let path = format!("/service-credentials/{}/revoke", credential.id);
        self.admin("POST", &path, Some(json!({"name": credential.name})))
    }

    /// A member and its `admin:read-update` token.
    pub fn member(&self, email: &str, roles: &[&str]) -> (String, String) {
        let body = json!({"email": email, "name": email, "roles": roles});
        let id = self.admin("POST", "/members", Some(body)).expect(201).json()["id"]
            .as_str()
            .expect("an id")
            .to_owned();
        let token = self.operator_token(email);
        (id, token)
    }

    /// One hour, `admin:read-update`, as `claviger member token` makes it.
    pub fn operator_token(&self, email: &str) -> String {
        use claviger::administration::operator_token;
        use claviger::ledger::{Act, Caller};
        let act = Act::local(self.realm.parse().expect("a label"), Caller::Operator);
        let email = email.parse().expect("an address");
        let created = operator_token(&self.node().state.administration, &act, &email).expect("a token");
        created.token.expose().to_owned()
    }

    // Tokens.

    pub fn token_request(&self, client: &Client, parameters: &[(&str, &str)]) -> Request {
        let mut all = vec![("grant_type", "client_credentials")];
        all.extend_from_slice(parameters);
        Request::form(&self.path("/oauth2/token"), &all).basic(&client.id, &client.key)
    }

    pub fn token(&self, client: &Client) -> String {
        self.token_with(client, &[])
    }

    pub fn token_with(&self, client: &Client, parameters: &[(&str, &str)]) -> String {
        let answer = self.send(&self.token_request(client, parameters)).expect(200);
        answer.json()["access_token"].as_str().expect("a token").to_owned()
    }

    pub fn introspection_request(&self, server: &Client, token: &str) -> Request {
        Request::form(&self.path("/oauth2/introspect"), &[("token", token)]).basic(&server.id, &server.key)
    }

    pub fn introspect(&self, server: &Client, token: &str) -> Value {
        self.send(&self.introspection_request(server, token)).expect(200).json()
    }

    #[track_caller]
    pub fn assert_active(&self, server: &Client, token: &str) {
        assert_eq!(self.introspect(server, token)["active"], true);
    }

    /// Also checks that the response has no other member.
    #[track_caller]
    pub fn assert_inactive(&self, server: &Client, token: &str) {
        let answer = self.send(&self.introspection_request(server, token)).expect(200);
        assert_eq!(answer.text(), r#"{"active":false}"#);
    }
}

impl Drop for World {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.stop();
        }
    }
}

fn client(json: &Value) -> Client {
    let text = |name: &str| json[name].as_str().unwrap_or_default().to_owned();
    Client { id: text("client_id"), key: text("client_key"), name: text("name") }
}

/// In memory if possible; other tests cover data on disk.
fn temporary_folder() -> TempDir {
    let memory = Path::new("/dev/shm");
    let made = if memory.is_dir() { TempDir::with_prefix_in("claviger-", memory) } else { TempDir::new() };
    made.expect("a temporary folder")
}

pub fn settings(folder: &Path, listen: SocketAddr, database_url: &str) -> Settings {
    Settings {
        listen,
        public_url: format!("http://{listen}"),
        database_url: database_url.parse().expect("a database URL"),
        keys_dir: folder.join("keys"),
        data_dir: folder.to_owned(),
        node_name: "node-1".into(),
        trusted_proxies: Vec::new(),
        tls: None,
        metrics_listen: None,
        otlp_endpoint: None,
        workers: Some(1),
        log_format: LogFormat::Text,
        log_level: "warn".into(),
        auth_failures_per_address: 10,
        auth_failures_per_client: 5,
        token_cache_bytes: Settings::DEFAULT_TOKEN_CACHE_BYTES,
        audit_retention_days: None,
        log_retention_days: None,
        ended_token_retention_days: None,
        ended_credential_retention_days: None,
        limits: Limits::default(),
        max_connections: None,
        max_connections_per_address: None,
        trust_clock: false,
    }
}

/// Generates two tests from one: on SQLite and on PostgreSQL.
#[macro_export]
macro_rules! on_both_databases {
    ($($(#[$meta:meta])* fn $name:ident($world:ident: World) $body:block)+) => {
        $(
            $(#[$meta])*
            mod $name {
                use super::*;

                fn check(mut $world: $crate::world::World) $body

                #[test]
                fn on_sqlite() {
                    check($crate::world::World::start($crate::world::Database::Sqlite));
                }

                #[test]
                fn on_postgres() {
                    check($crate::world::World::start($crate::world::Database::Postgres));
                }
            }
        )+
    };
}
