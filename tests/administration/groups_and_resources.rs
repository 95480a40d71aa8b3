//! `/groups` and `/resources`: the sources of scopes for credentials and members.

use serde_json::{Value, json};

use crate::answers::{column, faults, fields_at_fault, items, text};
use crate::tables::Tables;
use claviger_testkit::jwt;
use claviger_testkit::on_both_databases;
use claviger_testkit::world::{Client, World};

fn scope_of_next_token(world: &World, credential: &Client) -> Value {
    jwt::claims(&world.token(credential))["scope"].clone()
}

on_both_databases! {
    fn group_reads_back_as_created_and_edited(world: World) {
        world.scopes(&["studio:create", "studio:manage"]).resource("studio/studio-1", &["view"]);
        let body = json!({
            "name": "Tech Products", "description": "Builds studios",
            "responsible": "Team Studio, studio@acme.example",
            "scopes": ["studio:manage", "studio:create", "studio:create"],
            "resources": [{"resource": "studio/studio-1", "actions": ["view"]}],
        });
        let created = world.admin("POST", "/groups", Some(body)).expect(201).json();
        assert_eq!(created["scopes"], json!(["studio:create", "studio:manage"]));
        assert_eq!(created["responsible"], "Team Studio, studio@acme.example");
        let path = "/groups/Tech%20Products";
        assert_eq!(world.admin("GET", path, None).expect(200).json(), created);
        world.clock.advance_seconds(1);
        let edit = json!({"responsible": "Team Two", "scopes": ["studio:create"]});
        let mut edited = world.admin("PATCH", path, Some(edit)).expect(200).json();
        edited.as_object_mut().expect("an object").remove("receipt").expect("a receipt, or null");
        assert_eq!(
            (&edited["description"], &edited["resources"]),
            (&created["description"], &created["resources"])
        );
        assert_eq!(
            (&edited["responsible"], &edited["scopes"]),
            (&json!("Team Two"), &json!(["studio:create"]))
        );
        assert_eq!(
            (&edited["created_at"], &edited["updated_at"]),
            (&json!("2027-01-31T12:00:00Z"), &json!("2027-01-31T12:00:01Z"))
        );
        assert_eq!(items(&world.admin("GET", "/groups", None)), [edited]);
    }

    fn group_gives_its_scopes_to_its_credentials_and_nothing_else(world: World) {
        world
            .group("Tech Products", &["studio:create", "studio:manage"])
            .scopes(&["studio:delete", "ci:read"]);
        let credential = world.credential("studios", &["Tech Products"]);
        assert_eq!(scope_of_next_token(&world, &credential), "studio:create studio:manage");
        for other in ["studio:delete", "ci:read"] {
            let request = world.token_request(&credential, &[("scope", other)]);
            world.send(&request).expect_oauth_error(400, "invalid_scope");
        }
    }

    fn removed_scope_ends_older_tokens_and_added_one_needs_a_new_token(world: World) {
        world.group("builders", &["ci:read", "source:read"]).scopes(&["devices:read"]);
        let (inside, outside) = (world.credential("in", &["builders"]), world.credential("out", &[]));
        let server = world.resource_server("builds", "https://builds.example.org");
        let (old, other) = (world.token(&inside), world.token(&outside));
        let edit = |scopes: Value| {
            world.admin("PATCH", "/groups/builders", Some(json!({"scopes": scopes}))).expect(200).json()
        };
        assert_eq!(edit(json!(["ci:read", "source:read", "devices:read"]))["receipt"], Value::Null);
        assert_eq!(world.introspect(&server, &old)["scope"], "ci:read source:read");
        assert_eq!(edit(json!(["ci:read", "devices:read"]))["receipt"]["outcome"], "confirmed");
        world.assert_inactive(&server, &old);
        world.assert_active(&server, &other);
        assert_eq!(scope_of_next_token(&world, &inside), "ci:read devices:read");
    }

    fn deleting_a_group_in_use_removes_what_it_granted(world: World) {
        world.group("builders", &["ci:read"]).group("others", &["source:read"]);
        let credential = world.credential("nightly", &["builders", "others"]);
        let (member, _) = world.member("ada@acme.example", &["member"]);
        let member = format!("/members/{member}");
        world.admin("PATCH", &member, Some(json!({"groups": ["builders", "others"]}))).expect(200);
        let server = world.resource_server("builds", "https://builds.example.org");
        let old = world.token(&credential);
        let receipt = world.admin("DELETE", "/groups/builders", None).expect(200).json();
        assert_eq!(receipt["outcome"], "confirmed");
        world.assert_inactive(&server, &old);
        assert_eq!(scope_of_next_token(&world, &credential), "source:read");
        assert_eq!(world.admin("GET", &member, None).json()["groups"], json!(["others"]));
        let own = format!("/service-credentials/{}", credential.id);
        assert_eq!(world.admin("GET", &own, None).json()["groups"], json!(["others"]));
        world.admin("GET", "/groups/builders", None).expect_problem(404, "not-found");
        // A group of the same name is a different group.
        world.group("builders", &["ci:read"]);
        assert_eq!(scope_of_next_token(&world, &credential), "source:read");
    }

    fn invalid_group_fields_are_named_and_change_nothing(world: World) {
        world.group("taken", &["ci:read"]).resource("studio/s", &["view"]);
        let before = Tables::of(&world).dump();
        for (body, fields) in [
            (json!({}), vec!["name"]),
            (
                json!({"name": "", "description": 1, "responsible": [], "scopes": "ci:read", "resources": {}}),
                vec!["description", "name", "resources", "responsible", "scopes"],
            ),
            (
                json!({"name": "x".repeat(65), "color": "blue", "members": []}),
                vec!["color", "members", "name"],
            ),
            (json!({"name": "g", "scopes": ["CI:read", "ci:read"]}), vec!["scopes"]),
            (
                json!({
                    "name": "g", "scopes": ["nobody:knows"],
                    "resources": [{"resource": "studio/t", "actions": ["view"]}],
                }),
                vec!["resources", "scopes"],
            ),
            (json!({"name": "g", "scopes": ["studio/s:burn"]}), vec!["scopes"]),
            (json!({"name": "g", "resources": [{"resource": "studio/s", "actions": []}]}), vec!["resources"]),
            (json!({"name": "g", "responsible": "a\u{0}b"}), vec!["responsible"]),
        ] {
            let refused = world.admin("POST", "/groups", Some(body.clone())).expect_problem(422, "invalid");
            assert_eq!(fields_at_fault(&refused.json()), fields, "{body}");
        }
        world.admin("POST", "/groups", Some(json!({"name": "taken"}))).expect_problem(409, "conflict");
        let edit = Some(json!({"scopes": ["nobody:knows"]}));
        let refused = world.admin("PATCH", "/groups/taken", edit).expect_problem(422, "invalid");
        assert!(faults(&refused.json()).contains("nobody:knows"));
        assert_eq!(Tables::of(&world).dump(), before);
    }

    fn names_and_types_never_change(world: World) {
        world.group("g", &["ci:read"]).resource("studio/s", &["view"]);
        let before = Tables::of(&world).dump();
        for (path, field) in [
            ("/groups/g", "name"),
            ("/groups/g", "created_at"),
            ("/resources/studio/s", "type"),
            ("/resources/studio/s", "name"),
            ("/scopes/ci:read", "scope"),
            ("", "realm"),
            ("", "issuer"),
        ] {
            let refused = world
                .admin("PATCH", path, Some(json!({field: "other"})))
                .expect_problem(422, "immutable-field");
            assert!(fields_at_fault(&refused.json()).contains(&field.to_owned()), "{path} {field}");
        }
        assert_eq!(Tables::of(&world).dump(), before);
    }

    fn group_of_any_name_is_found_under_its_encoded_name(world: World) {
        let names = [
            ("50% / a+b?c#d", "50%25%20%2F%20a%2Bb%3Fc%23d"),
            ("%2F", "%252F"),
            ("夜間", "%E5%A4%9C%E9%96%93"),
            (".", "%2E"),
            ("a\"b'c\\d<e>", "a%22b%27c%5Cd%3Ce%3E"),
            ("a;b=c&d,e:f@g", "a;b=c&d,e:f@g"),
            ("...", "..."),
        ];
        for (name, encoded) in names {
            world.admin("POST", "/groups", Some(json!({"name": name}))).expect(201);
            let path = format!("/groups/{encoded}");
            assert_eq!(world.admin("GET", &path, None).expect(200).json()["name"], name);
            world.admin("PATCH", &path, Some(json!({"description": "d"}))).expect(200);
        }
        for (_, encoded) in names {
            world.admin("DELETE", &format!("/groups/{encoded}"), None).expect(200);
        }
        assert_eq!(items(&world.admin("GET", "/groups", None)), Vec::<Value>::new());
    }

    fn pages_continue_after_deletion_of_the_last_listed_object(world: World) {
        for name in ["a", "b", "c", "d", "e"] {
            world.admin("POST", "/groups", Some(json!({"name": name}))).expect(201);
        }
        // Ordered by type, then name. As text alone, "a-b/x" would come before "a/x".
        for name in ["a/x", "a/y", "a-b/x", "b/x"] {
            world.resource(name, &["view"]);
        }
        let page = |list: &str, cursor: &Value| {
            let cursor = cursor
                .as_str()
                .map_or(String::new(), |cursor| format!("&cursor={}", cursor.replace('/', "%2F")));
            world.admin("GET", &format!("{list}?limit=2{cursor}"), None).expect(200)
        };
        let first = page("/groups", &Value::Null);
        assert_eq!(column(&first, "name"), ["a", "b"]);
        world.admin("DELETE", "/groups/b", None).expect(200);
        world.admin("POST", "/groups", Some(json!({"name": "b2"}))).expect(201);
        let second = page("/groups", &first.json()["next_cursor"]);
        assert_eq!(column(&second, "name"), ["b2", "c"]);
        assert_eq!(column(&page("/groups", &second.json()["next_cursor"]), "name"), ["d", "e"]);

        let first = page("/resources", &Value::Null);
        assert_eq!(
            (column(&first, "type"), column(&first, "name")),
            (vec!["a".into(), "a".into()], vec!["x".into(), "y".into()])
        );
        world.admin("DELETE", "/resources/a/y", None).expect(200);
        let second = page("/resources", &first.json()["next_cursor"]);
        assert_eq!(column(&second, "type"), ["a-b", "b"]);
        assert_eq!(second.json()["next_cursor"], Value::Null);
    }

    fn resource_reads_back_as_created_and_edited(world: World) {
        let actions = ["view", "manage", "view"];
        let body = json!({"type": "studio", "name": "Studio_1.x-y", "description": "d", "actions": actions});
        let created = world.admin("POST", "/resources", Some(body)).expect(201).json();
        assert_eq!(created["actions"], json!(["manage", "view"]));
        let path = "/resources/studio/Studio_1.x-y";
        assert_eq!(world.admin("GET", path, None).expect(200).json(), created);
        let edited =
            world.admin("PATCH", path, Some(json!({"actions": ["view", "read"]}))).expect(200).json();
        assert_eq!((&edited["actions"], &edited["description"]), (&json!(["read", "view"]), &json!("d")));
        world.admin("DELETE", path, None).expect(200);
        world.admin("GET", path, None).expect_problem(404, "not-found");
    }

    fn invalid_resource_fields_are_named_and_change_nothing(world: World) {
        world.resource("studio/s", &["view"]);
        let before = Tables::of(&world).dump();
        for (body, fields) in [
            (json!({}), vec!["actions", "name", "type"]),
            (json!({"type": "studio", "name": "s2", "actions": []}), vec!["actions"]),
            (json!({"type": "studio", "name": "s2", "actions": ["View", "view"]}), vec!["actions"]),
            (json!({"type": "studio", "name": "s2", "actions": ["a:b"]}), vec!["actions"]),
            (json!({"type": "studio", "name": "a/b", "actions": ["view"]}), vec!["name"]),
            (json!({"type": "studio", "name": "", "actions": ["view"]}), vec!["name"]),
            (json!({"type": "studio", "name": "x".repeat(129), "actions": ["view"]}), vec!["name"]),
            (json!({"type": "studio", "name": "a\u{0}", "actions": ["view"]}), vec!["name"]),
            (json!({"type": "Studio", "name": "s2", "actions": ["view"]}), vec!["type"]),
            (json!({"type": "9", "name": "ä", "actions": ["view"]}), vec!["name", "type"]),
            (json!({"type": "admin", "name": "s2", "actions": ["view"]}), vec!["type"]),
            (
                json!({"type": 1, "name": 2, "actions": 3, "description": 4, "owner": 5}),
                vec!["actions", "description", "name", "owner", "type"],
            ),
        ] {
            let refused =
                world.admin("POST", "/resources", Some(body.clone())).expect_problem(422, "invalid");
            assert_eq!(fields_at_fault(&refused.json()), fields, "{body}");
        }
        let taken = json!({"type": "studio", "name": "s", "actions": ["view"]});
        world.admin("POST", "/resources", Some(taken)).expect_problem(409, "conflict");
        world
            .admin("PATCH", "/resources/studio/s", Some(json!({"actions": []})))
            .expect_problem(422, "invalid");
        assert_eq!(Tables::of(&world).dump(), before);
    }

    fn withdrawn_action_leaves_every_grant_permanently(world: World) {
        world.resource("studio/s", &["view", "manage"]);
        let both = json!([{"resource": "studio/s", "actions": ["manage", "view"]}]);
        let group = json!({"name": "by grant", "resources": both});
        world.admin("POST", "/groups", Some(group)).expect(201);
        world.group("by scope", &["studio/s:manage", "studio/s:view"]);
        let server = world.resource_server("builds", "https://builds.example.org");
        let credentials = [
            world.credential_with(json!({"name": "own", "resources": both})),
            world.credential("by grant", &["by grant"]),
            world.credential("by scope", &["by scope"]),
        ];
        let old = credentials.each_ref().map(|credential| world.token(credential));
        let edit = |actions: Value| {
            world.admin("PATCH", "/resources/studio/s", Some(json!({"actions": actions}))).expect(200).json()
        };
        assert_eq!(edit(json!(["view"]))["receipt"]["outcome"], "confirmed");
        assert_eq!(edit(json!(["view", "manage"]))["receipt"], Value::Null);
        for (credential, old) in credentials.iter().zip(&old) {
            world.assert_inactive(&server, old);
            assert_eq!(scope_of_next_token(&world, credential), "studio/s:view", "{}", credential.name);
        }
        assert_eq!(world.admin("GET", "/groups/by%20scope", None).json()["scopes"], json!(["studio/s:view"]));
        world.restart();
        for credential in &credentials {
            assert_eq!(scope_of_next_token(&world, credential), "studio/s:view", "{}", credential.name);
        }
    }

    fn deleting_a_resource_in_use_removes_what_it_granted(world: World) {
        world.resource("studio/s", &["view"]).resource("studio/t", &["view"]);
        let grant = |resource: &str| json!({"resource": resource, "actions": ["view"]});
        let grants = json!([grant("studio/s"), grant("studio/t")]);
        world.group("by scope", &["studio/s:view", "studio/t:view"]);
        let server = world.resource_server("builds", "https://builds.example.org");
        let credentials = [
            world.credential_with(json!({"name": "own", "resources": grants})),
            world.credential("by scope", &["by scope"]),
        ];
        let old = credentials.each_ref().map(|credential| world.token(credential));
        assert_eq!(
            world.admin("DELETE", "/resources/studio/s", None).expect(200).json()["outcome"],
            "confirmed"
        );
        // A resource registered again is a different one, which nobody was granted.
        world.resource("studio/s", &["view"]);
        for (credential, old) in credentials.iter().zip(&old) {
            world.assert_inactive(&server, old);
            assert_eq!(scope_of_next_token(&world, credential), "studio/t:view", "{}", credential.name);
        }
    }
}
