//! Editing a service credential: only its groups and resources.

use serde_json::{Value, json};

use crate::answers::{fields_at_fault, items, text};
use crate::tables::Tables;
use claviger_testkit::clock::days;
use claviger_testkit::jwt;
use claviger_testkit::on_both_databases;
use claviger_testkit::world::{Client, World};

fn path(credential: &Client) -> String {
    format!("/service-credentials/{}", credential.id)
}

fn edit(world: &World, credential: &Client, body: Value) -> Value {
    world.admin("PATCH", &path(credential), Some(body)).expect(200).json()
}

fn scope_of_next_token(world: &World, credential: &Client) -> Value {
    jwt::claims(&world.token(credential))["scope"].clone()
}

on_both_databases! {
    // S43
    fn each_immutable_field_is_refused_by_name_and_stays(world: World) {
        let credential = world.credential_with(json!({"description": "as made"}));
        let (_, sys_admin) = world.member("sys@acme.example", &["sys_admin"]);
        let shown = world.admin("GET", &path(&credential), None).expect(200).json();
        let other = json!("01890000-0000-7000-8000-000000000000");
        let mut fields: Vec<(String, Value)> =
            shown.as_object().expect("an object").clone().into_iter().collect();
        fields.retain(|(field, _)| field != "groups" && field != "resources");
        assert_eq!(fields.len(), 22);
        for extra in ["client_key", "client_secret", "owner", "token_endpoint", "usage_example", "anything"] {
            fields.push((extra.to_owned(), other.clone()));
        }
        let before = Tables::of(&world).dump();
        for (field, value) in &fields {
            for value in [value, &Value::Null, &other, &json!(45)] {
                for token in [&world.owner, &sys_admin] {
                    let body = Some(json!({field: value}));
                    let refused = world.admin_as(token, "PATCH", &path(&credential), body);
                    let problem = refused.expect_problem(422, "immutable-field").json();
                    assert_eq!(fields_at_fault(&problem), [field.as_str()]);
                }
            }
        }
        assert_eq!(Tables::of(&world).dump(), before);
    }

    // S43
    fn edit_that_also_names_an_immutable_field_changes_nothing(world: World) {
        world.group("readers", &["ci:read"]);
        let credential = world.credential("nightly", &[]);
        let body = json!({"groups": ["readers"], "validity_days": 365, "name": "daily"});
        let refused =
            world.admin("PATCH", &path(&credential), Some(body)).expect_problem(422, "immutable-field");
        assert_eq!(fields_at_fault(&refused.json()), ["name", "validity_days"]);
        assert_eq!(world.admin("GET", &path(&credential), None).json()["groups"], json!([]));
    }

    // S45
    fn removed_group_takes_only_its_scopes_from_old_and_new_tokens(world: World) {
        world.group("readers", &["ci:read"]).group("sources", &["source:read-update"]);
        let credential = world.credential("nightly", &["readers", "sources"]);
        let server = world.resource_server("builds", "https://builds.example.org");
        let old = world.token(&credential);
        let edited = edit(&world, &credential, json!({"groups": ["readers"]}));
        assert_eq!(edited["groups"], json!(["readers"]));
        assert_eq!(edited["receipt"]["outcome"], "confirmed");
        world.assert_inactive(&server, &old);
        assert_eq!(scope_of_next_token(&world, &credential), "ci:read");
        // The group itself still exists.
        assert_eq!(items(&world.admin("GET", "/groups", None)).len(), 2);
    }

    // S46
    fn removed_resource_takes_only_its_scopes_from_old_and_new_tokens(world: World) {
        world.resource("studio/a", &["view"]).resource("studio/b", &["view"]);
        let grant = |name: &str| json!({"resource": name, "actions": ["view"]});
        let credential = world.credential_with(json!({"resources": [grant("studio/a"), grant("studio/b")]}));
        let server = world.resource_server("builds", "https://builds.example.org");
        let old = world.token(&credential);
        let edited = edit(&world, &credential, json!({"resources": [grant("studio/a")]}));
        assert_eq!(edited["resources"], json!([grant("studio/a")]));
        assert_eq!(edited["receipt"]["outcome"], "confirmed");
        world.assert_inactive(&server, &old);
        assert_eq!(scope_of_next_token(&world, &credential), "studio/a:view");
    }

    // S47
    fn added_groups_apply_only_to_new_tokens(world: World) {
        world.group("readers", &["ci:read"]).group("sources", &["source:read"]);
        let credential = world.credential("nightly", &["readers"]);
        let server = world.resource_server("builds", "https://builds.example.org");
        let old = world.token(&credential);
        let edited = edit(&world, &credential, json!({"groups": ["readers", "sources"]}));
        assert_eq!(edited["groups"], json!(["readers", "sources"]));
        assert_eq!(edited["receipt"], Value::Null);
        assert_eq!(world.introspect(&server, &old)["scope"], "ci:read");
        assert_eq!(scope_of_next_token(&world, &credential), "ci:read source:read");
    }

    // S48
    fn added_resources_apply_to_new_tokens_with_chosen_actions(world: World) {
        world.resource("studio/a", &["manage", "view"]);
        let credential = world.credential("nightly", &[]);
        let server = world.resource_server("builds", "https://builds.example.org");
        let old = world.token(&credential);
        let resources = json!([{"resource": "studio/a", "actions": ["view"]}]);
        let edited = edit(&world, &credential, json!({"resources": resources}));
        assert_eq!((&edited["resources"], &edited["receipt"]), (&resources, &Value::Null));
        world.assert_active(&server, &old);
        assert_eq!(scope_of_next_token(&world, &credential), "studio/a:view");
    }

    // S49
    fn last_group_and_resource_can_be_removed_and_leave_no_scope(world: World) {
        world.group("readers", &["ci:read"]).resource("studio/a", &["view"]);
        let credential = world.credential_with(json!({
            "groups": ["readers"], "resources": [{"resource": "studio/a", "actions": ["view"]}],
        }));
        let server = world.resource_server("builds", "https://builds.example.org");
        let old = world.token(&credential);
        let edited = edit(&world, &credential, json!({"groups": [], "resources": []}));
        assert_eq!(edited["effective_scopes"], json!([]));
        world.assert_inactive(&server, &old);
        assert_eq!(scope_of_next_token(&world, &credential), Value::Null);
    }

    // S50
    fn revoked_or_expired_credential_is_not_edited(world: World) {
        world.group("readers", &["ci:read"]);
        let revoked = world.credential("revoked", &[]);
        let expired = world.credential_with(json!({"name": "expired", "validity_days": 30}));
        world.revoke(&revoked).expect(200);
        world.clock.advance_seconds(days(30));
        let before = Tables::of(&world).dump();
        for credential in [&revoked, &expired] {
            let edit = Some(json!({"groups": ["readers"]}));
            world.admin("PATCH", &path(credential), edit).expect_problem(409, "conflict");
        }
        assert_eq!(Tables::of(&world).dump(), before);
    }

    fn edit_returns_the_new_state_and_its_editor(world: World) {
        world.group("readers", &["ci:read"]);
        let credential = world.credential("nightly", &[]);
        let (admin, token) = world.member("sys@acme.example", &["sys_admin"]);
        world.clock.advance_seconds(60);
        let body = Some(json!({"groups": ["readers"]}));
        let mut edited = world.admin_as(&token, "PATCH", &path(&credential), body).expect(200).json();
        assert_eq!(edited.as_object_mut().expect("an object").remove("receipt"), Some(Value::Null));
        let mut shown = world.admin("GET", &path(&credential), None).expect(200).json();
        // Observed, in no answer but this one.
        assert_eq!(shown.as_object_mut().expect("an object").remove("audiences_until_expiry"), Some(json!([])));
        assert_eq!(edited, shown);
        assert_eq!(
            (&edited["updated_at"], &edited["updated_by"]["id"]),
            (&json!("2027-01-31T12:01:00Z"), &json!(admin))
        );
        assert_eq!(
            (&edited["created_at"], &edited["created_by"]["name"]),
            (&json!("2027-01-31T12:00:00Z"), &json!("holder@acme.example"))
        );
    }

    fn one_list_is_edited_without_the_other(world: World) {
        world.group("readers", &["ci:read"]).resource("studio/a", &["view"]);
        let resources = json!([{"resource": "studio/a", "actions": ["view"]}]);
        let credential = world.credential_with(json!({"groups": ["readers"], "resources": resources}));
        let edited = edit(&world, &credential, json!({"resources": []}));
        assert_eq!((&edited["groups"], &edited["resources"]), (&json!(["readers"]), &json!([])));
        let edited = edit(&world, &credential, json!({"groups": [], "resources": resources}));
        assert_eq!((&edited["groups"], &edited["resources"]), (&json!([]), &resources));
    }

    fn edit_with_an_invalid_list_is_refused_and_changes_nothing(world: World) {
        world.group("readers", &["ci:read"]).resource("studio/a", &["view"]);
        let credential = world.credential("nightly", &["readers"]);
        let before = Tables::of(&world).dump();
        for (body, fields) in [
            (json!({"groups": null}), vec!["groups"]),
            (json!({"groups": "readers", "resources": 1}), vec!["groups", "resources"]),
            (
                json!({"groups": [], "resources": [{"resource": "studio/a", "actions": ["burn"]}]}),
                vec!["resources"],
            ),
            (
                json!({"groups": ["nobody"], "resources": [{"resource": "studio/b", "actions": ["view"]}]}),
                vec!["groups", "resources"],
            ),
            (
                json!({"groups": [], "resources": [{"resource": "studio/a", "actions": []}]}),
                vec!["resources"],
            ),
        ] {
            let refused =
                world.admin("PATCH", &path(&credential), Some(body.clone())).expect_problem(422, "invalid");
            assert_eq!(fields_at_fault(&refused.json()), fields, "{body}");
        }
        assert_eq!(Tables::of(&world).dump(), before);
    }

    fn swap_of_equal_scopes_cuts_nothing(world: World) {
        world.group("one", &["ci:read"]).group("two", &["ci:read"]);
        let credential = world.credential("nightly", &["one"]);
        let server = world.resource_server("builds", "https://builds.example.org");
        let old = world.token(&credential);
        assert_eq!(edit(&world, &credential, json!({"groups": ["two"]}))["receipt"], Value::Null);
        world.assert_active(&server, &old);
    }
}
