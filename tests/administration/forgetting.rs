//! Ended objects leave memory and, later, the database; answers about them do not change.

use std::sync::Arc;
use std::time::{Duration, Instant};

use claviger::snapshot::RealmView;
use claviger_contract::Timestamp;
use serde_json::{Value, json};

use crate::answers::{items, text};
use crate::tables::Tables;
use claviger_testkit::clock::days;
use claviger_testkit::http::{Request, Response};
use claviger_testkit::on_both_databases;
use claviger_testkit::world::{Client, World};

/// The numbers of objects in memory, active and ended.
#[derive(Debug, PartialEq, Eq)]
struct Sizes {
    member_tokens: usize,
    registry_tokens: usize,
    applications: usize,
    revoked_tokens: usize,
    credentials: usize,
    grant_sets: usize,
}

fn realm(world: &World) -> Arc<RealmView> {
    let snapshot = world.node().state.administration.ledger.latest();
    snapshot.find_realm("acme").expect("the realm").clone()
}

fn sizes(world: &World) -> Sizes {
    let realm = realm(world);
    Sizes {
        member_tokens: realm.member_tokens.len(),
        registry_tokens: realm.registry_tokens.len(),
        applications: realm.applications.len(),
        revoked_tokens: realm.revoked_tokens.len(),
        credentials: realm.credentials.len(),
        grant_sets: realm.grant_set_count(),
    }
}

/// The follower removes ended objects in the background.
#[track_caller]
fn wait_for(world: &World, expected: &Sizes) {
    let until = Instant::now() + Duration::from_secs(20);
    while sizes(world) != *expected {
        assert!(Instant::now() < until, "{:?} instead of {expected:?}", sizes(world));
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// Waits until memory holds these numbers of credentials and of grant sets.
#[track_caller]
fn wait_for_credentials(world: &World, expected: (usize, usize)) {
    let until = Instant::now() + Duration::from_secs(20);
    let found = || (sizes(world).credentials, sizes(world).grant_sets);
    while found() != expected {
        assert!(Instant::now() < until, "{:?} instead of {expected:?}", found());
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// One ended object of each kind, with everything needed to query it.
struct Ended {
    credential: Client,
    access: String,
    single: String,
    api_token: (String, String),
    expired: (String, String),
    application: Client,
    registry: (String, String),
    server: Client,
}

fn in_days(world: &World, count: i64) -> String {
    use claviger_domain::Clock;
    world.clock.now().plus_seconds(days(count)).to_string()
}

fn end_one_of_each(world: &World) -> Ended {
    let server = world.resource_server("api", "urn:example:api");
    world.group("builders", &["containers:read", "ci:read"]);
    let credential = world.credential("nightly", &["builders"]);
    let access = world.token(&credential);
    let lives = world.credential("lives", &["builders"]);
    let single = world.token(&lives);
    let revoke = Request::form(&world.path("/oauth2/revoke"), &[("token", &*single)]);
    world.send(&revoke.basic(&lives.id, &lives.key)).expect(200);
    world.revoke(&credential).expect(200);
    let api_token = world.api_token(&["containers:read"]);
    let path = world.path("/registry/token?service=registry.example&offline_token=true");
    let kept = world.send(&Request::get(&path).basic("any", &api_token.1)).expect(200).json();
    let listed = items(&world.admin("GET", "/registry-tokens", None));
    let registry = (text(&listed[0]["id"]), text(&kept["refresh_token"]));
    world.admin("POST", &format!("/registry-tokens/{}/revoke", registry.0), None).expect(200);
    world.admin("POST", &format!("/api-tokens/{}/revoke", api_token.0), None).expect(200);
    let body = json!({"expires_at": in_days(world, 1), "scopes": ["ci:read"]});
    let expired = world.admin("POST", "/api-tokens", Some(body)).expect(201).json();
    let body = json!({"name": "app", "scopes": ["ci:read"]});
    let made = world.admin("POST", "/application-credentials", Some(body)).expect(201).json();
    let application =
        Client { id: text(&made["client_id"]), key: text(&made["client_key"]), name: "app".to_owned() };
    let revoke = format!("/application-credentials/{}/revoke", application.id);
    world.admin("POST", &revoke, None).expect(200);
    let expired = (text(&expired["id"]), text(&expired["token"]));
    Ended { credential, access, single, api_token, expired, application, registry, server }
}

/// Every answer about the ended objects.
fn said_of(world: &World, ended: &Ended) -> Vec<Value> {
    let list = |path: &str| {
        let mut items = items(&world.admin("GET", path, None));
        for item in &mut items {
            item.as_object_mut().expect("an object").remove("last_used_at");
        }
        json!(items)
    };
    let own = |part: &str| {
        let path = format!("/service-credentials/{}{part}", ended.credential.id);
        let own = world.admin("GET", &path, None).expect(200).json();
        // Usage is written asynchronously.
        if part.is_empty() {
            let mut own = own;
            own.as_object_mut().expect("an object").remove("last_used_at");
            own
        } else {
            json!(own.as_object().expect("an object").len())
        }
    };
    let mut said = vec![
        list("/api-tokens"),
        list("/registry-tokens"),
        list("/application-credentials"),
        list("/service-credentials?status=revoked"),
        list("/service-credentials"),
        own(""),
        own("/usage"),
        world
            .admin("GET", &format!("/application-credentials/{}", ended.application.id), None)
            .expect(200)
            .json(),
    ];
    for token in [&ended.access, &ended.single, &ended.api_token.1, &ended.expired.1, &ended.registry.1] {
        said.push(world.introspect(&ended.server, token));
    }
    for client in [&ended.credential, &ended.application] {
        said.push(json!(world.send(&world.token_request(client, &[])).expect(401).text()));
    }
    said
}

fn second_revocations(world: &World, ended: &Ended) -> Vec<Response> {
    let path = |noun: &str, id: &str| format!("/{noun}/{id}/revoke");
    vec![
        world.revoke(&ended.credential),
        world.admin("POST", &path("api-tokens", &ended.api_token.0), None),
        world.admin("POST", &path("registry-tokens", &ended.registry.0), None),
        world.admin("POST", &path("application-credentials", &ended.application.id), None),
    ]
}

const NOTHING_ENDED: Sizes = Sizes {
    member_tokens: 1,
    registry_tokens: 0,
    applications: 0,
    revoked_tokens: 0,
    credentials: 1,
    grant_sets: 1,
};

on_both_databases! {
    fn ended_objects_leave_memory_after_a_day_and_answers_stay(world: World) {
        let ended = end_one_of_each(&world);
        let remembered = Sizes {
            member_tokens: 4, registry_tokens: 1, applications: 1, revoked_tokens: 1, credentials: 2, grant_sets: 1,
        };
        assert_eq!(sizes(&world), remembered);
        let first: Vec<Value> = second_revocations(&world, &ended).iter().map(|answer| answer.json()["position"].clone()).collect();
        world.clock.advance_seconds(days(1));
        let said = said_of(&world, &ended);
        assert!(said[8..13].iter().all(|answer| *answer == json!({"active": false})), "{said:?}");
        // A moment before removal from memory, and a moment after.
        world.clock.advance_seconds(3_590);
        assert_eq!(said_of(&world, &ended), said);
        assert_eq!(sizes(&world), remembered);
        world.clock.advance_seconds(days(1) + 120);
        wait_for(&world, &NOTHING_ENDED);
        assert_eq!(realm(&world).holdings.remembered_of_all(), 1, "the indexes shrink too");
        assert_eq!(said_of(&world, &ended), said);
        let again = second_revocations(&world, &ended);
        for (answer, first) in again.iter().zip(&first) {
            assert_eq!(answer.status, 200, "{}", answer.text());
            assert!(answer.json()["position"].as_u64() >= first.as_u64());
        }
        assert_eq!(again[0].json()["position"], first[0]);
        let own = format!("/service-credentials/{}", ended.credential.id);
        world.admin("POST", &format!("{own}/revoke"), Some(json!({"name": "other"}))).expect_problem(422, "invalid");
        world.admin("PATCH", &own, Some(json!({"groups": []}))).expect_problem(409, "conflict");
        world.admin("POST", &format!("{own}/renew"), Some(json!({"overlap_seconds": 0}))).expect_problem(409, "conflict");
        // Other members still get 404.
        let (_, stranger) = world.member("bob@acme.example", &["member"]);
        for path in [format!("/api-tokens/{}/revoke", ended.api_token.0), format!("/registry-tokens/{}/revoke", ended.registry.0)] {
            world.admin_as(&stranger, "POST", &path, None).expect_problem(404, "not-found");
        }
        // Revoking an expired token changes only its status, and memory drops it again.
        world.admin("POST", &format!("/api-tokens/{}/revoke", ended.expired.0), None).expect(200);
        // The loaded state equals the followed state.
        world.restart();
        assert_eq!(sizes(&world).registry_tokens, 0);
        assert_eq!(sizes(&world).applications, 0);
        assert_eq!(sizes(&world).credentials, 1);
        // Only the answer about the expired token has changed.
        assert_eq!(said_of(&world, &ended)[1..], said[1..]);
    }

    fn expired_service_credential_keeps_its_name_until_it_is_revoked(world: World) {
        let body = json!({"name": "old", "validity_days": 30, "token_ttl_seconds": 900});
        let old = world.admin("POST", "/service-credentials", Some(body.clone())).expect(201).json();
        world.clock.advance_seconds(days(60));
        world.admin("POST", "/service-credentials", Some(body.clone())).expect_problem(409, "conflict");
        let path = format!("/service-credentials/{}/revoke", text(&old["id"]));
        world.admin("POST", &path, Some(json!({"name": "old"}))).expect(200);
        world.admin("POST", "/service-credentials", Some(body)).expect(201);
    }

    fn replaced_credential_leaves_memory_and_successor_keeps_name(world: World) {
        world.group("builders", &["ci:read"]);
        let old = world.credential("nightly", &["builders"]);
        let own = format!("/service-credentials/{}", old.id);
        let renewed = world.admin("POST", &format!("{own}/renew"), Some(json!({"overlap_seconds": 3_600}))).expect(201).json();
        world.clock.advance_seconds(3_601);
        let until = Instant::now() + Duration::from_secs(20);
        while !realm(&world).is_revoked(old.id.parse().expect("an id")) {
            assert!(Instant::now() < until, "the server ends it");
            std::thread::sleep(Duration::from_millis(10));
        }
        assert_eq!(sizes(&world).credentials, 2);
        let shown = world.admin("GET", &own, None).expect(200).json();
        world.clock.advance_seconds(days(2));
        wait_for_credentials(&world, (1, 1));
        assert_eq!(world.admin("GET", &own, None).expect(200).json(), shown);
        let names: Vec<String> = realm(&world).live_names.iter().map(|(name, id)| format!("{name} {id}")).collect();
        assert_eq!(names, [format!("nightly {}", text(&renewed["id"]))]);
        let refused = world.admin("POST", &format!("{own}/renew"), Some(json!({"overlap_seconds": 0})));
        assert!(refused.expect_problem(409, "conflict").json()["detail"].to_string().contains("renew its successor"));
        world.admin("POST", &format!("{own}/revoke"), Some(json!({"name": "nightly"}))).expect(200);
        world.restart();
        wait_for_credentials(&world, (1, 1));
    }

    fn deleted_group_is_not_listed_with_an_ended_credential(world: World) {
        world.group("builders", &["ci:read"]);
        world.group("readers", &["source:read"]);
        let ended = world.credential("nightly", &["builders", "readers"]);
        world.revoke(&ended).expect(200);
        world.clock.advance_seconds(days(2));
        wait_for_credentials(&world, (0, 0));
        world.admin("DELETE", "/groups/builders", None).expect(200);
        let path = format!("/service-credentials/{}", ended.id);
        let groups = |world: &World| world.admin("GET", &path, None).expect(200).json()["groups"].clone();
        assert_eq!(groups(&world), json!(["readers"]));
        world.restart();
        assert_eq!(groups(&world), json!(["readers"]));
    }

    fn clock_set_back_restores_dropped_objects_to_memory(world: World) {
        let body = json!({"expires_at": in_days(&world, 1), "scopes": ["ci:read"]});
        world.scopes(&["ci:read"]);
        let made = world.admin("POST", "/api-tokens", Some(body)).expect(201).json();
        let before = sizes(&world);
        world.clock.advance_seconds(days(10));
        let without = Sizes { member_tokens: before.member_tokens - 2, ..sizes(&world) };
        wait_for(&world, &without);
        world.clock.advance_seconds(-days(10));
        wait_for(&world, &before);
        let whoami = Request::get(&world.path("/whoami")).bearer(&text(&made["token"]));
        world.send(&whoami).expect(200);
    }

    fn only_rows_of_ended_objects_leave_the_tables(world: World) {
        let ended = end_one_of_each(&world);
        world.clock.advance_seconds(days(5));
        let count = |table: &str| -> u64 {
            let sql = format!("SELECT CAST(count(*) AS text) AS line FROM {table}");
            Tables::of(&world).lines(&sql)[0].parse().expect("a number")
        };
        let tables =
            ["member_token", "registry_token", "application_credential", "revoked_token", "service_credential"];
        let counts = || tables.map(count);
        assert_eq!(counts(), [4, 1, 1, 1, 2]);
        let store = world.node().state.administration.ledger.store();
        let now = |back: i64| -> Timestamp { in_days(&world, -back).parse().expect("a time") };
        assert_eq!((store.prune_ended_tokens(now(5)).expect("rows"), store.prune_ended_credentials(now(5)).expect("rows")), (0, 0));
        assert_eq!(counts(), [4, 1, 1, 1, 2]);
        // One API token ended a day after the rest.
        assert_eq!(store.prune_ended_tokens(now(4)).expect("rows"), 4);
        assert_eq!(counts(), [2, 0, 1, 0, 2]);
        assert_eq!(store.prune_ended_tokens(now(0)).expect("rows"), 1);
        assert_eq!(store.prune_ended_credentials(now(0)).expect("rows"), 2);
        assert_eq!(counts(), [1, 0, 0, 0, 1]);
        assert_eq!((store.prune_ended_tokens(now(0)).expect("rows"), store.prune_ended_credentials(now(0)).expect("rows")), (0, 0));
        wait_for(&world, &NOTHING_ENDED);
        for answer in second_revocations(&world, &ended) {
            answer.expect_problem(404, "not-found");
        }
        world.restart();
        wait_for(&world, &NOTHING_ENDED);
        world.assert_inactive(&ended.server, &ended.single);
        world.assert_inactive(&ended.server, &ended.access);
    }
}
