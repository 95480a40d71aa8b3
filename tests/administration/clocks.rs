//! T-15: with a wrong clock, leases stay correct, no token states a wrong expiry, and nothing is ended permanently.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::answers::text;
use crate::tables::Tables;
use claviger_testkit::clock::days;
use claviger_testkit::http::Request;
use claviger_testkit::on_both_databases;
use claviger_testkit::postgres::Postgres;
use claviger_testkit::world::{Client, Database, World};

const AUDIENCE: &str = "https://studio.example";

/// Polls, because a node that briefly has no lease reports so.
fn until(world: &World, request: &Request, status: u16) {
    let answers = (0..2_000).map(|_| {
        std::thread::sleep(Duration::from_millis(5));
        world.send(request).status
    });
    assert!(answers.into_iter().any(|answer| answer == status), "it never answers {status}");
}

on_both_databases! {
    fn no_token_is_issued_after_a_wall_clock_jump(world: World) {
        world.group("readers", &["studio:view"]);
        let server = world.resource_server("studio", AUDIENCE);
        let client = world.credential("nightly", &["readers"]);
        let token = world.token(&client);
        let (ask, ready) = (world.token_request(&client, &[]), Request::get("/health/ready"));
        let personal = world.personal_token("studio:view");
        for by in [6_000, -6_000] {
            world.clock.jump_millis(by);
            let refused = world.send(&ask);
            assert_eq!(refused.header("retry-after"), Some("1"));
            refused.expect_oauth_error(503, "temporarily_unavailable");
            let registry = Request::get(&world.path("/registry/token?service=r.example")).bearer(&personal);
            world.send(&registry).expect(503);
            // On PostgreSQL the lease is acquired again too. Then a token issued earlier is judged as before.
            until(&world, &world.introspection_request(&server, &token), 200);
            world.assert_active(&server, &token);
            let said = world.send(&ready).expect(503).json();
            assert_eq!(said["status"], "clock jumped", "{said}");
            assert!(text(&said["reason"]).contains("restart this server"), "{said}");
            world.clock.advance_boot(Duration::from_secs(7_200));
            until(&world, &world.introspection_request(&server, &token), 200);
            world.send(&ask).expect(503);
            world.clock.jump_millis(-by);
            until(&world, &ask, 200);
            until(&world, &ready, 200);
        }
        // An operator may confirm the clock by a restart, if the database does not contradict it.
        world.clock.jump_millis(3_600_000);
        world.send(&ask).expect(503);
        world.clock.set_database_ahead_millis(3_600_000);
        world.restart();
        world.send(&ask).expect(200);
        world.send(&ready).expect(200);
    }
}

fn incarnations(world: &World) -> Vec<String> {
    let listed = Postgres::shared().psql(&world.database_url, "SELECT incarnation FROM node ORDER BY 1");
    listed.lines().map(str::to_owned).collect()
}

#[test]
fn clock_divergence_releases_the_lease_and_signs_in_again() {
    let world = World::start(Database::Postgres);
    let client = world.credential("nightly", &[]);
    world.token(&client);
    let before = incarnations(&world);
    assert_eq!(before.len(), 1);
    // A smaller difference is a clock that is being synchronized.
    world.clock.jump_millis(200);
    std::thread::sleep(Duration::from_millis(500));
    assert_eq!(incarnations(&world), before);
    world.clock.jump_millis(300);
    let anew = |now: &Vec<String>| now.iter().any(|incarnation| !before.contains(incarnation));
    let looks = (0..2_000).map(|_| {
        std::thread::sleep(Duration::from_millis(5));
        incarnations(&world)
    });
    assert!(looks.into_iter().any(|now| anew(&now)), "it keeps its lease");
    // Half a second is not a jump: tokens are issued as soon as the node has a lease again.
    until(&world, &world.token_request(&client, &[]), 200);
    std::thread::sleep(Duration::from_millis(500));
    assert_eq!(incarnations(&world).len(), 2, "once");
}

const DAY_MILLIS: i64 = 86_400_000;
const REGISTRY: &str = "registry.example";

/// An object of every kind that a server ends or deletes by itself after some time.
struct Aging {
    server: Client,
    replaced: Client,
    retired_key: String,
    revoked: String,
    spared: String,
    /// When the registry was last seen, as stored.
    heard: Vec<String>,
}

impl Aging {
    fn furnish(world: &World) -> Self {
        world.group("readers", &["studio:view"]);
        let server = world.resource_server("studio", AUDIENCE);
        let client = world.credential("nightly", &["readers"]);
        let (revoked, spared) = (world.token(&client), world.token(&client));
        let revocation = Request::form(&world.path("/oauth2/revoke"), &[("token", &revoked)]);
        world.send(&revocation.basic(&client.id, &client.key)).expect(200);
        let replaced = world.credential("replaced", &[]);
        let path = format!("/service-credentials/{}/renew", replaced.id);
        world.admin("POST", &path, Some(json!({"overlap_seconds": 3_600}))).expect(201);
        let before = world.admin("GET", "/signing-keys", None).expect(200).json();
        let keys = before["items"].as_array().expect("items");
        let active = keys.iter().find(|key| key["status"] == "active").expect("an active key");
        let retired_key = text(&active["kid"]);
        world.clock.advance_seconds(600);
        world.admin("POST", "/signing-keys/rotate", None).expect(200);
        create_once(world, "first").expect(201);
        world.scopes(&["containers:read"]);
        let (_, reader) = world.api_token(&["containers:read"]);
        let path = format!("/registry/token?service={REGISTRY}&scope=repository:{}/app:pull", world.realm);
        world.send(&Request::get(&world.path(&path)).basic("any", &reader)).expect(200);
        eventually("the usage and the registry are written", || {
            is_there(&Tables::of(world), "credential_usage") && !heard(world).is_empty()
        });
        let heard = heard(world);
        Self { server, replaced, retired_key, revoked, spared, heard }
    }

    /// The names of what still exists.
    fn present(&self, world: &World) -> Vec<&'static str> {
        let tables = Tables::of(world);
        let count = |rows: &str| is_there(&tables, rows);
        let ledger = &world.node().state.administration.ledger;
        let snapshot = ledger.latest();
        let realm = snapshot.find_realm(&world.realm).expect("the realm");
        let id: claviger_domain::ServiceCredentialId = self.replaced.id.parse().expect("an id");
        let credential = realm.credentials.get(&id).expect("it is kept");
        [
            ("the replaced credential is not revoked", credential.revoked.is_none()),
            ("the retired key is published", realm.keys.find(&self.retired_key).is_some()),
            ("the revocation of the token is remembered", !realm.revoked_tokens.is_empty()),
            ("the usage is kept", count("credential_usage")),
            ("the attempt is remembered", count("idempotency_key WHERE idempotency_key = 'first'")),
            ("the registry was heard of then", heard(world) == self.heard),
        ]
        .into_iter()
        .filter_map(|(name, is_there)| is_there.then_some(name))
        .collect()
    }
}

fn create_once(world: &World, key: &str) -> claviger_testkit::http::Response {
    let path = format!("/api/v1/realms/{}/groups", world.realm);
    let body = json!({"name": format!("made {key}"), "scopes": []});
    world.send(&Request::json("POST", &path, &body).bearer(&world.owner).header("idempotency-key", key))
}

fn heard(world: &World) -> Vec<String> {
    let sql = format!("SELECT CAST(at AS TEXT) AS line FROM heard WHERE name = '{REGISTRY}'");
    Tables::of(world).lines(&sql)
}

fn is_there(tables: &Tables, rows: &str) -> bool {
    tables.lines(&format!("SELECT CAST(count(*) AS TEXT) AS line FROM {rows}"))[0] != "0"
}

#[track_caller]
fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < Duration::from_secs(30), "{what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Lasts for several rounds of background maintenance.
fn let_it_work() {
    std::thread::sleep(Duration::from_millis(1_600));
}

on_both_databases! {
    fn clock_jump_ends_nothing_permanently(world: World) {
        let aging = Aging::furnish(&world);
        let all = aging.present(&world);
        assert_eq!(all.len(), 6, "{all:?}");
        for by in [100 * DAY_MILLIS, -100 * DAY_MILLIS, 2 * DAY_MILLIS] {
            world.clock.jump_millis(by);
            let_it_work();
            assert!(world.node().state.administration.ledger.trusted_now().is_err(), "retention goes on");
            until(&world, &world.introspection_request(&aging.server, &aging.revoked), 200);
            world.assert_inactive(&aging.server, &aging.revoked);
            world.assert_active(&aging.server, &aging.spared);
            assert_eq!(aging.present(&world), all, "{by}");
            // The idempotency window does not move with the clock, neither for the answer nor for the removal.
            assert_eq!(create_once(&world, "first").status, 409);
            create_once(&world, &format!("during{by}")).expect(201);
            assert_eq!(aging.present(&world), all, "{by}");
            world.clock.jump_millis(-by);
            until(&world, &world.introspection_request(&aging.server, &aging.revoked), 200);
            world.assert_inactive(&aging.server, &aging.revoked);
            world.assert_active(&aging.server, &aging.spared);
        }
        // Once the time has really passed, everything ends.
        world.clock.advance_seconds(days(100));
        eventually("the overlap, the key, the revocation and the usage are ended", || {
            create_once(&world, "last");
            aging.present(&world).is_empty()
        });
    }

    fn start_with_a_wrong_clock_ends_nothing_permanently(world: World) {
        let aging = Aging::furnish(&world);
        let all = aging.present(&world);
        let by_database: &[i64] = match world.database_url.starts_with("sqlite") {
            // On SQLite nothing contradicts a clock that was ahead before the start.
            true => &[-100 * DAY_MILLIS, -6_000 - 600_000],
            false => &[-100 * DAY_MILLIS, -610_000, 610_000, 100 * DAY_MILLIS],
        };
        for by in by_database {
            world.clock.jump_millis(*by);
            world.restart();
            let_it_work();
            assert!(world.node().state.administration.ledger.trusted_now().is_err(), "{by}");
            assert_eq!(aging.present(&world), all, "{by}");
            let said = world.send(&Request::get("/health/ready")).expect(503).json();
            let expected = match world.database_url.starts_with("sqlite") {
                true => "clock is behind the log",
                false => "clock differs from the database's",
            };
            assert_eq!(said["status"], expected, "{said}");
            world.assert_inactive(&aging.server, &aging.revoked);
            world.clock.jump_millis(-by);
            world.restart();
            world.send(&Request::get("/health/ready")).expect(200);
            assert_eq!(aging.present(&world), all, "{by}");
            world.assert_inactive(&aging.server, &aging.revoked);
            world.assert_active(&aging.server, &aging.spared);
        }
    }
}

#[test]
fn clock_alarm_lasts_until_clock_and_database_agree() {
    let world = World::start(Database::Postgres);
    let client = world.credential("nightly", &[]);
    let ask = world.token_request(&client, &[]);
    for by in [7_000, -7_000, 90 * DAY_MILLIS] {
        world.clock.set_database_ahead_millis(by);
        world.clock.pass_until(|| world.send(&ask).status == 503);
        let said = world.send(&Request::get("/health/ready")).json();
        assert_eq!(said["status"], "clock differs from the database's", "{said}");
        assert!(world.node().state.administration.ledger.trusted_now().is_err());
        world.clock.set_database_ahead_millis(0);
        world.clock.pass_until(|| world.send(&ask).status == 200);
    }
    world.clock.set_database_ahead_millis(4_000);
    for _ in 0..100 {
        world.clock.advance_boot(Duration::from_millis(40));
        std::thread::sleep(Duration::from_millis(5));
    }
    world.send(&ask).expect(200);
}
