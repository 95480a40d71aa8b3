//! What a leaked secret is: every kind, in every state, for those alone who may revoke it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::answers::text;
use claviger_testkit::http::Request;
use claviger_testkit::on_both_databases;
use claviger_testkit::patience::until;
use claviger_testkit::world::{Client, World};

fn found(world: &World, leaked: &str) -> Value {
    let answer = world.admin("POST", "/trace", Some(json!({ "secret": leaked }))).expect(200);
    assert!(!answer.text().contains(leaked), "it is not echoed");
    answer.json()["found"].clone()
}

#[track_caller]
fn assert_found(world: &World, leaked: &str, kind: &str, id: &str, status: &str) {
    let found = found(world, leaked);
    assert_eq!((&found["kind"], &found["id"], &found["status"]), (&json!(kind), &json!(id), &json!(status)));
}

fn application(world: &World) -> Client {
    let made =
        world.admin("POST", "/application-credentials", Some(json!({"name": "ota", "scopes": ["ci:read"]})));
    let made = made.expect(201).json();
    Client { id: text(&made["client_id"]), key: text(&made["client_key"]), name: "ota".into() }
}

/// The id and the secret of a registry login with this token.
fn registry_login(world: &World, token: &str) -> (String, String) {
    let path = "/registry/token?service=registry.example&offline_token=true";
    let asked = Request::get(&world.path(path)).basic("any", token);
    let secret = text(&world.send(&asked).expect(200).json()["refresh_token"]);
    let listed = world.admin("GET", "/registry-tokens", None).expect(200).json();
    (text(&listed["items"][0]["id"]), secret)
}

on_both_databases! {
fn every_kind_of_secret_is_found_without_an_id(world: World) {
    world.scopes(&["ci:read"]);
    let credential = world.credential("nightly", &[]);
    let application = application(&world);
    let server = world.resource_server("builds", "https://builds.example.org");
    let (api_id, api_token) = world.api_token(&["ci:read"]);
    let (login_id, login) = registry_login(&world, &api_token);
    assert_found(&world, &credential.key, "service_credential", &credential.id, "active");
    assert_found(&world, &application.key, "application_credential", &application.id, "active");
    assert_found(&world, &server.key, "resource_server", &server.id, "active");
    assert_found(&world, &api_token, "api_token", &api_id, "active");
    assert_found(&world, &login, "registry_token", &login_id, "active");
    let personal = found(&world, &world.owner);
    assert_eq!((&personal["kind"], &personal["owner"]), (&json!("personal_access_token"), &json!("holder@acme.example")));
    let of_application = world.send(&world.token_request(&application, &[])).expect(200).json();
    let (access, refresh) = (text(&of_application["access_token"]), text(&of_application["refresh_token"]));
    assert_found(&world, &access, "access_token", &application.id, "active");
    assert_found(&world, &refresh, "refresh_token", &application.id, "active");
    let signed = found(&world, &world.token(&credential));
    assert_eq!((&signed["name"], &signed["owner"]), (&json!("nightly"), &Value::Null));
    assert!(signed["jti"].is_string(), "{signed}");

    // As it stands in a log, a script, or the settings of docker.
    let basic = STANDARD.encode(format!("{}:{}", credential.id, credential.key));
    for around in [
        format!("  {}\n", credential.key),
        format!("ERROR 14:02 CLIENT_KEY=\"{}\", gave up.", credential.key),
        format!("https://x:{}@git.example/acme.git", credential.key),
        format!("Authorization: Basic {basic}"),
    ] {
        assert_found(&world, &around, "service_credential", &credential.id, "active");
    }
}

fn what_ended_is_told_as_ended(world: World) {
    world.scopes(&["ci:read"]);
    let credential = world.credential("nightly", &[]);
    let token = world.token(&credential);
    world.revoke(&credential).expect(200);
    assert_found(&world, &credential.key, "service_credential", &credential.id, "revoked");
    assert_found(&world, &token, "access_token", &credential.id, "revoked");
    let short = world.credential_with(json!({"name": "short", "validity_days": 30}));
    let token = world.token(&short);
    world.clock.advance_seconds(3_601);
    assert_found(&world, &token, "access_token", &short.id, "expired");
    let (id, member_token) = world.member("ana@acme.example", &["sys_admin"]);
    let body = json!({"expires_at": "2099-01-01T00:00:00Z", "scopes": ["ci:read"]});
    let made = world.admin_as(&member_token, "POST", "/api-tokens", Some(body)).expect(201).json();
    world.admin("POST", &format!("/members/{id}/disable"), None).expect(200);
    assert_found(&world, &text(&made["token"]), "api_token", &text(&made["id"]), "revoked");
    world.clock.advance_seconds(31 * 86_400);
    let world_owner = world.operator_token("holder@acme.example");
    let asked = json!({"secret": short.key});
    let expired = world.admin_as(&world_owner, "POST", "/trace", Some(asked)).expect(200).json();
    assert_eq!(expired["found"]["status"], "expired", "{expired}");
}

fn other_secrets_and_other_texts_are_none(world: World) {
    let credential = world.credential("nightly", &[]);
    let other = world.create_realm("globex");
    for text in [
        "x",
        "clvk_0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZab",
        &credential.key[..42],
        &credential.key.to_lowercase(),
        &other,
        "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIiwiaXNzIjoiYiJ9.AAAAAAAAAAAAAAAA",
        &credential.id,
        "…… \n 🦀",
    ] {
        assert_eq!(found_or_null(&world, text), Value::Null, "{text}");
    }
    for body in [json!({}), json!({"secret": ""}), json!({"secret": 7}), json!({"secret": "a\0"}), json!({"secret": "x".repeat(32_769)})] {
        let answer = world.admin("POST", "/trace", Some(body)).expect(422).text();
        assert!(answer.contains("secret"), "{answer}");
    }
}

fn account_holders_and_sys_admins_alone_may_ask(world: World) {
    let asked = || Some(json!({"secret": "clvk_0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZab"}));
    for (role, status) in [("sys_admin", 200), ("auditor", 403), ("member", 403)] {
        let (_, token) = world.member(&format!("{role}@acme.example"), &[role]);
        world.admin_as(&token, "POST", "/trace", asked()).expect(status);
    }
    // Whoever only has an API token is no caller at all.
    let reader = json!({"expires_at": "2099-01-01T00:00:00Z", "scopes": ["admin:read"]});
    let reader = world.admin("POST", "/personal-access-tokens", Some(reader)).expect(201).json();
    world.admin_as(&text(&reader["token"]), "POST", "/trace", asked()).expect(403);
}

/// Found or not, and without an effect on what was found.
fn questions_are_metered_and_count_as_no_use(world: World) {
    world.scopes(&["ci:read"]);
    let (id, token) = world.api_token(&["ci:read"]);
    let asked = || Some(json!({"secret": token}));
    let answers: Vec<_> = (0..61).map(|_| world.admin("POST", "/trace", asked())).collect();
    assert!(answers[..60].iter().all(|answer| answer.status == 200));
    assert_eq!(answers[60].status, 429);
    assert!(answers[60].header("retry-after").is_some());
    // Another caller is not held up.
    let (_, other) = world.member("ana@acme.example", &["sys_admin"]);
    world.admin_as(&other, "POST", "/trace", asked()).expect(200);
    let server = world.resource_server("builds", "https://builds.example.org");
    let listed = || world.admin("GET", "/api-tokens", None).expect(200).json()["items"][0].clone();
    assert_eq!((listed()["id"].clone(), listed()["last_used_at"].clone()), (json!(id), Value::Null));
    world.assert_active(&server, &token);
    until("a use is told", || listed()["last_used_at"].is_string());
}
}

fn found_or_null(world: &World, leaked: &str) -> Value {
    world.admin("POST", "/trace", Some(json!({ "secret": leaked }))).expect(200).json()["found"].clone()
}
