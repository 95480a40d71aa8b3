//! `POST /realms/{realm}/oauth2/introspect`: whether a token is active, and for whom (RFC 7662).

use serde_json::{Value, json};

use crate::forger::Confusion;
use claviger_testkit::clock::{days, minutes};
use claviger_testkit::http::{Request, Response};
use claviger_testkit::jwt;
use claviger_testkit::on_both_databases;
use claviger_testkit::world::{Client, Database, World};

const BUILDS: &str = "https://builds.example.org";

/// A group, a resource server and a credential.
fn furnished(world: &World) -> (Client, Client) {
    world.group("builders", &["ci:read", "source:read-update"]);
    (world.resource_server("builds", BUILDS), world.credential("nightly", &["builders"]))
}

/// IN-01, S42
#[test]
fn unauthenticated_caller_learns_nothing() {
    let world = World::start(Database::Sqlite);
    let (server, credential) = furnished(&world);
    let token = world.token(&credential);
    let anonymous = Request::form(&world.path("/oauth2/introspect"), &[("token", &token)]);
    let wrong_key = Client { key: credential.key.clone(), ..server.clone() };
    let refused = [
        world.send(&anonymous),
        world.send(&anonymous.clone().bearer(&token)),
        world.send(&world.introspection_request(&wrong_key, &token)),
    ];
    for answer in refused {
        assert_eq!(answer.header("www-authenticate"), Some("Basic realm=\"claviger\""));
        answer.expect_oauth_error(401, "invalid_client");
    }
    world.assert_active(&server, &token);
}

on_both_databases! {
    /// IN-02, IN-07, S42
    fn answer_for_an_active_token_agrees_with_the_token_itself(world: World) {
        let (server, credential) = furnished(&world);
        for parameters in [&[][..], &[("resource", BUILDS), ("scope", "source:read")][..]] {
            let token = world.token_with(&credential, parameters);
            let answer = world.introspect(&server, &token);
            let mut expected = jwt::claims(&token);
            expected["active"] = json!(true);
            expected["token_type"] = json!("Bearer");
            assert_eq!(answer, expected);
            let required =
                ["scope", "client_id", "token_type", "exp", "iat", "sub", "aud", "iss", "jti"];
            assert!(required.iter().all(|name| !answer[name].is_null()), "{answer}");
            assert_eq!(answer["exp"], answer["iat"].as_i64().expect("a time") + 3_600);
        }
        let bare = world.token(&world.credential("bare", &[]));
        let answer = world.introspect(&server, &bare);
        assert_eq!((answer["active"].as_bool(), answer.get("scope")), (Some(true), None));
    }

    /// IN-03
    fn every_inactive_token_gets_the_same_answer(world: World) {
        let (server, credential) = furnished(&world);
        let own = world.token(&credential);
        let revoke = Request::form(&world.path("/oauth2/revoke"), &[("token", &own)]);
        world.send(&revoke.basic(&credential.id, &credential.key)).expect(200);
        world.assert_inactive(&server, &own);

        let over = world.credential("over", &["builders"]);
        let of_revoked_credential = world.token(&over);
        world.revoke(&over).expect(200);
        world.assert_inactive(&server, &of_revoked_credential);

        let expires = world.token(&credential);
        world.clock.advance_seconds(minutes(60) - 1);
        world.assert_active(&server, &expires);
        world.clock.advance_seconds(1);
        world.assert_inactive(&server, &expires);

        let live = world.token(&credential);
        let (signed, signature) = live.rsplit_once('.').expect("three parts");
        let other = world.token(&credential);
        let other_signature = other.rsplit_once('.').expect("three parts").1;
        for unknown in [
            format!("{signed}.{other_signature}"),
            signed.to_owned(),
            signature.to_owned(),
            live.replacen('.', "", 1),
            "x".into(),
            "clvp_".into(),
            format!("clvr_{}", "0".repeat(38)),
            "é".into(),
            "x".repeat(40_000),
        ] {
            world.assert_inactive(&server, &unknown);
        }
        world.assert_active(&server, &live);
    }

    /// IN-08: without the part about signing keys.
    fn end_of_a_credential_or_resource_server_ends_its_tokens(world: World) {
        let (server, credential) = furnished(&world);
        let stores = world.resource_server("stores", "https://stores.example.org");
        let short = world.credential_with(json!({
            "name": "short", "validity_days": 30, "token_ttl_seconds": 86_400, "groups": ["builders"],
        }));
        let realm_wide = world.token(&credential);
        let for_builds = world.token_with(&credential, &[("resource", BUILDS)]);
        let whoami = |world: &World, token: &str| {
            world.send(&Request::get(&world.path("/whoami")).bearer(token)).status
        };
        assert_eq!(whoami(&world, &for_builds), 200);

        world.admin("DELETE", &format!("/resource-servers/{}", server.id), None).expect(200);
        assert_eq!(whoami(&world, &for_builds), 401);
        world.send(&world.introspection_request(&server, &realm_wide))
            .expect_oauth_error(401, "invalid_client");
        world.assert_active(&stores, &realm_wide);

        world.revoke(&credential).expect(200);
        world.assert_inactive(&stores, &realm_wide);
        assert_eq!(whoami(&world, &realm_wide), 401);

        world.clock.advance_seconds(days(30) - 60);
        let last = world.token(&short);
        world.clock.advance_seconds(59);
        world.assert_active(&stores, &last);
        world.clock.advance_seconds(1);
        world.assert_inactive(&stores, &last);
    }
}

/// IN-03
#[test]
fn token_from_the_future_is_not_active_yet() {
    let confusion = Confusion::start();
    let iat = confusion.claims["iat"].as_i64().expect("a time");
    let later = |seconds: i64| {
        let claims = confusion.claims_with(json!({"iat": iat + seconds, "exp": iat + seconds + 3_600}));
        confusion.forger.sign_claims(&claims)
    };
    confusion.accepted(&later(60));
    let early = later(61);
    confusion.refused(&early);
    confusion.refused(&confusion.forger.sign_claims(&confusion.claims_with(json!({"nbf": iat + 60}))));
    confusion.world.clock.advance_seconds(1);
    confusion.accepted(&early);
}

/// IN-04
#[test]
fn token_for_another_audience_or_realm_is_inactive() {
    let mut world = World::start(Database::Sqlite);
    let (server, credential) = furnished(&world);
    let stores = world.resource_server("stores", "https://stores.example.org");
    let for_builds = world.token_with(&credential, &[("audience", BUILDS)]);
    world.assert_active(&server, &for_builds);
    world.assert_inactive(&stores, &for_builds);
    // Repeated, after the answer for the other server is cached.
    world.assert_active(&server, &for_builds);
    world.assert_inactive(&stores, &for_builds);
    let realm_wide = world.token(&credential);
    world.assert_active(&server, &realm_wide);
    world.assert_active(&stores, &realm_wide);

    world.owner = world.create_realm("other");
    world.realm = "other".into();
    let foreign = world.resource_server("builds", BUILDS);
    world.assert_inactive(&foreign, &for_builds);
    world.assert_inactive(&foreign, &realm_wide);
    world.send(&world.introspection_request(&server, &realm_wide)).expect_oauth_error(401, "invalid_client");
}

/// IN-05
#[test]
fn only_post_is_answered_and_no_answer_is_stored() {
    let world = World::start(Database::Sqlite);
    let (server, credential) = furnished(&world);
    let token = world.token(&credential);
    for method in ["GET", "PUT", "DELETE", "PATCH"] {
        let path = world.path(&format!("/oauth2/introspect?token={token}"));
        let answer = world.send(&Request::new(method, &path).basic(&server.id, &server.key));
        let answer = answer.expect_oauth_error(405, "invalid_request");
        assert_eq!(answer.header("allow"), Some("POST"));
        assert!(!answer.text().contains(&token));
    }
    let in_address = Request::form(&world.path(&format!("/oauth2/introspect?token={token}")), &[]);
    world.send(&in_address.basic(&server.id, &server.key)).expect_oauth_error(400, "invalid_request");
    let nothing = Request::form(&world.path("/oauth2/introspect"), &[("token", "")]);
    world.send(&nothing.basic(&server.id, &server.key)).expect_oauth_error(400, "invalid_request");
    for token in [token.as_str(), "unknown"] {
        let answer = world.send(&world.introspection_request(&server, token)).expect(200);
        assert_eq!(answer.header("content-type"), Some("application/json"));
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        assert_eq!(answer.header("pragma"), Some("no-cache"));
    }
}

/// IN-06
#[test]
fn wrong_hint_changes_nothing() {
    let world = World::start(Database::Sqlite);
    let (server, credential) = furnished(&world);
    let token = world.token(&credential);
    let plain = world.introspect(&server, &token);
    for hint in ["access_token", "refresh_token", "nothing-known", "é"] {
        let parameters = [("token", token.as_str()), ("token_type_hint", hint)];
        let hinted = Request::form(&world.path("/oauth2/introspect"), &parameters);
        assert_eq!(world.send(&hinted.basic(&server.id, &server.key)).expect(200).json(), plain);
    }
}

/// IN-09
#[test]
fn client_that_gets_tokens_cannot_introspect() {
    let world = World::start(Database::Sqlite);
    let (server, credential) = furnished(&world);
    let other = world.credential("other", &["builders"]);
    let token = world.token(&credential);
    let refusals: Vec<Response> = [&token, &world.token(&other), "unknown"]
        .map(|token| world.send(&world.introspection_request(&other, token)).without_date())
        .into();
    for refusal in &refusals {
        // The state of its own token is not visible to it either.
        assert_eq!(refusal, &refusals[0]);
        refusal.clone().expect_oauth_error(401, "invalid_client");
    }
    world.assert_active(&server, &token);
    // Conversely, a client that introspects gets no tokens.
    world.send(&world.token_request(&server, &[])).expect_oauth_error(400, "unauthorized_client");
}
