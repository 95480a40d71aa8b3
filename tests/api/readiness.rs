//! Ready means a valid lease; the state of the database is reported with it, without its address.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use claviger_testkit::http::{Request, Response};
use claviger_testkit::on_both_databases;
use claviger_testkit::postgres::Postgres;
use claviger_testkit::world::{Database, World};

/// A generous limit for a test. On an idle machine, the awaited state occurs within a second.
const PATIENCE: Duration = Duration::from_secs(60);

fn readiness(world: &World) -> Response {
    world.send(&Request::get("/health/ready"))
}

fn members(body: &Value) -> Vec<&str> {
    let mut names: Vec<&str> = body.as_object().expect("an object").keys().map(String::as_str).collect();
    names.sort_unstable();
    names
}

/// Polls until the expected answer.
#[track_caller]
fn wait_for(world: &World, is_awaited: impl Fn(&Response) -> bool) -> Response {
    let begun = Instant::now();
    loop {
        let answer = readiness(world);
        if is_awaited(&answer) {
            return answer;
        }
        assert!(begun.elapsed() < PATIENCE, "{}: {}", answer.status, answer.text());
        std::thread::sleep(Duration::from_millis(5));
    }
}

on_both_databases! {
    fn readiness_reports_node_position_and_remaining_lease(world: World) {
        let made = world.admin("POST", "/scopes", Some(json!({"scope": "ci:read"}))).expect(201);
        let position: u64 = made.header("claviger-position").expect("a position").parse().expect("a number");
        let answer = readiness(&world).expect(200);
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        assert_eq!(answer.header("retry-after"), None);
        let body = answer.json();
        assert_eq!(members(&body), ["database", "lease_ms_left", "master_keys", "node", "position", "status"]);
        assert_eq!((&body["status"], &body["database"]), (&json!("ready"), &json!("reachable")));
        assert_eq!((&body["node"], &body["position"]), (&json!("node-1"), &json!(position)));
        assert_eq!(body["lease_ms_left"], 3_000, "the clock stands still");
        assert!(world.send(&Request::new("HEAD", "/health/ready")).expect(200).text().is_empty());
    }
}

#[test]
fn lost_database_is_reported_and_readiness_ends_with_the_lease() {
    let world = World::start(Database::Postgres);
    Postgres::shared().let_in(&world.database_url, false);
    let told = wait_for(&world, |answer| answer.json()["database"] == "unreachable");
    assert_eq!(told.status, 200, "the lease still holds: {}", told.text());
    world.clock.advance_boot(Duration::from_millis(2_999));
    assert_eq!(readiness(&world).expect(200).json()["lease_ms_left"], 1);
    world.clock.advance_boot(Duration::from_millis(1));
    let over = readiness(&world).expect(503);
    assert_eq!(over.header("retry-after"), Some("1"));
    let body = over.json();
    assert_eq!(
        members(&body),
        ["database", "lease_ms_left", "master_keys", "node", "position", "reason", "status"]
    );
    assert_eq!((&body["status"], &body["lease_ms_left"]), (&json!("no lease"), &json!(0)));
    assert_eq!((&body["database"], &body["node"]), (&json!("unreachable"), &json!("node-1")));
    assert!(body["reason"].as_str().is_some_and(|reason| reason.contains("cannot be reached")), "{body}");
    for word in ["postgres", "test_", "host", "sock", "/dev", "/tmp"] {
        assert!(!over.text().contains(word), "it says where the database is: {}", over.text());
    }
    Postgres::shared().let_in(&world.database_url, true);
    let back = wait_for(&world, |answer| answer.json()["database"] == "reachable").expect(200).json();
    assert_eq!((&back["status"], &back["lease_ms_left"]), (&json!("ready"), &json!(3_000)));
}
