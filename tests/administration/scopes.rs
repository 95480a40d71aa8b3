//! `/scopes`: the realm's scope register.

use serde_json::{Value, json};

use crate::answers::{column, faults, fields_at_fault, text};
use crate::tables::Tables;
use claviger_testkit::clock::days;
use claviger_testkit::on_both_databases;

on_both_databases! {
    fn register_holds_words_and_actions_on_types_with_descriptions(world: World) {
        for (scope, description) in [("studio:view", "See studios"), ("deploy", "")] {
            let body = json!({"scope": scope, "description": description});
            let created = world.admin("POST", "/scopes", Some(body)).expect(201).json();
            assert_eq!((&created["scope"], &created["description"]), (&json!(scope), &json!(description)));
            assert_eq!(world.admin("GET", &format!("/scopes/{scope}"), None).expect(200).json(), created);
        }
        assert_eq!(column(&world.admin("GET", "/scopes", None), "scope"), ["deploy", "studio:view"]);
        let edit = Some(json!({"description": "Roll out"}));
        assert_eq!(
            world.admin("PATCH", "/scopes/deploy", edit).expect(200).json()["description"],
            "Roll out"
        );
        world.admin("DELETE", "/scopes/deploy", None).expect(200);
        world.admin("GET", "/scopes/deploy", None).expect_problem(404, "not-found");
        assert_eq!(column(&world.admin("GET", "/scopes", None), "scope"), ["studio:view"]);
    }

    fn long_form_of_the_own_realm_is_kept_short(world: World) {
        let created =
            world.admin("POST", "/scopes", Some(json!({"scope": "acme:studio:view"}))).expect(201).json();
        assert_eq!(created["scope"], "studio:view");
        let group = json!({"name": "g", "scopes": ["acme:studio:view", "studio:view"]});
        assert_eq!(
            world.admin("POST", "/groups", Some(group)).expect(201).json()["scopes"],
            json!(["studio:view"])
        );
        let edit = Some(json!({"scopes": ["acme:studio:view"]}));
        assert_eq!(
            world.admin("PATCH", "/groups/g", edit).expect(200).json()["scopes"],
            json!(["studio:view"])
        );
        let token = json!({"expires_at": "2027-02-01T00:00:00Z", "scopes": ["acme:studio:view"]});
        let created = world.admin("POST", "/personal-access-tokens", Some(token)).expect(201).json();
        assert_eq!(created["scopes"], json!(["studio:view"]));
        world.admin("GET", "/scopes/acme:studio:view", None).expect(200);
        let foreign = Some(json!({"scope": "globex:studio:view"}));
        world.admin("POST", "/scopes", foreign).expect_problem(422, "invalid");
    }

    fn invalid_registrations_are_refused(world: World) {
        world.scopes(&["studio:view"]).resource("studio/s", &["view"]);
        let before = Tables::of(&world).dump();
        let long = format!("a{}", "b".repeat(64));
        for bad in [
            "studio/s:view",
            "studio/t:view",
            "",
            " ",
            "Studio:view",
            "studio:View",
            "studio:",
            ":view",
            "studio:view:all",
            "studio view",
            "studio:*",
            "*",
            "9a",
            "studio/:view",
            "stüdio",
            "a\"b",
            "a\\b",
            "a\0",
            &long,
            "admin",
            "admin:read",
            "admin:read-update",
            "admin:anything",
            "admin/x:y",
        ] {
            let refused =
                world.admin("POST", "/scopes", Some(json!({"scope": bad}))).expect_problem(422, "invalid");
            assert_eq!(fields_at_fault(&refused.json()), ["scope"], "{bad:?}");
        }
        for (body, fields) in [
            (json!({}), vec!["scope"]),
            (json!({"scope": 1, "description": 2, "name": 3}), vec!["description", "name", "scope"]),
        ] {
            let refused = world.admin("POST", "/scopes", Some(body)).expect_problem(422, "invalid");
            assert_eq!(fields_at_fault(&refused.json()), fields);
        }
        world.admin("POST", "/scopes", Some(json!({"scope": "studio:view"}))).expect_problem(409, "conflict");
        let edit = json!({"description": null});
        world.admin("PATCH", "/scopes/studio:view", Some(edit)).expect_problem(422, "invalid");
        assert_eq!(Tables::of(&world).dump(), before);
    }

    fn edit_that_names_no_member_changes_nothing(world: World) {
        world.scopes(&["ci:read"]).group("g", &["ci:read"]).resource("studio/s", &["view"]);
        let before = Tables::of(&world).dump();
        for path in ["", "/scopes/ci:read", "/groups/g", "/resources/studio/s"] {
            let edited = world.admin("PATCH", path, Some(json!({}))).expect(200).json();
            assert_eq!(edited["receipt"], Value::Null, "{path}");
        }
        assert_eq!(Tables::of(&world).dump(), before);
    }

    fn every_unknown_scope_of_a_group_is_named(world: World) {
        world.scopes(&["ci:read"]).resource("studio/s", &["view"]);
        let scopes =
            ["ci:read", "ci:delete", "studio/s:view", "studio/s:burn", "studio/t:view", "studio:view"];
        let body = json!({"name": "g", "scopes": scopes});
        let problem = world.admin("POST", "/groups", Some(body)).expect_problem(422, "invalid").json();
        let said = faults(&problem);
        for unknown in ["ci:delete", "studio/s:burn", "studio/t:view", "studio:view"] {
            assert!(said.contains(&format!("{unknown} ")), "{unknown} in {said}");
        }
        assert_eq!(problem["errors"].as_array().map(Vec::len), Some(4));
    }

    fn built_in_scopes_are_never_in_a_group(world: World) {
        world.group("g", &["ci:read"]);
        let before = Tables::of(&world).dump();
        for built_in in ["admin:read", "admin:read-update", "admin", "admin:other"] {
            let scopes = json!(["ci:read", built_in]);
            for (method, path, body) in [
                ("POST", "/groups", json!({"name": "h", "scopes": scopes})),
                ("PATCH", "/groups/g", json!({"scopes": scopes})),
            ] {
                let refused = world.admin(method, path, Some(body)).expect_problem(422, "invalid");
                assert!(faults(&refused.json()).contains(built_in));
            }
        }
        assert_eq!(Tables::of(&world).dump(), before);
        assert_eq!(column(&world.admin("GET", "/scopes", None), "scope"), ["ci:read"]);
    }

    fn scope_cannot_be_deleted_while_in_use(world: World) {
        world.group("readers", &["ci:read"]).group("writers", &["ci:read", "source:read"]);
        let refused = world.admin("DELETE", "/scopes/ci:read", None).expect_problem(409, "conflict");
        assert!(text(&refused.json()["detail"]).contains("\"readers\""));
        world.admin("DELETE", "/groups/readers", None).expect(200);
        let refused = world.admin("DELETE", "/scopes/ci:read", None).expect_problem(409, "conflict");
        assert!(text(&refused.json()["detail"]).contains("\"writers\""));
        world.admin("PATCH", "/groups/writers", Some(json!({"scopes": ["source:read"]}))).expect(200);
        world.admin("DELETE", "/scopes/ci:read", None).expect(200);
        // Already deleted: the same receipt.
        world.admin("DELETE", "/scopes/ci:read", None).expect(200);
    }

    fn scope_of_an_active_personal_access_token_is_in_use(world: World) {
        world.scopes(&["ci:read", "ci:write"]);
        let make = |scope: &str| {
            let body = json!({"expires_at": "2027-02-03T00:00:00Z", "scopes": [scope]});
            text(&world.admin("POST", "/personal-access-tokens", Some(body)).expect(201).json()["id"])
        };
        let (revoked, _expired) = (make("ci:read"), make("ci:write"));
        for scope in ["ci:read", "ci:write"] {
            world.admin("DELETE", &format!("/scopes/{scope}"), None).expect_problem(409, "conflict");
        }
        world.admin("POST", &format!("/personal-access-tokens/{revoked}/revoke"), None).expect(200);
        world.admin("DELETE", "/scopes/ci:read", None).expect(200);
        world.clock.advance_seconds(days(3));
        world.admin("DELETE", "/scopes/ci:write", None).expect(200);
    }

    fn every_member_reads_and_only_administrators_edit_the_register(world: World) {
        world.scopes(&["ci:read"]);
        for role in ["member", "auditor"] {
            let (_, token) = world.member(&format!("{role}@acme.example"), &[role]);
            assert_eq!(
                column(&world.admin_as(&token, "GET", "/scopes", None).expect(200), "scope"),
                ["ci:read"]
            );
            let body = Some(json!({"scope": "ci:write"}));
            world.admin_as(&token, "POST", "/scopes", body).expect_problem(403, "forbidden");
            let edit = Some(json!({"description": "x"}));
            world.admin_as(&token, "PATCH", "/scopes/ci:read", edit).expect_problem(403, "forbidden");
            world.admin_as(&token, "DELETE", "/scopes/ci:read", None).expect_problem(403, "forbidden");
        }
        assert_eq!(column(&world.admin("GET", "/scopes", None), "scope"), ["ci:read"]);
    }
}
