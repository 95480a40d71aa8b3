//! The life cycle of a service credential in the brief: S1, S8, S9, S10, S13, S29, S34, S37, S63, T-08.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use crate::answers::{fields_at_fault, items, text};
use claviger_testkit::http::{Request, send_raw};
use claviger_testkit::on_both_databases;
use claviger_testkit::patience::{StopAtEnd, until};
use claviger_testkit::world::{Client, World};

const PATH: &str = "/service-credentials";
const BUILDS: &str = "https://builds.example.org";

fn new(name: &str) -> Value {
    json!({"name": name, "validity_days": 90, "token_ttl_seconds": 3600})
}

fn create(world: &World, body: Value) -> Client {
    let made = world.admin("POST", PATH, Some(body)).expect(201).json();
    Client { id: text(&made["client_id"]), key: text(&made["client_key"]), name: text(&made["name"]) }
}

fn events(world: &World) -> Vec<Value> {
    items(&world.admin("GET", "/audit-events?limit=200", None).expect(200))
}

on_both_databases! {
    // S1
    fn credential_is_generated_edited_and_revoked_end_to_end(world: World) {
        world.group("builders", &["ci:read"]).group("readers", &["source:read"]);
        let server = world.resource_server("builds", BUILDS);
        let credential = create(&world, json!({
            "name": "nightly", "validity_days": 90, "token_ttl_seconds": 3600, "groups": ["builders"],
        }));
        let first = world.token(&credential);
        assert_eq!(world.introspect(&server, &first)["scope"], "ci:read");
        let own = format!("{PATH}/{}", credential.id);
        world.admin("PATCH", &own, Some(json!({"groups": ["readers"]}))).expect(200);
        world.assert_inactive(&server, &first);
        let second = world.token(&credential);
        assert_eq!(world.introspect(&server, &second)["scope"], "source:read");
        world.revoke(&credential).expect(200);
        world.assert_inactive(&server, &second);
        world.send(&world.token_request(&credential, &[])).expect_oauth_error(401, "invalid_client");
    }

    // S8
    fn studio_group_limits_its_credential_and_names_the_responsible(world: World) {
        world.scopes(&["studio:create", "studio:manage", "studio:delete", "source:read"]);
        let group = json!({
            "name": "Tech Products", "scopes": ["studio:create", "studio:manage"], "responsible": "Platform team, Ana",
        });
        world.admin("POST", "/groups", Some(group)).expect(201);
        world.group("quiet", &[]);
        let credential = create(&world, json!({
            "name": "studios", "validity_days": 90, "token_ttl_seconds": 3600, "groups": ["Tech Products", "quiet"],
        }));
        let shown = world.admin("GET", &format!("{PATH}/{}", credential.id), None).expect(200).json();
        assert_eq!(shown["responsible"], json!([{"group": "Tech Products", "responsible": "Platform team, Ana"}]));
        let token = world.token(&credential);
        let asks = |scope: &str| {
            let path = format!("/whoami?scope={}", scope.replace(':', "%3A"));
            world.send(&Request::get(&world.path(&path)).bearer(&token)).status
        };
        for granted in ["studio:create", "studio:manage"] {
            assert_eq!(asks(granted), 200, "{granted}");
            world.token_with(&credential, &[("scope", granted)]);
        }
        for other in ["studio:delete", "studio:read", "source:read", "studio:create source:read"] {
            assert_eq!(asks(&other.replace(' ', "%20")), 403, "{other}");
            world.send(&world.token_request(&credential, &[("scope", other)])).expect_oauth_error(400, "invalid_scope");
        }
        // The text is the group's current one, not the one at the credential's creation.
        world.admin("PATCH", "/groups/Tech%20Products", Some(json!({"responsible": "Rui"}))).expect(200);
        let listed = items(&world.admin("GET", PATH, None).expect(200));
        assert_eq!(listed[0]["responsible"], json!([{"group": "Tech Products", "responsible": "Rui"}]));
    }

    // S9
    fn personal_access_token_has_no_groups_and_a_credential_has(world: World) {
        world.group("builders", &["ci:read"]);
        let token = json!({"expires_at": "2028-01-01T00:00:00Z", "scopes": ["ci:read"]});
        for member in ["groups", "resources"] {
            let mut with_groups = token.clone();
            with_groups[member] = json!(["builders"]);
            let refused = world.admin("POST", "/personal-access-tokens", Some(with_groups));
            assert_eq!(fields_at_fault(&refused.expect_problem(422, "invalid").json()), [member]);
        }
        world.admin("POST", "/personal-access-tokens", Some(token)).expect(201);
        let mut credential = new("nightly");
        credential["groups"] = json!(["builders"]);
        create(&world, credential);
    }

    // S10
    fn personal_access_token_never_exceeds_its_member(world: World) {
        world.group("builders", &["ci:read", "source:read"]);
        let server = world.resource_server("builds", BUILDS);
        let (id, acting) = world.member("dev@acme.example", &["member"]);
        world.admin("PATCH", &format!("/members/{id}"), Some(json!({"groups": ["builders"]}))).expect(200);
        let body = |scopes: Value| Some(json!({"expires_at": "2028-01-01T00:00:00Z", "scopes": scopes}));
        let made = world.admin_as(&acting, "POST", "/personal-access-tokens", body(json!(["ci:read", "source:read"])));
        let token = text(&made.expect(201).json()["token"]);
        world.scopes(&["targets:read"]);
        world.admin_as(&acting, "POST", "/personal-access-tokens", body(json!(["targets:read"])))
            .expect_problem(403, "forbidden");
        let seen = world.introspect(&server, &token);
        assert_eq!((&seen["sub"], &seen["scope"]), (&json!(id), &json!("ci:read source:read")));
        world.admin("PATCH", "/groups/builders", Some(json!({"scopes": ["ci:read"]}))).expect(200);
        assert_eq!(world.introspect(&server, &token)["scope"], "ci:read");
        world.admin("POST", &format!("/members/{id}/disable"), None).expect(200);
        world.assert_inactive(&server, &token);
        world.send(&Request::get(&world.path("/whoami")).bearer(&token)).expect(401);
    }

    // S13
    fn other_credentials_never_prevent_a_new_one(world: World) {
        let revoked = create(&world, new("revoked"));
        world.revoke(&revoked).expect(200);
        create(&world, json!({"name": "expired", "validity_days": 30, "token_ttl_seconds": 900}));
        let replaced = create(&world, new("replaced"));
        let renew = format!("{PATH}/{}/renew", replaced.id);
        world.admin("POST", &renew, Some(json!({"overlap_seconds": 60}))).expect(201);
        let mut grouped = new("grouped");
        world.group("gone", &["ci:read"]);
        grouped["groups"] = json!(["gone"]);
        create(&world, grouped);
        world.admin("DELETE", "/groups/gone", None).expect(200);
        world.clock.advance_seconds(claviger_testkit::clock::days(31));
        let fresh = create(&world, new("fresh"));
        world.token(&fresh);
    }

    // S29
    fn resource_without_an_action_is_refused(world: World) {
        world.resource("studio/one", &["view"]);
        let mut body = new("nightly");
        body["resources"] = json!([{"resource": "studio/one", "actions": []}]);
        let refused = world.admin("POST", PATH, Some(body)).expect_problem(422, "invalid").json();
        assert_eq!(fields_at_fault(&refused), ["resources"]);
        assert!(refused.to_string().contains("choose at least one action of studio/one"), "{refused}");
    }

    // S34
    fn key_in_an_unread_answer_is_lost(world: World) {
        let body = new("nightly").to_string();
        let request = format!(
            "POST /api/v1/realms/acme{PATH} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            world.owner,
            body.len()
        );
        let mut stream = std::net::TcpStream::connect(world.address).expect("the server");
        std::io::Write::write_all(&mut stream, request.as_bytes()).expect("a request");
        // The answer has arrived, and nobody reads it.
        let mut first = [0];
        std::io::Read::read_exact(&mut stream, &mut first).expect("an answer");
        drop(stream);
        let listed = items(&world.admin("GET", PATH, None).expect(200));
        assert_eq!(listed.len(), 1);
        let shown = world.admin("GET", &format!("{PATH}/{}", text(&listed[0]["id"])), None).expect(200);
        for answer in [shown.text(), json!(listed).to_string(), json!(events(&world)).to_string()] {
            assert!(!answer.contains("clvk_"), "{answer}");
        }
        // The remedy in the brief: revoke it, and create another.
        let lost = Client { id: text(&listed[0]["id"]), key: String::new(), name: "nightly".into() };
        world.revoke(&lost).expect(200);
        create(&world, new("nightly"));
    }

    // S37
    fn no_operation_gives_a_credential_another_key(world: World) {
        let credential = create(&world, new("nightly"));
        let own = format!("{PATH}/{}", credential.id);
        for verb in ["reset", "reset-key", "rotate", "regenerate", "key", "client-key", "secret"] {
            world.admin("POST", &format!("{own}/{verb}"), Some(json!({}))).expect(404);
        }
        for field in ["client_key", "client_secret", "key"] {
            world.admin("PATCH", &own, Some(json!({field: "new"}))).expect_problem(422, "immutable-field");
        }
        // A renewal creates another credential. The key of the old one does not change, and ends with it.
        let made = world.admin("POST", &format!("{own}/renew"), Some(json!({"overlap_seconds": 60}))).expect(201).json();
        assert_ne!(made["id"], json!(credential.id));
        let mixed = Client { key: text(&made["client_key"]), ..credential.clone() };
        world.send(&world.token_request(&mixed, &[])).expect_oauth_error(401, "invalid_client");
        world.token(&credential);
    }

    // S63
    fn audit_records_each_act_with_actor_address_and_time(world: World) {
        world.group("builders", &["ci:read"]);
        let credential = create(&world, new("nightly"));
        world.clock.advance_seconds(60);
        let own = format!("{PATH}/{}", credential.id);
        world.admin("PATCH", &own, Some(json!({"groups": ["builders"]}))).expect(200);
        for _ in 0..3 {
            world.token(&credential);
        }
        let kept = || world.admin("GET", &format!("{own}/usage"), None).expect(200).json()["issued"] == 3;
        until("what was counted is kept", kept);
        world.clock.advance_seconds(60);
        world.revoke(&credential).expect(200);
        let told: Vec<Value> =
            events(&world).into_iter().filter(|event| event["target"]["id"] == json!(credential.id)).collect();
        let [revoke, edit, create] = told.as_slice() else { panic!("three events, not {told:?}") };
        for (event, action, at) in [
            (create, "service_credential.create", "2027-01-31T12:00:00Z"),
            (edit, "service_credential.edit", "2027-01-31T12:01:00Z"),
            (revoke, "service_credential.revoke", "2027-01-31T12:02:00Z"),
        ] {
            assert_eq!((&event["action"], &event["at"]), (&json!(action), &json!(at)));
            assert_eq!(event["actor"]["name"], "holder@acme.example");
            assert_eq!(event["address"], "127.0.0.1");
            assert!(!event.to_string().contains(&credential.key));
        }
        assert_eq!((&create["before"], &create["after"]["name"]), (&Value::Null, &json!("nightly")));
        assert_eq!((&edit["before"]["groups"], &edit["after"]["groups"]), (&json!([]), &json!(["builders"])));
        assert_eq!(
            revoke["after"],
            json!({"status": "revoked", "cause": "requested", "tokens_issued_recently": 3})
        );
    }

    // T-08
    fn disabled_administrator_creates_nothing_after_the_answer(world: World) {
        let (id, acting) = world.member("rogue@acme.example", &["sys_admin"]);
        let (made, over) = (AtomicUsize::new(0), AtomicBool::new(false));
        let (world, acting) = (&world, &acting);
        thread::scope(|scope| {
            let workers: Vec<_> = (0..3)
                .map(|worker| {
                    let (made, over) = (&made, &over);
                    scope.spawn(move || {
                        for index in 0.. {
                            let asked_late = over.load(Ordering::SeqCst);
                            let body = new(&format!("c-{worker}-{index}"));
                            let status = world.admin_as(acting, "POST", PATH, Some(body)).status;
                            match status {
                                201 => {
                                    assert!(!asked_late, "made after disable had answered");
                                    made.fetch_add(1, Ordering::SeqCst);
                                }
                                // On a slow machine so many are refused that the failures are limited.
                                status => assert!(matches!(status, 401 | 429), "{status}"),
                            }
                            if asked_late {
                                break;
                            }
                        }
                    })
                })
                .collect();
            let _stop = StopAtEnd(&over);
            until("credentials are made", || made.load(Ordering::SeqCst) >= 6);
            world.admin("POST", &format!("/members/{id}/disable"), None).expect(200);
            over.store(true, Ordering::SeqCst);
            let there = items(&world.admin("GET", &format!("{PATH}?limit=200"), None).expect(200)).len();
            for worker in workers {
                worker.join().expect("no late creation");
            }
            let after = items(&world.admin("GET", &format!("{PATH}?limit=200"), None).expect(200));
            assert_eq!((after.len(), after.len()), (there, made.load(Ordering::SeqCst)));
            // They stay active, and the audit trail names their creator.
            assert!(after.iter().all(|one| one["status"] == "active"));
            let by_them = events(world).into_iter().filter(|event| {
                event["action"] == "service_credential.create" && event["actor"]["id"] == json!(id)
            });
            assert_eq!(by_them.count(), after.len());
        });
    }
}
