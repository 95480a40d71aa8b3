//! T-13: a list that takes the database too long is canceled with a reason, and delays no other request.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::json;

use claviger_testkit::http::{Request, Response};
use claviger_testkit::postgres::Postgres;
use claviger_testkit::world::{Database, World};

/// More than the number of connections for lists.
const LISTS: usize = 6;

/// A list may wait for another and then read, five seconds each. The rest allows for a busy machine.
const ANSWERED_WITHIN: Duration = Duration::from_secs(60);

/// Every comparison of a search takes a minute, on connections opened from now on.
fn make_searches_slow(world: &World) {
    let name = Postgres::shared().psql(&world.database_url, "SELECT current_database()");
    let slow = "CREATE FUNCTION public.lower(text) RETURNS text LANGUAGE plpgsql AS \
                $$ BEGIN PERFORM pg_sleep(60); RETURN $1; END $$";
    Postgres::shared().psql(&world.database_url, slow);
    let first = format!("ALTER DATABASE {name} SET search_path = public, pg_catalog");
    Postgres::shared().psql(&world.database_url, &first);
}

fn search(world: &World) -> Response {
    world.admin("GET", "/audit-events?q=nightly", None)
}

#[test]
fn slow_list_is_canceled_with_a_reason_and_delays_no_other() {
    let mut world = World::start(Database::Postgres);
    world.group("builders", &["ci:read"]);
    let server = world.resource_server("builds", "https://builds.example.org");
    let (first, second) =
        (world.credential("first", &["builders"]), world.credential("second", &["builders"]));
    let token = world.token(&first);
    make_searches_slow(&world);
    // The server may have opened connections for lists already.
    world.restart();
    let answered = AtomicUsize::new(0);
    let begun = Instant::now();
    let lists: Vec<Response> = std::thread::scope(|scope| {
        let lists: Vec<_> = (0..LISTS)
            .map(|_| {
                scope.spawn(|| {
                    let answer = search(&world);
                    answered.fetch_add(1, Ordering::SeqCst);
                    answer
                })
            })
            .collect();
        let running = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() \
                       AND wait_event = 'PgSleep'";
        while Postgres::shared().psql(&world.database_url, running) == "0" {
            assert!(begun.elapsed() < ANSWERED_WITHIN, "no list begins");
        }
        // Reads by key, a write whose decision reads, and the query for nodes in a revocation.
        world.assert_active(&server, &token);
        assert_eq!(world.revoke(&first).expect(200).json()["outcome"], "confirmed");
        world.assert_inactive(&server, &token);
        let path = format!("/api/v1/realms/{}/groups", world.realm);
        let creation = Request::json("POST", &path, &json!({"name": "later"})).bearer(&world.owner);
        world.send(&creation.header("Idempotency-Key", "once")).expect(201);
        world.admin("GET", &format!("/service-credentials/{}", second.id), None).expect(200);
        assert_eq!(answered.load(Ordering::SeqCst), 0, "all that came while every list still waited");
        lists.into_iter().map(|list| list.join().expect("an answer")).collect()
    });
    assert!(begun.elapsed() < ANSWERED_WITHIN, "{:?}", begun.elapsed());
    let mut details: Vec<String> = Vec::new();
    for list in lists {
        assert_eq!(list.header("retry-after"), Some("1"));
        assert_eq!(list.header("content-type"), Some("application/problem+json"));
        let problem = list.expect(503).json();
        details.push(problem["detail"].as_str().expect("a sentence").to_owned());
    }
    let clear =
        |detail: &String| detail.contains("timed out after 5 s") || detail.contains("are in use; retry");
    assert!(details.iter().all(clear), "{details:?}");
    assert!(details.iter().any(|detail| detail.contains("timed out after 5 s")), "{details:?}");
}
