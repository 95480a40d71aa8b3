//! Master key rotation under traffic: the key is added to one node's file, copied to the others and promoted.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use serde_json::json;

use crate::nodes::{Cluster, REALM};
use crate::requests::token_request;
use claviger_testkit::http::Request;
use claviger_testkit::process::run;
use claviger_testkit::world::Client;

const NODES: usize = 3;

/// Longer than a node may lag, or renew its lease late on a busy machine.
const SHORT: Duration = Duration::from_secs(5);

fn key_file(cluster: &Cluster, node: usize) -> PathBuf {
    cluster.keys_dir(node).join("master.key")
}

/// Replaces the whole file, as an operator does.
fn copy_keys(cluster: &Cluster, from: usize, to: usize) {
    let beside = cluster.keys_dir(to).join("master.key.copy");
    std::fs::copy(key_file(cluster, from), &beside).expect("a copy");
    std::fs::rename(&beside, key_file(cluster, to)).expect("the file is ours");
}

fn succeeds(cluster: &Cluster, node: usize, arguments: &[&str]) -> String {
    let (status, output, errors) = run(&mut cluster.operator(node, arguments));
    assert!(status.success(), "{arguments:?}: {errors}");
    output
}

fn fails(cluster: &Cluster, node: usize, arguments: &[&str]) -> String {
    let (status, output, errors) = run(&mut cluster.operator(node, arguments));
    assert_eq!(status.code(), Some(1), "{arguments:?}: {output}");
    errors
}

/// Key ids, the active one first.
fn key_ids(cluster: &Cluster, node: usize) -> Vec<String> {
    let answer = cluster.patiently(node, &Request::get("/health/ready")).json();
    let ids = answer["master_keys"].as_array().expect("ids").clone();
    ids.iter().map(|id| id.as_str().expect("an id").to_owned()).collect()
}

/// What is created at one node is accepted at every other as soon as it has applied the creation.
fn is_taken_everywhere(cluster: &Cluster, request: &Request, what: &str) {
    for node in 0..NODES {
        let begun = Instant::now();
        loop {
            let answer = cluster.patiently(node, request);
            if answer.status == 200 {
                break;
            }
            assert!(begun.elapsed() < Duration::from_secs(10), "{what} at node-{node}: {}", answer.text());
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

/// Creates everything that is sealed or digested, at every node, and uses it at every node.
fn make_and_use(cluster: &Cluster, round: &str) {
    for node in 0..NODES {
        let credential = cluster.credential(node, &format!("{round}-{node}"));
        is_taken_everywhere(cluster, &token_request(&credential), "a new credential");
        cluster.admin(node, "POST", "/signing-keys", &json!({"alg": "EdDSA"})).expect(201);
        let token = succeeds(cluster, node, &["member", "token", "holder@acme.example", "--realm", REALM]);
        let groups = Request::get(&format!("/api/v1/realms/{REALM}/groups")).bearer(token.trim());
        is_taken_everywhere(cluster, &groups, "a member's token");
    }
}

/// Statuses other than 200 that existing clients receive.
#[derive(Default)]
struct Traffic {
    stop: AtomicBool,
    answers: AtomicU64,
    refused: Mutex<BTreeMap<String, u64>>,
}

impl Traffic {
    fn go_on(&self, cluster: &Cluster, node: usize, credential: &Client) {
        let note = |what: String| *self.refused.lock().expect("a list").entry(what).or_default() += 1;
        // A node that lags behind a token's position reports that for a moment; one that cannot open a key does so
        // permanently.
        let ask = |node: usize, request: &Request| {
            let begun = Instant::now();
            loop {
                let answer = request.send(cluster.addresses[node]);
                if answer.status != 503 || begun.elapsed() > SHORT {
                    return answer;
                }
                std::thread::sleep(Duration::from_millis(5));
            }
        };
        while !self.stop.load(Ordering::Acquire) {
            let answer = ask(node, &token_request(credential));
            self.answers.fetch_add(1, Ordering::Relaxed);
            if answer.status != 200 {
                note(format!("token at node-{node}: {}", answer.status));
                continue;
            }
            let token = answer.json()["access_token"].as_str().expect("a token").to_owned();
            let other = (node + 1) % NODES;
            let path = format!("/realms/{REALM}/oauth2/introspect");
            let request = Request::form(&path, &[("token", &token)]);
            let answer = ask(other, &request.basic(&cluster.server.id, &cluster.server.key));
            if answer.status != 200 || answer.json()["active"] != true {
                note(format!("introspection at node-{other}: {}", answer.status));
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

#[test]
fn master_key_rotation_under_traffic_refuses_no_request() {
    let cluster = Cluster::start(NODES);
    let credentials: Vec<Client> =
        (0..NODES).map(|node| cluster.credential(node, &format!("before-{node}"))).collect();
    for credential in &credentials {
        is_taken_everywhere(&cluster, &token_request(credential), "a credential of before");
    }
    let old = key_ids(&cluster, 0).remove(0);
    let mut new = String::new();
    let traffic = Traffic::default();
    std::thread::scope(|threads| {
        for (node, credential) in credentials.iter().enumerate() {
            let (traffic, cluster) = (&traffic, &cluster);
            threads.spawn(move || traffic.go_on(cluster, node, credential));
        }
        // Ends the threads even if an assertion fails.
        struct Stop<'a>(&'a AtomicBool);
        impl Drop for Stop<'_> {
            fn drop(&mut self) {
                self.0.store(true, Ordering::Release);
            }
        }
        let _stop = Stop(&traffic.stop);

        let refused = fails(&cluster, 0, &["keys", "rotate"]);
        assert!(refused.contains("hold it: node-1, node-2. "), "{refused}");
        let file = std::fs::read_to_string(key_file(&cluster, 0)).expect("the file");
        new = file.lines().last().expect("a line").split(' ').next().expect("an id").to_owned();
        assert_eq!(key_ids(&cluster, 0), [old.clone(), new.clone()], "it opens and does not seal");
        assert_eq!(key_ids(&cluster, 1), std::slice::from_ref(&old));
        let listed = succeeds(&cluster, 0, &["keys", "list"]);
        assert!(listed.contains("not promoted") && listed.contains("node-1, node-2"), "{listed}");
        make_and_use(&cluster, "added");

        for node in 1..NODES {
            copy_keys(&cluster, 0, node);
        }
        let promoted = succeeds(&cluster, 0, &["keys", "rotate"]);
        assert!(promoted.contains(&new), "the same key, not another one: {promoted}");
        for node in 0..NODES {
            assert_eq!(key_ids(&cluster, node), [new.clone(), old.clone()], "node-{node}");
        }
        make_and_use(&cluster, "promoted");
        // It may be repeated, and changes nothing.
        let again = succeeds(&cluster, 1, &["keys", "promote", &new]);
        assert!(again.contains(&new), "{again}");
    });
    let refused = traffic.refused.into_inner().expect("a list");
    let answers = traffic.answers.load(Ordering::Relaxed);
    assert!(answers > 100 && refused.is_empty(), "of {answers}: {refused:?}");

    // The list shows what depends on the old key, and the key stays.
    let listed = succeeds(&cluster, 0, &["keys", "list"]);
    let line = listed.lines().find(|line| line.starts_with(&old)).expect("its line");
    let columns: Vec<&str> = line.split_whitespace().rev().take(2).collect();
    assert_eq!(columns[0], "0", "nothing is sealed under it: {listed}");
    assert!(columns[1].parse::<u64>().expect("a number") >= 4, "{listed}");
    let left = fails(&cluster, 0, &["keys", "remove", &old]);
    assert!(left.contains("valid client keys and tokens"), "{left}");
    assert!(fails(&cluster, 0, &["keys", "remove", &new]).contains("new secrets"));

    // A node that starts with the old file does not serve, and reports the missing key.
    let whole = std::fs::read_to_string(key_file(&cluster, 2)).expect("the file");
    let only_old = whole.lines().find(|line| line.starts_with(&old)).expect("its line").to_owned();
    std::fs::write(key_file(&cluster, 2), format!("{only_old}\n")).expect("the file");
    let refusal = cluster.refusal_to_start(2);
    assert!(refusal.contains("master key"), "{refusal}");
    std::fs::write(key_file(&cluster, 2), whole).expect("the file");
    cluster.start_node(2);
    for credential in &credentials {
        is_taken_everywhere(&cluster, &token_request(credential), "a credential of before");
    }
}
