//! `/realms/{realm}/registry/token`, as registry clients call it, and what ends the tokens that it issues.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use claviger_domain::Bound;
use serde_json::{Value, json};

use claviger_testkit::http::{Request, Response};
use claviger_testkit::on_both_databases;
use claviger_testkit::world::{Database, World};

const SERVICE: &str = "registry.example";

/// Registers the scopes of containers.
fn furnish(world: &World) {
    world.scopes(&["containers:read", "containers:read-update", "ci:read"]);
}

fn ask(world: &World, query: &str, token: &str) -> Response {
    let path = world.path(&format!("/registry/token?service={SERVICE}{query}"));
    world.send(&Request::get(&path).basic("any", token))
}

fn post(world: &World, form: &[(&str, &str)]) -> Response {
    world.send(&Request::form(&world.path("/registry/token"), form))
}

fn part(token: &str, index: usize) -> Value {
    let part = token.split('.').nth(index).expect("a part");
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).expect("base64url")).expect("JSON")
}

fn access(answer: &Value) -> Value {
    part(answer["token"].as_str().expect("a token"), 1)["access"].clone()
}

fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}

/// What a registry client stores after a login.
fn refresh_token(world: &World, token: &str) -> String {
    text(&ask(world, "&offline_token=true", token).expect(200).json()["refresh_token"])
}

fn refresh(world: &World, refresh_token: &str, service: &str) -> Response {
    let scope = "repository:acme/app:pull,push";
    post(
        world,
        &[
            ("grant_type", "refresh_token"),
            ("refresh_token", refresh_token),
            ("service", service),
            ("scope", scope),
        ],
    )
}

#[test]
fn token_has_the_format_that_registries_expect() {
    let world = World::start(Database::Sqlite);
    furnish(&world);
    let (_, token) = world.api_token(&["containers:read-update"]);
    let answer =
        ask(&world, "&account=any&client_id=docker&scope=repository:acme/app:pull,push", &token).expect(200);
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let answer = answer.json();
    assert_eq!(answer["token"], answer["access_token"]);
    assert_eq!((&answer["expires_in"], &answer["issued_at"]), (&json!(60), &json!("2027-01-31T12:00:00Z")));
    assert_eq!(answer["scope"], "repository:acme/app:pull,push");
    assert!(answer.get("refresh_token").is_none());
    let jwt = text(&answer["token"]);
    let (header, claims) = (part(&jwt, 0), part(&jwt, 1));
    assert_eq!((&header["typ"], &header["alg"]), (&json!("JWT"), &json!("ES256")));
    assert_eq!(header.as_object().map(serde_json::Map::len), Some(3), "typ, alg and x5c alone");
    assert_eq!(claims["iss"], format!("{}/registry", world.issuer()));
    assert_eq!(claims["aud"], SERVICE);
    assert_eq!(claims["exp"].as_i64(), claims["iat"].as_i64().map(|at| at + 60));
    assert_eq!(claims["nbf"], claims["iat"]);
    assert_eq!(
        claims["access"],
        json!([{"type": "repository", "name": "acme/app", "actions": ["pull", "push"]}])
    );
    let pem = world.send(&Request::get(&world.path("/registry/ca.pem"))).expect(200).text();
    assert!(pem.starts_with("-----BEGIN CERTIFICATE-----\n"), "{pem}");
    let leaf = STANDARD.decode(text(&header["x5c"][0])).expect("base64");
    assert_ne!(STANDARD.encode(leaf), pem.lines().filter(|line| !line.starts_with('-')).collect::<String>());
    // It is not an access token, and its key is not in the key set for access tokens.
    world.send(&Request::get(&world.path("/whoami")).bearer(&jwt)).expect(401);
    let server = world.resource_server("builds", "https://builds.example.org");
    world.assert_inactive(&server, &jwt);
    let keys = world.send(&Request::get(&world.path("/oauth2/jwks"))).expect(200).json();
    assert_eq!(keys["keys"].as_array().map(Vec::len), Some(2));
}

// O6, O33, DK-03, DK-06
#[test]
fn actions_not_held_are_left_out_and_nothing_is_public() {
    let world = World::start(Database::Sqlite);
    furnish(&world);
    let (_, pull) = world.api_token(&["containers:read"]);
    let (_, other) = world.api_token(&["ci:read"]);
    let both = "&scope=repository:acme/app:pull,push";
    assert_eq!(ask(&world, both, &pull).expect(200).json()["scope"], "repository:acme/app:pull");
    for query in
        ["", "&scope=", "&scope=registry:catalog:*", "&scope=repository:other/app:pull", "&scope=%00"]
    {
        assert_eq!(access(&ask(&world, query, &pull).expect(200).json()), json!([]), "{query}");
    }
    assert_eq!(access(&ask(&world, both, &other).expect(200).json()), json!([]));
    let mount = "&scope=repository:acme/app:pull&scope=repository:acme/base:pull";
    assert_eq!(access(&ask(&world, mount, &pull).expect(200).json()).as_array().map(Vec::len), Some(2));
    // The password is checked even without a scope.
    for query in ["", both] {
        ask(&world, query, "clva_wrong").expect(401);
        let path = world.path(&format!("/registry/token?service={SERVICE}{query}"));
        let nobody = world.send(&Request::get(&path)).expect(401);
        assert_eq!(nobody.header("www-authenticate"), Some("Basic realm=\"registry\""));
        assert!(nobody.json()["details"].is_string());
    }
    ask(&world, "&account=somebody", &pull).expect(401);
    for bad in ["", "?service=", "?service=a&service=b", "?service=%0A"] {
        let path = world.path(&format!("/registry/token{bad}"));
        world.send(&Request::get(&path).basic("any", &pull)).expect(400);
    }
    world.admin("PATCH", "", Some(json!({"registry_services": ["other.example"]}))).expect(200);
    ask(&world, "", &pull).expect(400);
    world.admin("PATCH", "", Some(json!({"registry_services": ["other.example", SERVICE]}))).expect(200);
    ask(&world, "", &pull).expect(200);
}

#[test]
fn form_answers_alike_for_a_password_and_an_identity_token() {
    let world = World::start(Database::Sqlite);
    furnish(&world);
    let (_, token) = world.api_token(&["containers:read-update"]);
    let scope = ("scope", "repository:acme/app:pull repository:acme/base:pull");
    let password =
        [("grant_type", "password"), ("username", "any"), ("password", &token), ("service", SERVICE), scope];
    let answer = post(&world, &password).expect(200).json();
    assert_eq!(answer["scope"], "repository:acme/app:pull repository:acme/base:pull");
    let mut repeated = password.to_vec();
    repeated[4] = ("scope", "repository:acme/app:pull");
    repeated.push(("scope", "repository:acme/base:pull"));
    assert_eq!(post(&world, &repeated).expect(200).json()["scope"], answer["scope"]);
    // What a credential helper answers with the user name `<token>`.
    let identity = [("grant_type", "refresh_token"), ("refresh_token", &*token), ("service", SERVICE), scope];
    assert_eq!(post(&world, &identity).expect(200).json()["scope"], answer["scope"]);
    let offline = [&password[..], &[("access_type", "offline")]].concat();
    let kept = text(&post(&world, &offline).expect(200).json()["refresh_token"]);
    assert_eq!((kept.len(), &kept[..5]), (43, "clvr_"));
    post(&world, &[("grant_type", "client_credentials"), ("service", SERVICE)]).expect(400);
    post(&world, &[("service", SERVICE), ("password", &token)]).expect(400);
    post(&world, &[("grant_type", "password"), ("service", SERVICE)]).expect(401);
    let charset = Request::form(&world.path("/registry/token"), &password)
        .without_header("Content-Type")
        .header("Content-Type", "application/x-www-form-urlencoded; charset=utf-8");
    world.send(&charset).expect(200);
    let in_query = Request::form(&world.path(&format!("/registry/token?password={token}")), &password);
    world.send(&in_query).expect(400);
    world.send(&Request::form(&world.path("/registry/token"), &password).bearer(&token)).expect(400);
}

on_both_databases! {
    // DK-05
    fn refresh_token_is_stable_for_one_service_and_ends_with_its_token(world: World) {
        furnish(&world);
        let (id, token) = world.api_token(&["containers:read"]);
        let kept = refresh_token(&world, &token);
        for _ in 0..3 {
            let answer = refresh(&world, &kept, SERVICE).expect(200).json();
            assert_eq!(answer["scope"], "repository:acme/app:pull");
            assert!(answer.get("refresh_token").is_none(), "it does not rotate");
        }
        refresh(&world, &kept, "other.example").expect(401);
        // It is valid only for registries.
        world.send(&Request::get(&world.path("/whoami")).bearer(&kept)).expect(401);
        world.restart();
        refresh(&world, &kept, SERVICE).expect(200);
        let listed = world.admin("GET", "/registry-tokens", None).expect(200).json();
        let shown = &listed["items"][0];
        assert_eq!((&shown["service"], &shown["status"]), (&json!(SERVICE), &json!("active")));
        assert!(shown["client_id"].is_null() && shown["member"].is_string());
        let receipt = world.admin("POST", &format!("/api-tokens/{id}/revoke"), None).expect(200).json();
        let audiences = receipt["audiences"].as_array().expect("audiences");
        assert!(audiences.iter().any(|one| one["audience"] == SERVICE && one["tier"] == "T2"), "{receipt}");
        refresh(&world, &kept, SERVICE).expect(401);
        ask(&world, "", &token).expect(401);
    }

    fn refresh_token_can_be_revoked_alone(world: World) {
        furnish(&world);
        let (_, token) = world.api_token(&["containers:read"]);
        let (one, other) = (refresh_token(&world, &token), refresh_token(&world, &token));
        let listed = world.admin("GET", "/registry-tokens", None).expect(200).json();
        let id = text(&listed["items"][0]["id"]);
        let (_, stranger) = world.member("bob@acme.example", &["member"]);
        world.admin_as(&stranger, "POST", &format!("/registry-tokens/{id}/revoke"), None).expect_problem(404, "not-found");
        assert_eq!(world.admin_as(&stranger, "GET", "/registry-tokens", None).expect(200).json()["items"], json!([]));
        world.admin("POST", &format!("/registry-tokens/{id}/revoke"), None).expect(200);
        refresh(&world, &one, SERVICE).expect(401);
        refresh(&world, &other, SERVICE).expect(200);
        world.restart();
        refresh(&world, &one, SERVICE).expect(401);
    }

    /// Obtained with an access token, it has the rights of that token, does not outlive it, and ends with its client.
    fn refresh_token_of_a_client_depends_on_its_access_token(world: World) {
        world.group("builders", &["containers:read-update"]);
        let credential = world.credential("nightly", &["builders"]);
        let by_revocation = refresh_token(&world, &world.token(&credential));
        let narrow = world.token_with(&credential, &[("scope", "containers:read")]);
        let narrow = refresh_token(&world, &narrow);
        assert_eq!(refresh(&world, &narrow, SERVICE).expect(200).json()["scope"], "repository:acme/app:pull");
        let single = world.token(&credential);
        let by_single = refresh_token(&world, &single);
        let revocation = Request::form(&world.path("/oauth2/revoke"), &[("token", &*single)]);
        world.send(&revocation.basic(&credential.id, &credential.key)).expect(200);
        refresh(&world, &by_single, SERVICE).expect(401);
        refresh(&world, &by_revocation, SERVICE).expect(200);
        world.clock.advance_seconds(3_600 - 30);
        // The last registry token does not outlive it either.
        assert_eq!(refresh(&world, &by_revocation, SERVICE).expect(200).json()["expires_in"], 30);
        let fresh = refresh_token(&world, &world.token(&credential));
        world.clock.advance_seconds(30);
        refresh(&world, &by_revocation, SERVICE).expect(401);
        refresh(&world, &fresh, SERVICE).expect(200);
        world.revoke(&credential).expect(200);
        refresh(&world, &fresh, SERVICE).expect(401);
    }

    /// The limit covers all services, whose names clients choose. A login never fails because of it.
    fn login_at_the_limit_replaces_the_oldest_one_of_its_holder(world: World) {
        furnish(&world);
        world.limits.set(Bound::RegistryTokensPerHolder, 3);
        world.restart();
        let (_, token) = world.api_token(&["containers:read"]);
        let (_, neighbor) = world.api_token(&["containers:read"]);
        let kept_elsewhere = refresh_token(&world, &neighbor);
        let login = |service: &str| {
            world.clock.advance_seconds(1);
            let path = world.path(&format!("/registry/token?service={service}&offline_token=true"));
            let answer = world.send(&Request::get(&path).basic("any", &token)).expect(200).json();
            (text(&answer["refresh_token"]), service.to_owned())
        };
        let lives = |(kept, service): &(String, String)| refresh(&world, kept, service).status == 200;
        let (one, other, own) = (login("a.example"), login("b.example"), login(SERVICE));
        // Replaces the oldest one of the same registry, though others are older.
        let own_again = login(SERVICE);
        assert_eq!([&one, &other, &own, &own_again].map(lives), [true, true, false, true]);
        // Replaces the oldest one of all if that registry has none.
        let third = login("c.example");
        assert_eq!([&one, &other, &own_again, &third].map(lives), [false, true, true, true]);
        for index in 0..20 {
            login(&format!("{index}.example"));
        }
        refresh(&world, &kept_elsewhere, SERVICE).expect(200);
        let listed = world.admin("GET", "/registry-tokens?limit=200&status=active", None).expect(200).json();
        assert_eq!(listed["items"].as_array().map(Vec::len), Some(4));
        let replaced = world.admin("GET", "/audit-events?action=registry_token.replace&limit=200", None).expect(200).json();
        assert_eq!(replaced["items"].as_array().map(Vec::len), Some(22));
        assert!(lives(&login("d.example")) && !lives(&third));
        // Without room in the realm, a login answers as before, but without a refresh token.
        world.limits.set(Bound::RegistryTokensPerRealm, 4);
        world.restart();
        let answer = ask(&world, "&offline_token=true&scope=repository:acme/app:pull", &neighbor).expect(200).json();
        assert!(answer.get("refresh_token").is_none() && answer["scope"] == "repository:acme/app:pull", "{answer}");
    }

    fn client_without_pull_or_push_gets_no_refresh_token(world: World) {
        furnish(&world);
        world.group("others", &["ci:read"]);
        let (bare, other) = (world.credential("bare", &[]), world.credential("other", &["others"]));
        for token in [world.token(&bare), world.token(&other)] {
            for index in 0..5 {
                let path = world.path(&format!("/registry/token?service={index}.example&offline_token=true"));
                let answer = world.send(&Request::get(&path).basic("any", &token)).expect(200).json();
                assert!(answer.get("refresh_token").is_none(), "{answer}");
            }
        }
        assert_eq!(world.admin("GET", "/registry-tokens", None).expect(200).json()["items"], json!([]));
    }

    // DK-07
    fn key_rotation_keeps_the_authority_unless_requested(world: World) {
        furnish(&world);
        let (_, token) = world.api_token(&["containers:read"]);
        let leaf = || text(&part(&text(&ask(&world, "", &token).expect(200).json()["token"]), 0)["x5c"][0]);
        let authority = || world.send(&Request::get(&world.path("/registry/ca.pem"))).expect(200).text();
        let (first, trusted) = (leaf(), authority());
        world.admin("POST", "/registry-keys/rotate", Some(json!({}))).expect(201);
        assert_ne!(leaf(), first);
        assert_eq!(authority(), trusted);
        let refused = world.admin("POST", "/registry-keys/rotate", Some(json!({"alg": "EdDSA"})));
        refused.expect_problem(422, "invalid");
        world.admin("POST", "/registry-keys/rotate", Some(json!({"alg": "RS256"}))).expect_problem(422, "invalid");
        world.admin("POST", "/registry-keys/rotate", Some(json!({"authority": true}))).expect(201);
        assert_ne!(authority(), trusted);
        let keys = world.admin("GET", "/registry-keys", None).expect(200).json();
        assert_eq!(keys["items"].as_array().map(Vec::len), Some(2));
        assert!(!keys.to_string().contains("PRIVATE"));
        let before = leaf();
        world.restart();
        let after = text(&part(&text(&ask(&world, "", &token).expect(200).json()["token"]), 0)["x5c"][0]);
        assert_eq!(before, after);
    }

    fn lifetime_setting_is_one_to_five_minutes(world: World) {
        furnish(&world);
        let (_, token) = world.api_token(&["containers:read"]);
        let set = |seconds: Value| world.admin("PATCH", "", Some(json!({"registry_token_ttl_seconds": seconds})));
        set(json!(300)).expect(200);
        assert_eq!(ask(&world, "", &token).expect(200).json()["expires_in"], 300);
        for bad in [json!(59), json!(301), json!("60"), json!(60.5)] {
            set(bad).expect_problem(422, "invalid");
        }
        for bad in [json!([""]), json!(["a\n"]), json!("a")] {
            world.admin("PATCH", "", Some(json!({"registry_services": bad}))).expect_problem(422, "invalid");
        }
    }
}
