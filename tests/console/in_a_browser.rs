//! A real Chromium walks the console of a real server: with scripts and without, wide and narrow, light and dark. axe
//! looks at every page, and the browser reports what the policy of content forbids.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

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

#[test]
fn chromium_walks_every_page_without_a_finding() {
    let folder = TempDir::new().expect("a temporary folder");
    let address = free_address();
    let _server = ServerProcess::start(folder.path(), address, |command| {
        command.args(["--dev", "--data-dir", "d"]);
    });
    let facts = std::fs::read(folder.path().join("d/quickstart.json")).expect("the facts");
    let facts: Value = serde_json::from_slice(&facts).expect("JSON");
    let fact = |pointer: &str| facts.pointer(pointer).and_then(Value::as_str).expect("a fact").to_owned();
    let pictures = root().join("target/console-pictures");
    std::fs::create_dir_all(&pictures).expect("a folder");
    let output = Command::new("node")
        .arg("console_walk.mjs")
        .current_dir(root().join("tests/clients"))
        .env(
            "PATH",
            format!("{}:{}", root().join(".tools/python/bin").display(), std::env::var("PATH").unwrap()),
        )
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
    let list = |name: &str| told[name].as_array().expect("a list").clone();
    assert_eq!(list("findings"), Vec::<Value>::new(), "{errors}");
    assert!(list("seen").len() >= 100, "{told}");
    println!("{} pages looked at, no finding", list("seen").len());
    // What the browser made was ended by it too.
    for made in list("made") {
        let (id, key) = (made["id"].as_str().expect("an id"), made["key"].as_str().expect("a key"));
        let form = [("grant_type", "client_credentials")];
        let asked = Request::form("/realms/demo/oauth2/token", &form).basic(id, key).send(address);
        assert_eq!(asked.expect(401).json()["error"], "invalid_client");
    }
}
