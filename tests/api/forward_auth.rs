//! `/realms/{realm}/forward-auth`, as proxies call it.

use std::collections::BTreeMap;

use claviger_testkit::http::{Request, Response};
use claviger_testkit::world::{Client, Database, World};

const IDENTITY: [&str; 5] =
    ["x-claviger-client", "x-claviger-subject", "x-claviger-realm", "x-claviger-scopes", "x-claviger-kind"];

/// A realm whose server trusts the local proxy.
fn behind_a_proxy() -> World {
    let mut world = World::start(Database::Sqlite);
    world.trusted_proxies = vec!["127.0.0.1".parse().expect("an address")];
    world.restart();
    world.scopes(&[
        "source:read",
        "source:read-update",
        "source:create",
        "source:delete",
        "containers:read",
        "containers:read-update",
        "ci:read",
    ]);
    world
}

fn ask(world: &World, query: &str, token: &str) -> Request {
    Request::get(&world.path(&format!("/forward-auth{query}"))).bearer(token)
}

fn identity(answer: &Response) -> BTreeMap<&'static str, String> {
    IDENTITY.iter().map(|name| (*name, answer.header(name).expect(name).to_owned())).collect()
}

#[track_caller]
fn expect_nobody(answer: &Response) {
    assert!(identity(answer).values().all(String::is_empty), "{answer:?}");
}

// FA-P1, BU-07
#[test]
fn active_token_passes_by_any_method_with_identity_headers() {
    let world = behind_a_proxy();
    world.group("builders", &["ci:read"]);
    let credential = world.credential("nightly", &["builders"]);
    let jwt = world.token(&credential);
    for method in ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND"] {
        for below in ["", "/", "/any/path?with=query"] {
            let request = Request::new(method, &world.path(&format!("/forward-auth{below}"))).bearer(&jwt);
            let answer = world.send(&request).expect(200);
            assert_eq!(answer.body, b"");
            let shown = identity(&answer);
            assert_eq!(shown["x-claviger-client"], credential.id);
            assert_eq!(shown["x-claviger-subject"], credential.id);
            assert_eq!(shown["x-claviger-realm"], "acme");
            assert_eq!(shown["x-claviger-scopes"], "ci:read");
            assert_eq!(shown["x-claviger-kind"], "service_credential");
            assert_eq!(answer.header("cache-control"), Some("no-store"));
        }
    }
    let (id, token) = world.api_token(&["ci:read", "source:read"]);
    let shown = identity(&world.send(&ask(&world, "", &token)).expect(200));
    assert_eq!((&*shown["x-claviger-client"], &*shown["x-claviger-kind"]), (&*id, "api_token"));
    assert_eq!(shown["x-claviger-scopes"], "ci:read source:read");
    let personal = world.personal_token("ci:read");
    let shown = identity(&world.send(&ask(&world, "", &personal)).expect(200));
    assert_eq!(
        (&*shown["x-claviger-scopes"], &*shown["x-claviger-kind"]),
        ("ci:read", "personal_access_token")
    );
    // With `admin:` scopes alone, the token is inactive here as it is at introspection.
    world.send(&ask(&world, "", &world.owner)).expect(401);
}

// FA-P1, FA-P2, BU-01, BU-02, BU-03: every answer has every identity header.
#[test]
fn refusals_are_401_or_403_with_a_reason() {
    let world = behind_a_proxy();
    let (id, token) = world.api_token(&["ci:read", "source:read"]);
    let none = world.send(&Request::get(&world.path("/forward-auth"))).expect(401);
    assert_eq!(none.header("www-authenticate"), Some("Bearer realm=\"acme\""));
    expect_nobody(&none);
    for rules in ["git", "registry"] {
        let path = world.path(&format!("/forward-auth?rules={rules}"));
        let none = world.send(&Request::get(&path)).expect(401);
        assert_eq!(none.header("www-authenticate"), Some(&*format!("Basic realm=\"{rules}\"")));
        expect_nobody(&none);
        world.send(&Request::get(&path).basic("x", "wrong")).expect(401);
    }
    let wrong = world.send(&ask(&world, "", "clva_wrong")).expect(401);
    assert_eq!(wrong.header("www-authenticate"), Some("Bearer realm=\"acme\", error=\"invalid_token\""));
    expect_nobody(&wrong);
    let other_realm = Request::get("/realms/nowhere/forward-auth").bearer(&token);
    expect_nobody(&world.send(&other_realm).expect(401));
    world.send(&ask(&world, "?scope=ci:read", &token)).expect(200);
    world.send(&ask(&world, "?scope=ci:read%20source:read", &token)).expect(200);
    let lacking = world.send(&ask(&world, "?scope=ci:read+source:create", &token)).expect(403);
    assert_eq!(
        lacking.header("www-authenticate"),
        Some("Bearer realm=\"acme\", error=\"insufficient_scope\", scope=\"ci:read source:create\"")
    );
    assert!(lacking.text().contains("source:create"), "{}", lacking.text());
    for wrongly_configured in ["?scope=%21", "?rules=svn", "?rules=git&rules=git", "?audience=a&audience=b"] {
        world.send(&ask(&world, wrongly_configured, &token)).expect(403);
    }
    world.admin("POST", &format!("/api-tokens/{id}/revoke"), None).expect(200);
    expect_nobody(&world.send(&ask(&world, "?scope=ci:read", &token)).expect(401));
}

#[test]
fn audience_admits_its_own_and_realm_wide_tokens() {
    let world = behind_a_proxy();
    world.group("builders", &["ci:read"]);
    world.resource_server("builds", "https://builds.example.org");
    world.resource_server("other", "https://other.example.org");
    let credential: Client = world.credential("nightly", &["builders"]);
    let for_builds = world.token_with(&credential, &[("resource", "https://builds.example.org")]);
    let realm_wide = world.token(&credential);
    for (token, audience, status) in [
        (&for_builds, "", 200),
        (&for_builds, "?audience=https%3A%2F%2Fbuilds.example.org", 200),
        (&for_builds, "?audience=https://other.example.org", 401),
        (&realm_wide, "?audience=https://other.example.org", 200),
    ] {
        world.send(&ask(&world, audience, token)).expect(status);
    }
}

// GT-01, GT-02, FA-P3
#[test]
fn git_rules_read_the_original_url_only_from_trusted_proxies() {
    let mut world = behind_a_proxy();
    let tokens = ["source:read", "source:read-update", "source:create", "source:delete", "ci:read"]
        .map(|scope| (scope, world.api_token(&[scope]).1));
    let reads = "/app.git/info/refs?service=git-upload-pack";
    let writes = "/app.git/info/refs?service=git-receive-pack";
    let status = |world: &World, token: &str, headers: &[(&str, &str)]| {
        let request = ask(world, "?rules=git", token);
        let with = |request: Request, (name, value): &(&str, &str)| request.header(name, value);
        world.send(&headers.iter().fold(request, with)).status
    };
    for (scope, token) in &tokens {
        let may_read = ["source:read", "source:read-update"].contains(scope);
        let may_write = ["source:read-update", "source:create", "source:delete"].contains(scope);
        for name in ["X-Original-URI", "X-Forwarded-Uri"] {
            assert_eq!(status(&world, token, &[(name, reads)]) == 200, may_read, "{scope}");
            assert_eq!(status(&world, token, &[(name, writes)]) == 200, may_write, "{scope}");
        }
    }
    // The client sent the header that its proxy does not set: both count.
    let (_, reader) = &tokens[0];
    assert_eq!(status(&world, reader, &[("X-Original-URI", reads), ("X-Forwarded-Uri", writes)]), 403);
    assert_eq!(status(&world, reader, &[("X-Forwarded-Uri", reads), ("X-Original-URI", writes)]), 403);
    assert_eq!(status(&world, reader, &[("X-Original-URI", reads), ("X-Original-URI", writes)]), 403);
    assert_eq!(status(&world, reader, &[]), 403);
    // A proxy may append the original path instead.
    let appended = |path: &str| Request::get(&world.path(&format!("/forward-auth{path}"))).bearer(reader);
    world.send(&appended(reads)).expect(200);
    world.trusted_proxies = Vec::new();
    world.restart();
    assert_eq!(status(&world, reader, &[("X-Original-URI", reads)]), 403, "from nobody we trust");
}

// FA-P3, FA-P4
#[test]
fn registry_rules_need_the_original_method_and_url() {
    let world = behind_a_proxy();
    let (_, pull) = world.api_token(&["containers:read"]);
    let (_, push) = world.api_token(&["containers:read-update"]);
    let status = |token: &str, method: &str, uri: &str| {
        let request = ask(&world, "?rules=registry", token).header("X-Original-Method", method);
        world.send(&request.header("X-Original-URI", uri)).status
    };
    let (manifest, uploads) = ("/v2/acme/app/manifests/latest", "/v2/acme/app/blobs/uploads/");
    for (method, uri, by_pull, by_push) in [
        ("GET", "/v2/", 200, 200),
        ("HEAD", manifest, 200, 200),
        ("PUT", manifest, 403, 200),
        ("POST", uploads, 403, 200),
        ("DELETE", manifest, 403, 403),
        ("GET", "/v2/_catalog", 403, 403),
        ("GET", "/v2/other/app/manifests/latest", 403, 403),
    ] {
        assert_eq!(
            (status(&pull, method, uri), status(&push, method, uri)),
            (by_pull, by_push),
            "{method} {uri}"
        );
    }
    // A method that the client states counts in addition to the proxy's.
    let forged = ask(&world, "?rules=registry", &pull)
        .header("X-Original-Method", "PUT")
        .header("X-Original-URI", manifest)
        .header("X-Forwarded-Method", "GET")
        .header("X-Forwarded-Uri", manifest);
    world.send(&forged).expect(403);
    let without_method = ask(&world, "?rules=registry", &push).header("X-Original-URI", manifest);
    world.send(&without_method).expect(403);
}

/// Many invalid tokens get a wait in a form that a proxy passes on. Valid tokens are not locked out.
#[test]
fn invalid_tokens_are_rate_limited_as_401_and_valid_ones_pass() {
    let world = behind_a_proxy();
    let (_, token) = world.api_token(&["ci:read"]);
    let mut told_to_wait = 0;
    for round in 0..400 {
        let answer = world.send(&ask(&world, "", &format!("clva_wrong{round}"))).expect(401);
        told_to_wait += usize::from(answer.header("retry-after").is_some());
    }
    assert!(told_to_wait > 50, "{told_to_wait}");
    world.send(&ask(&world, "", &token)).expect(200);
    let registry = Request::get(&world.path("/registry/token?service=r"));
    world.send(&registry.clone().basic("any", "clva_wrong")).expect(429);
    world.send(&registry.basic("any", &token)).expect(200);
}
