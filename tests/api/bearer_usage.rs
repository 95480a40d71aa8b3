//! How a bearer token is presented, and the form of its refusal (RFC 6750), at every endpoint that accepts one.

use serde_json::json;

use claviger_testkit::clock::minutes;
use claviger_testkit::http::{Request, Response};
use claviger_testkit::world::{Database, World};

const NO_CREDENTIAL: &str = r#"Bearer realm="acme""#;
const INVALID_TOKEN: &str = r#"Bearer realm="acme", error="invalid_token""#;
const INVALID_REQUEST: &str = r#"Bearer realm="acme", error="invalid_request""#;

/// Reads and writes at the demonstration resource and the administration API.
fn guarded(world: &World) -> Vec<Request> {
    let groups = format!("/api/v1/realms/{}/groups", world.realm);
    vec![
        Request::get(&world.path("/whoami")),
        Request::get(&groups),
        Request::json("POST", &groups, &json!({"name": "made by nobody"})),
    ]
}

#[track_caller]
fn expect_challenge(answer: &Response, status: u16, challenge: &str) {
    assert_eq!(answer.status, status, "{}", answer.text());
    assert_eq!(answer.header("www-authenticate"), Some(challenge));
    let body = answer.json();
    let (media_type, described) = match body["type"].is_string() {
        true => ("application/problem+json", &body["detail"]),
        false => ("application/json", &body["error_description"]),
    };
    assert_eq!(answer.header("content-type"), Some(media_type));
    assert!(described.as_str().is_some_and(|text| !text.is_empty()), "{body}");
    if !challenge.contains("error=") {
        return;
    }
    let error = body["error"].as_str().filter(|_| body["type"].is_null());
    assert!(error.is_none_or(|error| challenge.contains(&format!("error=\"{error}\""))), "{body}");
}

fn personal_token(world: &World, scopes: &[&str], until: &str) -> (String, String) {
    let body = json!({"description": "a test's", "expires_at": until, "scopes": scopes});
    let made = world.admin("POST", "/personal-access-tokens", Some(body)).expect(201).json();
    let text = |name: &str| made[name].as_str().expect("a text").to_owned();
    (text("id"), text("token"))
}

/// BU-01
#[test]
fn without_credentials_the_challenge_names_no_error() {
    let world = World::start(Database::Sqlite);
    for request in guarded(&world) {
        expect_challenge(&world.send(&request), 401, NO_CREDENTIAL);
        // A scheme that is not offered is not an attempt at this one (RFC 6750 §3.1).
        let negotiate = request.clone().header("Authorization", "Negotiate abc");
        expect_challenge(&world.send(&negotiate), 401, NO_CREDENTIAL);
        // The credentials are empty.
        expect_challenge(&world.send(&request.basic("", "")), 401, NO_CREDENTIAL);
    }
}

/// BU-02
#[test]
fn expired_revoked_malformed_and_foreign_tokens_are_invalid() {
    let mut world = World::start(Database::Sqlite);
    let mut dead = vec!["x".to_owned(), "a.b.c".to_owned(), "clvp_0000".to_owned()];

    world.group("builders", &["ci:read"]);
    let short = world.credential_with(json!({"name": "short", "token_ttl_seconds": 900}));
    dead.push(world.token(&short));
    dead.push(personal_token(&world, &["admin:read"], "2027-01-31T12:15:00Z").1);
    world.clock.advance_seconds(minutes(15));

    let revoked = world.credential("revoked", &["builders"]);
    let token = world.token(&revoked);
    dead.push(format!("{}x", &token[..token.len() - 1]));
    dead.push(token);
    world.revoke(&revoked).expect(200);
    let (id, token) = personal_token(&world, &["admin:read-update"], "2028-01-31T12:00:00Z");
    let (_, misspelt) = personal_token(&world, &["admin:read-update"], "2028-01-31T12:00:00Z");
    world.admin("POST", &format!("/personal-access-tokens/{id}/revoke"), None).expect(200);
    dead.push(token);
    let last = if misspelt.ends_with('0') { '1' } else { '0' };
    dead.push(format!("{}{last}", &misspelt[..misspelt.len() - 1]));

    let acme_owner = world.owner.clone();
    world.owner = world.create_realm("other");
    world.realm = "other".into();
    dead.push(world.owner.clone());
    dead.push(world.token(&world.credential("nightly", &[])));
    world.realm = "acme".into();
    world.owner = acme_owner;

    for token in &dead {
        for request in guarded(&world) {
            expect_challenge(&world.send(&request.bearer(token)), 401, INVALID_TOKEN);
        }
    }
    assert_eq!(world.admin("GET", "/groups", None).json()["items"].as_array().map(Vec::len), Some(1));
}

/// BU-03
#[test]
fn insufficient_scope_is_forbidden_and_names_the_required_one() {
    let world = World::start(Database::Sqlite);
    world.group("builders", &["ci:read"]).scopes(&["ci:delete"]);
    let token = world.token(&world.credential("nightly", &["builders"]));
    let whoami = Request::get(&world.path("/whoami?scope=ci:delete")).bearer(&token);
    let needed = r#"Bearer realm="acme", error="insufficient_scope", scope="ci:delete""#;
    expect_challenge(&world.send(&whoami), 403, needed);

    let until = "2028-01-31T12:00:00Z";
    let (_, reads) = personal_token(&world, &["admin:read"], until);
    let (_, neither) = personal_token(&world, &["ci:read"], until);
    world.admin_as(&reads, "GET", "/groups", None).expect(200);
    let needed = r#"Bearer realm="acme", error="insufficient_scope", scope="admin:read-update""#;
    let refused = world.admin_as(&reads, "POST", "/groups", Some(json!({"name": "new"})));
    expect_challenge(&refused, 403, needed);
    let needed = r#"Bearer realm="acme", error="insufficient_scope", scope="admin:read""#;
    expect_challenge(&world.admin_as(&neither, "GET", "/groups", None), 403, needed);
    world.admin("GET", "/groups/new", None).expect_problem(404, "not-found");
}

/// BU-04
#[test]
fn malformed_header_and_token_by_two_methods_are_bad_requests() {
    let world = World::start(Database::Sqlite);
    let malformed = ["Bearer", "Bearer a b", "Bearer a,b", "Bearer \"a\"", "Bearer a\tb", "garbage", ""];
    for request in guarded(&world) {
        for header in malformed {
            let answer = world.send(&request.clone().header("Authorization", header));
            expect_challenge(&answer, 400, INVALID_REQUEST);
        }
    }
    let token = world.scopes(&["ci:read"]).personal_token("ci:read");
    for path in [world.path("/whoami"), "/api/v1/realms/acme/groups".to_owned()] {
        let twice = Request::get(&format!("{path}?access_token={token}")).bearer(&token);
        expect_challenge(&world.send(&twice), 400, INVALID_REQUEST);
        world.send(&Request::get(&path).bearer(&token)).expect(200);
    }
}

/// BU-05
#[test]
fn token_in_the_url_is_ignored() {
    let world = World::start(Database::Sqlite);
    for path in [world.path("/whoami"), "/api/v1/realms/acme/groups".to_owned()] {
        let request = Request::get(&format!("{path}?access_token={}", world.owner));
        expect_challenge(&world.send(&request), 401, NO_CREDENTIAL);
    }
}

/// BU-06
#[test]
fn scheme_is_case_insensitive_and_followed_by_spaces() {
    let world = World::start(Database::Sqlite);
    let token = world.scopes(&["ci:read"]).personal_token("ci:read");
    let reading = [Request::get(&world.path("/whoami")), Request::get("/api/v1/realms/acme/groups")];
    for request in reading {
        for scheme in ["Bearer", "bearer", "BEARER", "bEaReR"] {
            let header = format!("{scheme} {token}");
            world.send(&request.clone().header("Authorization", &header)).expect(200);
        }
        for spaces in ["  ", "     "] {
            let header = format!("Bearer{spaces}{token}");
            world.send(&request.clone().header("Authorization", &header)).expect(200);
        }
        let tab = format!("Bearer\t{token}");
        let no_space = format!("Bearer{token}");
        for header in [tab.as_str(), &no_space, "Bearer", "Bearer ", "Bearer  ", "bearer"] {
            let answer = world.send(&request.clone().header("Authorization", header));
            expect_challenge(&answer, 400, INVALID_REQUEST);
        }
    }
}

/// BU-07
#[test]
fn answers_to_tokens_forbid_caching() {
    let world = World::start(Database::Sqlite);
    for request in guarded(&world) {
        for request in [request.clone().bearer(&world.owner), request.clone().bearer("x"), request] {
            let answer = world.send(&request);
            assert!(matches!(answer.status, 200 | 201 | 401), "{}", answer.text());
            assert_eq!(answer.header("cache-control"), Some("no-store"), "{}", answer.text());
        }
    }
}

/// BU-08
#[test]
fn two_authorization_headers_are_a_bad_request() {
    let world = World::start(Database::Sqlite);
    for request in guarded(&world) {
        let twice = request.clone().bearer(&world.owner).bearer(&world.owner);
        expect_challenge(&world.send(&twice), 400, INVALID_REQUEST);
        let mixed = request.bearer(&world.owner).basic("id", "key");
        expect_challenge(&world.send(&mixed), 400, INVALID_REQUEST);
    }
}
