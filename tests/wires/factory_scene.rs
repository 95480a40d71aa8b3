//! `claviger serve --dev`, and the example API of a factory beside it.

use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use serde_json::{Value, json};
use tempfile::TempDir;

use claviger_testkit::http::{Request, Response};
use claviger_testkit::other_binary::built;
use claviger_testkit::process::{ServerProcess, claviger, free_address, run};

pub struct Scene {
    pub folder: TempDir,
    pub authority_address: SocketAddr,
    pub api: ServerProcess,
    /// `None` once it is stopped.
    authority: Option<ServerProcess>,
    owner: String,
}

pub struct Credential {
    pub id: String,
    pub key: String,
    name: String,
}

/// The realm, and so the factory, of every scene.
pub const FACTORY: &str = "demo";

pub const PROJECT: &str = "/projects/demo/lmp/";
pub const BUILDS: &str = "/projects/demo/lmp/builds/";
pub const BUILD: &str = "/projects/demo/lmp/builds/1/";
pub const DEVICES: &str = "/ota/devices/";
pub const ROBOT: &str = "/ota/devices/robot/";
pub const CONFIG: &str = "/ota/devices/robot/config/";
pub const TARGETS: &str = "/ota/factories/demo/targets/";

static API: LazyLock<PathBuf> = LazyLock::new(|| built("settings", "factory-api"));

/// Of groups and credentials.
const MAX_NAME_LENGTH: usize = 64;

/// As this resource server of the realm at this address.
pub fn start_api(folder: &Path, authority: SocketAddr, server: &Value) -> ServerProcess {
    let fact = |name: &str| server[name].as_str().expect("a fact");
    let home = folder.join("api");
    std::fs::create_dir(&home).expect("a folder");
    std::fs::write(home.join("key"), fact("client_key")).expect("a file");
    let address = free_address();
    let accepts = |address| TcpStream::connect(address).is_ok();
    ServerProcess::start_until(&home, address, accepts, || {
        let mut command = Command::new(&*API);
        command.current_dir(&home).env("FACTORY_API_LISTEN", address.to_string());
        command.env("FACTORY_API_ISSUER", format!("http://{authority}/realms/{FACTORY}"));
        command.env("FACTORY_API_AUDIENCE", fact("audience"));
        command.env("FACTORY_API_CLIENT_ID", fact("client_id")).env("FACTORY_API_CLIENT_KEY_FILE", "key");
        command
    })
}

impl Scene {
    pub fn start() -> Self {
        let folder = TempDir::new().expect("a temporary folder");
        let authority_address = free_address();
        let authority = ServerProcess::start(folder.path(), authority_address, |command| {
            command.args(["--dev", "--data-dir", "d"]);
        });
        let facts = std::fs::read(folder.path().join("d/quickstart.json")).expect("quickstart.json");
        let facts: Value = serde_json::from_slice(&facts).expect("JSON");
        let api = start_api(folder.path(), authority_address, &facts["resource_server"]);
        let owner = facts["owner"]["personal_access_token"].as_str().expect("a token").to_owned();
        Self { folder, authority_address, api, authority: Some(authority), owner }
    }

    pub fn stop_authority(&mut self) {
        self.authority.take().expect("it runs").terminate();
    }

    /// With a profile of the scene's own.
    pub fn claviger(&self) -> Command {
        let mut command = claviger(self.folder.path());
        command.env("CLAVIGER_PROFILE", self.profile());
        command
    }

    pub fn profile(&self) -> PathBuf {
        self.folder.path().join("profile.json")
    }

    pub fn send(&self, request: &Request) -> Response {
        request.send(self.api.address)
    }

    /// In a group that gives exactly these scopes.
    pub fn credential(&self, scopes: &[&str]) -> Credential {
        self.credential_in(FACTORY, &self.owner, scopes)
    }

    pub fn revoke(&self, credential: &Credential) {
        let path = format!("/service-credentials/{}/revoke", credential.id);
        self.administer(FACTORY, &self.owner, &path, &json!({"name": credential.name})).expect(200);
    }

    pub fn token(&self, credential: &Credential) -> String {
        self.token_in(FACTORY, credential)
    }

    pub fn token_with(&self, scopes: &[&str]) -> String {
        self.token(&self.credential(scopes))
    }

    /// Of a new realm of the same server.
    pub fn token_of_another_realm(&self, realm: &str, scopes: &[&str]) -> String {
        let mut create = self.claviger();
        create.args(["realm", "create", realm, "--owner", "ada@example.org", "--preset", "foundries"]);
        let (status, owner, errors) = run(create.args(["--dev", "--data-dir", "d"]));
        assert!(status.success(), "{errors}");
        self.token_in(realm, &self.credential_in(realm, owner.trim(), scopes))
    }

    pub fn administer_factory(&self, method: &str, path: &str, body: &Value) -> Response {
        let path = format!("/api/v1/realms/{FACTORY}{path}");
        Request::json(method, &path, body).bearer(&self.owner).send(self.authority_address)
    }

    fn administer(&self, realm: &str, owner: &str, path: &str, body: &Value) -> Response {
        let path = format!("/api/v1/realms/{realm}{path}");
        Request::json("POST", &path, body).bearer(owner).send(self.authority_address)
    }

    fn credential_in(&self, realm: &str, owner: &str, scopes: &[&str]) -> Credential {
        let name: String = scopes.join("-").replace(':', "-").chars().take(MAX_NAME_LENGTH).collect();
        self.administer(realm, owner, "/groups", &json!({"name": name, "scopes": scopes})).expect(201);
        let new =
            json!({"name": name, "validity_days": 90, "token_ttl_seconds": 3600, "groups": [name.as_str()]});
        let made = self.administer(realm, owner, "/service-credentials", &new).expect(201).json();
        let text = |member: &str| made[member].as_str().expect("a text").to_owned();
        Credential { id: text("client_id"), key: text("client_key"), name }
    }

    fn token_in(&self, realm: &str, credential: &Credential) -> String {
        let form = [("grant_type", "client_credentials")];
        let request = Request::form(&format!("/realms/{realm}/oauth2/token"), &form);
        let answer = request.basic(&credential.id, &credential.key).send(self.authority_address).expect(200);
        answer.json()["access_token"].as_str().expect("a token").to_owned()
    }
}

/// A JSON error that must not be cached, with no members other than its description.
#[track_caller]
pub fn assert_refused(answer: &Response, error: &str) {
    let body = answer.json();
    assert_eq!(body["error"], error, "{body}");
    assert!(body["error_description"].is_string() && body.as_object().is_some_and(|all| all.len() == 2));
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
}
