//! `?dry_run=true`: what would be taken away is told, and nothing is changed.

use claviger::serve::openapi;
use serde_json::{Value, json};

use crate::answers::{fields_at_fault, text};
use crate::operation_samples::{Sample, ask, described_operations, give_everybody_a_scope, sample};
use crate::tables::Tables;
use crate::vault_scene::{Scene, id};
use claviger_testkit::on_both_databases;
use claviger_testkit::world::{Client, Database, World};

const OWN_TYPE: &str = "application/vnd.claviger.dry-run+json";

fn tried(world: &World, method: &str, path: &str, body: Option<Value>) -> Vec<String> {
    let separator = if path.contains('?') { '&' } else { '?' };
    let answer = world.admin(method, &format!("{path}{separator}dry_run=true"), body).expect(200);
    assert_eq!(answer.header("content-type"), Some(OWN_TYPE));
    assert_eq!(answer.json()["dry_run"], true);
    let affected = answer.json()["affected"].as_array().expect("a list").clone();
    let line = |item: &Value| {
        let names: Vec<String> = item["names"].as_array().expect("a list").iter().map(text).collect();
        assert_eq!(item["count"], names.len());
        format!("{} {}: {}", text(&item["kind"]), text(&item["effect"]), names.join(", "))
    };
    affected.iter().map(line).collect()
}

#[test]
fn no_operation_changes_anything_in_a_dry_run() {
    let world = World::start(Database::Sqlite);
    give_everybody_a_scope(&world);
    let document: Value = serde_json::from_str(&openapi()).expect("JSON");
    let (mut tries, mut refuses) = (0, 0);
    for (n, operation) in described_operations().into_iter().enumerate() {
        if operation.method == "GET" || operation.roles == json!([]) {
            continue;
        }
        let at = format!("/api/v1/realms/{{realm}}{}", operation.path);
        let described = &document["paths"][&at][operation.method.to_lowercase()];
        let parameters = described["parameters"].as_array().expect("a list");
        let supports = parameters.iter().any(|parameter| parameter["name"] == "dry_run");
        let Sample { path, body } = sample(&world, &operation.id, &operation.path, 20_000 + n);
        let dry = Sample { path: format!("{path}?dry_run=true"), body };
        let before = Tables::of(&world).dump();
        let answer = ask(&world, Some(&world.owner), &operation.id, &operation.method, &dry);
        assert_eq!(Tables::of(&world).dump(), before, "{}: {}", operation.id, answer.text());
        match supports {
            true => {
                assert_eq!(
                    (answer.status, &answer.json()["dry_run"]),
                    (200, &json!(true)),
                    "{}",
                    operation.id
                );
                tries += 1;
            }
            false => {
                assert_eq!(answer.status, 422, "{}: {}", operation.id, answer.text());
                assert_eq!(fields_at_fault(&answer.json()), ["dry_run"], "{}", operation.id);
                refuses += 1;
            }
        }
    }
    assert!(tries > 15 && refuses > 10, "{tries} {refuses}");
}

on_both_databases! {
fn everybody_who_loses_something_is_told(world: World) {
    world.scopes(&["ci:read", "docs:read"]).group("builders", &["ci:read"]).group("readers", &["docs:read"]);
    world.resource("studio/one", &["view", "edit"]);
    world.credential("nightly", &["builders"]);
    world.credential("docs", &["readers"]);
    world.credential("both", &["builders", "readers"]);
    let granted = json!({"name": "studio", "validity_days": 30, "token_ttl_seconds": 900, "resources": [{"resource": "studio/one", "actions": ["edit"]}]});
    world.credential_with(granted);
    let (dev, token) = world.member("dev@acme.example", &["member"]);
    world.admin("PATCH", &format!("/members/{dev}"), Some(json!({"groups": ["builders"]}))).expect(200);
    let made = json!({"description": "mine", "scopes": ["ci:read"], "expires_at": "2099-01-01T00:00:00Z"});
    world.admin_as(&token, "POST", "/api-tokens", Some(made)).expect(201);
    let made = json!({"name": "ota", "scopes": ["ci:read"]});
    world.admin_as(&token, "POST", "/application-credentials", Some(made)).expect(201);

    let of_builders = [
        "service_credential loses_tokens: ",
        "application_credential loses_tokens: ota",
        "api_token loses_access: mine",
        "member loses_access: dev@acme.example",
    ];
    let check = |found: Vec<String>, of_group: &str| {
        // Of a map without an order.
        let both = ["service_credential loses_tokens: nightly, both", "service_credential loses_tokens: both, nightly"];
        assert!(both.contains(&found[0].as_str()), "{found:?}");
        assert_eq!(found[1..4], of_builders[1..]);
        assert_eq!(found[4..], [of_group]);
    };
    check(tried(&world, "DELETE", "/groups/builders", None), "group ends: builders");
    check(tried(&world, "PATCH", "/groups/builders", Some(json!({"scopes": []}))), "group loses_access: builders");
    let nothing: [&str; 0] = [];
    assert_eq!(tried(&world, "PATCH", "/groups/builders", Some(json!({"description": "d"}))), nothing);
    assert_eq!(
        tried(&world, "PATCH", "/resources/studio/one", Some(json!({"actions": ["view"]}))),
        ["service_credential loses_tokens: studio", "resource loses_access: studio/one"],
    );
    let disabled = tried(&world, "POST", &format!("/members/{dev}/disable"), None);
    assert_eq!(disabled[..2], ["application_credential ends: ota", "api_token ends: mine"]);
    assert!(disabled[2].starts_with("personal_access_token ends: ") && disabled[3] == "member ends: dev@acme.example", "{disabled:?}");
    let nightly = world.admin("GET", "/service-credentials?q=nightly", None).expect(200).json()["items"][0].clone();
    let revoke = format!("/service-credentials/{}/revoke", id(&nightly));
    assert_eq!(tried(&world, "POST", &revoke, Some(json!({"name": "nightly"}))), ["service_credential ends: nightly"]);
    // Refused as the request itself would be.
    world.admin("POST", &format!("{revoke}?dry_run=true"), Some(json!({"name": "other"}))).expect_problem(422, "invalid");
    world.admin("DELETE", "/groups/nothing?dry_run=true", None).expect_problem(404, "not-found");
    world.admin("DELETE", "/scopes/ci:read?dry_run=true", None).expect_problem(409, "conflict");
    world.admin_as(&token, "DELETE", "/groups/builders?dry_run=true", None).expect_problem(403, "forbidden");
    for value in ["maybe", "", "1"] {
        let refused = world.admin("DELETE", &format!("/groups/builders?dry_run={value}"), None).expect_problem(422, "invalid");
        assert_eq!(fields_at_fault(&refused.json()), ["dry_run"]);
    }
    let kids = world.admin("GET", "/signing-keys?status=active", None).expect(200).json();
    let kid = text(&kids["items"][0]["kid"]);
    assert_eq!(tried(&world, "POST", &format!("/signing-keys/{kid}/withdraw"), None), [format!("signing_key ends: {kid}")]);
    assert_eq!(tried(&world, "POST", &revoke, Some(json!({"name": "nightly"}))).len(), 1, "it was not revoked before");
    world.admin("POST", &format!("{revoke}?dry_run=false"), Some(json!({"name": "nightly"}))).expect(200);
    assert_eq!(tried(&world, "POST", &revoke, Some(json!({"name": "nightly"}))), nothing);
}

fn sources_that_would_stop_are_told(world: World) {
    let scene = Scene::new(world);
    let credential = scene.stored("gitlab");
    scene.source("backend", &credential);
    let path = format!("/source-credentials/{}", id(&credential));
    assert_eq!(
        tried(&scene.world, "DELETE", &path, None),
        ["resource ends: vault/gitlab", "source_credential ends: gitlab", "source stops: backend"],
    );
    scene.world.admin("GET", &path, None).expect(200);
}

fn credential_that_administers_sees_only_names_that_it_may_read(world: World) {
    world.admin("PATCH", "", Some(json!({"administrative_credentials": true}))).expect(200);
    world.group("builders", &["ci:read"]);
    world.credential("nightly", &["builders"]);
    let body = json!({"name": "robot", "validity_days": null, "token_ttl_seconds": 900, "admin_scopes": ["admin/groups:read-update"]});
    let made = world.admin("POST", "/service-credentials", Some(body)).expect(201).json();
    let robot = Client { id: text(&made["client_id"]), key: text(&made["client_key"]), name: "robot".to_owned() };
    let audience = world.issuer().replace("/realms/", "/api/v1/realms/");
    let token = world.send(&world.token_request(&robot, &[("resource", &audience)])).expect(200).json();
    let answer = world.admin_as(&text(&token["access_token"]), "DELETE", "/groups/builders?dry_run=true", None);
    assert_eq!(answer.expect(200).json()["affected"], json!([
        {"kind": "service_credential", "effect": "loses_tokens", "count": 1, "names": []},
        {"kind": "group", "effect": "ends", "count": 1, "names": ["builders"]},
    ]));
}
}
