//! Bearer tokens at the administration API (RFC 6750): the form of each refusal.

use std::time::Duration;

use serde_json::{Value, json};

use crate::answers::{assert_shape, text};
use crate::tables::Tables;
use claviger_testkit::clock::days;
use claviger_testkit::http::{Request, Response};
use claviger_testkit::jwt;
use claviger_testkit::on_both_databases;
use claviger_testkit::world::World;

const GROUPS: &str = "/api/v1/realms/acme/groups";

const ROUTES: [(&str, &str); 33] = [
    ("GET", ""),
    ("PATCH", ""),
    ("GET", "/service-credentials"),
    ("POST", "/service-credentials"),
    ("GET", "/service-credentials/{id}"),
    ("PATCH", "/service-credentials/{id}"),
    ("POST", "/service-credentials/{id}/revoke"),
    ("GET", "/groups"),
    ("POST", "/groups"),
    ("GET", "/groups/g"),
    ("PATCH", "/groups/g"),
    ("DELETE", "/groups/g"),
    ("GET", "/resources"),
    ("POST", "/resources"),
    ("GET", "/resources/t/n"),
    ("PATCH", "/resources/t/n"),
    ("DELETE", "/resources/t/n"),
    ("GET", "/scopes"),
    ("POST", "/scopes"),
    ("GET", "/scopes/s"),
    ("PATCH", "/scopes/s"),
    ("DELETE", "/scopes/s"),
    ("GET", "/members"),
    ("POST", "/members"),
    ("GET", "/members/{id}"),
    ("PATCH", "/members/{id}"),
    ("POST", "/members/{id}/disable"),
    ("GET", "/personal-access-tokens"),
    ("POST", "/personal-access-tokens"),
    ("POST", "/personal-access-tokens/{id}/revoke"),
    ("GET", "/resource-servers"),
    ("DELETE", "/resource-servers/{id}"),
    ("GET", "/audit-events"),
];

fn path(rest: &str) -> String {
    format!("/api/v1/realms/acme{}", rest.replace("{id}", "01890000-0000-7000-8000-000000000000"))
}

#[track_caller]
fn assert_challenge(answer: &Response, status: u16, parameters: &str) {
    assert_eq!(answer.status, status, "{}", answer.text());
    let expected = format!("Bearer realm=\"acme\"{parameters}");
    assert_eq!(answer.header("www-authenticate"), Some(&*expected));
    assert_eq!(answer.header("content-type"), Some("application/problem+json"));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
}

on_both_databases! {
    // BU-01
    fn missing_credentials_are_challenged_without_an_error(world: World) {
        let before = Tables::of(&world).dump();
        for (method, route) in ROUTES {
            let request = Request::json(method, &path(route), &json!({}));
            assert_challenge(&world.send(&request), 401, "");
            world.send(&request).expect_problem(401, "not-signed-in");
        }
        assert_eq!(Tables::of(&world).dump(), before);
        assert_shape("problem_not_signed_in", &world.send(&Request::get(GROUPS)).json());
    }

    // BU-02
    fn invalid_expired_revoked_and_foreign_tokens_are_refused(world: World) {
        let credential = world.credential("nightly", &[]);
        let access_token = world.token(&credential);
        let elsewhere = world.create_realm("globex");
        let make = |expires_at: &str| {
            let body = json!({"expires_at": expires_at, "scopes": ["admin:read-update"]});
            world.admin("POST", "/personal-access-tokens", Some(body)).expect(201).json()
        };
        let expired = make("2027-01-31T12:00:01Z");
        let revoked = make("2028-01-01T00:00:00Z");
        world
            .admin("POST", &format!("/personal-access-tokens/{}/revoke", text(&revoked["id"])), None)
            .expect(200);
        world.clock.advance_seconds(1);
        let owner = &world.owner;
        let tokens = [
            text(&expired["token"]),
            text(&revoked["token"]),
            elsewhere,
            credential.key.clone(),
            credential.id.clone(),
            owner[..owner.len() - 1].to_owned(),
            format!("{owner}A"),
            owner.to_uppercase(),
            owner.replace("clvp_", "clvk_"),
            "garbled".into(),
            "...".into(),
            "a.b.c".into(),
            access_token[1..].to_owned(),
            jwt::with_parts(&access_token, Some(r#"{"alg":"none","typ":"at+jwt"}"#), None),
        ];
        let before = Tables::of(&world).dump();
        for token in &tokens {
            let answer = world.send(&Request::get(GROUPS).bearer(token));
            assert_challenge(&answer, 401, ", error=\"invalid_token\"");
            answer.expect_problem(401, "invalid-token");
        }
        for (method, route) in ROUTES {
            let answer = world.send(&Request::json(method, &path(route), &json!({})).bearer(&tokens[2]));
            assert_challenge(&answer, 401, ", error=\"invalid_token\"");
        }
        assert_eq!(Tables::of(&world).dump(), before);
        world.clock.advance_seconds(days(1));
        let answer = world.send(&Request::get(GROUPS).bearer(&access_token));
        assert_challenge(&answer, 401, ", error=\"invalid_token\"");
    }

    fn unknown_realm_answers_like_an_invalid_token(world: World) {
        for realm in ["nowhere", "ACME", "acme.", "api", "%61cme%00", "a%20b"] {
            let answer =
                world.send(&Request::get(&format!("/api/v1/realms/{realm}/groups")).bearer(&world.owner));
            answer.expect_problem(401, "invalid-token");
        }
    }

    // BU-03
    fn insufficient_scope_names_the_required_scope(world: World) {
        let body = json!({"expires_at": "2028-01-01T00:00:00Z", "scopes": ["admin:read"]});
        let reading =
            text(&world.admin("POST", "/personal-access-tokens", Some(body)).expect(201).json()["token"]);
        let before = Tables::of(&world).dump();
        let credential = json!({"name": "n", "validity_days": 30, "token_ttl_seconds": 900});
        let member = json!({"email": "a@acme.example", "name": "A", "roles": []});
        for (method, route, body) in [
            ("POST", "/groups", json!({"name": "g"})),
            ("POST", "/service-credentials", credential),
            ("POST", "/members", member),
            ("DELETE", "/groups/g", Value::Null),
            ("PATCH", "", json!({"display_name": "x"})),
            ("POST", "/service-credentials/{id}/revoke", json!({"name": "n"})),
            ("POST", "/members/{id}/disable", Value::Null),
        ] {
            let answer = world.send(&Request::json(method, &path(route), &body).bearer(&reading));
            assert_challenge(&answer, 403, ", error=\"insufficient_scope\", scope=\"admin:read-update\"");
            answer.expect_problem(403, "forbidden");
        }
        assert_eq!(Tables::of(&world).dump(), before);
    }

    // BU-04, BU-08
    fn malformed_or_repeated_authorization_is_an_invalid_request(world: World) {
        let token = &world.owner;
        let malformed = [
            token.clone(),
            "Bearer".into(),
            "Bearer ".into(),
            format!("Bearer {token} {token}"),
            format!("Bearer {token},"),
            format!("Bearer \"{token}\""),
            format!("Bearer={token}"),
            format!("Bearer\t{token}"),
            "Bearer ü".into(),
            format!("Bearer token=\"{token}\""),
        ];
        let requests = malformed.iter().map(|value| Request::get(GROUPS).header("Authorization", value));
        let doubled = [
            Request::get(GROUPS).bearer(token).bearer(token),
            Request::get(GROUPS).bearer(token).basic("a", "b"),
            Request::get(GROUPS).basic("a", "b").bearer(token),
            Request::get(&format!("{GROUPS}?access_token={token}")).bearer(token),
        ];
        for request in requests.chain(doubled) {
            let answer = world.send(&request);
            assert_challenge(&answer, 400, ", error=\"invalid_request\"");
        }
    }

    // BU-05
    fn token_in_query_or_cookie_is_ignored(world: World) {
        let in_query = Request::get(&format!("{GROUPS}?access_token={}", world.owner));
        assert_challenge(&world.send(&in_query), 401, "");
        let in_cookie = Request::get(GROUPS).header("Cookie", &format!("access_token={}", world.owner));
        assert_challenge(&world.send(&in_cookie), 401, "");
    }

    // BU-01
    fn credentials_of_another_scheme_are_not_a_bearer_token(world: World) {
        for value in [
            format!("Token {}", world.owner),
            "Negotiate abc".into(),
            format!("clvp {}", world.owner),
        ] {
            assert_challenge(&world.send(&Request::get(GROUPS).header("Authorization", &value)), 401, "");
        }
    }

    // BU-06
    fn scheme_is_case_insensitive(world: World) {
        for scheme in ["bearer", "BEARER", "BeArEr"] {
            let value = format!("{scheme} {}", world.owner);
            world.send(&Request::get(GROUPS).header("authorization", &value)).expect(200);
        }
    }

    // BU-07
    fn every_answer_forbids_caching(world: World) {
        for (method, route) in ROUTES {
            let answer =
                world.send(&Request::json(method, &path(route), &json!({"unknown": 1})).bearer(&world.owner));
            assert_eq!(
                answer.header("cache-control"),
                Some("no-store"),
                "{method} {route} {}",
                answer.status
            );
        }
    }

    fn invalid_tokens_are_rate_limited_and_valid_ones_are_not(world: World) {
        let wrong = Request::get(GROUPS).bearer("clvp_wrong");
        for _ in 0..300 {
            world.send(&wrong).expect(401);
        }
        let slowed = world.send(&wrong).expect_problem(429, "too-many-failures");
        let seconds: u64 = slowed.header("retry-after").expect("a time to wait").parse().expect("seconds");
        assert!((1..=60).contains(&seconds));
        world.send(&Request::get(GROUPS).bearer(&world.owner)).expect(200);
        world.clock.advance_boot(Duration::from_secs(seconds));
        world.send(&wrong).expect_problem(401, "invalid-token");
    }
}
