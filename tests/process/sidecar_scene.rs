//! A server with its demonstration realm, and a sidecar of its resource server.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::process::Command;

use serde_json::{Value, json};
use tempfile::TempDir;

use claviger_testkit::http::{Request, Response};
use claviger_testkit::process::{ServerProcess, claviger, free_address};

pub const IDENTITY: [&str; 5] =
    ["x-claviger-client", "x-claviger-subject", "x-claviger-realm", "x-claviger-scopes", "x-claviger-kind"];

pub struct Scene {
    pub folder: TempDir,
    pub server_address: SocketAddr,
    pub address: SocketAddr,
    pub audience: String,
    facts: Value,
    server: Option<ServerProcess>,
    sidecar: Option<ServerProcess>,
}

impl Scene {
    /// Returns when both are ready.
    pub fn start() -> Self {
        let folder = TempDir::new().expect("a folder");
        let (server_address, address) = (free_address(), free_address());
        let server = serve(&folder, server_address, false);
        let facts = std::fs::read(folder.path().join("d/quickstart.json")).expect("quickstart.json");
        let facts: Value = serde_json::from_slice(&facts).expect("JSON");
        let audience = facts["resource_server"]["audience"].as_str().expect("an audience").to_owned();
        let mut scene =
            Self { folder, server_address, address, audience, facts, server: Some(server), sidecar: None };
        std::fs::write(scene.folder.path().join("key"), scene.fact("resource_server/client_key"))
            .expect("a file");
        scene.sidecar = Some(ServerProcess::start_as(scene.folder.path(), address, || scene.command(None)));
        scene
    }

    pub fn fact(&self, path: &str) -> &str {
        self.facts.pointer(&format!("/{path}")).and_then(Value::as_str).expect("a fact")
    }

    /// `claviger sidecar` with everything that it needs, and with a flag that has another value.
    pub fn command(&self, other: Option<(&str, &str)>) -> Command {
        let (issuer, listen) = (self.issuer(), self.address.to_string());
        let mut flags = BTreeMap::from([
            ("--issuer", issuer.as_str()),
            ("--audience", &self.audience),
            ("--client-id", self.fact("resource_server/client_id")),
            ("--key-file", "key"),
            ("--listen", &listen),
        ]);
        flags.extend(other);
        let mut command = claviger(self.folder.path());
        command.arg("sidecar").args(flags.into_iter().flat_map(|(flag, value)| [flag, value]));
        command
    }

    pub fn issuer(&self) -> String {
        format!("http://{}/realms/demo", self.server_address)
    }

    /// A signed token of the demonstration credential.
    pub fn token(&self, parameters: &[(&str, &str)]) -> String {
        self.token_of(self.fact("client_id"), self.fact("client_key"), parameters)
    }

    pub fn token_of(&self, id: &str, key: &str, parameters: &[(&str, &str)]) -> String {
        let mut form = vec![("grant_type", "client_credentials")];
        form.extend(parameters);
        let request = Request::form("/realms/demo/oauth2/token", &form).basic(id, key);
        let answer = request.send(self.server_address).expect(200).json();
        answer["access_token"].as_str().expect("a token").to_owned()
    }

    pub fn administer(&self, method: &str, path: &str, body: &Value) -> Response {
        let path = format!("/api/v1/realms/demo{path}");
        let owner = self.fact("owner/personal_access_token");
        Request::json(method, &path, body).bearer(owner).send(self.server_address)
    }

    /// The id of an opaque token, and the token.
    pub fn api_token(&self, scopes: &[&str]) -> (String, String) {
        let body = json!({"expires_at": "2099-01-01T00:00:00Z", "scopes": scopes});
        let made = self.administer("POST", "/api-tokens", &body).expect(201).json();
        let text = |name: &str| made[name].as_str().expect("a text").to_owned();
        (text("id"), text("token"))
    }

    /// What the sidecar says to `/realms/demo/forward-auth` with this behind it.
    pub fn ask(&self, below: &str, token: &str) -> Response {
        forward_auth(below).bearer(token).send(self.address)
    }

    pub fn stop_server(&mut self) {
        self.server.take().expect("it runs").kill();
    }

    /// With the data of before.
    pub fn start_server_again(&mut self) {
        self.server = Some(serve(&self.folder, self.server_address, true));
    }

    pub fn sidecar(&mut self) -> ServerProcess {
        self.sidecar.take().expect("it runs")
    }

    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("server.log")).expect("the log of both")
    }
}

pub fn forward_auth(below: &str) -> Request {
    Request::get(&format!("/realms/demo/forward-auth{below}"))
}

fn serve(folder: &TempDir, address: SocketAddr, keep: bool) -> ServerProcess {
    ServerProcess::start(folder.path(), address, |command| {
        command.args(["--dev", "--data-dir", "d"]).env("CLAVIGER_TRUSTED_PROXIES", "127.0.0.1");
        // A server limits invalid tokens, and answers them with a time to wait then.
        command.env("CLAVIGER_AUTH_FAILURES_PER_ADDRESS", "0").env("CLAVIGER_AUTH_FAILURES_PER_CLIENT", "0");
        if keep {
            command.arg("--keep");
        }
    })
}
