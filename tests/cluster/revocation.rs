//! P1, P2, P3: no node answers "active" after `revoke` returned; it returns soon despite faults; nodes recover soon.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use rustix::process::Signal;
use serde_json::{Value, json};

use crate::nodes::{Cluster, REALM};
use crate::requests::{access_token, token_request};
use claviger_testkit::http::Request;
use claviger_testkit::patience::{Deadline, until};

/// Effectively no limit for a test; the actual duration is printed.
const WAITED_OUT_WITHIN: Duration = Duration::from_secs(60);

const INACTIVE: &str = r#"{"active":false}"#;

// S52, S53: in each round every node is polled from the moment at which the answer arrives.
#[test]
fn revoked_token_is_inactive_everywhere_once_revoke_returns() {
    const ROUNDS: usize = 60;
    let cluster = Cluster::start(3);
    let (mut took, mut confirmed) = (Vec::new(), 0);
    let (races, unknown) = (AtomicU64::new(0), AtomicU64::new(0));
    for round in 0..ROUNDS {
        let credential = cluster.credential(round % 3, &format!("c{round}"));
        let tokens: Vec<String> =
            (0..3).map(|node| access_token(&cluster.first_token(node, &credential).expect(200))).collect();
        for (node, token) in (0..3).zip(&tokens) {
            assert!(
                cluster.verdict((node + 1) % 3, token).contains("\"active\":true"),
                "a token of node {node}"
            );
        }
        let revoked = AtomicBool::new(false);
        std::thread::scope(|scope| {
            for node in 0..3 {
                let (cluster, tokens, revoked) = (&cluster, &tokens, &revoked);
                let (races, unknown) = (&races, &unknown);
                scope.spawn(move || {
                    let (mut after, deadline) = (0, Deadline::begin());
                    while after < 3 {
                        deadline.assert_before("the node answers after the revocation");
                        // Read before the request is sent.
                        let must_be_inactive = revoked.load(Ordering::SeqCst);
                        let answer = cluster.introspect(node, &tokens[after % 3]);
                        // A node that is too busy to renew its lease answers 503.
                        if answer.status == 503 {
                            unknown.fetch_add(1, Ordering::Relaxed);
                            continue;
                        }
                        assert_eq!(answer.status, 200, "{}", answer.text());
                        if must_be_inactive {
                            assert_eq!(answer.text(), INACTIVE, "node {node} in round {round}");
                            races.fetch_add(1, Ordering::Relaxed);
                            after += 1;
                        }
                    }
                });
            }
            let begun = Instant::now();
            let receipt = cluster.revoke((round + 1) % 3, &credential).expect(200).json();
            revoked.store(true, Ordering::SeqCst);
            took.push(begun.elapsed());
            let named = |member: &str| receipt[member]["nodes"].as_array().map_or(0, Vec::len);
            // A node that a busy machine has kept from renewing is evicted, and is then not waited for.
            assert!(named("confirmed") + named("unconfirmed") >= 1, "{receipt}");
            confirmed += usize::from(receipt["outcome"] == "confirmed" && named("confirmed") == 3);
            assert_times_are_of_those_that_confirmed(&receipt);
        });
        for node in 0..3 {
            cluster.token(node, &credential).expect_oauth_error(401, "invalid_client");
        }
    }
    took.sort_unstable();
    assert!(confirmed > ROUNDS / 2, "only {confirmed} of {ROUNDS} were confirmed");
    println!(
        "{ROUNDS} revocations on three nodes, {} races, no violation, {} times 503; p50 {:?}, p99 {:?}, max {:?}",
        races.load(Ordering::Relaxed),
        unknown.load(Ordering::Relaxed),
        took[ROUNDS / 2],
        took[ROUNDS * 99 / 100],
        took[ROUNDS - 1]
    );
}

/// A node that has restarted meanwhile may be in both lists, and has no time then.
fn assert_times_are_of_those_that_confirmed(receipt: &Value) {
    let names = |member: &str| receipt[member]["nodes"].as_array().expect("names").clone();
    let unconfirmed = names("unconfirmed");
    let expected: Vec<Value> =
        names("confirmed").into_iter().filter(|name| !unconfirmed.contains(name)).collect();
    let times = receipt["confirmed_after_ms"].as_object().expect("times");
    assert_eq!(times.keys().map(|name| json!(name)).collect::<Vec<_>>(), expected, "{receipt}");
    for after in times.values() {
        assert!(after.as_u64() <= receipt["took_ms"].as_u64(), "{receipt}");
    }
}

#[test]
fn killed_node_is_waited_out_and_then_evicted() {
    let cluster = Cluster::start(3);
    let (first, second) = (cluster.credential(0, "first"), cluster.credential(0, "second"));
    let token = access_token(&cluster.first_token(1, &first).expect(200));
    cluster.kill(2);
    let begun = Instant::now();
    let receipt = cluster.revoke(0, &first).expect(200).json();
    println!("with one node killed: {:?}, {}", begun.elapsed(), receipt["outcome"]);
    assert!(begun.elapsed() < WAITED_OUT_WITHIN, "{:?}", begun.elapsed());
    let confirmed = receipt["confirmed"].to_string();
    assert!(!confirmed.contains("node-2"), "{receipt}");
    assert_eq!(cluster.verdict(1, &token), INACTIVE);
    // Once it is evicted, revocations do not wait for it.
    let evicted = Instant::now();
    while !nodes(&cluster).iter().all(|name| name != "node-2") {
        assert!(evicted.elapsed() < WAITED_OUT_WITHIN, "it is still there");
        std::thread::sleep(Duration::from_millis(20));
    }
    let begun = Instant::now();
    cluster.revoke(1, &second).expect(200);
    // It returns under the same name.
    cluster.start_node(2);
    let third = cluster.credential(2, "third");
    let receipt = cluster.revoke(0, &third).expect(200).json();
    assert!(receipt.to_string().contains("node-2"), "{receipt}");
}

/// Its row is deleted 3 s after its last renewal, which is before the wait of 3 s ends.
#[test]
fn node_evicted_during_the_wait_is_in_the_receipt() {
    let cluster = Cluster::start(3);
    for attempt in 0..5 {
        let credential = cluster.credential(0, &format!("stopped-{attempt}"));
        cluster.signal(2, Signal::STOP);
        let stopped = Instant::now();
        while stopped.elapsed() < Duration::from_millis(1_500) {
            std::thread::sleep(Duration::from_millis(20));
        }
        let was_member = nodes(&cluster).contains(&"node-2".to_owned());
        let receipt = cluster.revoke(0, &credential).expect(200).json();
        let is_member = nodes(&cluster).contains(&"node-2".to_owned());
        cluster.signal(2, Signal::CONT);
        if was_member {
            assert_eq!(receipt["outcome"], "waited_out", "{receipt}");
            assert_eq!(receipt["unconfirmed"]["nodes"], json!(["node-2"]), "{receipt}");
            assert_eq!(receipt["confirmed"]["nodes"], json!(["node-0", "node-1"]), "{receipt}");
            assert_times_are_of_those_that_confirmed(&receipt);
        }
        if was_member && !is_member {
            return;
        }
        until("the node has joined again", || cluster.introspect(2, "unknown").status != 503);
    }
    panic!("in no attempt the node was evicted during the wait");
}

/// A node that resumes after a stop has missed rows, and must not answer before it has read them.
#[test]
fn resumed_node_answers_only_after_reading_missed_rows() {
    let cluster = Cluster::start(3);
    let (credential, spared) = (cluster.credential(0, "stopped"), cluster.credential(0, "spared"));
    let token = access_token(&cluster.first_token(2, &credential).expect(200));
    let alive = access_token(&cluster.first_token(2, &spared).expect(200));
    assert_ne!(cluster.verdict(2, &token), INACTIVE);
    cluster.signal(2, Signal::STOP);
    let begun = Instant::now();
    let receipt = cluster.revoke(0, &credential).expect(200).json();
    println!("with one node stopped: {:?}, {}", begun.elapsed(), receipt["outcome"]);
    assert!(begun.elapsed() < WAITED_OUT_WITHIN, "{:?}", begun.elapsed());
    // The others evict it; it joins again and continues from its last applied position.
    while nodes(&cluster).contains(&"node-2".to_owned()) {
        assert!(begun.elapsed() < 2 * WAITED_OUT_WITHIN, "it is not evicted");
        std::thread::sleep(Duration::from_millis(20));
    }
    cluster.signal(2, Signal::CONT);
    let woken = Instant::now();
    let mut refusals = 0;
    loop {
        let answer = cluster.introspect(2, &token);
        match answer.status {
            200 => assert_eq!(answer.text(), INACTIVE, "after {:?}", woken.elapsed()),
            status => assert_eq!(status, 503, "{}", answer.text()),
        }
        refusals += usize::from(answer.status == 503);
        if cluster.introspect(2, &alive).status == 200 {
            break;
        }
        assert!(woken.elapsed() < WAITED_OUT_WITHIN, "it does not come back");
    }
    assert!(nodes(&cluster).contains(&"node-2".to_owned()));
    println!("it answered again {:?} after it went on, {refusals} times 503 until then", woken.elapsed());
}

/// Cut off from the database, a node answers until its lease expires, and no longer; it recovers by itself.
// TE-25, IN-11, RV-06
#[test]
fn nodes_stop_answering_without_the_database_and_recover() {
    use claviger_testkit::postgres::Postgres;
    let cluster = Cluster::start(2);
    let credential = cluster.credential(0, "c");
    let token = access_token(&cluster.first_token(0, &credential).expect(200));
    let (prefix, rest) = cluster.database_url.split_once(":///").expect("a URL");
    let (name, host) = rest.split_once('?').expect("a host");
    let elsewhere = format!("{prefix}:///postgres?{host}");
    let allow = |allowed: bool| {
        Postgres::shared()
            .psql(&elsewhere, &format!("ALTER DATABASE {name} WITH ALLOW_CONNECTIONS {allowed}"))
    };
    allow(false);
    let end = format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'");
    Postgres::shared().psql(&elsewhere, &end);
    let cut = Instant::now();
    let mut last_active = [Duration::ZERO; 2];
    for node in [0, 1] {
        loop {
            let asked = cut.elapsed();
            let answer = cluster.introspect(node, &token);
            if answer.status == 503 {
                assert!(answer.header("retry-after").is_some());
                break;
            }
            assert_eq!(answer.expect(200).json()["active"], true);
            last_active[node] = asked;
            assert!(cut.elapsed() < Duration::from_secs(5), "node {node} answers forever");
        }
    }
    assert!(last_active.iter().all(|last| *last <= Duration::from_millis(3_000)), "{last_active:?}");
    let realm = format!("/realms/{REALM}");
    for (what, request) in [
        ("introspection", cluster.introspection(&token)),
        ("a dead text", cluster.introspection("no.such.token")),
        ("issuance", token_request(&credential)),
        ("forward-auth", Request::get(&format!("{realm}/forward-auth")).bearer(&token)),
        ("whoami", Request::get(&format!("{realm}/whoami")).bearer(&token)),
        ("registry", Request::get(&format!("{realm}/registry/token?service=r")).basic("x", &token)),
        ("revocation", cluster.revocation(&credential)),
        ("administration", cluster.administration("GET", "/groups", &json!(null))),
    ] {
        let refused = request.send(cluster.addresses[0]);
        assert_eq!(refused.status, 503, "{what}: {}", refused.text());
        assert!(refused.header("retry-after").is_some(), "{what}: {refused:?}");
        let told = refused.text();
        assert!(!told.contains("active\"") && !told.contains("access_token"), "{what}: {told}");
    }
    assert!(!cluster.is_ready(0));
    allow(true);
    let healed = Instant::now();
    for node in [0, 1] {
        while cluster.introspect(node, &token).status != 200 {
            assert!(healed.elapsed() < WAITED_OUT_WITHIN, "node {node} does not come back");
        }
    }
    println!("last active {last_active:?} after the cut; back {:?} after it was healed", healed.elapsed());
    assert_ne!(cluster.verdict(1, &token), INACTIVE);
    cluster.revoke(1, &credential).expect(200);
    assert_eq!(cluster.verdict(0, &token), INACTIVE);
}

/// P3 with many credentials: reading all of them again would take seconds.
#[test]
fn node_with_a_lost_session_resumes_from_its_applied_position() {
    use claviger_testkit::postgres::Postgres;
    let cluster = Cluster::start(2);
    let (kept, revoked) = (cluster.credential(0, "kept"), cluster.credential(0, "revoked"));
    let tokens = [&kept, &revoked].map(|one| access_token(&cluster.first_token(0, one).expect(200)));
    let psql = |sql: &str| Postgres::shared().psql(&cluster.database_url, sql);
    // Makes every complete load of the tables fail.
    psql("ALTER TABLE scope RENAME TO scope_of_before");
    psql(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
         WHERE datname = current_database() AND pid <> pg_backend_pid()",
    );
    let lost = Instant::now();
    cluster.patiently(0, &cluster.revocation(&revoked)).expect(200);
    for node in [0, 1] {
        while cluster.lease_began(node).is_none_or(|began| began < lost) {
            assert!(lost.elapsed() < WAITED_OUT_WITHIN, "node {node} does not come back");
        }
        assert_eq!(cluster.verdict(node, &tokens[1]), INACTIVE);
        assert!(cluster.verdict(node, &tokens[0]).contains("\"active\":true"));
    }
    println!("both were back {:?} after their sessions had ended", lost.elapsed());
    psql("ALTER TABLE scope_of_before RENAME TO scope");
}

/// T-28: no node answers before it knows what the row takes away, and none bypasses the row by reading the tables.
#[test]
fn row_of_a_newer_version_stops_every_node_that_cannot_read_it() {
    let cluster = Cluster::start(2);
    let credential = cluster.credential(0, "c");
    let tokens: Vec<String> =
        (0..2).map(|node| access_token(&cluster.first_token(node, &credential).expect(200))).collect();
    let body = r#"{"realm":"acme","change":{"kind":"credential_paused","id":"00000000-0000-0000-0000-000000000000"}}"#;
    let row = format!(
        "WITH head AS (UPDATE log_head SET position = position + 1, hash = sha256(hash || convert_to('{body}', 'UTF8')) \
         RETURNING position, hash) \
         INSERT INTO change_log (position, body, hash) SELECT position, convert_to('{body}', 'UTF8'), hash FROM head; \
         NOTIFY claviger"
    );
    claviger_testkit::postgres::Postgres::shared().psql(&cluster.database_url, &row);
    let written = Instant::now();
    for node in [0, 1] {
        while cluster.introspect(node, &tokens[node]).status != 503 {
            assert!(written.elapsed() < Duration::from_secs(10), "node {node} answers on");
        }
    }
    println!("both had stopped {:?} after the row was written", written.elapsed());
    let until = Instant::now() + Duration::from_secs(4);
    while Instant::now() < until {
        for node in [0, 1] {
            let refused = cluster.introspect(node, &tokens[1 - node]);
            assert_eq!((refused.status, refused.header("retry-after")), (503, Some("1")));
            assert_eq!(cluster.token_once(node, &credential).status, 503);
            let revoked = cluster.revocation(&credential).send(cluster.addresses[node]);
            assert_eq!(revoked.status, 503, "{}", revoked.text());
            let said = Request::get("/health/ready").send(cluster.addresses[node]).expect(503).json();
            assert_eq!(said["status"], "newer version needed", "{said}");
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    assert_eq!(
        claviger_testkit::postgres::Postgres::shared().psql(
            &cluster.database_url,
            "SELECT count(*) FROM service_credential WHERE revoked_at IS NOT NULL"
        ),
        "0"
    );
    // A restarted node refuses too.
    let refusal = cluster.refusal_to_start(0);
    assert!(refusal.contains("newer claviger") && refusal.contains("credential_paused"), "{refusal}");
}

fn nodes(cluster: &Cluster) -> Vec<String> {
    let listed =
        claviger_testkit::postgres::Postgres::shared().psql(&cluster.database_url, "SELECT name FROM node");
    listed.lines().map(|name| name.trim().to_owned()).collect()
}
