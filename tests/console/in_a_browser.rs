//! A real Chromium walks the console of a real server: with scripts and without, wide and narrow, light and dark. axe
//! looks at every page, and the browser reports what the policy of content forbids.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

use crate::foreign_provider::Foreign;
use claviger_testkit::http::Request;
use claviger_testkit::process::{ServerProcess, free_address};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

/// The version of Debian, or another one that is there.
fn chromium() -> &'static str {
    let known = ["/usr/bin/chromium", "/usr/bin/google-chrome", "/usr/bin/chromium-browser"];
    let found = known.into_iter().find(|path| Path::new(path).exists());
    found.expect("a Chromium: scripts/install-test-dependencies installs it")
}

/// Returns what the script tells of the console of a server with these facts.
fn walk(facts: &Value, script: &str) -> Value {
    let fact = |pointer: &str| facts.pointer(pointer).and_then(Value::as_str).expect("a fact").to_owned();
    let pictures = root().join("target/console-pictures");
    std::fs::create_dir_all(&pictures).expect("a folder");
    let path =
        format!("{}:{}", root().join(".tools/python/bin").display(), std::env::var("PATH").expect("a path"));
    let output = Command::new("node")
        .arg(script)
        .current_dir(root().join("tests/clients"))
        .env("PATH", path)
        .env("CONSOLE", fact("/console_url"))
        .env("EMAIL", fact("/owner/email"))
        .env("PASSWORD", fact("/owner/password"))
        .env("CHROMIUM", chromium())
        .env("PICTURES", &pictures)
        .env("NO_PROXY", "*")
        .output()
        .expect("node starts");
    let errors = String::from_utf8_lossy(&output.stderr);
    let told: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{errors}"));
    assert_eq!(told["findings"], serde_json::json!([]), "{errors}");
    told
}

/// What a walk has found on a new server, and the server.
struct Walked {
    told: Value,
    address: SocketAddr,
    _server: ServerProcess,
    _folder: TempDir,
}

impl Walked {
    fn by(script: &str) -> Self {
        let folder = TempDir::new().expect("a temporary folder");
        let address = free_address();
        let server = ServerProcess::start(folder.path(), address, |command| {
            command.args(["--dev", "--data-dir", "d"]);
        });
        let facts = std::fs::read(folder.path().join("d/quickstart.json")).expect("the facts");
        let facts: Value = serde_json::from_slice(&facts).expect("JSON");
        let told = walk(&facts, script);
        Self { told, address, _server: server, _folder: folder }
    }

    fn list(&self, name: &str) -> Vec<Value> {
        self.told[name].as_array().expect("a list").clone()
    }

    fn assert_pages(&self, least: usize) {
        let seen = self.list("seen").len();
        println!("{seen} pages looked at, no finding");
        assert!(seen >= least, "{}", self.told);
    }

    /// What the browser made was ended by it too.
    fn assert_ended(&self) {
        let made = self.list("made");
        assert!(!made.is_empty(), "{}", self.told);
        for made in made {
            let (id, key) = (made["id"].as_str().expect("an id"), made["key"].as_str().expect("a key"));
            let form = [("grant_type", "client_credentials")];
            let asked = Request::form("/realms/demo/oauth2/token", &form).basic(id, key).send(self.address);
            assert_eq!(asked.expect(401).json()["error"], "invalid_client");
        }
    }
}

#[test]
fn people_sign_in_at_a_provider_and_an_account_holder_lets_them_in() {
    let foreign = Foreign::start();
    let seen = walk(&foreign.facts, "console_provider.mjs")["seen"].as_array().expect("a list").len();
    println!("{seen} pages looked at, no finding");
    assert!(seen >= 25, "{seen}");
}

#[test]
fn every_page_is_walked_without_a_finding() {
    let walked = Walked::by("console_walk.mjs");
    walked.assert_pages(100);
    walked.assert_ended();
}

#[test]
fn credential_is_made_and_revoked_by_keyboard_at_400_percent() {
    let walked = Walked::by("console_keyboard.mjs");
    walked.assert_pages(10);
    walked.assert_ended();
}

#[test]
fn back_second_tabs_and_keys_lose_nothing() {
    Walked::by("console_story.mjs").assert_pages(5);
}

#[test]
fn every_role_opens_its_pages_alone() {
    Walked::by("console_roles.mjs").assert_pages(45);
}
