//! Opaque tokens of members as resource servers see them: their current scopes, without `admin:` scopes.

use serde_json::{Value, json};

use claviger_testkit::clock::minutes;
use claviger_testkit::http::Request;
use claviger_testkit::on_both_databases;
use claviger_testkit::world::{Client, World};

const UNTIL: &str = "2027-01-31T13:00:00Z";

struct Made {
    id: String,
    token: String,
    member: String,
}

/// A personal access token that the holder of `by` creates for themselves.
fn made(world: &World, by: &str, scopes: &[&str]) -> Made {
    let body = json!({"description": "a test's", "expires_at": UNTIL, "scopes": scopes});
    let answer = world.admin_as(by, "POST", "/personal-access-tokens", Some(body)).expect(201).json();
    let text = |name: &str| answer[name].as_str().expect("a text").to_owned();
    Made { id: text("id"), token: text("token"), member: text("member") }
}

/// A plain member of these groups, and a token for that member.
fn member(world: &World, email: &str, groups: &[&str]) -> (String, String) {
    let body = json!({"email": email, "name": "Dev", "roles": ["member"], "groups": groups});
    let answer = world.admin("POST", "/members", Some(body)).expect(201).json();
    (answer["id"].as_str().expect("an id").to_owned(), world.operator_token(email))
}

fn server(world: &World) -> Client {
    world.resource_server("builds", "https://builds.example.org")
}

on_both_databases! {
    fn personal_access_token_is_described_without_its_admin_scopes(world: World) {
        world.scopes(&["ci:read", "source:read", "source:read-update"]);
        let server = server(&world);
        let scopes = ["admin:read-update", "ci:read", "source:read", "source:read-update"];
        let made = made(&world, &world.owner, &scopes);
        let iat = world.node().state.issuer.now().epoch_seconds();
        let expected = json!({
            "active": true, "scope": "ci:read source:read-update", "token_type": "Bearer", "realm": "acme",
            "sub": made.member, "client_id": made.id, "jti": made.id,
            "iss": world.issuer(), "aud": world.issuer(), "iat": iat, "exp": iat + 3_600,
        });
        assert_eq!(world.introspect(&server, &made.token), expected);
        world.restart();
        assert_eq!(world.introspect(&server, &made.token), expected);
    }

    fn personal_access_token_with_nothing_left_is_inactive(world: World) {
        world.group("readers", &["ci:read"]);
        let server = server(&world);
        let (id, acting) = member(&world, "dev@acme.example", &["readers"]);
        let only_admin = made(&world, &world.owner, &["admin:read-update"]);
        world.assert_inactive(&server, &only_admin.token);

        let revoked = made(&world, &acting, &["ci:read", "admin:read"]);
        world.assert_active(&server, &revoked.token);
        let path = format!("/personal-access-tokens/{}/revoke", revoked.id);
        world.admin_as(&acting, "POST", &path, None).expect(200);
        world.assert_inactive(&server, &revoked.token);

        let orphan = made(&world, &acting, &["ci:read"]);
        world.assert_active(&server, &orphan.token);
        world.admin("PATCH", &format!("/members/{id}"), Some(json!({"groups": []}))).expect(200);
        world.assert_inactive(&server, &orphan.token);
        // Its member holds nothing now, so no endpoint accepts the token.
        world.send(&Request::get(&world.path("/whoami")).bearer(&orphan.token)).expect(401);

        let expires = made(&world, &world.owner, &["ci:read"]);
        world.clock.advance_seconds(minutes(60) - 1);
        world.assert_active(&server, &expires.token);
        world.clock.advance_seconds(1);
        world.assert_inactive(&server, &expires.token);
    }

    fn scope_lost_by_a_member_is_lost_by_their_tokens(world: World) {
        world.group("builders", &["ci:read", "source:read-update"]).group("readers", &["ci:read"]);
        let server = server(&world);
        let (_, acting) = member(&world, "dev@acme.example", &["builders", "readers"]);
        let made = made(&world, &acting, &["ci:read", "source:read-update"]);
        let scope = |world: &World| world.introspect(&server, &made.token)["scope"].clone();
        assert_eq!(scope(&world), "ci:read source:read-update");

        world.admin("PATCH", "/groups/builders", Some(json!({"scopes": ["ci:read"]}))).expect(200);
        assert_eq!(scope(&world), "ci:read");
        world.admin("DELETE", "/groups/readers", None).expect(200);
        assert_eq!(scope(&world), "ci:read", "the other group still gives it");
        world.restart();
        assert_eq!(scope(&world), "ci:read");
        world.admin("DELETE", "/groups/builders", None).expect(200);
        world.assert_inactive(&server, &made.token);
        // A new group of the same name has no members.
        world.group("builders", &["ci:read"]);
        world.assert_inactive(&server, &made.token);
    }

    fn personal_access_token_is_inactive_in_another_realm(world: World) {
        world.scopes(&["ci:read"]);
        let made = made(&world, &world.owner, &["ci:read"]);
        world.owner = world.create_realm("other");
        world.realm = "other".into();
        let foreign = server(&world);
        world.assert_inactive(&foreign, &made.token);
        world.realm = "acme".into();
        world.send(&world.introspection_request(&foreign, &made.token))
            .expect_oauth_error(401, "invalid_client");
    }
}
