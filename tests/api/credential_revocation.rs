//! The main guarantee: when the revocation of a credential answers, every token that it ever got is invalid.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::thread;

use serde_json::{Value, json};

use claviger_testkit::clock::{days, minutes};
use claviger_testkit::http::Request;
use claviger_testkit::on_both_databases;
use claviger_testkit::patience::StopAtEnd;
use claviger_testkit::world::{Client, World};

const BUILDS: &str = "https://builds.example.org";

fn whoami(world: &World, token: &str) -> u16 {
    world.send(&Request::get(&world.path("/whoami")).bearer(token)).status
}

fn shown(world: &World, credential: &Client) -> Value {
    world.admin("GET", &format!("/service-credentials/{}", credential.id), None).expect(200).json()
}

fn revocations(world: &World) -> Vec<Value> {
    let listed = world.admin("GET", "/audit-events?limit=200", None).expect(200).json();
    let items = listed["items"].as_array().expect("items");
    items.iter().filter(|event| event["action"] == "service_credential.revoke").cloned().collect()
}

fn revoke_as(world: &World, credential: &Client, body: Value) -> claviger_testkit::http::Response {
    world.admin("POST", &format!("/service-credentials/{}/revoke", credential.id), Some(body))
}

on_both_databases! {
    /// S52, S55, S56, S57
    fn hundred_tokens_of_any_age_are_invalid_when_revoke_answers(world: World) {
        world.group("builders", &["ci:read"]);
        let asks = world.resource_server("builds", BUILDS);
        let credential = world.credential_with(json!({"token_ttl_seconds": 86_400, "groups": ["builders"]}));
        let other = world.credential_with(json!({
            "name": "other", "token_ttl_seconds": 86_400, "groups": ["builders"],
        }));
        let untouched = world.token(&other);
        let tokens: Vec<String> = (0..100)
            .map(|index| {
                world.clock.advance_seconds(minutes(1));
                let audience = [("resource", BUILDS)];
                world.token_with(&credential, &audience[..index % 2])
            })
            .collect();
        for token in &tokens {
            world.assert_active(&asks, token);
            assert_eq!(whoami(&world, token), 200);
        }
        let heard_at = world.node().state.issuer.now().to_string();
        world.clock.advance_seconds(minutes(1));
        world.resource_server("silent", "https://silent.example.org");

        let answer = world.revoke(&credential).expect(200);
        for token in &tokens {
            world.assert_inactive(&asks, token);
            assert_eq!(whoami(&world, token), 401);
        }
        world.send(&world.token_request(&credential, &[])).expect_oauth_error(401, "invalid_client");
        world.assert_active(&asks, &untouched);
        world.token(&other);

        assert_eq!(answer.header("cache-control"), Some("no-store"));
        let position = revocations(&world)[0]["position"].clone();
        assert_eq!(answer.header("claviger-position"), Some(position.to_string().as_str()));
        assert_eq!(answer.json(), json!({
            "position": position, "waited_for": "nodes", "outcome": "confirmed", "took_ms": 0,
            "durability": "single",
            "confirmed": {"nodes": ["node-1"], "verifiers": []},
            "confirmed_after_ms": {"node-1": 0},
            "unconfirmed": {"nodes": [], "verifiers": []},
            "audiences": [
                {"audience": BUILDS, "tier": "T0", "last_heard_at": heard_at},
                {"audience": "https://silent.example.org", "tier": "T3", "last_heard_at": null},
            ],
            "audiences_complete": true,
        }));

        world.restart();
        for token in &tokens {
            world.assert_inactive(&asks, token);
        }
        world.assert_active(&asks, &untouched);
    }

    /// S52: what the receipt says about the audiences.
    fn audience_tier_depends_on_its_last_introspection(world: World) {
        let server = world.resource_server("builds", BUILDS);
        let credentials: Vec<Client> =
            ["a", "b", "c", "d"].map(|name| world.credential(name, &[])).into();
        let audience = |world: &World, index: usize| {
            world.revoke(&credentials[index]).expect(200).json()["audiences"].clone()
        };
        let never = json!([{"audience": BUILDS, "tier": "T3", "last_heard_at": null}]);
        assert_eq!(audience(&world, 0), never);
        world.assert_inactive(&server, "unknown");
        let heard = |tier: &str| {
            json!([{"audience": BUILDS, "tier": tier, "last_heard_at": "2027-01-31T12:00:00Z"}])
        };
        assert_eq!(audience(&world, 1), heard("T0"));
        world.clock.advance_seconds(days(1) - 1);
        assert_eq!(audience(&world, 2), heard("T0"));
        world.clock.advance_seconds(1);
        assert_eq!(audience(&world, 3), heard("T3"));
        // The same revocation, repeated after the resource server has introspected again.
        world.assert_inactive(&server, "unknown");
        let again = audience(&world, 3);
        assert_eq!(again[0]["tier"], "T0");
        assert_eq!(again[0]["last_heard_at"], "2027-02-01T12:00:00Z");
    }

    /// S53
    fn tokens_issued_during_the_revocation_are_invalid(world: World) {
        world.group("builders", &["ci:read"]);
        let server = world.resource_server("builds", BUILDS);
        let credential = world.credential("nightly", &["builders"]);
        let request = &world.token_request(&credential, &[]);
        let (world, over) = (&world, &AtomicBool::new(false));
        let (minted, minting) = mpsc::channel();
        let tokens: Vec<String> = thread::scope(|scope| {
            for _ in 0..4 {
                let minted = minted.clone();
                scope.spawn(move || loop {
                    let late = over.load(Ordering::SeqCst);
                    let answer = world.send(request);
                    if answer.status != 200 {
                        answer.expect_oauth_error(401, "invalid_client");
                        break;
                    }
                    assert!(!late, "a token was issued after the revocation had answered");
                    let token = answer.json()["access_token"].as_str().expect("a token").to_owned();
                    minted.send(token).expect("somebody listens");
                });
            }
            drop(minted);
            let _stop = StopAtEnd(over);
            // By now all four threads are issuing tokens.
            let mut tokens: Vec<String> = minting.iter().take(40).collect();
            let answer = world.revoke(&credential);
            over.store(true, Ordering::SeqCst);
            answer.expect(200);
            for token in &tokens {
                world.assert_inactive(&server, token);
            }
            tokens.extend(minting.iter());
            tokens
        });
        for token in &tokens {
            world.assert_inactive(&server, token);
        }
        for token in &tokens[tokens.len() - 40..] {
            assert_eq!(whoami(world, token), 401);
        }
        world.send(request).expect_oauth_error(401, "invalid_client");
    }

    /// S60
    fn only_the_exact_name_revokes(world: World) {
        world.group("builders", &["ci:read"]);
        let server = world.resource_server("builds", BUILDS);
        let credential = world.credential("Nightly Build", &["builders"]);
        let namesake = world.credential("nightly build", &["builders"]);
        let token = world.token(&credential);
        let wrong = [
            "nightly build", "Nightly  Build", " Nightly Build", "Nightly Build ", "Nightly", "", "*",
            credential.id.as_str(),
        ];
        for name in wrong {
            let refused = revoke_as(&world, &credential, json!({"name": name}));
            let refused = refused.expect_problem(422, "invalid");
            assert_eq!(refused.json()["errors"][0]["field"], "name");
        }
        let bodies = [
            json!({}), json!({"name": null}), json!({"name": ["Nightly Build"]}), json!({"force": true}),
            json!({"name": "Nightly Build", "force": true}),
        ];
        for body in bodies {
            revoke_as(&world, &credential, body).expect_problem(422, "invalid");
        }
        world.admin("POST", &format!("/service-credentials/{}/revoke", credential.id), None)
            .expect_problem(415, "unsupported-media-type");
        world.assert_active(&server, &token);
        assert_eq!(revocations(&world).len(), 0);

        let of_namesake = world.token(&namesake);
        world.revoke(&credential).expect(200);
        world.assert_inactive(&server, &token);
        world.assert_active(&server, &of_namesake);
    }

    /// S61
    fn revoked_credential_is_shown_as_revoked_permanently(world: World) {
        world.group("builders", &["ci:read"]);
        let credential = world.credential("nightly", &["builders"]);
        let owner = shown(&world, &credential)["created_by"].clone();
        assert_eq!(owner["name"], "holder@acme.example");
        world.clock.advance_seconds(minutes(5));
        let first = world.revoke(&credential).expect(200).json();
        let revoked = shown(&world, &credential);
        let expected = json!({
            "status": "revoked", "revoked_at": "2027-01-31T12:05:00Z", "revoked_by": owner, "name": "nightly",
        });
        let says = |shown: &Value| {
            let parts = expected.as_object().expect("an object");
            parts.iter().all(|(name, value)| shown[name] == *value)
        };
        assert!(says(&revoked), "{revoked}");
        let listed = world.admin("GET", "/service-credentials", None).expect(200).json();
        let mut in_list = revoked.clone();
        // Observed, in no answer but that of the one credential.
        in_list.as_object_mut().expect("an object").remove("audiences_until_expiry");
        assert_eq!(listed["items"], json!([in_list]));

        for _ in 0..2 {
            world.clock.advance_seconds(minutes(5));
            let again = world.revoke(&credential).expect(200).json();
            assert_eq!(again, first);
            assert_eq!(revocations(&world).len(), 1);
            assert_eq!(shown(&world, &credential), revoked);
            let path = format!("/service-credentials/{}", credential.id);
            let edit = json!({"groups": ["builders"], "resources": []});
            world.admin("PATCH", &path, Some(edit)).expect_problem(409, "conflict");
            let revive = json!({"status": "active", "revoked_at": null});
            world.admin("PATCH", &path, Some(revive)).expect_problem(422, "immutable-field");
            for verb in ["unrevoke", "restore", "activate", "enable"] {
                let answer = world.admin("POST", &format!("{path}/{verb}"), Some(json!({"name": "nightly"})));
                answer.expect(404);
            }
            assert_eq!(world.admin("DELETE", &path, None).expect(405).header("allow"), Some("GET, PATCH"));
            world.restart();
        }
        assert_eq!(shown(&world, &credential), revoked);
    }

    /// S62
    fn name_is_free_again_and_the_client_id_is_not_reused(world: World) {
        world.group("builders", &["ci:read"]);
        let server = world.resource_server("builds", BUILDS);
        let old = world.credential("nightly", &["builders"]);
        let old_token = world.token(&old);
        let body = json!({"name": "nightly", "validity_days": 90, "token_ttl_seconds": 3_600});
        world.admin("POST", "/service-credentials", Some(body.clone())).expect_problem(409, "conflict");
        world.revoke(&old).expect(200);
        let new = world.credential("nightly", &["builders"]);
        assert_ne!(new.id, old.id);
        let new_token = world.token(&new);
        world.assert_active(&server, &new_token);
        world.assert_inactive(&server, &old_token);
        world.send(&world.token_request(&old, &[])).expect_oauth_error(401, "invalid_client");

        world.restart();
        world.assert_active(&server, &new_token);
        world.assert_inactive(&server, &old_token);
        world.admin("POST", "/service-credentials", Some(body)).expect_problem(409, "conflict");
        // The name now belongs to the new one. The old one can still be revoked by it, and the new one stays active.
        world.revoke(&old).expect(200);
        world.assert_active(&server, &new_token);
        world.revoke(&new).expect(200);
        world.assert_inactive(&server, &new_token);
        let statuses = [&old, &new].map(|credential| shown(&world, credential)["status"].clone());
        assert_eq!(statuses, ["revoked", "revoked"]);
        // The name is free again, even for a server that has loaded both from the database.
        world.restart();
        let third = world.credential("nightly", &["builders"]);
        assert!(![old.id, new.id].contains(&third.id));
    }
}
