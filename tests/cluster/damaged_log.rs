//! An unreadable log row in a cluster: all nodes stop, one command skips the row, and all nodes continue on their own.

use std::time::{Duration, Instant};

use ring::digest::{SHA256, digest};
use serde_json::{Value, json};

use crate::nodes::{Cluster, REALM};
use crate::requests::access_token;
use claviger_testkit::http::Request;
use claviger_testkit::postgres::Postgres;
use claviger_testkit::process::run;

const NODES: usize = 3;

const PATIENCE: Duration = Duration::from_secs(60);

/// The year of the time has five digits: no version can read it back.
const OF_THE_REALM: &str = r#"{"realm":"acme","change":{"kind":"token_revoked","jti":"a","client_id":"01890a5d-ac96-774b-bcce-b302099a8057","expires_at":"+10000-01-01T00:59:59Z"}}"#;
const OF_NO_REALM: &str = r#"{"change":{"kind":"credential_revoked"}}"#;

fn psql(cluster: &Cluster, sql: &str) -> String {
    Postgres::shared().psql(&cluster.database_url, sql)
}

fn bytes(hex: &str) -> Vec<u8> {
    let byte = |at: usize| u8::from_str_radix(&hex[at..at + 2], 16).expect("hexadecimal digits");
    (0..hex.len()).step_by(2).map(byte).collect()
}

/// Appends a row with a valid chained hash; returns its position.
fn append(cluster: &Cluster, body: &str) -> u64 {
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let head = psql(cluster, "SELECT position || ',' || encode(hash, 'hex') FROM log_head");
    let (position, hash) = head.trim().split_once(',').expect("two columns");
    let position = position.parse::<u64>().expect("a position") + 1;
    let hash = hex(digest(&SHA256, &[bytes(hash).as_slice(), body.as_bytes()].concat()).as_ref());
    let body = hex(body.as_bytes());
    let insert = format!(
        "INSERT INTO change_log (position, body, hash) VALUES ({position}, '\\x{body}', '\\x{hash}')"
    );
    let head = format!("UPDATE log_head SET position = {position}, hash = '\\x{hash}'");
    psql(cluster, &format!("BEGIN; {insert}; {head}; COMMIT"));
    position
}

fn readiness(cluster: &Cluster, node: usize) -> (u16, Value) {
    let said = Request::get("/health/ready").send(cluster.addresses[node]);
    (said.status, said.json())
}

/// Polls the node until the condition holds.
#[track_caller]
fn becomes(cluster: &Cluster, node: usize, what: &str, is_so: impl Fn(u16, &Value) -> bool) {
    let begun = Instant::now();
    loop {
        let (status, said) = readiness(cluster, node);
        if is_so(status, &said) {
            return;
        }
        assert!(begun.elapsed() < PATIENCE, "node-{node} is not {what}: {said}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Runs an operator command on this node's machine; returns its success and all output.
fn operator(cluster: &Cluster, node: usize, arguments: &[&str]) -> (bool, String) {
    let (status, output, errors) = run(&mut cluster.operator(node, arguments));
    (status.success(), output + &errors)
}

fn all_stop_and_go_on(body: &str, realms: &str) {
    let cluster = Cluster::start(NODES);
    let credential = cluster.credential(0, "c");
    let tokens: Vec<String> =
        (0..NODES).map(|node| access_token(&cluster.first_token(node, &credential).expect(200))).collect();
    for (node, token) in (0..NODES).flat_map(|node| tokens.iter().map(move |token| (node, token))) {
        assert!(cluster.verdict(node, token).contains("\"active\":true"));
    }
    let pids: Vec<_> = (0..NODES).map(|node| cluster.node(node).as_ref().expect("it runs").pid()).collect();

    let position = append(&cluster, body);
    for node in 0..NODES {
        becomes(&cluster, node, "stopped", |status, said| status == 503 && said["status"] == "damaged log");
    }
    // All nodes stay stopped and answer no request.
    for node in 0..NODES {
        for token in &tokens {
            cluster.introspect(node, token).expect(503);
        }
        cluster.token_once(node, &credential).expect(503);
        let listed = operator(&cluster, node, &["repair", "log"]);
        assert!(!listed.0 && listed.1.contains(&format!("--skip {position} --yes")), "{}", listed.1);
        let verified = operator(&cluster, node, &["audit", "verify"]);
        assert!(!verified.0 && verified.1.contains(&format!("row {position}")), "{}", verified.1);
    }

    let skip = position.to_string();
    let (is_done, said) = operator(&cluster, 1, &["repair", "log", "--skip", &skip, "--yes"]);
    assert!(is_done && said.trim_end().ends_with(&format!("is invalid in {realms}.")), "{said}");
    // From now on no node reports an earlier token as active: the command has waited for all of them.
    for (node, token) in (0..NODES).flat_map(|node| tokens.iter().map(move |token| (node, token))) {
        let answer = cluster.introspect(node, token);
        let is_dead = answer.status == 503 || answer.text() == r#"{"active":false}"#;
        assert!(is_dead, "node-{node}: {} {}", answer.status, answer.text());
    }
    for (node, pid) in pids.iter().enumerate() {
        becomes(&cluster, node, "ready again", |status, _| status == 200);
        let running = cluster.node(node).as_ref().expect("it runs").pid();
        assert_eq!(running, *pid, "without a restart");
        for token in &tokens {
            assert_eq!(cluster.verdict(node, token), r#"{"active":false}"#);
        }
    }

    let owner = cluster.operator_token("holder@acme.example");
    let path = format!("/api/v1/realms/{REALM}/audit-events?action=log.repair");
    let events = cluster.patiently(2, &Request::get(&path).bearer(&owner)).expect(200).json();
    let events = events["items"].as_array().expect("events");
    assert_eq!(events.len(), 1);
    assert_eq!(events[0]["before"]["position"], json!(position));

    // Every node accepts acts, and every other node applies them.
    for node in 0..NODES {
        let fresh = access_token(&cluster.first_token(node, &credential).expect(200));
        assert!(cluster.verdict((node + 1) % NODES, &fresh).contains("\"active\":true"));
        let path = format!("/api/v1/realms/{REALM}/groups");
        let body = json!({"name": format!("after-{node}"), "scopes": ["ci:read"]});
        cluster.patiently(node, &Request::json("POST", &path, &body).bearer(&owner)).expect(201);
        assert!(operator(&cluster, node, &["audit", "verify"]).0);
    }
    // A node that restarts after the row was skipped has the same state.
    cluster.kill(0);
    cluster.start_node(0);
    assert_eq!(cluster.verdict(0, &tokens[0]), r#"{"active":false}"#);
    let path = format!("/service-credentials/{}/revoke", credential.id);
    let revoke = Request::json("POST", &format!("/api/v1/realms/{REALM}{path}"), &json!({"name": "c"}));
    cluster.patiently(2, &revoke.bearer(&owner)).expect(200);
    for node in 0..NODES {
        cluster.patiently(node, &crate::requests::token_request(&credential)).expect(401);
    }
}

#[test]
fn unreadable_realm_row_stops_all_nodes_until_one_repair() {
    all_stop_and_go_on(OF_THE_REALM, "acme");
}

#[test]
fn unreadable_row_without_realm_stops_all_nodes_until_one_repair() {
    all_stop_and_go_on(OF_NO_REALM, "acme");
}
