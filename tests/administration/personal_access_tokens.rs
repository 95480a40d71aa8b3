//! `/personal-access-tokens`: a member's own tokens, shown once, limited to the member's current rights.

use serde_json::{Value, json};

use crate::answers::{column, faults, fields_at_fault, items, text};
use crate::tables::Tables;
use claviger_testkit::http::Response;
use claviger_testkit::on_both_databases;
use claviger_testkit::world::World;

const PATH: &str = "/personal-access-tokens";

fn create(world: &World, by: &str, expires_at: &str, scopes: Value) -> Response {
    let body = json!({"description": "laptop", "expires_at": expires_at, "scopes": scopes});
    world.admin_as(by, "POST", PATH, Some(body))
}

/// A new token of the owner.
fn token(world: &World, expires_at: &str, scopes: Value) -> String {
    text(&create(world, &world.owner, expires_at, scopes).expect(201).json()["token"])
}

fn revoke(world: &World, by: &str, id: &Value) -> Response {
    world.admin_as(by, "POST", &format!("{PATH}/{}/revoke", text(id)), None)
}

on_both_databases! {
    fn token_is_shown_once_and_works(world: World) {
        let (member, token) = world.member("sys@acme.example", &["sys_admin"]);
        let created = create(&world, &token, "2027-02-01T00:00:00Z", json!(["admin:read", "admin:read"]))
            .expect(201)
            .json();
        let secret = text(&created["token"]);
        assert_eq!((secret.len(), &secret[..5]), (43, "clvp_"));
        assert_eq!((&created["member"], &created["scopes"]), (&json!(member), &json!(["admin:read"])));
        world.admin_as(&secret, "GET", "/groups", None).expect(200);
        let listed = items(&world.admin_as(&token, "GET", PATH, None).expect(200));
        let mut expected = created.clone();
        expected.as_object_mut().expect("an object").remove("token");
        assert!(listed.contains(&expected), "{listed:?}");
        assert!(!json!(listed).to_string().contains("clvp_"));
        let own = format!("{PATH}/{}", text(&created["id"]));
        assert_ne!(world.admin("GET", &own, None).status, 200);
    }

    // BU-03
    fn read_only_token_changes_nothing(world: World) {
        let secret = token(&world, "2027-02-01T00:00:00Z", json!(["admin:read"]));
        world.admin_as(&secret, "GET", "/groups", None).expect(200);
        let before = Tables::of(&world).dump();
        let refused = world
            .admin_as(&secret, "POST", "/groups", Some(json!({"name": "g"})))
            .expect_problem(403, "forbidden");
        let challenge = refused.header("www-authenticate").expect("a challenge");
        assert_eq!(
            challenge,
            "Bearer realm=\"acme\", error=\"insufficient_scope\", scope=\"admin:read-update\""
        );
        create(&world, &secret, "2027-02-01T00:00:00Z", json!(["admin:read-update"]))
            .expect_problem(403, "forbidden");
        let own = items(&world.admin_as(&secret, "GET", PATH, None))[1]["id"].clone();
        revoke(&world, &secret, &own).expect_problem(403, "forbidden");
        assert_eq!(Tables::of(&world).dump(), before);
    }

    // BU-03
    fn token_without_any_admin_scope_does_not_administer(world: World) {
        world.scopes(&["ci:read"]);
        let secret = token(&world, "2027-02-01T00:00:00Z", json!(["ci:read"]));
        let refused = world.admin_as(&secret, "GET", "/groups", None).expect_problem(403, "forbidden");
        let challenge = refused.header("www-authenticate").expect("a challenge");
        assert_eq!(challenge, "Bearer realm=\"acme\", error=\"insufficient_scope\", scope=\"admin:read\"");
    }

    fn token_expires_at_the_exact_second(world: World) {
        let secret = token(&world, "2027-01-31T12:30:00Z", json!(["admin:read"]));
        world.clock.advance_seconds(30 * 60 - 1);
        world.admin_as(&secret, "GET", "/groups", None).expect(200);
        world.clock.advance_seconds(1);
        world.admin_as(&secret, "GET", "/groups", None).expect_problem(401, "invalid-token");
        let statuses = column(&world.admin("GET", PATH, None), "status");
        assert_eq!(statuses, ["active", "active", "expired"]);
    }

    fn revoked_token_is_invalid_immediately_and_permanently(world: World) {
        let created = create(&world, &world.owner, "2027-02-01T00:00:00Z", json!(["admin:read-update"]))
            .expect(201)
            .json();
        let secret = text(&created["token"]);
        // A token may revoke itself.
        let receipt = revoke(&world, &secret, &created["id"]).expect(200).json();
        assert_eq!(receipt["outcome"], "confirmed");
        world.admin_as(&secret, "GET", "/groups", None).expect_problem(401, "invalid-token");
        let before = Tables::of(&world).dump();
        world.clock.advance_seconds(5);
        revoke(&world, &world.owner, &created["id"]).expect(200);
        assert_eq!(Tables::of(&world).dump(), before);
        let shown = items(&world.admin("GET", PATH, None))
            .into_iter()
            .find(|token| token["id"] == created["id"])
            .expect("listed");
        assert_eq!(
            (&shown["status"], &shown["revoked_at"]),
            (&json!("revoked"), &json!("2027-01-31T12:00:00Z"))
        );
        world.restart();
        world.admin_as(&secret, "GET", "/groups", None).expect_problem(401, "invalid-token");
    }

    fn member_manages_only_their_own_tokens(world: World) {
        let (ada, ada_token) = world.member("ada@acme.example", &["member"]);
        let (_, bob_token) = world.member("bob@acme.example", &["member"]);
        let made =
            create(&world, &ada_token, "2027-02-01T00:00:00Z", json!(["admin:read"])).expect(201).json();
        let seen = items(&world.admin_as(&ada_token, "GET", PATH, None).expect(200));
        assert_eq!(seen.len(), 2);
        assert!(seen.iter().all(|token| token["member"] == json!(ada)));
        assert_eq!(items(&world.admin_as(&bob_token, "GET", PATH, None).expect(200)).len(), 1);
        // For other members the token does not exist.
        let foreign = revoke(&world, &bob_token, &made["id"]).expect_problem(404, "not-found");
        let unknown = revoke(&world, &bob_token, &json!("01890000-0000-7000-8000-000000000000"))
            .expect_problem(404, "not-found");
        assert_eq!(foreign.json()["detail"], unknown.json()["detail"]);
        world.admin_as(&text(&made["token"]), "GET", PATH, None).expect(200);
        revoke(&world, &ada_token, &made["id"]).expect(200);
        world.admin_as(&text(&made["token"]), "GET", PATH, None).expect_problem(401, "invalid-token");
    }

    fn administrator_manages_all_tokens_and_auditor_reads_them(world: World) {
        let (_, ada_token) = world.member("ada@acme.example", &["member"]);
        let made =
            create(&world, &ada_token, "2027-02-01T00:00:00Z", json!(["admin:read"])).expect(201).json();
        let (_, auditor) = world.member("auditor@acme.example", &["auditor"]);
        let ids = column(&world.admin_as(&auditor, "GET", PATH, None).expect(200), "id");
        assert!(ids.contains(&text(&made["id"])));
        revoke(&world, &auditor, &made["id"]).expect_problem(404, "not-found");
        revoke(&world, &world.owner, &made["id"]).expect(200);
        world.admin_as(&text(&made["token"]), "GET", PATH, None).expect_problem(401, "invalid-token");
    }

    fn token_cannot_carry_scopes_that_its_member_lacks(world: World) {
        world.group("readers", &["ci:read", "source:read-update"]).scopes(&["ci:read-update"]);
        let (ada, ada_token) = world.member("ada@acme.example", &["member"]);
        world.admin("PATCH", &format!("/members/{ada}"), Some(json!({"groups": ["readers"]}))).expect(200);
        let before = Tables::of(&world).dump();
        let refused =
            create(&world, &ada_token, "2027-02-01T00:00:00Z", json!(["ci:read", "ci:read-update"]));
        assert!(text(&refused.expect_problem(403, "forbidden").json()["detail"]).contains("ci:read-update"));
        assert_eq!(Tables::of(&world).dump(), before);
        create(&world, &ada_token, "2027-02-01T00:00:00Z", json!(["ci:read", "source:read-update"]))
            .expect(201);
        // The administrator holds every registered scope.
        create(&world, &world.owner, "2027-02-01T00:00:00Z", json!(["ci:read-update"])).expect(201);
    }

    fn invalid_token_fields_are_named_and_change_nothing(world: World) {
        world.scopes(&["ci:read"]);
        let before = Tables::of(&world).dump();
        let later = "2027-02-01T00:00:00Z";
        for (body, fields) in [
            (json!({}), vec!["expires_at", "scopes"]),
            (
                json!({"expires_at": null, "scopes": null, "description": null, "member": null}),
                vec!["description", "expires_at", "member", "scopes"],
            ),
            (
                json!({"expires_at": "tomorrow", "scopes": "ci:read", "token": "mine"}),
                vec!["expires_at", "scopes", "token"],
            ),
            (json!({"expires_at": 1_900_000_000, "scopes": ["ci:read"]}), vec!["expires_at"]),
            (json!({"expires_at": "2027-02-01", "scopes": ["ci:read"]}), vec!["expires_at"]),
            (json!({"expires_at": "2027-02-01T00:00:00", "scopes": ["ci:read"]}), vec!["expires_at"]),
            (json!({"expires_at": "2027-02-30T00:00:00Z", "scopes": ["ci:read"]}), vec!["expires_at"]),
            (json!({"expires_at": "10000-01-01T00:00:00Z", "scopes": ["ci:read"]}), vec!["expires_at"]),
            (json!({"expires_at": "2027-01-31T12:00:00Z", "scopes": []}), vec!["expires_at", "scopes"]),
            (json!({"expires_at": later, "scopes": ["ci:delete"]}), vec!["scopes"]),
            (json!({"expires_at": later, "scopes": ["admin"]}), vec!["scopes"]),
            (json!({"expires_at": later, "scopes": ["admin:delete", "ci:read"]}), vec!["scopes"]),
            (json!({"expires_at": later, "scopes": ["ci:read", ""]}), vec!["scopes"]),
            (
                json!({"expires_at": later, "scopes": ["ci:read"], "description": "a\u{0}"}),
                vec!["description"],
            ),
        ] {
            let refused = world.admin("POST", PATH, Some(body.clone())).expect_problem(422, "invalid");
            assert_eq!(fields_at_fault(&refused.json()), fields, "{body}");
        }
        let problem = create(&world, &world.owner, later, json!(["ci:delete", "ci:read", "no:where"]))
            .expect_problem(422, "invalid")
            .json();
        assert!(faults(&problem).contains("ci:delete") && faults(&problem).contains("no:where"));
        assert_eq!(Tables::of(&world).dump(), before);
    }

    fn expiry_in_another_time_zone_is_stored_in_utc(world: World) {
        let created = create(&world, &world.owner, "2027-02-01T02:00:00+02:00", json!(["admin:read"]))
            .expect(201)
            .json();
        assert_eq!(created["expires_at"], "2027-02-01T00:00:00Z");
    }
}
