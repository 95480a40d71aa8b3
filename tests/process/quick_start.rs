//! `claviger serve --dev`: the first command that a new user runs.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

use claviger_testkit::http::Request;
use claviger_testkit::postgres::Postgres;
use claviger_testkit::process::{ServerProcess, claviger, free_address, run};

fn quickstart(folder: &Path) -> Value {
    let text = std::fs::read(folder.join("quickstart.json")).expect("quickstart.json");
    serde_json::from_slice(&text).expect("JSON")
}

fn text<'a>(facts: &'a Value, pointer: &str) -> &'a str {
    facts.pointer(pointer).and_then(Value::as_str).unwrap_or_else(|| panic!("{pointer} in {facts}"))
}

#[test]
fn every_value_in_quickstart_json_works() {
    for url in [None, Some(Postgres::shared().fresh_database())] {
        let folder = TempDir::new().expect("a temporary folder");
        let address = free_address();
        let _server = ServerProcess::start(folder.path(), address, |command| {
            command.args(["--dev", "--data-dir", "d"]);
            if let Some(url) = &url {
                command.env("CLAVIGER_DATABASE_URL", url);
            }
        });
        let data = folder.path().join("d");
        let facts = quickstart(&data);
        let mode = data.join("quickstart.json").metadata().expect("a file").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(text(&facts, "/base_url"), format!("http://{address}"));
        let realm = text(&facts, "/realm");
        assert_eq!(realm, "demo");
        let console = text(&facts, "/console_url");
        assert_eq!(console, format!("http://{address}/console/demo/"));
        let form = [("email", text(&facts, "/owner/email")), ("password", text(&facts, "/owner/password"))];
        let signed_in = Request::form("/console/demo/sign-in/local", &form).send(address).expect(303);
        assert_eq!(signed_in.header("location"), Some("/console/demo/"));
        let form = [("grant_type", "client_credentials")];
        let token = Request::form(&format!("/realms/{realm}/oauth2/token"), &form)
            .basic(text(&facts, "/client_id"), text(&facts, "/client_key"))
            .send(address)
            .expect(200)
            .json();
        let server =
            (text(&facts, "/resource_server/client_id"), text(&facts, "/resource_server/client_key"));
        let introspected = Request::form(
            &format!("/realms/{realm}/oauth2/introspect"),
            &[("token", text(&token, "/access_token"))],
        )
        .basic(server.0, server.1)
        .send(address)
        .expect(200)
        .json();
        assert_eq!(introspected["active"], true);
        let scopes = Request::get("/api/v1/realms/demo/scopes?limit=200")
            .bearer(text(&facts, "/owner/personal_access_token"))
            .send(address)
            .expect(200)
            .json();
        assert_eq!(scopes["items"].as_array().map(Vec::len), Some(14));
        assert_eq!(data.join("claviger.db").exists(), url.is_none());
        assert!(data.join("keys/master.key").exists());
    }
}

#[test]
fn dev_folder_is_wiped_or_kept_and_no_other_is_touched() {
    let folder = TempDir::new().expect("a temporary folder");
    let start = |more: &[&str]| {
        let more: Vec<String> = more.iter().map(|&argument| argument.to_owned()).collect();
        ServerProcess::start(folder.path(), free_address(), move |command| {
            command.args(["--dev", "--data-dir", "d"]).args(more);
        })
    };
    let data = folder.path().join("d");
    start(&[]).terminate();
    let first = quickstart(&data);
    start(&["--keep"]).terminate();
    assert_eq!(quickstart(&data)["client_key"], first["client_key"]);
    start(&[]).terminate();
    assert_ne!(quickstart(&data)["client_key"], first["client_key"]);

    let foreign = folder.path().join("foreign");
    std::fs::create_dir(&foreign).expect("a folder");
    std::fs::write(foreign.join("letters.txt"), "dear").expect("a file");
    let mut refused = claviger(folder.path());
    refused.args(["serve", "--dev", "--data-dir", "foreign", "--listen", &free_address().to_string()]);
    let (status, _, errors) = run(&mut refused);
    assert_eq!(status.code(), Some(1));
    assert!(errors.contains("neither empty nor of an earlier `serve --dev`"), "{errors}");
    assert_eq!(std::fs::read_to_string(foreign.join("letters.txt")).expect("the file"), "dear");
}

#[test]
fn dev_refuses_a_postgresql_database_that_is_not_empty() {
    let url = Postgres::shared().fresh_database();
    let folder = TempDir::new().expect("a temporary folder");
    let prepare = |command: &mut Command| {
        command.args(["--dev", "--data-dir", "d"]).env("CLAVIGER_DATABASE_URL", &url);
    };
    ServerProcess::start(folder.path(), free_address(), prepare).terminate();
    let mut again = claviger(folder.path());
    again.args(["serve", "--listen", &free_address().to_string()]);
    prepare(&mut again);
    let (status, _, errors) = run(&mut again);
    assert_eq!(status.code(), Some(1), "{errors}");
    assert!(errors.contains("already contains data"), "{errors}");
}

/// S32, first form: the command that the terminal shows can be pasted.
#[test]
fn the_printed_curl_line_returns_a_token() {
    let folder = TempDir::new().expect("a temporary folder");
    let printed = folder.path().join("printed");
    let address = free_address();
    let mut command = claviger(folder.path());
    command.args(["serve", "--dev", "--data-dir", "d", "--listen", &address.to_string()]);
    command.stdout(std::fs::File::create(&printed).expect("a file")).stderr(Stdio::null());
    let mut server = command.spawn().expect("the binary starts");
    let deadline = Instant::now() + Duration::from_secs(60);
    let line = loop {
        let shown = std::fs::read_to_string(&printed).expect("the output");
        let whole = shown.rfind('\n').map_or("", |end| &shown[..end]);
        if let Some(line) = whole.lines().find(|line| line.trim_start().starts_with("curl ")) {
            break line.to_owned();
        }
        assert!(Instant::now() < deadline, "no curl line: {shown}");
        std::thread::sleep(Duration::from_millis(5));
    };
    let (status, output, errors) = run(Command::new("bash").args(["-c", &line]).current_dir(folder.path()));
    server.kill().expect("the process is ours");
    server.wait().expect("a child");
    assert!(status.success(), "{errors}");
    let answer: Value = serde_json::from_str(&output).unwrap_or_else(|error| panic!("{error}: {output}"));
    assert_eq!(answer["token_type"], "Bearer");
    assert_eq!(answer["expires_in"], 3600);
}
