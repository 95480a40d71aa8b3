//! T-27: every answer of the API matches its description, for any request, and none is a 5xx.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};
use tempfile::TempDir;

use claviger_testkit::http::Request;
use claviger_testkit::process::{ServerProcess, claviger, free_address, run};

/// Checks for every answer; the administration must also refuse invalid requests.
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,\
    response_schema_conformance,response_headers_conformance,unsupported_method";

fn tool(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(".tools/python/bin").join(name);
    assert!(path.exists(), "{} is missing: `make test` installs it", path.display());
    path
}

struct Dev {
    folder: TempDir,
    server: ServerProcess,
    facts: Value,
}

impl Dev {
    fn start() -> Self {
        let folder = TempDir::new().expect("a temporary folder");
        let (address, data) = (free_address(), folder.path().join("data"));
        let server = ServerProcess::start_as(folder.path(), address, || {
            let mut command = claviger(folder.path());
            command.args(["serve", "--dev", "--listen", &address.to_string(), "--data-dir"]).arg(&data);
            // Thousands of invalid requests a second would be rate limited, which is not tested here.
            command
                .env("CLAVIGER_AUTH_FAILURES_PER_ADDRESS", "0")
                .env("CLAVIGER_AUTH_FAILURES_PER_CLIENT", "0");
            command
        });
        let facts = std::fs::read(data.join("quickstart.json")).expect("the facts");
        Self { server, facts: serde_json::from_slice(&facts).expect("JSON"), folder }
    }

    fn fact(&self, pointer: &str) -> &str {
        self.facts.pointer(pointer).and_then(Value::as_str).expect("a fact")
    }

    fn admin(&self, method: &str, path: &str, body: &Value) -> Value {
        let path = format!("/api/v1/realms/demo{path}");
        let request = if body.is_null() { Request::get(&path) } else { Request::json(method, &path, body) };
        let answer = request.bearer(self.fact("/owner/personal_access_token")).send(self.server.address);
        assert!(matches!(answer.status, 200 | 201), "{path}: {}", answer.text());
        answer.json()
    }

    /// Returns the summary; every finding fails the test with its details.
    fn hold_to_the_description(&self, settings: &str, arguments: &[&str]) -> String {
        let file = self.folder.path().join("schemathesis.toml");
        std::fs::write(&file, settings).expect("a file");
        let mut command = Command::new(tool("schemathesis"));
        command.arg("--config-file").arg(&file).arg("run");
        command.arg(format!("http://{}/api/openapi.json", self.server.address)).args(arguments);
        command.args(["--seed", "1", "--no-color", "--generation-database", "none"]);
        command.env("HYPOTHESIS_STORAGE_DIRECTORY", self.folder.path()).current_dir(self.folder.path());
        let (status, output, errors) = run(&mut command);
        assert!(status.success(), "{output}\n{errors}");
        let summary = output.split("= SUMMARY =").nth(1).expect("a summary");
        assert!(summary.contains("passed"), "{output}");
        summary.to_owned()
    }
}

#[test]
fn every_answer_matches_the_description() {
    let dev = Dev::start();
    let realm = "[parameters]\n\"path.realm\" = \"demo\"\n";
    let client = format!("{}:{}", dev.fact("/client_id"), dev.fact("/client_key"));
    let oauth =
        ["--exclude-path-regex", "^/api/v1", "--auth", &client, "--checks", CHECKS, "--max-examples", "20"];
    println!("{}", dev.hold_to_the_description(realm, &oauth));

    let mut settings = realm.to_owned();
    let credential = json!({"name": "described", "validity_days": 30, "token_ttl_seconds": 900});
    let credential = dev.admin("POST", "/service-credentials", &credential);
    let member = json!({"email": "dev@demo.example", "name": "Dev", "roles": ["member"]});
    let member = dev.admin("POST", "/members", &member);
    let server = json!({"name": "described", "audience": "https://described.example"});
    let server = dev.admin("POST", "/resource-servers", &server);
    let application = json!({"name": "described", "scopes": ["ci:read"]});
    let application = dev.admin("POST", "/application-credentials", &application);
    let api_token = json!({"expires_at": "2099-01-01T00:00:00Z", "scopes": ["ci:read"]});
    let api_token = dev.admin("POST", "/api-tokens", &api_token);
    for (noun, id) in [
        ("service-credentials", &credential),
        ("members", &member),
        ("resource-servers", &server),
        ("application-credentials", &application),
        ("api-tokens", &api_token),
    ] {
        let id = id["id"].as_str().expect("an id");
        write!(
            settings,
            "[[operations]]\ninclude-path-regex = \"/{noun}/\"\nparameters = {{ \"path.id\" = \"{id}\" }}\n"
        )
        .expect("text");
    }
    let token = format!("Authorization: Bearer {}", dev.fact("/owner/personal_access_token"));
    let checks = format!("{CHECKS},negative_data_rejection");
    let administration = [
        "--include-path-regex",
        "^/api/v1",
        "-H",
        &token,
        "--checks",
        &checks,
        "--max-examples",
        "25",
        // The tool cannot generate its JSON lines; tests/administration/credential_import.rs covers it.
        "--exclude-operation-id",
        "importServiceCredentials",
        // It would revoke the token that the tool uses.
        "--exclude-operation-id",
        "revokePersonalAccessToken",
    ];
    println!("{}", dev.hold_to_the_description(&settings, &administration));
}

#[test]
fn description_is_valid_and_the_same_from_server_and_command() {
    let dev = Dev::start();
    let served = Request::get("/api/openapi.json").send(dev.server.address).expect(200);
    let (status, printed, errors) = run(claviger(dev.folder.path()).arg("openapi"));
    assert!(status.success(), "{errors}");
    assert_eq!(printed.trim_end().as_bytes(), served.body);
    let file = dev.folder.path().join("openapi.json");
    std::fs::write(&file, &printed).expect("a file");
    let (status, output, errors) = run(Command::new(tool("openapi-spec-validator")).arg(&file));
    assert!(status.success(), "{output}{errors}");
    let tag = served.header("etag").expect("a tag");
    let known = Request::get("/api/openapi.json").header("If-None-Match", tag).send(dev.server.address);
    assert_eq!(known.status, 304);
}

#[test]
fn page_and_its_assets_come_from_the_binary() {
    let dev = Dev::start();
    for page in ["/api/docs", "/api/docs/"] {
        let answer = Request::get(page).send(dev.server.address).expect(200);
        assert!(answer.header("content-type").expect("a type").starts_with("text/html"));
        assert!(answer.header("content-security-policy").expect("a policy").contains("script-src 'self'"));
        let text = answer.text();
        let links: Vec<&str> =
            text.split(['"', '\'']).filter(|part| part.ends_with(".js") || part.ends_with(".css")).collect();
        assert!(links.len() >= 2, "{text}");
        let base = url::Url::parse(&format!("http://{}{page}", dev.server.address)).expect("a URL");
        for link in links {
            let loaded = base.join(link).expect("a link");
            assert_eq!(loaded.host_str(), base.host_str(), "{link}");
            Request::get(loaded.path()).send(dev.server.address).expect(200);
        }
    }
    assert_eq!(Request::get("/api/docs/nothing.js").send(dev.server.address).status, 404);
}
