//! Each node lists all of them: how far they follow the log, and which went silent.

use rustix::process::Signal;
use serde_json::{Value, json};

use crate::nodes::{Cluster, REALM};
use crate::plain_browser::PlainBrowser;
use claviger_testkit::http::Request;
use claviger_testkit::patience::until;

fn listed(cluster: &Cluster, node: usize) -> Vec<Value> {
    let path = format!("/api/v1/realms/{REALM}/nodes");
    let answer = cluster.patiently(node, &Request::get(&path).bearer(&cluster.owner)).expect(200).json();
    answer["items"].as_array().expect("nodes").clone()
}

fn statuses(cluster: &Cluster, node: usize) -> Vec<String> {
    let shown = |item: &Value| {
        format!(
            "{} {}",
            item["name"].as_str().unwrap_or_default(),
            item["status"].as_str().unwrap_or_default()
        )
    };
    listed(cluster, node).iter().map(shown).collect()
}

#[test]
fn silent_and_killed_nodes_are_listed_until_they_are_back() {
    let cluster = Cluster::start(3);
    let all = ["node-0 in_step", "node-1 in_step", "node-2 in_step"];
    for node in 0..3 {
        until("each node sees all", || statuses(&cluster, node) == all);
        let answering: Vec<bool> =
            listed(&cluster, node).iter().map(|item| item["answers"] == true).collect();
        let expected: Vec<bool> = (0..3).map(|other| other == node).collect();
        assert_eq!(answering, expected);
    }
    for item in listed(&cluster, 0) {
        assert_eq!(item["version"], env!("CARGO_PKG_VERSION"), "{item}");
        assert!(item["lease_ms_left"].as_u64().is_some_and(|left| left > 0 && left <= 3_080), "{item}");
    }
    let made = cluster.credential(0, "later");
    let head = cluster.patiently(1, &cluster.revocation(&made)).expect(200).json()["position"].clone();
    until("the position of each node is told", || {
        listed(&cluster, 2).iter().all(|item| item["position"].as_u64() >= head.as_u64())
    });

    // Stopped, then evicted by the others, it stays listed at each of them, with when it was seen last.
    cluster.signal(2, Signal::STOP);
    let lost = ["node-0 in_step", "node-1 in_step", "node-2 silent"];
    for node in [0, 1] {
        until("the stopped node is silent", || statuses(&cluster, node) == lost);
    }
    // A revocation that waits for it no more shows that it was evicted.
    until("the stopped node is evicted", || {
        let made = cluster.credential(0, "one-more");
        let receipt = cluster.patiently(0, &cluster.revocation(&made)).expect(200).json();
        receipt["outcome"] == "confirmed"
    });
    for node in [0, 1] {
        until("the evicted node is listed", || statuses(&cluster, node) == lost);
    }
    let silent = listed(&cluster, 0).pop().expect("a node");
    assert_eq!(silent["lease_ms_left"], 0, "{silent}");
    cluster.signal(2, Signal::CONT);
    until("it is back", || statuses(&cluster, 0) == all);

    // A node that leaves by itself is not missed.
    cluster.signal(1, Signal::TERM);
    until("it has left", || statuses(&cluster, 0) == ["node-0 in_step", "node-2 in_step"]);
    drop(cluster.node(1).take());
}

#[test]
fn console_shows_all_nodes_and_how_many_are_in_step() {
    let cluster = Cluster::start(2);
    let id = crate::sessions::member(&cluster, "auditor");
    let browsers = crate::sessions::signed_in_everywhere(&cluster);
    let page = |browser: &PlainBrowser| crate::sessions::shown(browser, "/organization").expect(200).text();
    until("both are in step", || page(&browsers[1]).contains("2 of 2 nodes in step"));
    let both = page(&browsers[1]);
    assert!(both.contains("node-0") && both.contains("node-1") && both.contains("answers you"), "{both}");
    cluster.kill(1);
    until("one is missing", || page(&browsers[0]).contains("1 of 2 nodes in step"));
    let one = page(&browsers[0]);
    assert!(one.contains("Silent") && one.contains("lease over"), "{one}");
    cluster.admin(0, "POST", &format!("/members/{id}/disable"), &json!({})).expect(200);
}
