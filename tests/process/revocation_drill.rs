//! `claviger revocation drill` with a real server and real services: what it measures, and that nothing is left of it.

use std::io::Read;
use std::net::{SocketAddr, TcpListener};
use std::process::{Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::drill_services::{Registered, Services};
use claviger_testkit::patience::until;
use claviger_testkit::process::{ServerProcess, claviger, free_address, run};

struct Scene {
    folder: TempDir,
    address: SocketAddr,
    owner: String,
    _server: ServerProcess,
}

impl Scene {
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

    fn registered(&self, name: &str) -> Registered {
        let audience = format!("https://{name}.example");
        let made = self.json(&["resource-server", "create", name, "--audience", &audience]);
        let text = |member: &str| made[member].as_str().expect("a text").to_owned();
        Registered { id: text("client_id"), key: text("client_key"), audience }
    }

    /// `tier` of a resource server, and how many verifiers it has.
    fn coverage(&self, server: &Registered) -> (Value, Value) {
        let shown = self.json(&["resource-server", "show", &server.id]);
        (shown["tier"].clone(), shown["instances"].clone())
    }

    /// The status of every credential of a drill.
    fn drills(&self) -> Vec<String> {
        let listed = self.json(&["credential", "list"]);
        let drills = listed["items"].as_array().expect("a list").iter();
        let drills = drills
            .filter(|item| item["name"].as_str().is_some_and(|name| name.starts_with("revocation-drill-")));
        drills.map(|item| item["status"].as_str().expect("a status").to_owned()).collect()
    }
}

fn measured<'a>(report: &'a Value, server: &Registered) -> &'a Value {
    let probes = report["probes"].as_array().expect("probes");
    probes.iter().find(|probe| probe["audience"] == *server.audience).expect("a probe of the audience")
}

#[test]
fn drill_measures_services_that_follow_ask_and_only_read_keys() {
    let scene = Scene::start();
    let [follows, asks, reads] = ["follows", "asks", "reads"].map(|name| scene.registered(name));
    scene.json(&["group", "create", "drillers", "--scope", "source:read"]);
    let services = Services::start(scene.address, &follows, &asks);
    until("the verifier is attached", || scene.coverage(&follows) == (json!("T1"), json!(1)));
    assert_eq!(scene.coverage(&asks), (json!("T3"), json!(0)), "it has not asked yet");
    let at = |path: &str| format!("http://{}/{path}", services.address);
    let probes = [
        format!("{}={}", follows.audience, at("follows")),
        format!("asks={}", at("asks")),
        format!("{}={}", reads.audience, at("reads-keys")),
    ];
    let probes = probes.iter().flat_map(|probe| ["--probe", probe]);
    let arguments: Vec<&str> =
        ["revocation", "drill", "--group", "drillers", "--for", "2s"].into_iter().chain(probes).collect();

    let report = scene.json(&arguments);
    for (server, tier) in [(&follows, "T1"), (&asks, "T0")] {
        let probe = measured(&report, server);
        assert_eq!((&probe["tier"], &probe["accepted_for_ms"]), (&json!(tier), &json!(0)), "{report}");
        assert_eq!(probe["is_refused"], true, "{report}");
        assert!(probe["accepted_before"].as_u64() >= Some(3), "{report}");
        let moment = |name: &str| probe[name].as_str().expect("a moment").to_owned();
        assert!(moment("last_accepted_at") <= moment("first_refused_at"), "{report}");
    }
    let probe = measured(&report, &reads);
    assert_eq!((&probe["tier"], &probe["is_refused"]), (&json!("T3"), &json!(false)), "{report}");
    assert_eq!(probe["first_refused_at"], Value::Null, "{report}");
    let accepted_for = probe["accepted_for_ms"].as_u64().expect("a number");
    assert!((1_000..=60_000).contains(&accepted_for), "{report}");
    assert_eq!(report["receipt"]["waited_for"], "verifiers");
    assert!(report["revoke_sent_at"].as_str() <= report["revoke_answered_at"].as_str(), "{report}");
    assert_eq!(scene.drills(), ["revoked"]);

    // The same in words. What a service of the tier T3 accepts is a fault only on request.
    let (code, output, errors) = scene.run(&[&arguments[..], &["--strict"]].concat());
    assert_eq!(code, 1, "{output}{errors}");
    assert!(errors.contains("https://reads.example (T3) accepted a revoked token for"), "{errors}");
    assert!(
        !errors.contains("https://follows.example") && !errors.contains("https://asks.example"),
        "{errors}"
    );
    for shown in ["ACCEPTED AFTER THE RECEIPT", "0 ms", "Not probed:", "Receipt arrived"] {
        assert!(output.contains(shown), "{shown}: {output}");
    }
    assert!(!output.contains("eyJ") && !errors.contains("eyJ"), "a token is shown");
    assert_eq!(scene.drills(), ["revoked", "revoked"]);
}

#[test]
fn service_that_breaks_the_promise_fails_the_drill() {
    let scene = Scene::start();
    let [follows, asks] = ["follows", "asks"].map(|name| scene.registered(name));
    let services = Services::start(scene.address, &follows, &asks);
    until("the verifier is attached", || scene.coverage(&follows).0 == "T1");
    // A process of the service follows the feed, and this one does not.
    let probe = format!("follows=http://{}/reads-keys", services.address);
    let (code, output, errors) =
        scene.run(&["revocation", "drill", "--probe", &probe, "--for", "1s", "--realm-wide", "--json"]);
    assert_eq!(code, 1, "{output}{errors}");
    let report: Value = serde_json::from_str(&output).expect("JSON");
    let measured = measured(&report, &follows);
    assert_eq!((&measured["tier"], &measured["is_refused"]), (&json!("T1"), &json!(false)), "{report}");
    assert!(errors.contains("https://follows.example (T1) accepted a revoked token for"), "{errors}");
    assert_eq!(scene.drills(), ["revoked"]);
}

#[test]
fn address_that_does_not_accept_the_token_ends_the_drill_and_nothing_is_left() {
    let scene = Scene::start();
    let [follows, asks] = ["follows", "asks"].map(|name| scene.registered(name));
    let services = Services::start(scene.address, &follows, &asks);
    let nowhere = free_address();
    for (probe, code, says) in [
        // It has no scope.
        (format!("follows=http://{}/follows", services.address), 1, "add --group or --resource"),
        (format!("follows=http://{}/nothing", services.address), 1, "it answered 404"),
        (format!("follows=http://{nowhere}/"), 1, "before the revocation"),
        ("follows=http://192.0.2.1/".to_owned(), 2, "is not encrypted"),
        ("unknown=http://127.0.0.1:1/".to_owned(), 3, "no resource server has the audience or name"),
    ] {
        let before = scene.drills().len();
        let (found, output, errors) = scene.run(&["revocation", "drill", "--probe", &probe]);
        assert_eq!((found, output.as_str()), (code, ""), "{probe}: {errors}");
        assert!(errors.contains(says), "{probe}: {errors}");
        let made = usize::from(code == 1);
        assert_eq!(scene.drills(), vec!["revoked"; before + made], "{probe}");
    }
    let (code, _, errors) = scene.run(&[
        "revocation",
        "drill",
        "--probe",
        "follows=http://127.0.0.1:1/",
        "--group",
        "no-such-group",
    ]);
    assert_eq!(code, 7, "{errors}");
    assert_eq!(scene.drills().len(), 3);
}

#[test]
fn interrupted_drill_revokes_its_credential() {
    let scene = Scene::start();
    scene.registered("silent");
    // It accepts connections and never answers.
    let silent = TcpListener::bind("127.0.0.1:0").expect("a port");
    let probe = format!("silent=http://{}/", silent.local_addr().expect("an address"));
    for signal in [Signal::INT, Signal::TERM] {
        let before = scene.drills().len();
        let mut command = scene.command(&["revocation", "drill", "--probe", &probe]);
        let mut drill = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
        let (_waiting, _) = silent.accept().expect("it probes");
        assert_eq!(scene.drills()[before..], ["active"], "it is under way");
        kill_process(Pid::from_child(&drill), signal).expect("the process is ours");
        let status = drill.wait().expect("a child");
        let mut errors = String::new();
        drill.stderr.take().expect("a pipe").read_to_string(&mut errors).expect("UTF-8");
        assert_eq!(status.code(), Some(1), "{errors}");
        assert!(errors.contains("interrupted") && errors.contains("was revoked"), "{errors}");
        assert_eq!(scene.drills(), vec!["revoked"; before + 1]);
    }
}
