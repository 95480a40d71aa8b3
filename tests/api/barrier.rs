//! A written revocation is answered as done only when no node can answer "active" any more; otherwise with a 503.

use std::thread;
use std::time::Duration;

use serde_json::json;

use crate::behind_the_back::statement;
use claviger_testkit::http::{Request, Response};
use claviger_testkit::postgres::Postgres;
use claviger_testkit::world::{Client, Database, World};

struct Furnished {
    server: Client,
    credential: Client,
    token: String,
}

fn furnished(world: &World) -> Furnished {
    world.group("builders", &["ci:read"]);
    let server = world.resource_server("builds", "https://builds.example.org");
    let credential = world.credential("nightly", &["builders"]);
    let token = world.token(&credential);
    world.assert_active(&server, &token);
    Furnished { server, credential, token }
}

fn revocation(world: &World, furnished: &Furnished) -> Request {
    let client = &furnished.credential;
    let request = Request::form(&world.path("/oauth2/revoke"), &[("token", &furnished.token)]);
    request.basic(&client.id, &client.key)
}

/// Rows written from now on cannot be applied by this server, which cannot reload the tables either.
fn make_the_log_unreadable(world: &World) {
    let spoil = "UPDATE change_log SET hash = hash || hash WHERE position = NEW.position";
    let trigger = match world.database_url.starts_with("sqlite") {
        true => format!("CREATE TRIGGER spoil AFTER INSERT ON change_log BEGIN {spoil}; END"),
        false => format!(
            "CREATE FUNCTION spoil() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {spoil}; RETURN NULL; END $$; \
             CREATE TRIGGER spoil AFTER INSERT ON change_log FOR EACH ROW EXECUTE FUNCTION spoil()"
        ),
    };
    statement(world, &format!("ALTER TABLE scope RENAME TO taken_away; {trigger}"));
}

/// Also repairs rows that were written meanwhile.
fn make_the_log_readable(world: &World) {
    let (table, first) = match world.database_url.starts_with("sqlite") {
        true => ("", "CAST(substr(CAST(hash AS BLOB), 1, 32) AS BLOB)"),
        false => (" ON change_log", "substring(hash FROM 1 FOR 32)"),
    };
    let repair = format!("UPDATE change_log SET hash = {first} WHERE length(hash) <> 32");
    statement(world, &format!("DROP TRIGGER spoil{table}; {repair}; ALTER TABLE taken_away RENAME TO scope"));
}

/// The first answer that is not a 503.
fn patiently(world: &World, request: &Request) -> Response {
    let answers = (0..10_000).map(|_| world.send(request));
    answers.into_iter().find(|answer| answer.status != 503).expect("the node is back")
}

/// RV-06
#[test]
fn revocation_that_the_only_node_cannot_apply_is_not_confirmed() {
    let world = World::start(Database::Sqlite);
    let furnished = furnished(&world);
    make_the_log_unreadable(&world);
    let answer = world.send(&revocation(&world, &furnished));
    assert_eq!(answer.header("retry-after"), Some("1"));
    answer.expect_oauth_error(503, "temporarily_unavailable");

    make_the_log_readable(&world);
    let answer = patiently(&world, &revocation(&world, &furnished)).expect(200).json();
    assert_eq!(answer["outcome"], "confirmed");
    world.assert_inactive(&furnished.server, &furnished.token);
    let events = world.admin("GET", "/audit-events?limit=200", None).expect(200).json();
    let events = events["items"].as_array().expect("items");
    let positions: Vec<_> = events
        .iter()
        .filter(|event| event["action"] == "access_token.revoke")
        .map(|event| event["position"].clone())
        .collect();
    assert_eq!(
        positions,
        [answer["position"].clone()],
        "the first attempt was written, the second waited for it"
    );
}

/// RV-06, on PostgreSQL: a node that does not apply the revocation is waited out, and answers nothing by then.
#[test]
fn node_that_cannot_apply_a_revocation_is_waited_out() {
    let world = World::start(Database::Postgres);
    let furnished = furnished(&world);
    make_the_log_unreadable(&world);
    let receipt = thread::scope(|scope| {
        let revoking = scope.spawn(|| world.send(&revocation(&world, &furnished)).expect(200).json());
        let written = || Postgres::shared().psql(&world.database_url, "SELECT count(*) FROM revoked_token");
        assert!((0..1_000).any(|_| written() == "1"), "the revocation is not written");
        // A row that does not follow from what was read is another history: the node answers neither from it nor from
        // the state before it.
        let request = world.introspection_request(&furnished.server, &furnished.token);
        assert!((0..10_000).any(|_| world.send(&request).status == 503), "it answers on");
        world.clock.pass_until(|| revoking.is_finished());
        revoking.join().expect("an answer")
    });
    assert_eq!(receipt["outcome"], "waited_out");
    assert_eq!(receipt["confirmed"], json!({"nodes": [], "verifiers": []}));
    assert_eq!(receipt["confirmed_after_ms"], json!({}));
    assert_eq!(receipt["unconfirmed"], json!({"nodes": ["node-1"], "verifiers": []}));
    let request = world.introspection_request(&furnished.server, &furnished.token);
    let answer = world.send(&request);
    assert_eq!(answer.header("retry-after"), Some("1"));
    answer.expect_oauth_error(503, "temporarily_unavailable");
    let readiness = world.send(&Request::get("/health/ready")).expect(503).json();
    assert_eq!((&readiness["status"], &readiness["database"]), (&"forked".into(), &"reachable".into()));
    assert!(
        readiness["reason"].as_str().is_some_and(|reason| reason.contains("history of the database differs"))
    );

    make_the_log_readable(&world);
    let first = patiently(&world, &request);
    assert_eq!((first.status, first.text()), (200, r#"{"active":false}"#.to_owned()));
}
