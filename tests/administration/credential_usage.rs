//! `/service-credentials/{id}/usage` and `last_used_at`: counted in memory, and stored within a second.

use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::answers::{fields_at_fault, items, text};
use crate::tables::Tables;
use claviger_testkit::clock::{days, minutes};
use claviger_testkit::http::Request;
use claviger_testkit::on_both_databases;
use claviger_testkit::world::{Client, World};

const BUILDS: &str = "https://builds.example.org";

fn usage(world: &World, credential: &Client, query: &str) -> Value {
    let path = format!("/service-credentials/{}/usage{query}", credential.id);
    world.admin("GET", &path, None).expect(200).json()
}

/// Polls until the counts are stored, and returns how long that took.
#[track_caller]
fn until(what: &str, mut holds: impl FnMut() -> bool) -> Duration {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed() < Duration::from_secs(10), "not within 10 s: {what}");
        thread::sleep(Duration::from_millis(10));
    }
    start.elapsed()
}

on_both_databases! {
    fn tokens_and_refusals_are_counted_by_hour_and_audience(world: World) {
        world.group("builders", &["ci:read"]);
        world.resource_server("builds", BUILDS);
        let credential = world.credential("nightly", &["builders"]);
        let other = world.credential("other", &[]);
        let refused = |parameters: &[(&str, &str)], error: &str| {
            world.send(&world.token_request(&credential, parameters)).expect_oauth_error(400, error);
        };
        for _ in 0..3 {
            world.token(&credential);
        }
        world.token_with(&credential, &[("resource", BUILDS)]);
        refused(&[("resource", BUILDS), ("scope", "no:such")], "invalid_scope");
        refused(&[("resource", "https://nobody.example.org")], "invalid_target");
        // An invalid key does not count as a request of the credential.
        let guessed = Client { key: "clvk_wrong".into(), ..credential.clone() };
        world.send(&world.token_request(&guessed, &[])).expect_oauth_error(401, "invalid_client");
        world.clock.advance_seconds(minutes(61));
        world.token(&credential);
        until("the counts", || {
            let seen = usage(&world, &credential, "");
            seen["issued"] == 5 && seen["refused"] == 2
        });
        let hour = |hour: &str, audience: Value, issued: u64, refused: u64| {
            json!({"hour": hour, "audience": audience, "issued": issued, "refused": refused})
        };
        assert_eq!(usage(&world, &credential, ""), json!({
            "since": "2027-01-01T13:01:00Z",
            "last_used_at": "2027-01-31T13:01:00Z",
            "issued": 5,
            "refused": 2,
            "items": [
                hour("2027-01-31T13:00:00Z", json!(world.issuer()), 1, 0),
                hour("2027-01-31T12:00:00Z", Value::Null, 0, 1),
                hour("2027-01-31T12:00:00Z", json!(world.issuer()), 3, 0),
                hour("2027-01-31T12:00:00Z", json!(BUILDS), 1, 1),
            ],
        }));
        let never = usage(&world, &other, "");
        assert_eq!((&never["issued"], &never["last_used_at"], &never["items"]), (&json!(0), &Value::Null, &json!([])));
    }

    fn last_use_is_shown_soon_and_survives_a_restart(world: World) {
        let credential = world.credential("nightly", &[]);
        let shown = |world: &World| {
            let path = format!("/service-credentials/{}", credential.id);
            world.admin("GET", &path, None).expect(200).json()["last_used_at"].clone()
        };
        assert_eq!(shown(&world), Value::Null);
        world.token(&credential);
        until("the first use", || shown(&world) == "2027-01-31T12:00:00Z");
        let listed = items(&world.admin("GET", "/service-credentials", None).expect(200));
        assert_eq!(listed[0]["last_used_at"], "2027-01-31T12:00:00Z");
        // The last counts are stored before the server stops.
        world.clock.advance_seconds(90);
        world.token(&credential);
        world.restart();
        assert_eq!(shown(&world), "2027-01-31T12:01:30Z");
    }

    fn personal_access_token_shows_last_use_here_and_by_introspection(world: World) {
        world.scopes(&["ci:read"]);
        let server = world.resource_server("builds", BUILDS);
        let body = json!({"description": "introspected", "expires_at": "2028-01-01T00:00:00Z", "scopes": ["ci:read"]});
        let made = world.admin("POST", "/personal-access-tokens", Some(body)).expect(201).json();
        assert_eq!(made["last_used_at"], Value::Null);
        let last_used = |description: &str| {
            let tokens = items(&world.admin("GET", "/personal-access-tokens", None).expect(200));
            let token = tokens.iter().find(|token| token["description"] == description);
            token.expect("the token")["last_used_at"].clone()
        };
        until("the caller's own", || last_used("tests") == "2027-01-31T12:00:00Z");
        assert_eq!(last_used("introspected"), Value::Null);
        world.clock.advance_seconds(5);
        world.assert_active(&server, &text(&made["token"]));
        until("the introspected one", || last_used("introspected") == "2027-01-31T12:00:05Z");
    }

    /// After a rotation, operators need to know who still uses the old key.
    fn valid_key_of_a_revoked_credential_is_counted_as_refused(world: World) {
        let credential = world.credential("nightly", &[]);
        world.revoke(&credential).expect(200);
        world.send(&world.token_request(&credential, &[])).expect_oauth_error(401, "invalid_client");
        until("the refusal", || usage(&world, &credential, "")["refused"] == 1);
        assert_eq!(usage(&world, &credential, "")["last_used_at"], Value::Null);
    }

    fn usage_is_kept_for_ninety_days_and_shown_as_requested(world: World) {
        let credential = world.credential_with(json!({"validity_days": null}));
        world.token(&credential);
        until("the first day", || usage(&world, &credential, "")["issued"] == 1);
        world.clock.advance_seconds(days(40));
        world.token(&credential);
        until("the fortieth day", || usage(&world, &credential, "?days=90")["issued"] == 2);
        assert_eq!(usage(&world, &credential, "")["issued"], 1);
        for bad in ["0", "91", "x", ""] {
            let path = format!("/service-credentials/{}/usage?days={bad}", credential.id);
            let refused = world.admin("GET", &path, None).expect_problem(422, "invalid").json();
            assert_eq!(fields_at_fault(&refused), ["days"]);
        }
        world.clock.advance_seconds(days(51));
        let kept = || Tables::of(&world).lines("SELECT count(*) || '' AS line FROM credential_usage")[0].clone();
        until("the first day is forgotten", || kept() == "1");
    }

    fn usage_requires_read_access_to_the_realm(world: World) {
        let credential = world.credential("nightly", &[]);
        let path = format!("/service-credentials/{}/usage", credential.id);
        let (_, member) = world.member("m@acme.example", &["member"]);
        let (_, auditor) = world.member("a@acme.example", &["auditor"]);
        world.admin_as(&member, "GET", &path, None).expect_problem(403, "forbidden");
        world.admin_as(&auditor, "GET", &path, None).expect(200);
        let nobody = "/service-credentials/01890000-0000-7000-8000-000000000000/usage";
        world.admin("GET", nobody, None).expect_problem(404, "not-found");
    }

    fn counts_that_could_not_be_written_are_written_later(world: World) {
        let credential = world.credential("nightly", &[]);
        let tables = Tables::of(&world);
        tables.execute("ALTER TABLE last_use RENAME TO hidden");
        world.token(&credential);
        // Longer than the server waits between two attempts, so that one has failed.
        thread::sleep(Duration::from_millis(1_200));
        tables.execute("ALTER TABLE hidden RENAME TO last_use");
        until("the token", || usage(&world, &credential, "")["issued"] == 1);
    }
}
