//! `/resource-servers/{id}/renew` and `/application-credentials/{id}/renew`: a new key without an interruption.

use serde_json::{Value, json};

use crate::answers::{fields_at_fault, items, text};
use crate::restored::{put_back, take};
use crate::tables::Tables;
use claviger::operator::RestoreFrom;
use claviger_testkit::http::{Request, Response};
use claviger_testkit::on_both_databases;
use claviger_testkit::patience::until;
use claviger_testkit::world::{Client, World};

const SERVERS: &str = "/resource-servers";
const APPLICATIONS: &str = "/application-credentials";
const BUILDS: &str = "https://builds.example.org";

/// A kind of client that can be renewed, with one such client.
struct Kind {
    path: &'static str,
    noun: &'static str,
    client: Client,
    /// What the successor has in common with its predecessor.
    same: &'static [&'static str],
}

fn client(made: &Value) -> Client {
    Client { id: text(&made["client_id"]), key: text(&made["client_key"]), name: text(&made["name"]) }
}

fn application(world: &World, name: &str) -> Client {
    let body = json!({"name": name, "scopes": ["ci:read"], "expires_at": "2028-01-01T00:00:00Z"});
    client(&world.admin("POST", APPLICATIONS, Some(body)).expect(201).json())
}

fn kinds(world: &World) -> [Kind; 2] {
    world.scopes(&["ci:read"]);
    [
        Kind {
            path: SERVERS,
            noun: "resource_server",
            client: world.resource_server("builds", BUILDS),
            same: &["name", "audience"],
        },
        Kind {
            path: APPLICATIONS,
            noun: "application_credential",
            client: application(world, "tool"),
            same: &["name", "description", "scopes", "effective_scopes", "member", "expires_at"],
        },
    ]
}

impl Kind {
    fn renew(&self, world: &World, id: &str, overlap_seconds: i64) -> Response {
        let body = Some(json!({"overlap_seconds": overlap_seconds}));
        world.admin("POST", &format!("{}/{id}/renew", self.path), body)
    }

    fn show(&self, world: &World, id: &str) -> Response {
        world.admin("GET", &format!("{}/{id}", self.path), None)
    }

    /// What the key is good for: a token, or an answer about one.
    fn works(&self, world: &World, client: &Client) -> bool {
        let answer = match self.path {
            SERVERS => world.send(&world.introspection_request(client, "unknown")),
            _ => world.send(&world.token_request(client, &[])),
        };
        if answer.status != 200 {
            answer.expect_oauth_error(401, "invalid_client");
            return false;
        }
        true
    }

    /// A server is deleted, and a credential stays as revoked.
    fn has_ended(&self, world: &World, id: &str) -> bool {
        let shown = self.show(world, id);
        shown.status == 404 || shown.json()["status"] == "revoked"
    }

    fn events(&self, world: &World, verb: &str) -> Vec<Value> {
        let all = items(&world.admin("GET", "/audit-events?limit=200", None).expect(200));
        all.into_iter().filter(|event| event["action"] == format!("{}.{verb}", self.noun)).collect()
    }

    fn end_verb(&self) -> &'static str {
        if self.path == SERVERS { "delete" } else { "revoke" }
    }
}

on_both_databases! {
    fn both_keys_work_during_the_overlap_and_the_old_one_ends_by_itself(world: World) {
        let mut world = world;
        for kind in kinds(&world) {
            let old = &kind.client;
            let before = kind.show(&world, &old.id).expect(200).json();
            let answer = kind.renew(&world, &old.id, 3_600).expect(201);
            assert_eq!(answer.header("cache-control"), Some("no-store"));
            let made = answer.json();
            let new = client(&made);
            assert_ne!((&new.id, &new.key), (&old.id, &old.key));
            for same in kind.same {
                assert_eq!(made[same], before[same], "{same}");
            }
            assert_eq!((&made["replaces"], &made["receipt"]), (&json!(old.id), &Value::Null));
            assert!(kind.show(&world, &old.id).json()["overlap_ends_at"].is_string());
            let renewed = kind.events(&world, "renew");
            assert_eq!((&renewed[0]["before"]["id"], &renewed[0]["after"]["id"]), (&json!(old.id), &made["id"]));
            assert!(!renewed[0].to_string().contains(&new.key));

            world.restart();
            world.clock.advance_seconds(3_599);
            assert!(kind.works(&world, old) && kind.works(&world, &new), "{}", kind.noun);
            // No act is needed: no server may run at that second.
            world.stop();
            world.clock.advance_seconds(1);
            world.restart();
            assert!(!kind.works(&world, old) && kind.works(&world, &new), "{}", kind.noun);
            until("the old one has ended", || kind.has_ended(&world, &old.id));
            let ended = kind.events(&world, kind.end_verb());
            assert_eq!((ended.len(), &ended[0]["after"]["cause"]), (1, &json!("overlap_ended")));
            assert_eq!((&ended[0]["actor"]["kind"], &ended[0]["target"]["id"]), (&json!("server"), &json!(old.id)));
            world.restart();
            assert!(!kind.works(&world, old) && kind.works(&world, &new), "{}", kind.noun);
        }
    }

    fn without_overlap_the_old_key_is_refused_when_the_new_one_is_shown(world: World) {
        for kind in kinds(&world) {
            let made = kind.renew(&world, &kind.client.id, 0).expect(201).json();
            assert_eq!(made["receipt"]["outcome"], "confirmed", "{made}");
            assert!(!kind.works(&world, &kind.client) && kind.works(&world, &client(&made)), "{}", kind.noun);
            assert!(kind.has_ended(&world, &kind.client.id));
            let ended = kind.events(&world, kind.end_verb());
            assert_eq!(ended[0]["position"], made["receipt"]["position"]);
        }
    }

    fn tokens_for_the_audience_stay_active_through_a_renewal(world: World) {
        let mut world = world;
        world.group("readers", &["ci:read"]);
        let old = world.resource_server("builds", BUILDS);
        let other = world.resource_server("other", "https://other.example.org");
        let credential = world.credential("nightly", &["readers"]);
        let token = |world: &World| world.token_with(&credential, &[("resource", BUILDS)]);
        let early = token(&world);
        let made = world.admin("POST", &format!("{SERVERS}/{}/renew", old.id), Some(json!({"overlap_seconds": 60})));
        let new = client(&made.expect(201).json());
        let late = token(&world);
        for server in [&old, &new] {
            for token in [&early, &late] {
                world.assert_active(server, token);
                world.assert_inactive(&other, token);
            }
        }
        // A receipt names the service once.
        let receipt = world.revoke(&world.credential("brief", &[])).expect(200).json();
        let audiences = receipt["audiences"].as_array().expect("audiences");
        assert_eq!(audiences.iter().filter(|one| one["audience"] == BUILDS).count(), 1, "{receipt}");
        world.clock.advance_seconds(60);
        until("the old server is deleted", || {
            world.admin("GET", &format!("{SERVERS}/{}", old.id), None).status == 404
        });
        for _ in 0..2 {
            for token in [&early, &late] {
                world.assert_active(&new, token);
            }
            world.restart();
        }
        // Its end is that of the audience, whatever it replaced.
        let second = world.admin("POST", &format!("{SERVERS}/{}/renew", new.id), Some(json!({"overlap_seconds": 60})));
        let second = client(&second.expect(201).json());
        world.admin("DELETE", &format!("{SERVERS}/{}", second.id), None).expect(200);
        for gone in [&new, &second] {
            world.admin("GET", &format!("{SERVERS}/{}", gone.id), None).expect_problem(404, "not-found");
            world.send(&world.introspection_request(gone, &late)).expect_oauth_error(401, "invalid_client");
        }
        let third = world.resource_server("builds", BUILDS);
        world.assert_inactive(&third, &late);
    }

    fn old_server_may_be_deleted_before_its_overlap_ends(world: World) {
        let mut world = world;
        world.group("readers", &["ci:read"]);
        let old = world.resource_server("builds", BUILDS);
        let credential = world.credential("nightly", &["readers"]);
        let token = world.token_with(&credential, &[("resource", BUILDS)]);
        let made = world.admin("POST", &format!("{SERVERS}/{}/renew", old.id), Some(json!({"overlap_seconds": 60})));
        let new = client(&made.expect(201).json());
        let receipt = world.admin("DELETE", &format!("{SERVERS}/{}", old.id), None).expect(200).json();
        assert_eq!(receipt["outcome"], "confirmed");
        world.send(&world.introspection_request(&old, &token)).expect_oauth_error(401, "invalid_client");
        world.clock.advance_seconds(120);
        world.restart();
        world.assert_active(&new, &token);
    }

    fn refresh_tokens_and_names_follow_the_credential(world: World) {
        world.scopes(&["ci:read"]);
        let old = application(&world, "tool");
        let granted = world.send(&world.token_request(&old, &[])).expect(200).json();
        let refresh = text(&granted["refresh_token"]);
        let server = world.resource_server("builds", BUILDS);
        let made = world.admin("POST", &format!("{APPLICATIONS}/{}/renew", old.id), Some(json!({"overlap_seconds": 60})));
        let new = client(&made.expect(201).json());
        let again = |client: &Client| {
            let form = [("grant_type", "refresh_token"), ("refresh_token", &*refresh)];
            world.send(&Request::form(&world.path("/oauth2/token"), &form).basic(&client.id, &client.key))
        };
        // A refresh token belongs to the client that it was issued to.
        again(&new).expect_oauth_error(400, "invalid_grant");
        let access = text(&again(&old).expect(200).json()["access_token"]);
        // None outlives the overlap.
        let exp = claviger_testkit::jwt::claims(&access)["exp"].as_i64();
        assert_eq!(exp, claviger_testkit::jwt::claims(&access)["iat"].as_i64().map(|iat| iat + 60));
        let body = json!({"name": "tool", "scopes": ["ci:read"]});
        world.admin("POST", APPLICATIONS, Some(body.clone())).expect_problem(409, "conflict");
        world.clock.advance_seconds(60);
        world.assert_inactive(&server, &access);
        again(&old).expect_oauth_error(401, "invalid_client");
        world.admin("POST", APPLICATIONS, Some(body.clone())).expect_problem(409, "conflict");
        world.admin("POST", &format!("{APPLICATIONS}/{}/revoke", new.id), None).expect(200);
        world.admin("POST", APPLICATIONS, Some(body)).expect(201);
    }

    fn only_a_live_client_without_successor_is_renewed_and_a_retry_makes_no_second(world: World) {
        for kind in kinds(&world) {
            let path = format!("{}/{}/renew", kind.path, kind.client.id);
            for bad in [json!({}), json!({"overlap_seconds": -1}), json!({"overlap_seconds": 2_592_001})] {
                let refused = world.admin("POST", &path, Some(bad)).expect_problem(422, "invalid").json();
                assert_eq!(fields_at_fault(&refused), ["overlap_seconds"]);
            }
            let keyed = |body: &Value| {
                let path = format!("/api/v1/realms/{}{path}", world.realm);
                let request = Request::json("POST", &path, body).header("Idempotency-Key", kind.noun);
                world.send(&request.bearer(&world.owner))
            };
            let body = json!({"overlap_seconds": 600});
            let successor = keyed(&body).expect(201).json()["id"].clone();
            assert_eq!(keyed(&body).expect(409).json()["id"], successor);
            let before = Tables::of(&world).dump();
            let refused = kind.renew(&world, &kind.client.id, 60).expect_problem(409, "conflict").json();
            assert!(text(&refused["detail"]).contains("renew its successor"), "{refused}");
            kind.renew(&world, "01890000-0000-7000-8000-000000000000", 60).expect_problem(404, "not-found");
            assert_eq!(Tables::of(&world).dump(), before);
        }
        let ended = application(&world, "ended");
        world.admin("POST", &format!("{APPLICATIONS}/{}/revoke", ended.id), None).expect(200);
        let renew = |by: &str, id: &str| {
            let path = format!("{APPLICATIONS}/{id}/renew");
            world.admin_as(by, "POST", &path, Some(json!({"overlap_seconds": 60})))
        };
        let refused = renew(&world.owner, &ended.id).expect_problem(409, "conflict").json();
        assert!(text(&refused["detail"]).contains("revoked or expired"), "{refused}");
    }

    fn only_its_owner_renews_an_application_credential(world: World) {
        world.group("readers", &["ci:read"]);
        let (ada, token) = world.member("ada@acme.example", &["member"]);
        let (_, bob) = world.member("bob@acme.example", &["member"]);
        world.admin("PATCH", &format!("/members/{ada}"), Some(json!({"groups": ["readers"]}))).expect(200);
        let body = json!({"name": "tool", "scopes": ["ci:read"]});
        let made = client(&world.admin_as(&token, "POST", APPLICATIONS, Some(body)).expect(201).json());
        let renew = |by: &str| {
            let path = format!("{APPLICATIONS}/{}/renew", made.id);
            world.admin_as(by, "POST", &path, Some(json!({"overlap_seconds": 60})))
        };
        renew(&bob).expect_problem(404, "not-found");
        renew(&world.owner).expect_problem(409, "conflict");
        renew(&token).expect(201);
    }

    // The successor is lost with the restored state; the key that was to end stays refused.
    fn replaced_client_stays_refused_after_a_restore_of_an_older_backup(world: World) {
        let mut world = world;
        let kinds = kinds(&world);
        let early = take(&world);
        for kind in &kinds {
            kind.renew(&world, &kind.client.id, 3_600).expect(201);
        }
        put_back(&mut world, |place| place, &RestoreFrom { backup: &early, journals: &[] });
        world.restart();
        world.owner = world.operator_token("holder@acme.example");
        for kind in &kinds {
            assert!(!kind.works(&world, &kind.client), "{}", kind.noun);
        }
    }
}
