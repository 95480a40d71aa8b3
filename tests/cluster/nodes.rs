//! Three real servers on one real PostgreSQL.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use claviger::crypto::{MasterKeys, SystemRandomness};
use claviger::serve::create_realm;
use rustix::process::{Signal, kill_process};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::http::{Request, Response};
use crate::support::postgres::Postgres;
use crate::support::process::{ServerProcess, claviger, free_address, run};
use crate::support::world::{Client, settings};

pub struct Cluster {
    pub folder: TempDir,
    pub database_url: String,
    pub addresses: Vec<SocketAddr>,
    pub nodes: Vec<Option<ServerProcess>>,
    pub server: Client,
    owner: String,
    public_url: String,
}

const PATIENCE: Duration = Duration::from_secs(30);

pub const REALM: &str = "acme";

impl Cluster {
    pub fn start(count: usize) -> Self {
        let folder = TempDir::new().expect("a temporary folder");
        let database_url = Postgres::shared().fresh_database();
        MasterKeys::create(&folder.path().join("keys"), &SystemRandomness::new()).expect("a master key");
        let addresses: Vec<SocketAddr> = (0..count).map(|_| free_address()).collect();
        let public_url = format!("http://{}", addresses[0]);
        let place = settings(folder.path(), addresses[0], &database_url);
        let realm = REALM.parse().expect("a label");
        let owner = "holder@acme.example".parse().expect("an address");
        let owner = create_realm(&place, &realm, &owner, None).expect("a realm").token.to_string();
        let server = Client { id: String::new(), key: String::new(), name: String::new() };
        let nodes = (0..count).map(|_| None).collect();
        let mut cluster = Self { folder, database_url, addresses, nodes, server, owner, public_url };
        for index in 0..count {
            cluster.start_node(index);
        }
        cluster.admin(0, "POST", "/scopes", &json!({"scope": "ci:read"})).expect(201);
        cluster.admin(0, "POST", "/groups", &json!({"name": "g", "scopes": ["ci:read"]})).expect(201);
        let body = json!({"name": "builds", "audience": "https://builds.example.org"});
        cluster.server = client(&cluster.admin(0, "POST", "/resource-servers", &body).expect(201).json());
        cluster
    }

    pub fn start_node(&mut self, index: usize) {
        let home = self.home(index);
        let server =
            ServerProcess::start(&home, self.addresses[index], |command| self.configure(index, command));
        self.nodes[index] = Some(server);
    }

    /// What a node says that is started anew and ends at once.
    pub fn refusal_to_start(&mut self, index: usize) -> String {
        self.nodes[index].take().expect("it runs").kill();
        let mut command = claviger(&self.home(index));
        command.arg("serve").arg("--listen").arg(self.addresses[index].to_string());
        self.configure(index, &mut command);
        let (status, output, errors) = run(&mut command);
        assert!(!status.success(), "it runs");
        output + &errors
    }

    fn home(&self, index: usize) -> PathBuf {
        let home = self.folder.path().join(format!("node-{index}"));
        std::fs::create_dir_all(&home).expect("a folder");
        home
    }

    fn configure(&self, index: usize, command: &mut Command) {
        command
            .env("CLAVIGER_DATABASE_URL", &self.database_url)
            .env("CLAVIGER_KEYS_DIR", self.folder.path().join("keys"))
            .env("CLAVIGER_NODE_NAME", format!("node-{index}"))
            .env("CLAVIGER_PUBLIC_URL", &self.public_url);
    }

    pub fn signal(&self, index: usize, signal: Signal) {
        let pid = self.nodes[index].as_ref().expect("it runs").pid();
        kill_process(pid, signal).expect("the process is ours");
    }

    pub fn admin(&self, node: usize, method: &str, path: &str, body: &Value) -> Response {
        self.patiently(node, &self.administration(method, path, body))
    }

    pub fn administration(&self, method: &str, path: &str, body: &Value) -> Request {
        let path = format!("/api/v1/realms/{REALM}{path}");
        Request::json(method, &path, body).bearer(&self.owner)
    }

    /// On a machine that is too busy to renew a lease a node says that it does not know: asked again, as it wants to be.
    pub fn patiently(&self, node: usize, request: &Request) -> Response {
        let begun = Instant::now();
        loop {
            let answer = request.send(self.addresses[node]);
            if answer.status != 503 || begun.elapsed() > PATIENCE {
                return answer;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    pub fn credential(&self, node: usize, name: &str) -> Client {
        let body = json!({"name": name, "validity_days": 90, "token_ttl_seconds": 3600, "groups": ["g"]});
        client(&self.admin(node, "POST", "/service-credentials", &body).expect(201).json())
    }

    pub fn revoke(&self, node: usize, credential: &Client) -> Response {
        self.patiently(node, &self.revocation(credential))
    }

    pub fn revocation(&self, credential: &Client) -> Request {
        let path = format!("/service-credentials/{}/revoke", credential.id);
        self.administration("POST", &path, &json!({"name": credential.name}))
    }

    pub fn token(&self, node: usize, credential: &Client) -> Response {
        self.patiently(node, &token_request(credential))
    }

    pub fn token_once(&self, node: usize, credential: &Client) -> Response {
        token_request(credential).send(self.addresses[node])
    }

    /// A token at a node that may hear of the credential a moment late: it waits for new rows half a second, a stalled disk longer.
    pub fn first_token(&self, node: usize, credential: &Client) -> Response {
        let begun = Instant::now();
        loop {
            let answer = self.token(node, credential);
            if answer.status != 401 || begun.elapsed() > PATIENCE {
                return answer;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// What the node says when it knows.
    pub fn verdict(&self, node: usize, token: &str) -> String {
        self.patiently(node, &self.introspection(token)).expect(200).text()
    }

    pub fn introspect(&self, node: usize, token: &str) -> Response {
        self.introspection(token).send(self.addresses[node])
    }

    pub fn introspection(&self, token: &str) -> Request {
        let path = format!("/realms/{REALM}/oauth2/introspect");
        Request::form(&path, &[("token", token)]).basic(&self.server.id, &self.server.key)
    }
}

impl Drop for Cluster {
    /// A failure is looked for in what the nodes have said.
    fn drop(&mut self) {
        if std::thread::panicking() {
            for index in 0..self.nodes.len() {
                let log = self.folder.path().join(format!("node-{index}/server.log"));
                let log = std::fs::read_to_string(log).unwrap_or_default();
                let last: Vec<&str> =
                    log.lines().rev().filter(|line| !line.contains("answered")).take(12).collect();
                println!("node-{index}:\n{}", last.into_iter().rev().collect::<Vec<_>>().join("\n"));
            }
        }
    }
}

fn token_request(credential: &Client) -> Request {
    let form = [("grant_type", "client_credentials")];
    Request::form(&format!("/realms/{REALM}/oauth2/token"), &form).basic(&credential.id, &credential.key)
}

pub fn access_token(answer: &Response) -> String {
    answer.json()["access_token"].as_str().expect("a token").to_owned()
}

fn client(json: &Value) -> Client {
    let text = |name: &str| json[name].as_str().unwrap_or_default().to_owned();
    Client { id: text("client_id"), key: text("client_key"), name: text("name") }
}
