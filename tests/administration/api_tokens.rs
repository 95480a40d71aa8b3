//! `/api-tokens`: a member's own tokens for every protocol, limited to the chosen scopes that the member still has.

use serde_json::{Value, json};

use crate::answers::{column, fields_at_fault, items, text};
use crate::tables::Tables;
use claviger_testkit::http::{Request, Response};
use claviger_testkit::on_both_databases;
use claviger_testkit::world::World;

const PATH: &str = "/api-tokens";
const END: &str = "2027-02-01T00:00:00Z";

fn create(world: &World, by: &str, expires_at: &str, scopes: Value) -> Response {
    let body = json!({"description": "laptop", "expires_at": expires_at, "scopes": scopes});
    world.admin_as(by, "POST", PATH, Some(body))
}

fn whoami(world: &World, token: &str) -> Response {
    world.send(&Request::get(&world.path("/whoami")).bearer(token))
}

/// A member who holds the scopes of the groups.
fn developer(world: &World, groups: &[&str]) -> (String, String) {
    let (id, token) = world.member("dev@acme.example", &["member"]);
    world.admin("PATCH", &format!("/members/{id}"), Some(json!({"groups": groups}))).expect(200);
    (id, token)
}

on_both_databases! {
    // O1, O3, O9
    fn token_is_shown_once_and_identifies_its_member(world: World) {
        world.group("builders", &["source:read-update", "source:read", "ci:read"]);
        let server = world.resource_server("builds", "https://builds.example.org");
        let (member, by) = developer(&world, &["builders"]);
        let scopes = json!(["source:read", "source:read-update", "acme:ci:read"]);
        let made = create(&world, &by, END, scopes).expect(201).json();
        let token = text(&made["token"]);
        assert_eq!((token.len(), &token[..5]), (43, "clva_"));
        // Implied scopes are left out, and the long form is stored short.
        assert_eq!(made["scopes"], json!(["ci:read", "source:read-update"]));
        let listed = items(&world.admin_as(&by, "GET", PATH, None).expect(200));
        assert_eq!(listed.len(), 1);
        assert!(!json!(listed).to_string().contains("clva_"));
        assert!(column(&world.admin_as(&by, "GET", "/personal-access-tokens", None), "id").iter().all(|id| *id != text(&made["id"])));
        let who = whoami(&world, &token).expect(200).json();
        assert_eq!((&who["kind"], &who["sub"], &who["client_id"]), (&json!("api_token"), &json!(member), &made["id"]));
        assert_eq!(who["scope"], "ci:read source:read-update");
        let active = world.introspect(&server, &token);
        assert_eq!((&active["active"], &active["jti"], &active["sub"]), (&json!(true), &made["id"], &json!(member)));
    }

    // O9
    fn bad_requests_name_every_fault_and_change_nothing(world: World) {
        world.group("builders", &["ci:read"]).scopes(&["ci:read-update"]);
        let (_, by) = developer(&world, &["builders"]);
        let before = Tables::of(&world).dump();
        let none = create(&world, &by, END, json!([]));
        assert_eq!(fields_at_fault(&none.json()), ["scopes"]);
        let unknown = create(&world, &by, "2020-01-01T00:00:00Z", json!(["ci:delete", "targets:create", "ci:read"]));
        assert_eq!(fields_at_fault(&unknown.json()), ["expires_at", "scopes"]);
        for name in ["ci:delete", "targets:create"] {
            assert!(unknown.text().contains(name), "{}", unknown.text());
        }
        let admin = create(&world, &world.owner, END, json!(["admin:read"]));
        assert!(admin.expect_problem(422, "invalid").text().contains("only in personal access tokens"));
        let no_end = world.admin_as(&by, "POST", PATH, Some(json!({"scopes": ["ci:read"]})));
        assert_eq!(fields_at_fault(&no_end.json()), ["expires_at"]);
        let not_held = create(&world, &by, END, json!(["ci:read-update"]));
        assert!(not_held.expect_problem(403, "forbidden").text().contains("ci:read-update"));
        assert_eq!(Tables::of(&world).dump(), before);
    }

    fn api_token_never_administers(world: World) {
        world.scopes(&["ci:read"]);
        let token = text(&create(&world, &world.owner, END, json!(["ci:read"])).expect(201).json()["token"]);
        let refused = world.admin_as(&token, "GET", "/groups", None).expect_problem(403, "forbidden");
        assert!(refused.text().contains("personal access token"), "{}", refused.text());
    }

    /// A scope that the owner loses, the token loses at its next use. Of a wider scope, the narrower remainder stays.
    fn api_token_is_limited_to_its_owners_current_scopes(world: World) {
        world.group("builders", &["source:read-update"]).group("readers", &["source:read"]);
        let (member, by) = developer(&world, &["builders"]);
        let made = create(&world, &by, END, json!(["source:read-update"])).expect(201).json();
        let token = text(&made["token"]);
        let give = |groups: Value| {
            let path = format!("/members/{member}");
            world.admin("PATCH", &path, Some(json!({"groups": groups}))).expect(200);
        };
        give(json!(["readers"]));
        assert_eq!(whoami(&world, &token).expect(200).json()["scope"], "source:read");
        give(json!([]));
        whoami(&world, &token).expect(401);
        give(json!(["builders"]));
        assert_eq!(whoami(&world, &token).expect(200).json()["scope"], "source:read-update");
        let edited = world.admin("PATCH", "/groups/builders", Some(json!({"scopes": []}))).expect(200).json();
        assert_eq!(edited["receipt"]["outcome"], "confirmed", "an opaque token lost something: {edited}");
        whoami(&world, &token).expect(401);
        world.admin("POST", &format!("/members/{member}/disable"), None).expect(200);
        whoami(&world, &token).expect(401);
    }

    // O11
    fn revoked_or_expired_token_is_invalid_everywhere(world: World) {
        world.scopes(&["ci:read"]);
        let server = world.resource_server("builds", "https://builds.example.org");
        let made = create(&world, &world.owner, END, json!(["ci:read"])).expect(201).json();
        let over = text(&create(&world, &world.owner, "2027-01-31T12:30:00Z", json!(["ci:read"])).expect(201).json()["token"]);
        let (id, token) = (text(&made["id"]), text(&made["token"]));
        world.assert_active(&server, &token);
        let as_another_noun = world.admin("POST", &format!("/personal-access-tokens/{id}/revoke"), None);
        as_another_noun.expect_problem(404, "not-found");
        let receipt = world.admin("POST", &format!("{PATH}/{id}/revoke"), None).expect(200).json();
        assert_eq!(receipt["outcome"], "confirmed");
        whoami(&world, &token).expect(401);
        world.assert_inactive(&server, &token);
        world.clock.advance_seconds(30 * 60 - 1);
        world.assert_active(&server, &over);
        world.clock.advance_seconds(1);
        world.assert_inactive(&server, &over);
        whoami(&world, &over).expect(401);
        world.restart();
        world.assert_inactive(&server, &token);
        let events = world.admin("GET", "/audit-events?action=api_token.revoke", None).expect(200);
        assert_eq!(items(&events).len(), 1);
    }

    // O12, O13, O14, O15
    fn presets_are_those_whose_scopes_the_realm_has(world: World) {
        let presets = || items(&world.admin("GET", "/scope-presets", None).expect(200));
        assert!(presets().is_empty());
        world.scopes(&["source:read-update", "containers:read", "targets:read", "devices:read"]);
        assert_eq!(presets().iter().map(|preset| text(&preset["name"])).collect::<Vec<_>>(), ["git", "docker-pull"]);
        world.scopes(&["ci:read", "targets:read-update", "devices:read-update"]);
        let scopes: Vec<Value> = presets().iter().map(|preset| preset["scopes"].clone()).collect();
        assert_eq!(scopes, [
            json!(["source:read-update"]),
            json!(["targets:read", "devices:read", "ci:read"]),
            json!(["targets:read-update", "devices:read-update", "ci:read"]),
            json!(["containers:read"]),
        ]);
        for scopes in scopes {
            create(&world, &world.owner, END, scopes).expect(201);
        }
    }
}
