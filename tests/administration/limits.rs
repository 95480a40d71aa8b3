//! Limits: the limit itself is allowed, one more is refused with the setting's name, and ended objects free places.

use claviger_domain::Bound;
use serde_json::{Value, json};

use crate::answers::{items, text};
use claviger_testkit::clock::minutes;
use claviger_testkit::http::{Request, Response};
use claviger_testkit::on_both_databases;
use claviger_testkit::world::{Client, World};

/// A kind of object with a limit.
struct Noun {
    bound: Bound,
    /// How many of them already count.
    there: fn(&World) -> usize,
    make: fn(&World, usize) -> Response,
    /// Ends the object of the answer; `None` if objects of this kind never end.
    end: Option<fn(&World, &Value)>,
}

const UNTIL: &str = "2099-01-01T00:00:00Z";

fn listed(world: &World, path: &str) -> usize {
    items(&world.admin("GET", &format!("{path}?limit=200"), None)).len()
}

fn active(world: &World, path: &str) -> usize {
    let listed = items(&world.admin("GET", &format!("{path}?limit=200&status=active"), None));
    listed.len()
}

fn token(world: &World, path: &str) -> Response {
    world.admin("POST", path, Some(json!({"expires_at": UNTIL, "scopes": ["ci:read"]})))
}

fn application(world: &World, index: usize) -> Response {
    let body = json!({"name": format!("app-{index}"), "scopes": ["ci:read"]});
    world.admin("POST", "/application-credentials", Some(body))
}

fn revoked(world: &World, path: &str, made: &Value) {
    world.admin("POST", &format!("{path}/{}/revoke", text(&made["id"])), None).expect(200);
}

fn deleted(world: &World, path: &str) {
    world.admin("DELETE", path, None).expect(200);
}

const NOUNS: [Noun; 12] = [
    Noun {
        bound: Bound::ApiTokensPerMember,
        there: |world| active(world, "/api-tokens"),
        make: |world, _| token(world, "/api-tokens"),
        end: Some(|world, made| revoked(world, "/api-tokens", made)),
    },
    Noun {
        bound: Bound::PersonalAccessTokensPerMember,
        there: |world| active(world, "/personal-access-tokens"),
        make: |world, _| token(world, "/personal-access-tokens"),
        end: Some(|world, made| revoked(world, "/personal-access-tokens", made)),
    },
    Noun {
        bound: Bound::MemberTokensPerRealm,
        there: |world| active(world, "/api-tokens") + active(world, "/personal-access-tokens"),
        make: |world, _| token(world, "/api-tokens"),
        end: Some(|world, made| revoked(world, "/api-tokens", made)),
    },
    Noun {
        bound: Bound::ApplicationCredentialsPerMember,
        there: |world| active(world, "/application-credentials"),
        make: application,
        end: Some(|world, made| revoked(world, "/application-credentials", made)),
    },
    Noun {
        bound: Bound::ApplicationCredentialsPerRealm,
        there: |world| active(world, "/application-credentials"),
        make: |world, index| application(world, index + 100),
        end: Some(|world, made| revoked(world, "/application-credentials", made)),
    },
    Noun {
        bound: Bound::ServiceCredentialsPerRealm,
        there: |world| active(world, "/service-credentials"),
        make: |world, index| {
            let name = format!("credential-{index}");
            let body = json!({"name": name, "validity_days": 90, "token_ttl_seconds": 900});
            world.admin("POST", "/service-credentials", Some(body))
        },
        end: Some(|world, made| {
            let path = format!("/service-credentials/{}/revoke", text(&made["id"]));
            world.admin("POST", &path, Some(json!({"name": made["name"]}))).expect(200);
        }),
    },
    Noun {
        bound: Bound::MembersPerRealm,
        there: |world| listed(world, "/members"),
        make: |world, index| {
            let email = format!("m{index}@acme.example");
            world.admin("POST", "/members", Some(json!({"email": email, "name": "M", "roles": ["member"]})))
        },
        end: None,
    },
    Noun {
        bound: Bound::GroupsPerRealm,
        there: |world| listed(world, "/groups"),
        make: |world, index| world.admin("POST", "/groups", Some(json!({"name": format!("g{index}")}))),
        end: Some(|world, made| deleted(world, &format!("/groups/{}", text(&made["name"])))),
    },
    Noun {
        bound: Bound::ResourcesPerRealm,
        there: |world| listed(world, "/resources"),
        make: |world, index| {
            let body = json!({"type": "t", "name": format!("r{index}"), "actions": ["read"]});
            world.admin("POST", "/resources", Some(body))
        },
        end: Some(|world, made| deleted(world, &format!("/resources/t/{}", text(&made["name"])))),
    },
    Noun {
        bound: Bound::ScopesPerRealm,
        there: |world| listed(world, "/scopes"),
        make: |world, index| world.admin("POST", "/scopes", Some(json!({"scope": format!("word{index}")}))),
        end: Some(|world, made| deleted(world, &format!("/scopes/{}", text(&made["scope"])))),
    },
    Noun {
        bound: Bound::ResourceServersPerRealm,
        there: |world| listed(world, "/resource-servers"),
        make: |world, index| {
            let body = json!({"name": format!("s{index}"), "audience": format!("urn:example:{index}")});
            world.admin("POST", "/resource-servers", Some(body))
        },
        end: Some(|world, made| deleted(world, &format!("/resource-servers/{}", text(&made["id"])))),
    },
    Noun {
        bound: Bound::SigningKeysPerRealm,
        there: |world| listed(world, "/signing-keys"),
        make: |world, _| {
            // The next key must be published for long enough before it signs.
            world.clock.advance_seconds(minutes(10));
            world.admin("POST", "/signing-keys/rotate", Some(json!({})))
        },
        end: Some(|world, _| {
            let listed = items(&world.admin("GET", "/signing-keys", None));
            let retired = listed.iter().find(|key| key["status"] == "retired").expect("a retired key");
            world
                .admin("POST", &format!("/signing-keys/{}/withdraw", text(&retired["kid"])), None)
                .expect(200);
        }),
    },
];

/// Revokes a single token of the client.
fn revoke_one(world: &World, client: &Client) -> Response {
    let token = world.token(client);
    let revoke = Request::form(&world.path("/oauth2/revoke"), &[("token", &*token)]);
    world.send(&revoke.basic(&client.id, &client.key))
}

fn limit(world: &mut World, bound: Bound, limit: usize) {
    world.limits.set(bound, u32::try_from(limit).expect("a small number"));
    world.restart();
}

on_both_databases! {
    fn exceeding_a_limit_is_refused_by_name_until_an_object_ends(world: World) {
        world.scopes(&["ci:read"]);
        for noun in NOUNS {
            let setting = noun.bound.setting();
            let most = (noun.there)(&world) + 2;
            limit(&mut world, noun.bound, most);
            let made: Vec<Value> = (0..2).map(|index| (noun.make)(&world, index)).map(|answer| {
                assert!(matches!(answer.status, 200 | 201), "{setting}: {}", answer.text());
                answer.json()
            }).collect();
            for _ in 0..2 {
                let refused = (noun.make)(&world, 2).expect_problem(422, "limit-reached").json();
                let detail = text(&refused["detail"]);
                assert!(detail.starts_with(&format!("{setting}: ")) && detail.contains(&most.to_string()), "{detail}");
            }
            if let Some(end) = noun.end {
                let mut last = made[1].clone();
                // Ended objects do not count, however many there are.
                for round in 0..3 {
                    end(&world, &last);
                    let again = (noun.make)(&world, 3 + round);
                    assert!(matches!(again.status, 200 | 201), "{setting}: {}", again.text());
                    last = again.json();
                    (noun.make)(&world, 9).expect_problem(422, "limit-reached");
                }
            }
            world.limits.set(noun.bound, noun.bound.default());
        }
    }

    fn single_revocations_are_limited_per_client_and_per_realm(world: World) {
        let (one, other) = (world.credential("one", &[]), world.credential("other", &[]));
        limit(&mut world, Bound::TokenRevocationsPerClient, 2);
        for _ in 0..2 {
            revoke_one(&world, &one).expect(200);
        }
        let refused = revoke_one(&world, &one).expect_oauth_error(429, "invalid_request");
        assert!(refused.header("retry-after").is_some());
        let said = text(&refused.json()["error_description"]);
        assert!(said.starts_with("max_token_revocations_per_client: "), "{said}");
        assert!(said.contains("revoke the credential instead"), "{said}");
        // Other clients are not affected.
        revoke_one(&world, &other).expect(200);
        world.clock.advance_seconds(3_601);
        for _ in 0..2 {
            revoke_one(&world, &one).expect(200);
        }
        revoke_one(&world, &one).expect_oauth_error(429, "invalid_request");
        world.limits.set(Bound::TokenRevocationsPerClient, 100);
        limit(&mut world, Bound::TokenRevocationsPerRealm, 3);
        revoke_one(&world, &other).expect(200);
        let refused = revoke_one(&world, &one).expect_oauth_error(429, "invalid_request");
        assert!(text(&refused.json()["error_description"]).starts_with("max_token_revocations_per_realm: "));
        // A revoked token gets its earlier answer again.
        world.clock.advance_seconds(3_601);
        let token = world.token(&one);
        let again = Request::form(&world.path("/oauth2/revoke"), &[("token", &*token)]).basic(&one.id, &one.key);
        let first = world.send(&again).expect(200).json();
        revoke_one(&world, &other).expect(200);
        revoke_one(&world, &other).expect(200);
        revoke_one(&world, &other).expect_oauth_error(429, "invalid_request");
        assert_eq!(world.send(&again).expect(200).json()["position"], first["position"]);
        // Revoking the whole credential is always possible.
        world.revoke(&other).expect(200);
    }

    fn lists_of_a_request_are_limited_and_may_always_shrink(world: World) {
        world.group("a", &["ci:read", "ci:write"]).group("b", &[]).resource("t/r", &["read", "write"]).resource("t/s", &["read"]);
        let grants = json!([{"resource": "t/r", "actions": ["read"]}, {"resource": "t/s", "actions": ["read"]}]);
        let big = world.credential_with(json!({"name": "big", "groups": ["a", "b"], "resources": grants}));
        for bound in [Bound::GroupsPerCredential, Bound::GrantsPerHolder, Bound::ActionsPerResource, Bound::ScopesPerHolder] {
            world.limits.set(bound, 1);
        }
        world.restart();
        let new = |parts: Value| {
            let mut body = json!({"name": "n", "validity_days": 90, "token_ttl_seconds": 900});
            body.as_object_mut().expect("an object").extend(parts.as_object().expect("an object").clone());
            body
        };
        let scopes = json!(["ci:read", "ci:write"]);
        for (method, path, body, field, setting) in [
            ("POST", "/service-credentials", new(json!({"groups": ["a", "b"]})), "groups", "max_groups_per_credential"),
            ("POST", "/service-credentials", new(json!({"resources": grants})), "resources", "max_resources_per_holder"),
            ("POST", "/groups", json!({"name": "c", "scopes": scopes}), "scopes", "max_scopes_per_holder"),
            ("POST", "/groups", json!({"name": "c", "resources": grants}), "resources", "max_resources_per_holder"),
            ("PATCH", "/groups/b", json!({"scopes": scopes}), "scopes", "max_scopes_per_holder"),
            ("POST", "/resources", json!({"type": "t", "name": "n", "actions": ["a", "b"]}), "actions", "max_actions_per_resource"),
            ("PATCH", "/resources/t/s", json!({"actions": ["read", "b"]}), "actions", "max_actions_per_resource"),
            ("POST", "/api-tokens", json!({"expires_at": UNTIL, "scopes": scopes}), "scopes", "max_scopes_per_holder"),
            ("POST", "/personal-access-tokens", json!({"expires_at": UNTIL, "scopes": scopes}), "scopes", "max_scopes_per_holder"),
            ("POST", "/application-credentials", json!({"name": "n", "scopes": scopes}), "scopes", "max_scopes_per_holder"),
            ("POST", "/members", json!({"email": "m@acme.example", "name": "M", "roles": [], "groups": ["a", "b"]}), "groups", "max_groups_per_credential"),
        ] {
            let refused = world.admin(method, path, Some(body)).expect_problem(422, "invalid").json();
            assert_eq!(refused["errors"][0]["field"], field, "{method} {path}: {refused}");
            let detail = text(&refused["errors"][0]["detail"]);
            assert!(detail.starts_with(&format!("{setting}: ")), "{method} {path}: {detail}");
        }
        // Lists from before the limit remain. They may shrink, and other fields may be edited.
        let own = format!("/service-credentials/{}", big.id);
        world.admin("PATCH", &own, Some(json!({"groups": ["b", "a"]}))).expect(200);
        world.admin("PATCH", &own, Some(json!({"groups": ["a"]}))).expect(200);
        world.admin("PATCH", &own, Some(json!({"groups": ["a", "b"]}))).expect_problem(422, "invalid");
        world.admin("PATCH", "/groups/a", Some(json!({"description": "d"}))).expect(200);
        world.admin("PATCH", "/resources/t/r", Some(json!({"description": "d"}))).expect(200);
        world.admin("PATCH", "/resources/t/r", Some(json!({"actions": ["read"]}))).expect(200);
        let services: Vec<String> = (0..101).map(|index| format!("s{index}.example")).collect();
        world.admin("PATCH", "", Some(json!({"registry_services": services}))).expect_problem(422, "invalid");
        world.admin("PATCH", "", Some(json!({"registry_services": services[..100]}))).expect(200);
    }
}
