//! The largest token that is issued fits every endpoint that takes one, and larger ones are refused where they are made.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::signing_keys::{rotate, rsa};
use claviger_testkit::clock::minutes;
use claviger_testkit::http::Request;
use claviger_testkit::jwt;
use claviger_testkit::world::{Client, Database, World};

/// 31 resources whose scopes together have 4,096 bytes.
fn resources() -> Vec<String> {
    let long = (0..30).map(|number| format!("t/{number:0>128}"));
    long.chain(["t/123456789".to_owned()]).collect()
}

/// Names of groups that together take `bytes` in a token.
fn groups(bytes: usize) -> Vec<String> {
    let long = (0..8).map(|number| format!("{number:02}{}", "\u{20000}".repeat(62)));
    let mut names: Vec<String> = long.collect();
    let taken: usize = names.iter().map(|name| name.len() + 2).sum();
    // A quote takes two bytes.
    let rest = bytes - taken - 2;
    names.push("\"".repeat(rest / 2) + &"x".repeat(rest % 2));
    names
}

/// With a scope of 4,096 bytes and groups of 2,048 bytes.
pub fn credential_of_the_largest_token(world: &World) -> Client {
    for resource in resources() {
        world.resource(&resource, &["view"]);
    }
    let groups = groups(2_048);
    for name in &groups {
        world.admin("POST", "/groups", Some(json!({"name": name}))).expect(201);
    }
    let grants: Vec<Value> =
        resources().iter().map(|resource| json!({"resource": resource, "actions": ["view"]})).collect();
    world.credential_with(json!({"name": "large", "groups": groups, "resources": grants}))
}

fn ordinary_headers(request: Request) -> Request {
    (0..50).fold(request, |request, number| {
        request.header(&format!("X-Ordinary-Header-{number:02}"), &"x".repeat(80))
    })
}

#[test]
fn largest_token_fits_every_endpoint_beside_fifty_headers() {
    let world = World::start(Database::Sqlite);
    let body = json!({"alg": "RS256", "private_key_pem": rsa("4096")});
    world.admin("POST", "/signing-keys", Some(body)).expect(201);
    world.clock.advance_seconds(minutes(5));
    rotate(&world).expect(200);
    let server = world.resource_server("builds", "https://builds.example.org");
    let credential = credential_of_the_largest_token(&world);
    let token = world.token(&credential);
    let claims = jwt::claims(&token);
    assert_eq!(claims["scope"].as_str().map(str::len), Some(4_096));
    assert_eq!(claims["groups"].as_array().map(Vec::len), Some(9));
    println!("the largest token has {} bytes", token.len());

    let basic =
        |user: &str, password: &str| format!("Basic {}", STANDARD.encode(format!("{user}:{password}")));
    let forms = [
        ("Authorization", format!("Bearer {token}")),
        ("OSF-TOKEN", token.clone()),
        ("Authorization", basic("git", &token)),
        ("Authorization", basic(&token, "x-oauth-basic")),
    ];
    let gets = [
        "/whoami",
        "/forward-auth?rules=git",
        "/forward-auth",
        "/registry/token?service=r.example&account=git",
    ];
    for path in gets {
        // Clients of registries send it as the password.
        let range = if path.starts_with("/registry") { 2..3 } else { 0..4 };
        for (name, value) in &forms[range] {
            let request = ordinary_headers(Request::get(&world.path(path)).header(name, value));
            let request = request
                .header("X-Original-URI", "/x.git/info/refs?service=git-upload-pack")
                .header("X-Original-Method", "GET");
            let answer = world.send(&request);
            assert!(matches!(answer.status, 200 | 403), "{path} {name}: {} {}", answer.status, answer.text());
            let identity = answer.header("x-claviger-scopes");
            assert!(!path.starts_with("/forward-auth") || identity.is_some_and(|text| text.len() == 4_096));
        }
    }
    for (path, client) in [("/oauth2/introspect", &server), ("/oauth2/revoke", &credential)] {
        let request = Request::form(&world.path(path), &[("token", &token)]).basic(&client.id, &client.key);
        world.send(&ordinary_headers(request)).expect(200);
    }
    world.assert_inactive(&server, &token);
}

/// Headers of other services' clients reach forward-auth. A proxy would turn 431 into an error of its own.
#[test]
fn forward_auth_decides_beside_large_headers() {
    let world = World::start(Database::Sqlite);
    let token = world.token(&world.credential("nightly", &[]));
    for kibibytes in [16, 33, 64, 100] {
        let cookie = "x".repeat(kibibytes * 1024);
        let request = Request::get(&world.path("/forward-auth")).header("Cookie", &cookie);
        world.send(&request).expect(401);
        world.send(&request.bearer(&token)).expect(200);
    }
}

#[test]
fn what_no_token_can_carry_is_refused_where_it_is_made() {
    let world = World::start(Database::Sqlite);
    let fits = credential_of_the_largest_token(&world);
    let refused = |path: &str, method: &str, body: Value, field: &str, why: &str| {
        let answer = world.admin(method, path, Some(body)).expect(422).json();
        assert_eq!(answer["errors"][0]["field"], field, "{answer}");
        let detail = answer["errors"][0]["detail"].as_str().expect("a text");
        assert!(detail.contains(why), "{detail}");
    };
    world.group("one more", &[]);
    let mut names = groups(2_048);
    names.push("one more".to_owned());
    let why = "2058 bytes in a token, and the maximum is 2048";
    refused(
        "/service-credentials",
        "POST",
        json!({"name": "over", "validity_days": 90, "token_ttl_seconds": 3600, "groups": names}),
        "groups",
        why,
    );
    refused(&format!("/service-credentials/{}", fits.id), "PATCH", json!({"groups": names}), "groups", why);

    world.resource("t/1", &["view"]);
    let scopes: Vec<String> =
        resources().iter().chain([&"t/1".to_owned()]).map(|resource| format!("{resource}:view")).collect();
    let why = "4105 bytes in a token, and the maximum is 4096";
    let until = "2027-06-01T00:00:00Z";
    for (path, body) in [
        ("/api-tokens", json!({"description": "x", "expires_at": until, "scopes": scopes})),
        ("/personal-access-tokens", json!({"description": "x", "expires_at": until, "scopes": scopes})),
        ("/application-credentials", json!({"name": "x", "scopes": scopes})),
    ] {
        refused(path, "POST", body.clone(), "scopes", why);
        let mut fits = body;
        fits["scopes"].as_array_mut().expect("a list").pop();
        world.admin("POST", path, Some(fits)).expect(201);
    }
}
