//! What a token grants: exactly the scopes that were requested or granted, at exactly one audience.

use serde_json::{Value, json};

use claviger_testkit::http::Request;
use claviger_testkit::jwt;
use claviger_testkit::world::{Client, Database, World};

const BUILDS: &str = "https://builds.example.org";
const STORE: &str = "https://store.example.org/api?v=1";

/// One credential with these scopes through a group.
fn granted(scopes: &[&str]) -> (World, Client) {
    let world = World::start(Database::Sqlite);
    world.group("builders", scopes);
    let credential = world.credential("nightly", &["builders"]);
    (world, credential)
}

/// The scope of a token requested with `asked`. The answer and the token must agree.
#[track_caller]
fn scope_for(world: &World, client: &Client, asked: &[(&str, &str)]) -> Value {
    let answer = world.send(&world.token_request(client, asked)).expect(200).json();
    let claims = jwt::claims(answer["access_token"].as_str().expect("a token"));
    assert_eq!(answer["scope"], claims["scope"]);
    claims["scope"].clone()
}

/// The description of the refusal.
#[track_caller]
fn refusal_of(world: &World, client: &Client, error: &str, asked: &[(&str, &str)]) -> String {
    let answer = world.send(&world.token_request(client, asked)).expect_oauth_error(400, error);
    answer.json()["error_description"].as_str().expect("a description").to_owned()
}

fn grant(resource: &str, actions: &[&str]) -> Value {
    json!({"resource": resource, "actions": actions})
}

fn audience_of(world: &World, client: &Client, asked: &[(&str, &str)]) -> Value {
    jwt::claims(&world.token_with(client, asked))["aud"].clone()
}

/// S3, and TE-17: without a requested scope, a client gets all granted scopes, and the answer lists them.
#[test]
fn token_without_a_requested_scope_has_the_scopes_of_the_group() {
    let (world, credential) = granted(&["studio:create", "studio:manage"]);
    assert_eq!(scope_for(&world, &credential, &[]), "studio:create studio:manage");
    assert_eq!(scope_for(&world, &credential, &[("scope", "")]), "studio:create studio:manage");
}

/// S4.
#[test]
fn token_has_exactly_the_chosen_actions_of_a_resource() {
    let world = World::start(Database::Sqlite);
    world.resource("studio/studio-1", &["view", "edit", "delete"]);
    let parts = json!({"name": "one", "resources": [grant("studio/studio-1", &["view", "edit"])]});
    let credential = world.credential_with(parts);
    assert_eq!(scope_for(&world, &credential, &[]), "studio/studio-1:edit studio/studio-1:view");
    for denied in ["studio/studio-1:delete", "studio/studio-2:view", "studio:view"] {
        let description = refusal_of(&world, &credential, "invalid_scope", &[("scope", denied)]);
        assert!(description.contains(denied), "{description}");
    }
}

/// TE-17, and the rule of zero groups: neither the answer nor the token has a `scope`.
#[test]
fn token_without_grants_carries_no_scope() {
    let world = World::start(Database::Sqlite);
    let credential = world.credential("bare", &[]);
    let answer = world.send(&world.token_request(&credential, &[])).expect(200).json();
    assert_eq!(answer.get("scope"), None);
    let token = answer["access_token"].as_str().expect("a token");
    assert_eq!((jwt::claims(token).get("scope"), jwt::claims(token).get("groups")), (None, None));
    let asked = Request::get(&world.path("/whoami?scope=ci:read")).bearer(token);
    world.send(&asked).expect(403);
}

/// S25, and the minimal set: scopes that another one implies are left out.
#[test]
fn scopes_are_the_minimal_union_over_groups_and_resources() {
    let world = World::start(Database::Sqlite);
    world.group("readers", &["source:read", "ci:read"]);
    world.group("writers", &["source:read-update", "word"]);
    world.resource("source/main", &["read", "create"]);
    let credential = world.credential_with(json!({
        "name": "both",
        "groups": ["writers", "readers"],
        "resources": [grant("source/main", &["read", "create"])],
    }));
    let expected = "ci:read source/main:create source:read-update word";
    assert_eq!(scope_for(&world, &credential, &[]), expected);
    let all = "source:read word source:read-update ci:read source/main:create source/main:read source:read";
    assert_eq!(scope_for(&world, &credential, &[("scope", all)]), expected);
}

/// An implied or narrower scope is granted as requested, and not widened to the scope that implies it.
#[test]
fn implied_or_narrower_scope_is_granted_exactly() {
    let (world, credential) = granted(&["source:read-update", "source:create", "word"]);
    world.resource("source/main", &["read", "read-update", "create"]);
    for asked in [
        "source:read",
        "source:read-update",
        "source/main:read",
        "source/main:read-update",
        "source/main:create",
        "word",
        "source/main:create source:read",
    ] {
        assert_eq!(scope_for(&world, &credential, &[("scope", asked)]), asked);
    }
}

/// TE-16: neither narrowed to what would have been granted, nor widened.
#[test]
fn one_ungranted_scope_refuses_the_request_and_is_named() {
    let (world, credential) = granted(&["source:read", "ci:read-update"]);
    world.scopes(&["ci:delete", "source:read-update"]);
    for (asked, named) in [
        ("unheard:of", "unheard:of"),
        ("ci:delete", "ci:delete"),
        ("source:read-update", "source:read-update"),
        ("source:read ci:delete ci:read", "ci:delete"),
        ("source", "source"),
        ("ci:create", "ci:create"),
        ("admin:read", "admin:read"),
    ] {
        let description = refusal_of(&world, &credential, "invalid_scope", &[("scope", asked)]);
        assert!(description.starts_with(&format!("{named} ")), "{description}");
    }
}

/// TE-18: extra spaces are tolerated, and are not a scope by themselves.
#[test]
fn scope_follows_the_grammar_and_is_case_sensitive() {
    let (world, credential) = granted(&["source:read", "ci:read"]);
    for asked in ["source:read ci:read", "source:read  ci:read", " source:read ci:read "] {
        assert_eq!(scope_for(&world, &credential, &[("scope", asked)]), "ci:read source:read");
    }
    for asked in [
        "source:\"read\"",
        "source\\:read",
        "source:read\tci:read",
        "source:read\nci:read",
        "source:read\u{7f}",
        "søurce:read",
        "source:read\u{a0}ci:read",
        "Source:read",
        "source:READ",
        "source:read,ci:read",
        "source:*",
        "*",
        ":",
        "source:",
        "source/:read",
        "source:read:read",
        " ",
        "   ",
    ] {
        refusal_of(&world, &credential, "invalid_scope", &[("scope", asked)]);
    }
}

/// `<own realm>:type:action` is the same scope. With the name of another realm it is not a scope.
#[test]
fn long_form_is_accepted_for_the_own_realm_and_issued_short() {
    let (world, credential) = granted(&["source:read-update"]);
    world.resource("source/main", &["read"]);
    for (asked, issued) in [
        ("acme:source:read-update", "source:read-update"),
        ("acme:source:read", "source:read"),
        ("acme:source/main:read", "source/main:read"),
        ("source:read-update acme:source:read-update", "source:read-update"),
    ] {
        assert_eq!(scope_for(&world, &credential, &[("scope", asked)]), issued);
    }
    world.create_realm("globex");
    for asked in ["globex:source:read", "acme:acme:source:read", "ACME:source:read", "acme:source", "acme:"] {
        refusal_of(&world, &credential, "invalid_scope", &[("scope", asked)]);
    }
}

/// A scope of 4,096 bytes is issued, and a longer one is refused with advice. A request for fewer scopes then works.
#[test]
fn scope_of_more_than_4096_bytes_is_refused_with_advice() {
    let world = World::start(Database::Sqlite);
    let resources: Vec<String> = (0..30).map(|number| format!("t/{number:0>128}")).collect();
    for resource in resources.iter().map(String::as_str).chain(["t/123456789", "t/1234567890"]) {
        world.resource(resource, &["view"]);
    }
    let all_and = |last: &str| {
        let grants = resources.iter().map(String::as_str).chain([last]);
        grants.map(|resource| grant(resource, &["view"])).collect::<Vec<_>>()
    };
    let fits = world.credential_with(json!({"name": "fits", "resources": all_and("t/123456789")}));
    let scope = scope_for(&world, &fits, &[]);
    assert_eq!(scope.as_str().map(str::len), Some(4_096));
    assert_eq!(scope_for(&world, &fits, &[("scope", scope.as_str().expect("a text"))]), scope);
    let over = world.credential_with(json!({"name": "over", "resources": all_and("t/1234567890")}));
    let description = refusal_of(&world, &over, "invalid_scope", &[]);
    assert!(description.contains("4097") && description.contains("request fewer"), "{description}");
    assert_eq!(scope_for(&world, &over, &[("scope", "t/1234567890:view")]), "t/1234567890:view");
}

#[test]
fn token_names_at_most_fifty_of_its_groups() {
    let world = World::start(Database::Sqlite);
    let groups: Vec<String> = (0..51).map(|number| format!("group {number:02}")).collect();
    for group in &groups {
        world.group(group, &[]);
    }
    let names = |count: usize| groups[..count].iter().map(String::as_str).collect::<Vec<_>>();
    for (credential, count) in [("fifty", 50), ("fifty-one", 51)] {
        let token = world.token(&world.credential(credential, &names(count)));
        assert_eq!(jwt::claims(&token)["groups"], json!(names(50)));
    }
}

/// AT-05, RI-01: either parameter works, and an audience named twice is one audience.
#[test]
fn token_is_for_exactly_the_audience_named() {
    let (world, credential) = granted(&["source:read"]);
    world.resource_server("builds", BUILDS);
    world.resource_server("store", STORE);
    assert_eq!(audience_of(&world, &credential, &[]), json!(world.issuer()));
    assert_eq!(audience_of(&world, &credential, &[("resource", "")]), json!(world.issuer()));
    for target in [BUILDS, STORE] {
        for asked in [
            &[("resource", target)][..],
            &[("audience", target)],
            &[("resource", target), ("resource", target)],
            &[("resource", target), ("audience", target), ("resource", "")],
        ] {
            assert_eq!(audience_of(&world, &credential, asked), json!(target));
        }
    }
}

/// RI-01, RI-02, RI-03: a token is for one registered audience, compared character by character.
#[test]
fn any_other_target_is_invalid() {
    let (world, credential) = granted(&["source:read"]);
    world.resource_server("builds", BUILDS);
    world.resource_server("store", STORE);
    let issuer = world.issuer();
    for target in [
        "https://unknown.example.org",
        "https://builds.example.org/",
        "https://builds.example.org#part",
        "#",
        "HTTPS://builds.example.org",
        "https://builds.example.org:443",
        "builds.example.org",
        "/api",
        "builds",
        " https://builds.example.org",
        "https://bücher.example",
        "\"<>\\",
        &issuer,
    ] {
        for name in ["resource", "audience"] {
            refusal_of(&world, &credential, "invalid_target", &[(name, target)]);
        }
    }
    for (first, second) in [("resource", "resource"), ("audience", "audience"), ("resource", "audience")] {
        refusal_of(&world, &credential, "invalid_target", &[(first, BUILDS), (second, STORE)]);
        refusal_of(&world, &credential, "invalid_target", &[(first, BUILDS), (second, &issuer)]);
    }
    // Only granted scopes, whatever the audience.
    refusal_of(&world, &credential, "invalid_scope", &[("resource", BUILDS), ("scope", "ci:read")]);
    // The issuer cannot be registered as an audience.
    let body = json!({"name": "mimic", "audience": issuer});
    world.admin("POST", "/resource-servers", Some(body)).expect_problem(422, "invalid");
}

/// RI-04.
#[test]
fn token_for_one_resource_server_is_inactive_at_another() {
    let (world, credential) = granted(&["source:read"]);
    let (builds, store) = (world.resource_server("builds", BUILDS), world.resource_server("store", STORE));
    let token = world.token_with(&credential, &[("resource", BUILDS)]);
    world.assert_active(&builds, &token);
    world.assert_inactive(&store, &token);
    let realm_wide = world.token(&credential);
    world.assert_active(&builds, &realm_wide);
    world.assert_active(&store, &realm_wide);
}

#[test]
fn realm_that_requires_a_resource_issues_nothing_without_one() {
    let (world, credential) = granted(&["source:read"]);
    world.resource_server("builds", BUILDS);
    let edited = world.admin("PATCH", "", Some(json!({"require_resource": true}))).expect(200).json();
    assert_eq!(edited["require_resource"], true);
    refusal_of(&world, &credential, "invalid_target", &[]);
    refusal_of(&world, &credential, "invalid_target", &[("resource", "")]);
    assert_eq!(audience_of(&world, &credential, &[("resource", BUILDS)]), BUILDS);
    assert_eq!(audience_of(&world, &credential, &[("audience", BUILDS)]), BUILDS);
    world.admin("PATCH", "", Some(json!({"require_resource": false}))).expect(200);
    assert_eq!(audience_of(&world, &credential, &[]), json!(world.issuer()));
}
