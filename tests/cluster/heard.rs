//! Audiences last seen by one node are in the receipts of all nodes, and survive its process.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::nodes::{Cluster, REALM};
use claviger_testkit::http::Request;

/// Effectively no limit for a test.
const PATIENCE: Duration = Duration::from_secs(60);

const BUILDS: &str = "https://builds.example.org";

fn tier(receipt: &Value, audience: &str) -> Option<Value> {
    let audiences = receipt["audiences"].as_array().expect("audiences");
    audiences.iter().find(|one| one["audience"] == audience).map(|one| one["tier"].clone())
}

fn receipt(cluster: &Cluster, node: usize, name: &str) -> Value {
    let credential = cluster.credential(node, name);
    cluster.revoke(node, &credential).expect(200).json()
}

#[test]
fn audience_tiers_reach_other_nodes_and_survive_a_restart() {
    let cluster = Cluster::start(2);
    cluster.admin(0, "POST", "/scopes", &json!({"scope": "containers:read"})).expect(201);
    let body = json!({"expires_at": "2099-01-01T00:00:00Z", "scopes": ["containers:read"]});
    let token = cluster.admin(0, "POST", "/api-tokens", &body).expect(201).json()["token"].clone();
    let before = receipt(&cluster, 1, "before");
    assert_eq!((tier(&before, BUILDS), tier(&before, "r.example")), (Some(json!("T3")), None));
    assert_eq!(before["audiences_complete"], true);

    let asked = "/registry/token?service=r.example&scope=repository:acme/app:pull";
    let pull =
        Request::get(&format!("/realms/{REALM}{asked}")).basic("any", token.as_str().expect("a token"));
    assert_ne!(cluster.patiently(0, &pull).expect(200).json()["scope"], "");
    cluster.verdict(0, "unknown");
    let begun = Instant::now();
    for attempt in 0.. {
        let said = receipt(&cluster, 1, &format!("c{attempt}"));
        if tier(&said, "r.example") == Some(json!("T2")) && tier(&said, BUILDS) == Some(json!("T0")) {
            assert_eq!(said["audiences_complete"], true);
            break;
        }
        assert!(begun.elapsed() < PATIENCE, "{said}");
        std::thread::sleep(Duration::from_millis(100));
    }
    println!("heard by the other node after {:?}", begun.elapsed());
    cluster.kill(0);
    cluster.start_node(0);
    let after = receipt(&cluster, 0, "after");
    assert_eq!(tier(&after, "r.example"), Some(json!("T2")), "{after}");
    assert_eq!((tier(&after, BUILDS), &after["audiences_complete"]), (Some(json!("T0")), &json!(true)));
}
