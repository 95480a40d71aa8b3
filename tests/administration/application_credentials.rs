//! `/application-credentials`: clients of a member, with scopes chosen by the member.

use serde_json::{Value, json};

use crate::answers::{fields_at_fault, items, text};
use crate::tables::Tables;
use claviger_testkit::http::Response;
use claviger_testkit::on_both_databases;
use claviger_testkit::world::World;

const PATH: &str = "/application-credentials";

fn create(world: &World, by: &str, name: &str, scopes: Value) -> Response {
    world.admin_as(by, "POST", PATH, Some(json!({"name": name, "scopes": scopes})))
}

on_both_databases! {
    // O1, O9
    fn key_is_shown_once_and_only_description_and_scopes_are_editable(world: World) {
        world.scopes(&["ci:read", "targets:read", "targets:read-update"]);
        let made = create(&world, &world.owner, "tool", json!(["targets:read", "targets:read-update"])).expect(201);
        let tag = made.header("etag").expect("a tag").to_owned();
        let made = made.json();
        assert_eq!(&text(&made["client_key"])[..5], "clvk_");
        assert_eq!((&made["id"], &made["scopes"]), (&made["client_id"], &json!(["targets:read-update"])));
        let at = format!("{PATH}/{}", text(&made["id"]));
        let shown = world.admin("GET", &at, None).expect(200);
        assert_eq!(shown.header("etag"), Some(&*tag));
        assert!(!shown.text().contains("clvk_"));
        let edit = |parts: Value| world.admin("PATCH", &at, Some(parts));
        let edited = edit(json!({"description": "a tool", "scopes": ["ci:read"]})).expect(200).json();
        assert_eq!((&edited["description"], &edited["scopes"]), (&json!("a tool"), &json!(["ci:read"])));
        let before = Tables::of(&world).dump();
        let refused = edit(json!({"name": "other", "expires_at": null})).expect_problem(422, "immutable-field");
        assert_eq!(fields_at_fault(&refused.json()), ["expires_at", "name"]);
        assert_eq!(fields_at_fault(&edit(json!({"scopes": []})).json()), ["scopes"]);
        assert!(edit(json!({"scopes": ["ci:delete"]})).expect_problem(422, "invalid").text().contains("ci:delete"));
        create(&world, &world.owner, "tool", json!(["ci:read"])).expect_problem(409, "conflict");
        let body = json!({"name": "late", "scopes": ["ci:read"], "expires_at": "2020-01-01T00:00:00Z"});
        assert_eq!(fields_at_fault(&world.admin("POST", PATH, Some(body)).json()), ["expires_at"]);
        assert_eq!(fields_at_fault(&create(&world, &world.owner, "none", json!([])).json()), ["scopes"]);
        assert_eq!(Tables::of(&world).dump(), before);
        world.admin("POST", &format!("{at}/revoke"), None).expect(200);
        edit(json!({"scopes": ["ci:read"]})).expect_problem(409, "conflict");
        create(&world, &world.owner, "tool", json!(["ci:read"])).expect(201);
    }

    fn member_manages_only_their_own_within_their_rights(world: World) {
        world.group("readers", &["ci:read"]).scopes(&["ci:read-update"]);
        let (ada, ada_token) = world.member("ada@acme.example", &["member"]);
        let (_, bob_token) = world.member("bob@acme.example", &["member"]);
        world.admin("PATCH", &format!("/members/{ada}"), Some(json!({"groups": ["readers"]}))).expect(200);
        create(&world, &ada_token, "tool", json!(["ci:read-update"])).expect_problem(403, "forbidden");
        let made = create(&world, &ada_token, "tool", json!(["ci:read"])).expect(201).json();
        let at = format!("{PATH}/{}", text(&made["id"]));
        let wider = Some(json!({"scopes": ["ci:read-update"]}));
        world.admin_as(&ada_token, "PATCH", &at, wider.clone()).expect_problem(403, "forbidden");
        // The administrator holds the scope, and the owner does not.
        assert_eq!(fields_at_fault(&world.admin("PATCH", &at, wider).json()), ["scopes"]);
        assert!(items(&world.admin_as(&bob_token, "GET", PATH, None).expect(200)).is_empty());
        for (method, path) in [("GET", at.clone()), ("POST", format!("{at}/revoke"))] {
            world.admin_as(&bob_token, method, &path, None).expect_problem(404, "not-found");
        }
        world.admin("POST", &format!("{at}/revoke"), None).expect(200);
        assert_eq!(items(&world.admin_as(&ada_token, "GET", PATH, None))[0]["status"], "revoked");
    }
}
