//! `claviger credential …` against a server: the whole life of a credential by commands. S1, S8, S43.

use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};
use tempfile::TempDir;

use claviger_testkit::http::Request;
use claviger_testkit::patience::until;
use claviger_testkit::process::{ServerProcess, claviger, free_address, run};

struct Shell {
    folder: TempDir,
    address: SocketAddr,
    owner: String,
    _server: ServerProcess,
}

impl Shell {
    fn start() -> Self {
        let folder = TempDir::new().expect("a temporary folder");
        let address = free_address();
        let server = ServerProcess::start(folder.path(), address, |command| {
            command.args(["--dev", "--data-dir", "d"]);
        });
        let facts = std::fs::read(folder.path().join("d/quickstart.json")).expect("quickstart.json");
        let facts: Value = serde_json::from_slice(&facts).expect("JSON");
        let owner = facts["owner"]["personal_access_token"].as_str().expect("a token").to_owned();
        Self { folder, address, owner, _server: server }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = claviger(self.folder.path());
        command.env("CLAVIGER_URL", format!("http://{}", self.address)).env("CLAVIGER_REALM", "demo");
        command.env("CLAVIGER_TOKEN", &self.owner).args(arguments);
        command
    }

    /// Exit code, standard output, standard error.
    fn run(&self, arguments: &[&str]) -> (i32, String, String) {
        let (status, output, errors) = run(&mut self.command(arguments));
        (status.code().expect("an exit code"), output, errors)
    }

    #[track_caller]
    fn json(&self, arguments: &[&str]) -> Value {
        let (code, output, errors) = self.run(&[arguments, &["--json"]].concat());
        assert_eq!(code, 0, "{errors}");
        serde_json::from_str(&output).expect("JSON")
    }

    #[track_caller]
    fn ok(&self, arguments: &[&str]) -> String {
        let (code, output, errors) = self.run(arguments);
        assert_eq!(code, 0, "{errors}");
        output
    }

    fn token(&self, made: &Value) -> u16 {
        let text = |name: &str| made[name].as_str().expect("a text");
        let form = [("grant_type", "client_credentials")];
        Request::form("/realms/demo/oauth2/token", &form)
            .basic(text("client_id"), text("client_key"))
            .send(self.address)
            .status
    }
}

fn lines(path: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(path).expect("a file");
    text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

fn numbered(count: usize) -> String {
    (0..count)
        .map(|index| {
            let line =
                json!({"name": format!("many-{index}"), "validity_days": 30, "token_ttl_seconds": 900});
            format!("{line}\n")
        })
        .collect()
}

#[test]
fn a_credential_is_created_edited_renewed_and_revoked_by_commands() {
    let shell = Shell::start();
    let made = shell.json(&[
        "credential",
        "create",
        "ci",
        "--days",
        "90",
        "--token-ttl",
        "1h",
        "--group",
        "builders",
    ]);
    let id = made["id"].as_str().expect("an id");
    assert_eq!(shell.token(&made), 200);
    // S8: the responsible person is shown next to the group.
    let shown = shell.ok(&["credential", "show", id]);
    assert!(
        shown.contains("Responsible") && shown.contains("builders  responsible Team Builders"),
        "{shown}"
    );

    shell.ok(&["credential", "edit", id, "--no-groups", "--resource", "studio/studio-1:view"]);
    assert_eq!(shell.json(&["credential", "show", id])["groups"], json!([]));
    // S43: no other field can be edited.
    for flag in ["--name", "--description", "--days", "--token-ttl", "--realm-of", "--client-id", "--owner"] {
        assert_eq!(shell.run(&["credential", "edit", id, flag, "x"]).0, 2, "{flag}");
    }
    assert_eq!(shell.run(&["credential", "edit", id, "--never"]).0, 2);

    // The overlap must be given; there is no default.
    assert_eq!(shell.run(&["credential", "renew", id]).0, 2);
    let renewed = shell.json(&["credential", "renew", id, "--overlap", "1h"]);
    assert_eq!((shell.token(&made), shell.token(&renewed)), (200, 200));
    let shown = shell.ok(&["credential", "show", id]);
    assert!(shown.contains("Overlap ends"), "{shown}");
    let successor = renewed["id"].as_str().expect("an id");
    let shown = shell.ok(&["credential", "show", successor]);
    assert!(shown.contains("Replaces") && shown.contains(id), "{shown}");
    let (code, _, errors) = shell.run(&["credential", "renew", id, "--overlap", "1h"]);
    assert!(code == 6 && errors.contains("renew its successor"), "{errors}");
    let told = shell.ok(&["credential", "renew", successor, "--overlap", "0s"]);
    assert!(told.contains("The old credential and all of its tokens are revoked."), "{told}");
    assert_eq!(shell.token(&renewed), 401);

    let told = shell.ok(&["credential", "revoke", id, "--name", "ci"]);
    assert!(told.contains("Revoked the service credential \"ci\""), "{told}");
    assert_eq!(shell.token(&made), 401);
    let usage = shell.ok(&["credential", "usage", successor]);
    assert!(usage.contains("Tokens issued") && usage.contains("Last used"), "{usage}");
    assert_eq!(shell.run(&["credential", "usage", "01890000-0000-7000-8000-000000000000"]).0, 3);
}

#[test]
fn exported_credentials_import_with_new_keys_in_an_owner_only_file() {
    let shell = Shell::start();
    let made = shell.json(&["credential", "create", "gone", "--never", "--token-ttl", "1h"]);
    shell.ok(&["credential", "revoke", made["id"].as_str().expect("an id"), "--name", "gone"]);
    shell.ok(&["credential", "export", "out.jsonl"]);
    let exported = lines(&shell.path("out.jsonl"));
    let builders = json!({"resource": "studio/studio-1", "actions": ["view"]});
    assert_eq!(
        exported,
        [json!({
            "name": "nightly-build", "description": "The credential of the quick start", "validity_days": 90,
            "token_ttl_seconds": 3600, "groups": ["builders"], "resources": [builders], "admin_scopes": [],
        })]
    );
    assert_eq!(
        shell.ok(&["credential", "export"]),
        std::fs::read_to_string(shell.path("out.jsonl")).expect("a file")
    );
    assert_eq!(shell.run(&["credential", "export", "out.jsonl"]).0, 1, "an export overwrites nothing");

    // Its own name is taken: nothing is created, and the error names it.
    let import = ["credential", "import", "out.jsonl", "--keys-out", "keys.jsonl"];
    let (code, _, errors) = shell.run(&import);
    assert!(code == 6 && errors.contains("line 1: name") && errors.contains("nightly-build"), "{errors}");
    let listed = shell.json(&["credential", "list"]);
    let id = listed["items"][0]["id"].as_str().expect("an id").to_owned();
    shell.ok(&["credential", "revoke", &id, "--name", "nightly-build"]);
    shell.ok(&import);
    let keys = shell.path("keys.jsonl");
    assert_eq!(keys.metadata().expect("a file").permissions().mode() & 0o777, 0o600);
    let keys = lines(&keys);
    assert_eq!(
        (keys.len(), &keys[0]["name"], &keys[0]["realm"]),
        (1, &json!("nightly-build"), &json!("demo"))
    );
    assert_eq!(shell.token(&keys[0]), 200);
    // Already imported: nothing more is created, nothing is overwritten.
    shell.ok(&import);
    assert_eq!(lines(&shell.path("keys.jsonl")), keys);
    let (code, _, errors) = shell.run(&["credential", "import", "out.jsonl", "--keys-out", "out.jsonl"]);
    assert!(code == 1 && errors.contains("already exists"), "{errors}");
}

#[test]
fn interrupted_import_resumes_and_names_credentials_without_keys() {
    let shell = Shell::start();
    std::fs::write(shell.path("in.jsonl"), numbered(2_300)).expect("a file");
    let import = ["credential", "import", "in.jsonl", "--keys-out", "keys.jsonl"];
    // The second batch fails: the first one is created, and its keys are kept.
    let taken = shell.json(&["credential", "create", "many-1500", "--never", "--token-ttl", "1h"]);
    let (code, _, errors) = shell.run(&import);
    assert_eq!(code, 6, "{errors}");
    for said in
        ["line 1501: name", "None of lines 1001 to 2000", "The keys of the 1000 credentials before them"]
    {
        assert!(errors.contains(said), "{said}: {errors}");
    }
    assert_eq!(lines(&shell.path("keys.jsonl")).len(), 1_000);
    shell.ok(&["credential", "revoke", taken["id"].as_str().expect("an id"), "--name", "many-1500"]);
    let told = shell.ok(&import);
    assert!(told.contains("Imported 2300 service credentials."), "{told}");
    let keys = lines(&shell.path("keys.jsonl"));
    let names: Vec<&Value> = keys.iter().map(|key| &key["name"]).collect();
    assert_eq!(
        names,
        (0..2_300).map(|index| json!(format!("many-{index}"))).collect::<Vec<_>>().iter().collect::<Vec<_>>()
    );
    assert_eq!(shell.token(&keys[1_500]), 200);

    // A lost answer: its credentials exist, their keys are nowhere.
    let kept = std::fs::read_to_string(shell.path("keys.jsonl")).expect("a file");
    let cut: String = kept.lines().take(2_000).map(|line| format!("{line}\n")).collect();
    std::fs::write(shell.path("keys.jsonl"), cut).expect("a file");
    let (code, _, errors) = shell.run(&import);
    assert_eq!(code, 6, "{errors}");
    for said in [
        "line 2001: name",
        "line 2300: name",
        "their keys are lost",
        "claviger credential revoke ID --name NAME",
    ] {
        assert!(errors.contains(said), "{said}: {errors}");
    }
    assert_eq!(lines(&shell.path("keys.jsonl")).len(), 2_000);

    // With `--revoke-lost` the command revokes them and creates them again, unless one of them has been used.
    let made_again = [import.as_slice(), &["--revoke-lost"]].concat();
    assert_eq!(shell.token(&keys[2_007]), 200);
    let used = keys[2_007]["client_id"].as_str().expect("an id");
    until("the use is told", || !shell.json(&["credential", "show", used])["last_used_at"].is_null());
    let (code, _, errors) = shell.run(&made_again);
    assert!(code == 6 && errors.contains(used) && errors.contains("has been used"), "{errors}");
    assert_eq!(
        shell.json(&["credential", "show", keys[2_008]["client_id"].as_str().expect("an id")])["status"],
        "active"
    );
    shell.ok(&["credential", "revoke", used, "--name", "many-2007"]);
    shell.ok(&made_again);
    let again = lines(&shell.path("keys.jsonl"));
    assert_eq!((again.len(), &again[..2_000]), (2_300, &keys[..2_000]));
    assert_eq!((shell.token(&again[2_299]), shell.token(&keys[2_299])), (200, 401));
}

#[test]
fn import_without_a_server_reports_an_unknown_outcome() {
    let shell = Shell::start();
    std::fs::write(shell.path("in.jsonl"), numbered(3)).expect("a file");
    let nobody = format!("http://{}", free_address());
    let import = ["credential", "import", "in.jsonl", "--keys-out", "keys.jsonl", "--url", &nobody];
    let (code, _, errors) = shell.run(&import);
    assert!(code == 9 && errors.contains("unknown whether lines 1 to 3 were imported"), "{errors}");
    std::fs::write(shell.path("in.jsonl"), "{\"name\":\"a\"}\nnonsense\n").expect("a file");
    let (code, _, errors) = shell.run(&["credential", "import", "in.jsonl", "--keys-out", "other.jsonl"]);
    assert!(code == 7 && errors.contains("in.jsonl line 2"), "{errors}");
    assert!(!shell.path("other.jsonl").exists());
}

/// S11, S58
#[test]
fn member_without_the_role_is_refused_with_its_exit_code() {
    let shell = Shell::start();
    shell.ok(&["member", "create", "dev@demo.example", "--name", "Dev", "--role", "member"]);
    let made = shell.json(&["credential", "create", "theirs", "--days", "30", "--token-ttl", "15m"]);
    let id = made["id"].as_str().expect("an id");
    let mut operator = claviger(shell.folder.path());
    operator.args(["member", "token", "dev@demo.example", "--realm", "demo", "--dev", "--data-dir", "d"]);
    let (status, token, errors) = run(&mut operator);
    assert!(status.success(), "{errors}");
    let before = shell.json(&["credential", "list"]);
    for arguments in [
        &["credential", "list"][..],
        &["credential", "create", "mine", "--days", "30", "--token-ttl", "15m"],
        &["credential", "edit", id, "--no-groups"],
        &["credential", "renew", id, "--overlap", "1h"],
        &["credential", "revoke", id, "--name", "theirs"],
    ] {
        let (status, _, errors) = run(shell.command(arguments).env("CLAVIGER_TOKEN", token.trim()));
        assert_eq!(status.code(), Some(5), "{arguments:?}: {errors}");
        assert!(errors.contains("account_holder"), "it says what would be needed: {errors}");
    }
    assert_eq!(shell.json(&["credential", "list"]), before, "and nothing has changed");
}
