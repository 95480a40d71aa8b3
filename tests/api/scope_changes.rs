//! Reduced access takes effect immediately, added access with the next token.

use serde_json::{Value, json};

use claviger_testkit::http::Request;
use claviger_testkit::jwt;
use claviger_testkit::on_both_databases;
use claviger_testkit::world::{Client, World};

fn scope_of(world: &World, client: &Client) -> Value {
    jwt::claims(&world.token(client))["scope"].clone()
}

fn whoami(world: &World, token: &str, scope: &str) -> u16 {
    world.send(&Request::get(&world.path(&format!("/whoami?scope={scope}"))).bearer(token)).status
}

#[track_caller]
fn edit(world: &World, path: &str, change: Value) -> Value {
    world.admin("PATCH", path, Some(change)).expect(200).json()["receipt"].clone()
}

on_both_databases! {
    /// S26, S25: a credential that also has the scope through another group loses nothing.
    fn group_adds_scopes_to_new_tokens_and_removes_them_immediately(world: World) {
        world.group("builders", &["ci:read"]);
        world.group("readers", &["ci:read"]);
        world.scopes(&["source:read"]);
        let server = world.resource_server("builds", "https://builds.example.org");
        let one = world.credential("one", &["builders"]);
        let both = world.credential("both", &["builders", "readers"]);
        let narrow = world.token(&one);

        let receipt = edit(&world, "/groups/builders", json!({"scopes": ["ci:read", "source:read"]}));
        assert_eq!(receipt, Value::Null, "nobody lost anything, so nothing was cut");
        world.assert_active(&server, &narrow);
        assert_eq!(whoami(&world, &narrow, "source:read"), 403);
        let (wide, kept) = (world.token(&one), world.token_with(&both, &[("scope", "ci:read")]));
        assert_eq!(jwt::claims(&wide)["scope"], "ci:read source:read");

        edit(&world, "/groups/readers", json!({"scopes": []}));
        world.assert_active(&server, &kept);
        let receipt = edit(&world, "/groups/builders", json!({"scopes": ["ci:read"]}));
        assert_eq!(receipt["outcome"], "confirmed");
        world.assert_inactive(&server, &wide);
        assert_eq!(whoami(&world, &wide, "ci:read"), 401, "a token is cut whole");
        assert_eq!(scope_of(&world, &one), "ci:read");
        world.assert_active(&server, &world.token(&one));

        edit(&world, "/groups/builders", json!({"scopes": ["ci:read", "source:read"]}));
        world.assert_inactive(&server, &wide);
    }

    /// S26: a credential's own groups and resources.
    fn lost_group_applies_immediately_and_added_one_to_new_tokens(world: World) {
        world.group("builders", &["ci:read"]).group("readers", &["source:read"]);
        world.resource("studio/studio-1", &["view"]);
        let server = world.resource_server("builds", "https://builds.example.org");
        let credential = world.credential("nightly", &["builders"]);
        let path = format!("/service-credentials/{}", credential.id);
        let first = world.token(&credential);
        let more = json!({
            "groups": ["builders", "readers"],
            "resources": [{"resource": "studio/studio-1", "actions": ["view"]}],
        });
        assert_eq!(edit(&world, &path, more), Value::Null);
        world.assert_active(&server, &first);
        assert_eq!(scope_of(&world, &credential), "ci:read source:read studio/studio-1:view");
        assert_eq!(edit(&world, &path, json!({"groups": ["readers"]}))["outcome"], "confirmed");
        world.assert_inactive(&server, &first);
        assert_eq!(scope_of(&world, &credential), "source:read studio/studio-1:view");
        let second = world.token(&credential);
        edit(&world, &path, json!({"groups": [], "resources": []}));
        world.assert_inactive(&server, &second);
        assert_eq!(scope_of(&world, &credential), Value::Null);
    }

    /// S27: a permission on one resource grants none on another, and an action that was not chosen is not granted.
    fn grants_on_two_resources_never_mix(world: World) {
        world.resource("studio/a", &["view", "edit"]).resource("studio/b", &["view", "edit"]);
        let server = world.resource_server("builds", "https://builds.example.org");
        let credential = world.credential_with(json!({"name": "both", "resources": [
            {"resource": "studio/a", "actions": ["view"]},
            {"resource": "studio/b", "actions": ["edit"]},
        ]}));
        let token = world.token(&credential);
        assert_eq!(jwt::claims(&token)["scope"], "studio/a:view studio/b:edit");
        let for_a = world.token_with(&credential, &[("scope", "studio/a:view")]);
        for (presented, scope, status) in [
            (&token, "studio/a:view", 200),
            (&token, "studio/b:edit", 200),
            (&token, "studio/a:view%20studio/b:edit", 200),
            (&token, "studio/a:edit", 403),
            (&token, "studio/b:view", 403),
            (&token, "studio:view", 403),
            (&for_a, "studio/a:view", 200),
            (&for_a, "studio/b:edit", 403),
            (&for_a, "studio/b:view", 403),
        ] {
            assert_eq!(whoami(&world, presented, scope), status, "{scope}");
        }
        assert_eq!(world.introspect(&server, &for_a)["scope"], "studio/a:view");
        // An action that its resource no longer offers is lost by all who had it, and by nobody else.
        let other = world.credential_with(json!({"name": "other", "resources": [
            {"resource": "studio/b", "actions": ["edit"]},
        ]}));
        let kept = world.token(&other);
        assert_eq!(edit(&world, "/resources/studio/a", json!({"actions": ["edit"]}))["outcome"], "confirmed");
        world.assert_inactive(&server, &for_a);
        world.assert_active(&server, &kept);
        assert_eq!(scope_of(&world, &credential), "studio/b:edit");
    }

    /// A token for an audience ends with its resource server, even for the next one that takes that audience.
    fn reassigned_audience_accepts_no_old_tokens(world: World) {
        let target = "https://builds.example.org";
        let credential = world.credential("nightly", &[]);
        let first = world.resource_server("first", target);
        let old = world.token_with(&credential, &[("resource", target)]);
        world.assert_active(&first, &old);
        world.admin("DELETE", &format!("/resource-servers/{}", first.id), None).expect(200);
        let request = world.token_request(&credential, &[("resource", target)]);
        world.send(&request).expect_oauth_error(400, "invalid_target");
        let second = world.resource_server("second", target);
        world.assert_inactive(&second, &old);
        world.assert_active(&second, &world.token_with(&credential, &[("resource", target)]));
    }
}
