//! A server answers only while it can read and write its SQLite file.

use std::fs;
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use diesel::{Connection, SqliteConnection};
use serde_json::{Value, json};

use crate::database_file_scene::{LEASE, SLACK, Scene, away, move_away, move_back};
use claviger_testkit::http::Request;

/// A fault, what ends it, and the reason that readiness gives.
struct Fault {
    name: &'static str,
    reason: &'static str,
    begin: fn(&Scene),
    end: fn(&Scene),
}

const FAULTS: [Fault; 4] = [
    Fault {
        name: "the file is removed",
        reason: "removed or replaced",
        begin: |scene| move_away(scene, "claviger.db"),
        end: |scene| move_back(scene, "claviger.db"),
    },
    Fault {
        name: "another file takes its place",
        reason: "removed or replaced",
        begin: |scene| {
            let (path, away) = away(scene, "claviger.db");
            fs::copy(&path, scene.data().join("copy")).expect("a copy");
            fs::rename(&path, away).expect("it is ours");
            fs::rename(scene.data().join("copy"), path).expect("it is ours");
        },
        end: |scene| move_back(scene, "claviger.db"),
    },
    Fault {
        name: "the write-ahead log is removed",
        reason: "removed or replaced",
        begin: |scene| move_away(scene, "claviger.db-wal"),
        end: |scene| move_back(scene, "claviger.db-wal"),
    },
    Fault {
        name: "nothing can be written any more",
        reason: "cannot be written",
        begin: |scene| scene.limit_file_size(Some(1)),
        end: |scene| scene.limit_file_size(None),
    },
];

#[test]
fn server_without_its_database_answers_503_until_it_returns() {
    for fault in &FAULTS {
        let scene = Scene::start();
        let token = scene.token();
        (fault.begin)(&scene);
        // An immediate revocation is not confirmed either.
        let name = json!({"name": "nightly-build"});
        let listed = Request::get("/api/v1/realms/demo/service-credentials")
            .bearer(scene.fact("/owner/personal_access_token"))
            .send(scene.address);
        let id = listed.status.eq(&200).then(|| listed.json()["items"][0]["id"].clone());
        if let Some(id) = id.as_ref().and_then(Value::as_str) {
            let path = format!("/api/v1/realms/demo/service-credentials/{id}/revoke");
            let revoke = Request::json("POST", &path, &name);
            let answer = revoke.bearer(scene.fact("/owner/personal_access_token")).send(scene.address);
            assert_eq!(answer.status, 503, "{}: {}", fault.name, answer.text());
        }
        let red = scene.wait_until_ready_is(503, LEASE + SLACK);
        assert_eq!(red.header("retry-after"), Some("1"), "{}", fault.name);
        let body = red.json();
        let reason = body["reason"].as_str().unwrap_or_default();
        assert!(reason.contains(fault.reason), "{}: {body}", fault.name);
        let refused = scene.introspect(&token);
        assert_eq!(refused.status, 503, "{}: {}", fault.name, refused.text());
        assert!(refused.header("retry-after").is_some(), "{}", fault.name);
        (fault.end)(&scene);
        if fault.reason != "cannot be followed" {
            scene.wait_until_ready_is(200, SLACK);
            assert_ne!(scene.introspect(&token).status, 503, "{}", fault.name);
        }
    }
}

#[test]
fn server_tolerates_a_slow_writer_up_to_a_limit() {
    let scene = Scene::start();
    let token = scene.token();
    let mut writer =
        SqliteConnection::establish(scene.database().to_str().expect("a path")).expect("a connection");
    writer.batch_execute("BEGIN IMMEDIATE").expect("nobody else writes for long");
    let begun = Instant::now();
    // Twice a lease, and less than an act waits for its turn.
    while begun.elapsed() < 2 * LEASE {
        assert!(scene.is_active(&token), "after {:?}", begun.elapsed());
        assert_eq!(scene.readiness().status, 200);
        std::thread::sleep(Duration::from_millis(100));
    }
    // After the time that acts wait, the database counts as not writable.
    let red = scene.wait_until_ready_is(503, 3 * LEASE + SLACK);
    assert!(red.text().contains("cannot be written"), "{}", red.text());
    writer.batch_execute("COMMIT").expect("nothing was written");
    scene.wait_until_ready_is(200, SLACK);
    assert!(scene.is_active(&token));
}
