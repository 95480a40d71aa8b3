//! Webhooks of a real server, verified by real receivers: the package standardwebhooks, and `claviger webhook listen`.

use std::io::{BufRead, BufReader, Lines};
use std::process::{Child, ChildStdout, Command, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::foreign_clients::python;
use claviger_testkit::http::{Request, Response};
use claviger_testkit::paths::root;
use claviger_testkit::process::{ServerProcess, claviger, free_address};

struct Dev {
    folder: TempDir,
    server: ServerProcess,
    token: String,
}

impl Dev {
    fn start() -> Self {
        let folder = TempDir::new().expect("a temporary folder");
        let server = ServerProcess::start(folder.path(), free_address(), |command| {
            command.args(["--dev", "--data-dir", "d"]).env("CLAVIGER_WEBHOOK_ALLOWED_HOSTS", "127.0.0.1");
        });
        let facts = std::fs::read(folder.path().join("d/quickstart.json")).expect("the facts");
        let facts: Value = serde_json::from_slice(&facts).expect("JSON");
        let token = facts["owner"]["personal_access_token"].as_str().expect("a token").to_owned();
        Self { folder, server, token }
    }

    fn admin(&self, method: &str, path: &str, body: &Value) -> Response {
        let path = format!("/api/v1/realms/demo{path}");
        Request::json(method, &path, body).bearer(&self.token).send(self.server.address)
    }

    fn create(&self, url: &str) -> Value {
        let body = json!({"name": "pager", "url": url, "events": ["service_credential.revoked"]});
        self.admin("POST", "/webhooks", &body).expect(201).json()
    }

    fn revoke_one(&self, name: &str) {
        let body = json!({"name": name, "validity_days": 30, "token_ttl_seconds": 900});
        let made = self.admin("POST", "/service-credentials", &body).expect(201).json();
        let path = format!("/service-credentials/{}/revoke", made["id"].as_str().expect("an id"));
        self.admin("POST", &path, &json!({"name": name})).expect(200);
    }
}

/// A receiver in a process of its own, which prints a line of JSON for each message.
struct Receiver {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Receiver {
    fn start(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().expect("it starts");
        let lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
        Self { child, lines }
    }

    fn line(&mut self) -> Value {
        let line = self.lines.next().expect("another line").expect("UTF-8");
        serde_json::from_str(&line).expect("JSON")
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn id(object: &Value) -> &str {
    object["id"].as_str().expect("an id")
}

#[test]
fn standardwebhooks_verifies_events_tests_and_both_secrets_of_a_rotation() {
    let dev = Dev::start();
    // The receiver needs the secrets, and the webhook the receiver's port.
    let made = dev.create("http://127.0.0.1:9/");
    let rotate = format!("/webhooks/{}/rotate", id(&made));
    let second = dev.admin("POST", &rotate, &json!({"overlap_seconds": 3600})).expect(201).json();
    let wrong = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    let secrets = [&made, &second].map(|shown| shown["secret"].as_str().expect("a secret"));
    let script = root().join("tests/clients/webhook_receiver.py");
    let mut receiver = Receiver::start(Command::new(python()).arg(script).args(secrets).arg(wrong));
    let port = receiver.line()["port"].as_u64().expect("a port");
    let one = format!("/webhooks/{}", id(&made));
    dev.admin("PATCH", &one, &json!({"url": format!("http://127.0.0.1:{port}/hooks")})).expect(200);
    let sent = dev.admin("POST", &format!("{one}/test"), &json!({})).expect(200).json();
    assert_eq!(sent["status"], "delivered", "{sent}");
    let tested = receiver.line();
    assert_eq!(tested["verified"], json!([sent["payload"], sent["payload"], null]));
    dev.revoke_one("nightly");
    let told = receiver.line();
    let payload = &told["verified"][0];
    assert_eq!(
        (&payload["type"], &payload["data"]["name"]),
        (&json!("service_credential.revoked"), &json!("nightly"))
    );
    assert_eq!((&told["verified"][1], &told["verified"][2]), (payload, &json!(null)));
    dev.admin("POST", &rotate, &json!({"overlap_seconds": 0})).expect(201);
    let refused = dev.admin("POST", &format!("{one}/test"), &json!({})).expect(200).json();
    assert_eq!(refused["attempts"][0]["response_status"], 401, "{refused}");
    assert_eq!(receiver.line()["verified"], json!([null, null, null]));
}

#[test]
fn local_receiver_verifies_prints_and_refuses() {
    let dev = Dev::start();
    let made = dev.create("http://127.0.0.1:9/");
    let secret = made["secret"].as_str().expect("a secret");
    let listen = |arguments: &[&str]| {
        let mut command = claviger(dev.folder.path());
        command.args(["webhook", "listen", "--listen", "127.0.0.1:0", "--json"]).args(arguments);
        command
    };
    let mut receiver = Receiver::start(listen(&["--count", "2"]).env("CLAVIGER_WEBHOOK_SECRET", secret));
    let url = receiver.line()["listening"].as_str().expect("a URL").to_owned();
    let one = format!("/webhooks/{}", id(&made));
    dev.admin("PATCH", &one, &json!({"url": url})).expect(200);
    let test = || dev.admin("POST", &format!("{one}/test"), &json!({})).expect(200).json();
    let sent = test();
    assert_eq!(
        (&sent["status"], &sent["attempts"][0]["response_status"]),
        (&json!("delivered"), &json!(204))
    );
    let printed = receiver.line();
    assert_eq!((&printed["verified"], &printed["type"]), (&json!(true), &json!("webhook.test")));
    assert_eq!((&printed["id"], &printed["data"]), (&sent["event_id"], &sent["payload"]["data"]));
    let address = url.trim_start_matches("http://").trim_end_matches('/').parse().expect("an address");
    let forged = Request::json("POST", "/", &json!({"type": "x"}));
    let forged = forged
        .header("webhook-id", "msg_1")
        .header("webhook-timestamp", "1")
        .header("webhook-signature", "v1,x");
    assert_eq!(forged.send(address).status, 401);
    assert_eq!(receiver.line()["verified"], false);
    assert_eq!(Request::get("/").send(address).status, 405);
    assert_eq!(receiver.line()["verified"], false);
    test();
    assert_eq!(receiver.line()["verified"], true);
    assert!(receiver.child.wait().expect("it ends").success(), "after the second verified message");
    for (arguments, secret, expected) in [
        (&[][..], "", "--secret-file"),
        (&[], "whsec_short", "the secret is none"),
        (&["--listen", "0.0.0.0:0"], secret, "of this machine alone"),
    ] {
        let mut command = claviger(dev.folder.path());
        command.args(["webhook", "listen"]).args(arguments).env("CLAVIGER_WEBHOOK_SECRET", secret);
        let output = command.output().expect("it ends");
        let errors = String::from_utf8(output.stderr).expect("UTF-8");
        assert!(output.status.code() == Some(2) && errors.contains(expected), "{errors}");
    }
}
