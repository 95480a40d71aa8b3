//! S31, S51: a decision on an outdated state is refused, and a request sent twice takes effect once.

use serde_json::{Value, json};

use claviger_testkit::http::{Request, Response};
use claviger_testkit::on_both_databases;
use claviger_testkit::postgres::Postgres;
use claviger_testkit::world::{Database, World};

fn send(world: &World, method: &str, path: &str, header: (&str, &str), body: Option<&Value>) -> Response {
    let path = format!("/api/v1/realms/{}{path}", world.realm);
    let request = match body {
        Some(body) => Request::json(method, &path, body),
        None => Request::new(method, &path),
    };
    world.send(&request.bearer(&world.owner).header(header.0, header.1))
}

fn tag(answer: &Response) -> String {
    answer.header("etag").expect("an ETag").to_owned()
}

on_both_databases! {
fn concurrent_edits_by_two_administrators_lose_nothing(world: World) {
    world.group("one", &["a:read"]).group("two", &["b:read"]);
    let credential = world.credential("shared", &[]);
    let path = format!("/service-credentials/{}", credential.id);
    let both_read = tag(&world.admin("GET", &path, None).expect(200));
    let edit = |groups: &[&str]| {
        send(&world, "PATCH", &path, ("If-Match", &both_read), Some(&json!({"groups": groups})))
    };
    let first = edit(&["one"]).expect(200);
    let second = edit(&["two"]).expect(412).json();
    assert_eq!(second["type"], "/problems/precondition-failed");
    let now = world.admin("GET", &path, None).expect(200);
    assert_eq!(now.json()["groups"], json!(["one"]));
    assert_eq!(tag(&now), tag(&first), "a PATCH answers the new tag");
    // Within one second, and therefore with the same `updated_at`.
    send(&world, "PATCH", &path, ("If-Match", &tag(&now)), Some(&json!({"groups": ["two"]}))).expect(200);
}
}

on_both_databases! {
fn one_of_many_edits_of_the_same_state_succeeds(world: World) {
    world.group("g", &[]);
    let state = tag(&world.admin("GET", "/groups/g", None).expect(200));
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let edit = |text: String| {
            send(&world, "PATCH", "/groups/g", ("If-Match", &state), Some(&json!({"description": text}))).status
        };
        let callers: Vec<_> = (0..8).map(|n| scope.spawn(move || edit(format!("by {n}")))).collect();
        callers.into_iter().map(|caller| caller.join().expect("an answer")).collect()
    });
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
    assert_eq!(statuses.iter().filter(|status| **status == 412).count(), 7, "{statuses:?}");
}
}

#[test]
fn every_object_has_an_etag_and_every_change_checks_it() {
    let world = World::start(Database::Sqlite);
    world.scopes(&["ci:read"]).group("g", &[]).resource("studio/s", &["view"]);
    let server = world.resource_server("api", "https://api.example");
    let (member, _) = world.member("dev@acme.example", &["member"]);
    let credential = world.credential("c", &[]);
    let (member, server) = (format!("/members/{member}"), format!("/resource-servers/{}", server.id));
    let credential_path = format!("/service-credentials/{}", credential.id);
    let description = json!({"description": "new"});
    let changes = [
        ("PATCH", "", Some(json!({"display_name": "Acme"})), ""),
        ("PATCH", "/scopes/ci:read", Some(description.clone()), "/scopes/ci:read"),
        ("DELETE", "/scopes/ci:read", None, "/scopes/ci:read"),
        ("PATCH", "/groups/g", Some(description.clone()), "/groups/g"),
        ("DELETE", "/groups/g", None, "/groups/g"),
        ("PATCH", "/resources/studio/s", Some(description), "/resources/studio/s"),
        ("DELETE", "/resources/studio/s", None, "/resources/studio/s"),
        ("PATCH", &member, Some(json!({"name": "Dev"})), &member),
        ("POST", &format!("{member}/disable"), None, &member),
        ("DELETE", &server, None, &server),
        ("PATCH", &credential_path, Some(json!({"groups": []})), &credential_path),
        ("POST", &format!("{credential_path}/renew"), Some(json!({"overlap_seconds": 60})), &credential_path),
        ("POST", &format!("{credential_path}/revoke"), Some(json!({"name": "c"})), &credential_path),
    ];
    for (method, path, body, object) in &changes {
        let shown = world.admin("GET", object, None).expect(200);
        let state = tag(&shown);
        let stale = send(&world, method, path, ("If-Match", "\"0123\""), body.as_ref());
        assert_eq!(stale.status, 412, "{method} {path}: {}", stale.text());
        assert_eq!(world.admin("GET", object, None).expect(200).json(), shown.json(), "{method} {path}");
        let weak = format!("W/{state}");
        assert_eq!(send(&world, method, path, ("If-Match", &weak), body.as_ref()).status, 412, "{path}");
        let list = format!("\"x\", {state}");
        let done = send(&world, method, path, ("If-Match", &list), body.as_ref());
        assert!(matches!(done.status, 200 | 201), "{method} {path}: {} {}", done.status, done.text());
    }
    send(&world, "PATCH", "", ("If-Match", "*"), Some(&json!({"display_name": "Any"}))).expect(200);
    let malformed = send(&world, "PATCH", "", ("If-Match", "abc"), Some(&json!({"display_name": "X"})));
    assert!(malformed.expect(400).json()["detail"].as_str().unwrap().contains("if-match"));
}

#[test]
fn unchanged_object_is_not_sent_again_and_use_keeps_its_etag() {
    let world = World::start(Database::Sqlite);
    let credential = world.credential("c", &[]);
    let path = format!("/service-credentials/{}", credential.id);
    let state = tag(&world.admin("GET", &path, None).expect(200));
    world.token(&credential);
    let again = send(&world, "GET", &path, ("If-None-Match", &state), None).expect(304);
    assert_eq!((again.body.len(), tag(&again)), (0, state.clone()));
    send(&world, "GET", &path, ("If-None-Match", "\"other\""), None).expect(200);
    world.revoke(&credential).expect(200);
    let now = send(&world, "GET", &path, ("If-None-Match", &state), None).expect(200);
    assert_ne!(tag(&now), state);
}

on_both_databases! {
fn retried_creation_creates_nothing_new(world: World) {
    world.scopes(&["ci:read"]);
    let credential = json!({"name": "c", "validity_days": 30, "token_ttl_seconds": 900});
    let token = json!({"expires_at": "2099-01-01T00:00:00Z", "scopes": ["admin:read"]});
    let server = json!({"name": "api", "audience": "https://api.example"});
    let member = json!({"email": "dev@acme.example", "name": "Dev", "roles": ["member"]});
    let resource = json!({"type": "studio", "name": "s", "actions": ["view"]});
    for (path, body, id) in [
        ("/service-credentials", credential, None),
        ("/personal-access-tokens", token, None),
        ("/resource-servers", server, None),
        ("/members", member, None),
        ("/groups", json!({"name": "g"}), Some("g")),
        ("/scopes", json!({"scope": "x:y"}), Some("x:y")),
        ("/resources", resource, Some("studio/s")),
    ] {
        let post = || send(&world, "POST", path, ("Idempotency-Key", "attempt-1"), Some(&body));
        let made = post().expect(201).json();
        let listed = || world.admin("GET", path, None).expect(200).json()["items"].as_array().unwrap().len();
        let count = listed();
        let retried = post().expect(409).json();
        assert_eq!(retried["type"], "/problems/already-made", "{path}");
        let expected = id.map_or_else(|| made["id"].clone(), |id| json!(id));
        assert_eq!(retried["id"], expected, "{path}");
        assert!(!retried.to_string().contains("clv"), "no key is shown again");
        assert_eq!(listed(), count, "{path}");
    }
}
}

on_both_databases! {
fn equal_concurrent_requests_create_one_object(world: World) {
    let body = json!({"expires_at": "2099-01-01T00:00:00Z", "scopes": ["admin:read"]});
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let post = || {
            send(&world, "POST", "/personal-access-tokens", ("Idempotency-Key", "k"), Some(&body)).status
        };
        let callers: Vec<_> = (0..6).map(|_| scope.spawn(post)).collect();
        callers.into_iter().map(|caller| caller.join().expect("an answer")).collect()
    });
    assert_eq!(statuses.iter().filter(|status| **status == 201).count(), 1, "{statuses:?}");
    assert_eq!(statuses.iter().filter(|status| **status == 409).count(), 5, "{statuses:?}");
}
}

on_both_databases! {
fn idempotency_key_is_per_caller_for_ten_minutes(world: World) {
    let (_, other) = world.member("sys@acme.example", &["sys_admin"]);
    let post = |token: &str, key: &str, name: &str| {
        let path = format!("/api/v1/realms/{}/groups", world.realm);
        let request = Request::json("POST", &path, &json!({"name": name}));
        world.send(&request.bearer(token).header("Idempotency-Key", key)).status
    };
    assert_eq!(post(&world.owner, "k", ""), 422, "what failed");
    assert_eq!(post(&world.owner, "k", "a"), 201, "is not remembered");
    assert_eq!(post(&world.owner, "k", "b"), 409, "not even with another body");
    assert_eq!(post(&other, "k", "c"), 201, "somebody else's");
    assert_eq!(post(&world.owner, "k2", "d"), 201);
    world.clock.advance_seconds(599);
    assert_eq!(post(&world.owner, "k", "e"), 409);
    world.clock.advance_seconds(2);
    assert_eq!(post(&world.owner, "k", "e"), 201);
    for key in ["", "a b", "\u{7f}"] {
        assert_eq!(post(&world.owner, key, "f"), 400, "{key:?}");
    }
    assert_eq!(post(&world.owner, &"x".repeat(256), "f"), 400);
    assert_eq!(post(&world.owner, &"x".repeat(255), "f"), 201);
}
}

on_both_databases! {
fn retried_renewal_creates_one_successor(world: World) {
    let credential = world.credential("c", &[]);
    let path = format!("/service-credentials/{}/renew", credential.id);
    let renew = || send(&world, "POST", &path, ("Idempotency-Key", "k"), Some(&json!({"overlap_seconds": 600})));
    let successor = renew().expect(201).json()["id"].clone();
    assert_eq!(renew().expect(409).json()["id"], successor);
}
}

/// An administrator may have made another isolation level the default of the database, or of the role.
#[test]
fn concurrent_revocations_succeed_whatever_isolation_level_is_the_default() {
    for level in ["repeatable read", "serializable"] {
        let mut world = World::start(Database::Postgres);
        let credentials: Vec<_> = (0..24).map(|n| world.credential(&format!("c{n}"), &[])).collect();
        let name = world.database_url.split(['/', '?']).nth(3).expect("a name").to_owned();
        let alter = format!("ALTER DATABASE \"{name}\" SET default_transaction_isolation = '{level}'");
        Postgres::shared().psql(&world.database_url, &alter);
        world.restart();
        let statuses: Vec<u16> = std::thread::scope(|scope| {
            let world = &world;
            let callers: Vec<_> = credentials
                .iter()
                .map(|credential| scope.spawn(move || world.revoke(credential).status))
                .collect();
            callers.into_iter().map(|caller| caller.join().expect("an answer")).collect()
        });
        assert!(statuses.iter().all(|status| *status == 200), "{level}: {statuses:?}");
    }
}
