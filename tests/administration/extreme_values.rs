//! Every value in a request is stored and always reads back, or is refused by name; it never stops a server.

use serde_json::{Value, json};

use crate::answers::{fields_at_fault, text};
use crate::tables::Tables;
use claviger_testkit::http::Request;
use claviger_testkit::on_both_databases;
use claviger_testkit::world::World;

/// Times that exceed the bounds only in UTC, and times that no calendar has.
const BEYOND: [&str; 10] = [
    "9999-12-31T23:59:59-01:00",
    "9999-12-31T23:59:59-00:01",
    "9999-12-31T23:59:60-00:01",
    "9999-12-31T00:00:00-24:00",
    "+10000-01-01T00:59:59Z",
    "10000-01-01T00:00:00Z",
    "99999-01-01T00:00:00Z",
    "-0001-01-01T00:00:00Z",
    "1969-12-31T23:59:59Z",
    "1970-01-01T00:00:00+01:00",
];

const LATEST: &str = "9999-12-31T23:59:59Z";

/// Requests with a time, and the name of its field.
fn with_a_time(world: &World) -> Vec<(String, String, &'static str, Value)> {
    world.group("builders", &["ci:read"]);
    let body = json!({"description": "t", "scopes": ["ci:read"]});
    let personal = json!({"description": "t", "scopes": ["admin:read"]});
    let application = json!({"name": "t", "scopes": ["ci:read"]});
    vec![
        ("POST".into(), "/api-tokens".into(), "expires_at", body),
        ("POST".into(), "/personal-access-tokens".into(), "expires_at", personal),
        ("POST".into(), "/application-credentials".into(), "expires_at", application),
    ]
}

on_both_databases! {
    fn times_are_bounded_in_their_stored_form(world: World) {
        let mut world = world;
        for (method, path, field, body) in with_a_time(&world) {
            for (number, time) in BEYOND.iter().enumerate() {
                let mut body = body.clone();
                body[field] = json!(time);
                let before = Tables::of(&world).dump();
                let refused = world.admin(&method, &path, Some(body)).expect_problem(422, "invalid").json();
                assert_eq!(fields_at_fault(&refused), [field], "{path} {number}");
                assert_eq!(Tables::of(&world).dump(), before, "{path} {time}");
            }
            for (time, stored) in [(LATEST, LATEST), ("9999-12-31T23:59:59+14:00", "9999-12-31T09:59:59Z")] {
                let mut body = body.clone();
                body[field] = json!(time);
                if body.get("name").is_some() {
                    body["name"] = json!(time);
                }
                let made = world.admin(&method, &path, Some(body)).expect(201).json();
                assert_eq!(text(&made[field]), stored, "{path}");
            }
        }
        for time in BEYOND {
            let query = form_urlencoded::Serializer::new(String::new()).append_pair("from", time).finish();
            let refused = world.admin("GET", &format!("/audit-events?{query}"), None).expect(422).json();
            assert_eq!(fields_at_fault(&refused), ["from"], "{time}");
        }
        world.restart();
        world.admin("GET", "/api-tokens", None).expect(200);
        world.group("after", &["ci:read"]);
    }
}
