//! A client that gives up and retries at any node: no answer before every node refuses the token.

use std::net::TcpStream;
use std::time::{Duration, Instant};

use rustix::process::Signal;
use serde_json::{Value, json};

use crate::nodes::{Cluster, PATIENCE, REALM, client};
use crate::requests::access_token;
use claviger_testkit::http::Request;
use claviger_testkit::patience::Deadline;

const INACTIVE: &str = r#"{"active":false}"#;

/// A healthy node would have answered long before; one that waits for the stopped node has not.
const GIVES_UP_AFTER: Duration = Duration::from_millis(400);

/// The act on its own objects, and a token that it invalidates.
struct Case {
    act: Request,
    /// Status of the retry, which reports that the act is done.
    done: u16,
    token: String,
}

fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}

const ACTS: [&str; 13] = [
    "edit group",
    "delete group",
    "edit resource",
    "delete resource",
    "edit credential",
    "revoke credential",
    "renew credential without overlap",
    "delete resource server",
    "withdraw signing key",
    "revoke access token",
    "edit application credential",
    "revoke API token",
    "disable member",
];

fn case(cluster: &Cluster, n: usize, name: &str) -> Case {
    let made =
        |noun: &str, body: Value| cluster.admin(0, "POST", &format!("/{noun}"), &body).expect(201).json();
    let (group, scope) = (format!("g{n}"), format!("s{n}:read"));
    made("scopes", json!({"scope": scope}));
    made("groups", json!({"name": group, "scopes": [scope]}));
    made("resources", json!({"type": "t", "name": format!("r{n}"), "actions": ["view", "edit"]}));
    let grants = json!([{"resource": format!("t/r{n}"), "actions": ["view", "edit"]}]);
    let body = json!({"name": format!("c{n}"), "validity_days": 90, "token_ttl_seconds": 3600,
        "groups": [group], "resources": grants});
    let credential = client(&made("service-credentials", body));
    let jwt = || access_token(&cluster.first_token(0, &credential).expect(200));
    let until = json!({"expires_at": "2098-01-01T00:00:00Z", "scopes": [scope]});
    let act = |method: &str, path: &str, body: Value| cluster.administration(method, path, &body);
    let one = format!("/service-credentials/{}", credential.id);
    let (act, token) = match name {
        "edit group" => (act("PATCH", &format!("/groups/{group}"), json!({"scopes": []})), jwt()),
        "delete group" => (act("DELETE", &format!("/groups/{group}"), json!({})), jwt()),
        "edit resource" => (act("PATCH", &format!("/resources/t/r{n}"), json!({"actions": ["view"]})), jwt()),
        "delete resource" => (act("DELETE", &format!("/resources/t/r{n}"), json!({})), jwt()),
        "edit credential" => (act("PATCH", &one, json!({"groups": []})), jwt()),
        "revoke credential" => {
            (act("POST", &format!("{one}/revoke"), json!({"name": credential.name})), jwt())
        }
        "renew credential without overlap" => {
            let renew = act("POST", &format!("{one}/renew"), json!({"overlap_seconds": 0}));
            (renew.header("Idempotency-Key", &format!("k{n}")), jwt())
        }
        "delete resource server" => {
            let audience = format!("https://{n}.example");
            let server = made("resource-servers", json!({"name": format!("x{n}"), "audience": audience}));
            let form = [("grant_type", "client_credentials"), ("resource", audience.as_str())];
            let request = Request::form(&format!("/realms/{REALM}/oauth2/token"), &form);
            let token = cluster.patiently(0, &request.basic(&credential.id, &credential.key)).expect(200);
            let server = text(&server["id"]);
            // Only its own server may introspect it; whoami accepts every audience.
            (act("DELETE", &format!("/resource-servers/{server}"), json!({})), access_token(&token))
        }
        "withdraw signing key" => {
            let token = jwt();
            let keys =
                cluster.patiently(0, &act("GET", "/signing-keys?status=active", json!({}))).expect(200);
            let kid = text(&keys.json()["items"][0]["kid"]);
            (act("POST", &format!("/signing-keys/{kid}/withdraw"), json!({})), token)
        }
        "revoke access token" => {
            let token = jwt();
            let path = format!("/realms/{REALM}/oauth2/revoke");
            (Request::form(&path, &[("token", &token)]).basic(&credential.id, &credential.key), token)
        }
        "edit application credential" => {
            let other = format!("o{n}:read");
            made("scopes", json!({"scope": other}));
            let body = json!({"name": format!("a{n}"), "scopes": [scope, other]});
            let application = client(&made("application-credentials", body));
            let token = access_token(&cluster.first_token(0, &application).expect(200));
            let path = format!("/application-credentials/{}", application.id);
            (act("PATCH", &path, json!({"scopes": [other]})), token)
        }
        "revoke API token" => {
            let token = made("api-tokens", until);
            let path = format!("/api-tokens/{}/revoke", text(&token["id"]));
            (act("POST", &path, json!({})), text(&token["token"]))
        }
        "disable member" => {
            let email = format!("m{n}@acme.example");
            let member = made("members", json!({"email": email, "name": "M", "roles": ["sys_admin"]}));
            let acting = cluster.operator_token(&email);
            let path = format!("/api/v1/realms/{REALM}/api-tokens");
            let token = cluster.patiently(0, &Request::json("POST", &path, &until).bearer(&acting));
            let path = format!("/members/{}/disable", text(&member["id"]));
            (act("POST", &path, json!({})), text(&token.expect(201).json()["token"]))
        }
        other => panic!("{other}"),
    };
    let done = if name == "renew credential without overlap" { 409 } else { 200 };
    Case { act, done, token }
}

fn whoami(token: &str) -> Request {
    Request::get(&format!("/realms/{REALM}/whoami")).bearer(token)
}

/// Waits until every node takes part in the barrier.
fn all_ready(cluster: &Cluster) {
    let begun = Instant::now();
    while !(0..3).all(|node| cluster.is_ready(node)) {
        assert!(begun.elapsed() < PATIENCE, "a node does not come back");
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn retry(cluster: &Cluster, n: usize, name: &str, at: usize) {
    all_ready(cluster);
    let Case { act, done, token } = case(cluster, n, name);
    let begun = Instant::now();
    while cluster.patiently(2, &whoami(&token)).status != 200 {
        assert!(begun.elapsed() < PATIENCE, "{name}: node 2 does not hear of the token");
    }
    cluster.signal(2, Signal::STOP);
    let mut connection = TcpStream::connect(cluster.addresses[0]).expect("node 0 listens");
    let lost = act.try_send_over(&mut connection, GIVES_UP_AFTER);
    drop(connection);
    let answer = cluster.patiently(at, &act);
    cluster.signal(2, Signal::CONT);
    assert!(lost.is_none(), "{name}: it was answered before the stopped node's lease was over");
    assert_eq!(answer.status, done, "{name} at node {at}: {}", answer.text());
    for node in [2, 1, 0] {
        let deadline = Deadline::begin();
        loop {
            deadline.assert_before("the node says whether it takes the token");
            let seen = whoami(&token).send(cluster.addresses[node]);
            match seen.status {
                503 => std::thread::sleep(Duration::from_millis(5)),
                status => {
                    assert_eq!(status, 401, "{name}: node {node} takes it after the retry at node {at}");
                    break;
                }
            }
        }
        if node != 2 {
            assert_eq!(cluster.verdict(node, &token), INACTIVE, "{name}");
        }
    }
}

#[test]
fn retry_after_a_lost_answer_waits_like_the_first_attempt() {
    let cluster = Cluster::start(3);
    let mut n = 0;
    for name in ACTS {
        for at in [0, 1] {
            n += 1;
            let begun = Instant::now();
            retry(&cluster, n, name, at);
            println!("{name}, again at node {at}: {:?}", begun.elapsed());
        }
    }
}
