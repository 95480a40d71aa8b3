//! Application credentials at the token endpoint: refresh tokens, what ends them, and requests that name no realm.

use serde_json::{Value, json};

use crate::realm_suspension::suspend;
use claviger_testkit::http::{Request, Response};
use claviger_testkit::on_both_databases;
use claviger_testkit::world::{Client, World};

fn application(world: &World, by: &str, scopes: &[&str]) -> Client {
    let body = json!({"name": format!("tool {}", scopes.join(" ")), "scopes": scopes});
    let made = world.admin_as(by, "POST", "/application-credentials", Some(body)).expect(201).json();
    let text = |name: &str| made[name].as_str().expect("a text").to_owned();
    Client { id: text("client_id"), key: text("client_key"), name: text("name") }
}

/// A member who holds the scopes of the group, and a token to administer with.
fn developer(world: &World, group: &str) -> (String, String) {
    let (id, token) = world.member("dev@acme.example", &["member"]);
    world.admin("PATCH", &format!("/members/{id}"), Some(json!({"groups": [group]}))).expect(200);
    (id, token)
}

fn first(world: &World, client: &Client) -> Value {
    world.send(&world.token_request(client, &[])).expect(200).json()
}

fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}

fn refresh(world: &World, client: &Client, token: &str, more: &[(&str, &str)]) -> Response {
    let mut form = vec![("grant_type", "refresh_token"), ("refresh_token", token)];
    form.extend_from_slice(more);
    world.send(&Request::form(&world.path("/oauth2/token"), &form).basic(&client.id, &client.key))
}

on_both_databases! {
    // O7
    fn answer_carries_a_refresh_token_and_the_realm_under_every_path(world: World) {
        world.scopes(&["ci:read", "targets:read"]);
        let server = world.resource_server("builds", "https://builds.example.org");
        let client = application(&world, &world.owner, &["ci:read", "targets:read"]);
        for path in [world.path("/oauth2/token"), "/oauth/token".to_owned(), "/oauth/token/".to_owned()] {
            let form = [("grant_type", "client_credentials"), ("client_id", &*client.id), ("client_secret", &*client.key)];
            let answer = world.send(&Request::form(&path, &form)).expect(200);
            assert_eq!(answer.header("cache-control"), Some("no-store"));
            let answer = answer.json();
            assert_eq!(answer["orgs"], json!([{"name": "acme"}]), "{path}");
            assert_eq!((&answer["expires_in"], &answer["scope"]), (&json!(3_600), &json!("ci:read targets:read")));
            let token = text(&answer["access_token"]);
            let active = world.introspect(&server, &token);
            assert_eq!((&active["sub"], &active["client_id"]), (&json!(client.id), &json!(client.id)));
            let who = world.send(&Request::get(&world.path("/whoami")).bearer(&token)).expect(200).json();
            assert_eq!(who["kind"], "application_credential");
            // The refresh token is not accepted as an access token.
            let refresh = text(&answer["refresh_token"]);
            world.assert_inactive(&server, &refresh);
            world.send(&Request::get(&world.path("/whoami")).bearer(&refresh)).expect(401);
        }
        // A service credential gets no refresh token, and is unknown where no realm is named.
        let service = world.credential("nightly", &[]);
        let answer = first(&world, &service);
        assert!(answer.get("refresh_token").is_none() && answer.get("orgs").is_none());
        let unknown = Request::form("/oauth/token", &[("grant_type", "client_credentials")]);
        world.send(&unknown.basic(&service.id, &service.key)).expect_oauth_error(401, "invalid_client");
    }

    fn refresh_grants_the_clients_current_scopes(world: World) {
        world.group("builders", &["ci:read", "ci:read-update"]);
        let server = world.resource_server("builds", "https://builds.example.org");
        let (member, by) = developer(&world, "builders");
        let client = application(&world, &by, &["ci:read-update"]);
        let other = application(&world, &by, &["ci:read"]);
        let given = text(&first(&world, &client)["refresh_token"]);
        world.clock.advance_seconds(3_601);
        let again = refresh(&world, &client, &given, &[]).expect(200).json();
        world.assert_active(&server, &text(&again["access_token"]));
        let narrower = refresh(&world, &client, &text(&again["refresh_token"]), &[("scope", "ci:read")]);
        assert_eq!(narrower.expect(200).json()["scope"], "ci:read");
        refresh(&world, &client, &given, &[("scope", "ci:create")]).expect_oauth_error(400, "invalid_scope");
        // The refresh token without the client's key is not enough.
        let bare = [("grant_type", "refresh_token"), ("refresh_token", &*given), ("client_id", &*client.id)];
        world.send(&Request::form(&world.path("/oauth2/token"), &bare)).expect_oauth_error(401, "invalid_client");
        refresh(&world, &other, &given, &[]).expect_oauth_error(400, "invalid_grant");
        let access = text(&again["access_token"]);
        refresh(&world, &client, &access, &[]).expect_oauth_error(400, "invalid_grant");
        refresh(&world, &client, "garbled", &[]).expect_oauth_error(400, "invalid_grant");
        refresh(&world, &client, "", &[]).expect_oauth_error(400, "invalid_request");
        // Reduced access takes effect immediately: older access tokens are invalid. A refresh gives what is left.
        world.admin("PATCH", "/groups/builders", Some(json!({"scopes": ["ci:read"]}))).expect(200);
        world.assert_inactive(&server, &access);
        let left = refresh(&world, &client, &given, &[]).expect(200).json();
        assert_eq!((&left["scope"], &first(&world, &client)["scope"]), (&json!("ci:read"), &json!("ci:read")));
        world.assert_active(&server, &text(&left["access_token"]));
        refresh(&world, &client, &given, &[("scope", "ci:read-update")]).expect_oauth_error(400, "invalid_scope");
        world.admin("PATCH", "/groups/builders", Some(json!({"scopes": []}))).expect(200);
        world.assert_inactive(&server, &text(&left["access_token"]));
        refresh(&world, &client, &given, &[]).expect_oauth_error(400, "invalid_grant");
        world.admin("PATCH", "/groups/builders", Some(json!({"scopes": ["ci:read-update"]}))).expect(200);
        assert_eq!(refresh(&world, &client, &given, &[]).expect(200).json()["scope"], "ci:read-update");
        world.assert_inactive(&server, &text(&left["access_token"]));
        // Tokens from before a suspension stay invalid.
        suspend(&world, true);
        suspend(&world, false);
        world.owner = world.operator_token("holder@acme.example");
        refresh(&world, &client, &given, &[]).expect_oauth_error(400, "invalid_grant");
        world.admin("POST", &format!("/members/{member}/disable"), None).expect(200);
        world.send(&world.token_request(&client, &[])).expect_oauth_error(401, "invalid_client");
    }

    /// Whatever the owner loses is lost by tokens issued before, and by no others.
    fn losses_of_owner_or_client_end_older_tokens_immediately(world: World) {
        world.group("builders", &["ci:read", "targets:read"]).group("others", &["ci:read"]);
        world.resource("studio/one", &["view"]);
        let server = world.resource_server("builds", "https://builds.example.org");
        let (member, by) = developer(&world, "builders");
        let client = application(&world, &by, &["ci:read", "targets:read"]);
        let bystander = application(&world, &world.owner, &["ci:read"]);
        let token = |client: &Client| text(&first(&world, client)["access_token"]);
        let spared = token(&bystander);
        let patch = |path: &str, parts: Value| world.admin("PATCH", path, Some(parts)).expect(200).json();
        let at = format!("/application-credentials/{}", client.id);
        let (before, description) = (token(&client), json!({"description": "Only a text"}));
        assert_eq!(patch(&at, description)["receipt"], Value::Null);
        world.assert_active(&server, &before);
        assert_eq!(patch(&at, json!({"scopes": ["targets:read"]}))["receipt"]["outcome"], "confirmed");
        world.assert_inactive(&server, &before);
        patch(&at, json!({"scopes": ["ci:read", "targets:read"]}));
        let before = token(&client);
        patch(&format!("/members/{member}"), json!({"groups": ["others"]}));
        world.assert_inactive(&server, &before);
        patch(&format!("/members/{member}"), json!({"groups": ["others", "builders"]}));
        let before = token(&client);
        // The other group still grants it.
        patch("/groups/builders", json!({"scopes": ["targets:read"]}));
        world.assert_active(&server, &before);
        world.admin("DELETE", "/groups/builders", None).expect(200);
        world.assert_inactive(&server, &before);
        world.assert_active(&server, &spared);
        // An administrator's application loses it with the deleted resource.
        let on_one = application(&world, &world.owner, &["studio/one:view"]);
        let before = token(&on_one);
        world.admin("DELETE", "/resources/studio/one", None).expect(200);
        world.assert_inactive(&server, &before);
        world.restart();
        for (token, lives) in [(&before, false), (&spared, true)] {
            assert_eq!(world.introspect(&server, token)["active"], lives);
        }
    }

    fn tokens_end_by_revocation_by_expiry_and_with_their_credential(world: World) {
        world.scopes(&["ci:read"]);
        let server = world.resource_server("builds", "https://builds.example.org");
        let client = application(&world, &world.owner, &["ci:read"]);
        let given = first(&world, &client);
        let (access, one) = (text(&given["access_token"]), text(&given["refresh_token"]));
        let other = text(&first(&world, &client)["refresh_token"]);
        let again = refresh(&world, &client, &one, &[]).expect(200).json();
        let revocation = Request::form(&world.path("/oauth2/revoke"), &[("token", &*one)]);
        world.send(&revocation.basic(&client.id, &client.key)).expect(200);
        // All tokens of the grant end (RFC 7009 §2.1), and no others.
        for ended in [&one, &text(&again["refresh_token"])] {
            refresh(&world, &client, ended, &[]).expect_oauth_error(400, "invalid_grant");
        }
        world.restart();
        world.assert_inactive(&server, &access);
        world.assert_inactive(&server, &text(&again["access_token"]));
        let of_other = refresh(&world, &client, &other, &[]).expect(200).json();
        // Revoking an access token ends that one alone.
        let revocation = [("token", &*text(&of_other["access_token"]))];
        let request = Request::form(&world.path("/oauth2/revoke"), &revocation).basic(&client.id, &client.key);
        world.send(&request).expect(200);
        world.assert_inactive(&server, &text(&of_other["access_token"]));
        let other_again = refresh(&world, &client, &other, &[]).expect(200).json();
        world.assert_active(&server, &text(&other_again["access_token"]));
        // Valid for exactly 30 days, even under keys that have since been rotated.
        world.clock.advance_seconds(300);
        world.admin("POST", "/signing-keys/rotate", None).expect(200);
        world.clock.advance_seconds(30 * 24 * 3_600 - 301);
        refresh(&world, &client, &other, &[]).expect(200);
        world.clock.advance_seconds(1);
        refresh(&world, &client, &other, &[]).expect_oauth_error(400, "invalid_grant");
        let last = first(&world, &client);
        let receipt = world.admin("POST", &format!("/application-credentials/{}/revoke", client.id), None);
        assert_eq!(receipt.expect(200).json()["outcome"], "confirmed");
        world.assert_inactive(&server, &text(&last["access_token"]));
        world.restart();
        world.assert_inactive(&server, &text(&last["access_token"]));
        refresh(&world, &client, &text(&last["refresh_token"]), &[]).expect_oauth_error(401, "invalid_client");
        let body = json!({"name": "short", "scopes": ["ci:read"], "expires_at": "2027-03-02T12:40:00Z"});
        let made = world.admin("POST", "/application-credentials", Some(body)).expect(201).json();
        let short = Client { id: text(&made["client_id"]), key: text(&made["client_key"]), name: "short".into() };
        let given = first(&world, &short);
        let seconds = given["expires_in"].as_i64().expect("a number");
        assert!(seconds < 3_600, "a token outlives its credential by no second: {seconds}");
        world.clock.advance_seconds(seconds);
        world.assert_inactive(&server, &text(&given["access_token"]));
        refresh(&world, &short, &text(&given["refresh_token"]), &[]).expect_oauth_error(401, "invalid_client");
    }
}
