//! `claviger serve --dev` as the authorization server, and the tokens that the tests present.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};
use tempfile::TempDir;

use claviger_testkit::http::{Request, Response};
use claviger_testkit::process::{ServerProcess, claviger, free_address, run};

/// The realm of every scene.
pub const REALM: &str = "demo";

/// The fourteen scopes of the demonstration realm's preset.
pub const SCOPES: [&str; 14] = [
    "source:read",
    "source:read-update",
    "source:delete",
    "source:create",
    "containers:read",
    "containers:read-update",
    "ci:read",
    "ci:read-update",
    "devices:read",
    "devices:read-update",
    "devices:create",
    "devices:delete",
    "targets:read",
    "targets:read-update",
];

pub struct Authority {
    pub folder: TempDir,
    pub address: SocketAddr,
    /// Host and port of its public URL.
    pub public_host: String,
    pub owner: String,
    server: Option<ServerProcess>,
}

pub struct ApiToken {
    pub id: String,
    pub token: String,
}

impl Authority {
    pub fn start() -> Self {
        let folder = TempDir::new().expect("a temporary folder");
        let address = free_address();
        let server = ServerProcess::start(folder.path(), address, |command| {
            command.args(["--dev", "--data-dir", "d"]).env("CLAVIGER_TRUSTED_PROXIES", "127.0.0.1");
            command.env("CLAVIGER_VAULT_ALLOWED_HOSTS", "127.0.0.1");
        });
        let facts = std::fs::read(folder.path().join("d/quickstart.json")).expect("quickstart.json");
        let facts: Value = serde_json::from_slice(&facts).expect("JSON");
        let owner = facts["owner"]["personal_access_token"].as_str().expect("a token").to_owned();
        Self { folder, address, public_host: address.to_string(), owner, server: Some(server) }
    }

    /// Under a name, for clients that refuse the address of this machine; without `--dev`, which determines the URL.
    pub fn start_as_localhost() -> Self {
        let folder = TempDir::new().expect("a temporary folder");
        let address = free_address();
        let public_host = format!("localhost:{}", address.port());
        let told = |line: &str| {
            let (status, told, errors) = run(claviger(folder.path()).args(line.split(' ')));
            assert!(status.success(), "{line}: {errors}");
            told.trim().to_owned()
        };
        told("keys init");
        let owner = told(&format!("realm create {REALM} --owner ada@example.org --preset foundries"));
        let server = ServerProcess::start(folder.path(), address, |command| {
            command.env("CLAVIGER_PUBLIC_URL", format!("http://{public_host}"));
        });
        Self { folder, address, public_host, owner, server: Some(server) }
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    pub fn stop(&mut self) {
        self.server.take().expect("it runs").terminate();
    }

    /// Beside the proxy, in place of the server.
    pub fn sidecar(&self) -> ServerProcess {
        let facts = std::fs::read(self.path().join("d/quickstart.json")).expect("quickstart.json");
        let facts: Value = serde_json::from_slice(&facts).expect("JSON");
        let fact = |name: &str| facts["resource_server"][name].as_str().expect("a fact").to_owned();
        let address = free_address();
        ServerProcess::start_as(self.path(), address, || {
            let mut command = claviger(self.path());
            command.args(["sidecar", "--issuer", &format!("http://{}/realms/{REALM}", self.address)]);
            command.args(["--audience", &fact("audience"), "--client-id", &fact("client_id")]);
            command.args(["--listen", &address.to_string()]).env("CLAVIGER_SIDECAR_KEY", fact("client_key"));
            command
        })
    }

    pub fn administer(&self, method: &str, path: &str, body: &Value) -> Response {
        self.administer_in(REALM, &self.owner, method, path, body)
    }

    pub fn administer_in(&self, realm: &str, by: &str, method: &str, path: &str, body: &Value) -> Response {
        let path = format!("/api/v1/realms/{realm}{path}");
        Request::json(method, &path, body).bearer(by).send(self.address)
    }

    pub fn api_token(&self, scopes: &[&str]) -> ApiToken {
        self.api_token_until(scopes, "2099-01-01T00:00:00Z")
    }

    pub fn api_token_until(&self, scopes: &[&str], expires_at: &str) -> ApiToken {
        let body = json!({"description": "a test's", "expires_at": expires_at, "scopes": scopes});
        token(&self.administer("POST", "/api-tokens", &body).expect(201))
    }

    /// An opaque token and a signed one, each with a scope of 4,096 bytes that includes this one.
    pub fn tokens_of_the_largest_scope(&self, scope: &str) -> (String, String) {
        // With `t/…:view` and a space, 132 bytes each.
        let long = (0..30).map(|number| format!("{number:0>124}"));
        let rest = "x".repeat(4_096 - 30 * 132 - scope.len() - " t/:view".len());
        let names: Vec<String> = long.chain([rest]).collect();
        let resources: Vec<String> = names.iter().map(|name| format!("t/{name}")).collect();
        for name in &names {
            self.administer("POST", "/resources", &json!({"type": "t", "name": name, "actions": ["view"]}))
                .expect(201);
        }
        let views = resources.iter().map(|resource| format!("{resource}:view"));
        let scopes: Vec<String> = views.chain([scope.to_owned()]).collect();
        let opaque = self.api_token(&scopes.iter().map(String::as_str).collect::<Vec<_>>()).token;
        let grants: Vec<Value> =
            resources.iter().map(|resource| json!({"resource": resource, "actions": ["view"]})).collect();
        self.administer("POST", "/groups", &json!({"name": "largest", "scopes": [scope]})).expect(201);
        let body = json!({
            "name": "largest", "validity_days": 90, "token_ttl_seconds": 3600,
            "groups": ["largest"], "resources": grants,
        });
        let made = self.administer("POST", "/service-credentials", &body).expect(201).json();
        let text = |value: &Value| value.as_str().expect("a text").to_owned();
        let request =
            Request::form(&format!("/realms/{REALM}/oauth2/token"), &[("grant_type", "client_credentials")])
                .basic(&text(&made["client_id"]), &text(&made["client_key"]));
        (opaque, text(&request.send(self.address).expect(200).json()["access_token"]))
    }

    /// In a new second realm with the same scopes.
    pub fn api_token_of_another_realm(&self, realm: &str, scopes: &[&str]) -> ApiToken {
        let mut create = self.claviger();
        create.args(["realm", "create", realm, "--owner", "ada@example.org", "--preset", "foundries"]);
        let (status, owner, errors) = run(create.args(["--dev", "--data-dir", "d"]));
        assert!(status.success(), "{errors}");
        let body = json!({"expires_at": "2099-01-01T00:00:00Z", "scopes": scopes});
        token(&self.administer_in(realm, owner.trim(), "POST", "/api-tokens", &body).expect(201))
    }

    pub fn revoke(&self, token: &ApiToken) -> Value {
        self.administer("POST", &format!("/api-tokens/{}/revoke", token.id), &json!({})).expect(200).json()
    }

    /// With the scene's own profile.
    pub fn claviger(&self) -> Command {
        let mut command = claviger(self.path());
        command.env("CLAVIGER_PROFILE", self.path().join("profile.json"));
        command
    }

    /// A folder that contains the binary as `claviger`, as on a PATH.
    pub fn programs(&self) -> PathBuf {
        let folder = self.path().join("programs");
        if !folder.exists() {
            std::fs::create_dir(&folder).expect("a folder");
            let binary = Path::new(env!("CARGO_BIN_EXE_claviger"));
            let program = folder.join("claviger");
            if rustix::process::geteuid().is_root() {
                // Another user, as whom a hook runs, may not enter the folder of the binary.
                std::fs::hard_link(binary, &program)
                    .or_else(|_| std::fs::copy(binary, &program).map(drop))
                    .expect("a program");
            } else {
                std::os::unix::fs::symlink(binary, &program).expect("a link");
            }
            for name in ["git-credential-claviger", "docker-credential-claviger"] {
                std::os::unix::fs::symlink(&program, folder.join(name)).expect("a link");
            }
        }
        folder
    }

    pub fn search_path(&self) -> String {
        format!("{}:{}", self.programs().display(), std::env::var("PATH").unwrap_or_default())
    }
}

fn token(answer: &Response) -> ApiToken {
    let made = answer.json();
    let text = |name: &str| made[name].as_str().expect("a text").to_owned();
    ApiToken { id: text("id"), token: text("token") }
}
