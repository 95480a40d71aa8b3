//! `/service-credentials/{id}/renew`: a successor next to the old credential, and the old one's end. S59, T-26.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use claviger::crypto::SystemRandomness;
use claviger::replication::Part;
use claviger::revocation::end_overlaps;
use claviger::serve::{Sources, assemble};
use claviger_domain::Clock;
use serde_json::{Value, json};

use crate::answers::{fields_at_fault, items, text};
use crate::tables::Tables;
use claviger_testkit::clock::{days, minutes};
use claviger_testkit::http::{Request, Response};
use claviger_testkit::on_both_databases;
use claviger_testkit::patience::{StopAtEnd, until};
use claviger_testkit::world::{Client, World, settings};

const PATH: &str = "/service-credentials";
const BUILDS: &str = "https://builds.example.org";

fn renew(world: &World, credential: &Client, overlap_seconds: i64) -> Response {
    let body = Some(json!({"overlap_seconds": overlap_seconds}));
    world.admin("POST", &format!("{PATH}/{}/renew", credential.id), body)
}

fn client(json: &Value) -> Client {
    Client { id: text(&json["client_id"]), key: text(&json["client_key"]), name: text(&json["name"]) }
}

fn show(world: &World, credential: &Client) -> Value {
    world.admin("GET", &format!("{PATH}/{}", credential.id), None).expect(200).json()
}

/// The events of one action, newest first.
fn events(world: &World, action: &str) -> Vec<Value> {
    let all = items(&world.admin("GET", "/audit-events?limit=200", None).expect(200));
    all.into_iter().filter(|event| event["action"] == action).collect()
}

/// Polls until the server has done by itself what is due.
#[track_caller]
fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while !holds() {
        assert!(Instant::now() < deadline, "{what}");
        thread::sleep(Duration::from_millis(20));
    }
}

on_both_databases! {
    // S59
    fn successor_differs_in_id_and_key_and_both_work_during_overlap(world: World) {
        world.group("builders", &["ci:read"]).resource("studio/one", &["view"]);
        let server = world.resource_server("builds", BUILDS);
        let old = world.credential_with(json!({
            "description": "of the build", "validity_days": 30, "token_ttl_seconds": 86_400, "groups": ["builders"],
            "resources": [{"resource": "studio/one", "actions": ["view"]}],
        }));
        world.clock.advance_seconds(days(3));
        let answer = renew(&world, &old, 3_600).expect(201);
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        let made = answer.json();
        let new = client(&made);
        assert_ne!((&new.id, &new.key), (&old.id, &old.key));
        assert!(text(&made["usage_example"]).contains(&new.key));
        assert_eq!((&made["receipt"], &made["overlap_ends_at"]), (&Value::Null, &Value::Null));
        let shown = show(&world, &old);
        let same = "name description validity_days token_ttl_seconds groups resources effective_scopes";
        for same in same.split(' ') {
            assert_eq!(made[same], shown[same], "{same}");
        }
        assert_eq!(made["replaces"], json!(old.id));
        assert_eq!(made["expires_at"], "2027-03-05T12:00:00Z");
        assert_eq!((&shown["status"], &shown["overlap_ends_at"]), (&json!("active"), &json!("2027-02-03T13:00:00Z")));

        let (by_old, by_new) = (world.token(&old), world.token(&new));
        // No token of the old credential outlives it.
        assert_eq!(claviger_testkit::jwt::claims(&by_old)["exp"].as_i64().map(|exp| exp % 86_400), Some(13 * 3_600));
        world.clock.advance_seconds(3_599);
        world.assert_active(&server, &by_old);
        world.assert_active(&server, &by_new);
        world.token(&old);
        // The old credential ends at that second, even before a server revokes it.
        world.clock.advance_seconds(1);
        world.send(&world.token_request(&old, &[])).expect_oauth_error(401, "invalid_client");
        world.assert_inactive(&server, &by_old);
        let whoami = Request::get(&world.path("/whoami")).bearer(&by_old);
        world.send(&whoami).expect(401);
        assert_ne!(show(&world, &old)["status"], "active");
        world.assert_active(&server, &by_new);
        world.token(&new);

        eventually("the old one is revoked", || show(&world, &old)["status"] == "revoked");
        assert_eq!(show(&world, &old)["revoked_by"], json!({"kind": "server", "id": null, "name": "claviger"}));
        let revoked = events(&world, "service_credential.revoke");
        assert_eq!(revoked.len(), 1);
        assert_eq!(revoked[0]["target"]["id"], json!(old.id));
        assert_eq!(revoked[0]["after"]["cause"], "overlap_ended");
        assert!(revoked[0]["after"]["tokens_issued_recently"].as_u64() > Some(0), "{revoked:?}");
        let renewed = events(&world, "service_credential.renew");
        assert_eq!((&renewed[0]["before"]["id"], &renewed[0]["after"]["replaces"]), (&json!(old.id), &json!(old.id)));
        assert!(!renewed[0].to_string().contains(&new.key));
    }

    fn old_tokens_stay_invalid_after_restarts_around_the_revocation(world: World) {
        world.group("builders", &["ci:read"]);
        let server = world.resource_server("builds", BUILDS);
        let old = world.credential("nightly", &["builders"]);
        let by_old = world.token(&old);
        let new = client(&renew(&world, &old, 60).expect(201).json());
        world.stop();
        world.clock.advance_seconds(60);
        world.restart();
        world.assert_inactive(&server, &by_old);
        eventually("the old one is revoked", || show(&world, &old)["status"] == "revoked");
        world.restart();
        world.assert_inactive(&server, &by_old);
        world.send(&world.token_request(&old, &[])).expect_oauth_error(401, "invalid_client");
        world.token(&new);
        // The successor holds the name.
        let body = json!({"name": "nightly", "validity_days": 90, "token_ttl_seconds": 3_600});
        world.admin("POST", PATH, Some(body.clone())).expect_problem(409, "conflict");
        world.revoke(&new).expect(200);
        world.admin("POST", PATH, Some(body)).expect(201);
    }

    /// T-26: the old key is revoked immediately on request.
    fn without_overlap_old_key_is_invalid_when_new_one_is_shown(world: World) {
        world.group("builders", &["ci:read"]);
        let server = world.resource_server("builds", BUILDS);
        let old = world.credential("nightly", &["builders"]);
        let by_old = world.token(&old);
        let made = renew(&world, &old, 0).expect(201).json();
        world.assert_inactive(&server, &by_old);
        world.send(&world.token_request(&old, &[])).expect_oauth_error(401, "invalid_client");
        let revoked = events(&world, "service_credential.revoke");
        assert_eq!(made["receipt"]["outcome"], "confirmed");
        assert_eq!(made["receipt"]["position"], revoked[0]["position"]);
        assert_eq!(revoked[0]["address"], "127.0.0.1");
        assert_eq!(show(&world, &old)["status"], "revoked");
        world.token(&client(&made));
    }

    /// T-26, S59: keys are rotated while tokens are requested, and no request is refused.
    fn rotation_under_load_fails_no_request(world: World) {
        world.group("builders", &["ci:read"]);
        let server = world.resource_server("builds", BUILDS);
        let first = world.credential("nightly", &["builders"]);
        let current = std::sync::Mutex::new(first.clone());
        let (asked, over) = (AtomicUsize::new(0), AtomicBool::new(false));
        thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| {
                    while !over.load(Ordering::SeqCst) {
                        let now = current.lock().expect("the key of now").clone();
                        let token = world.token(&now);
                        world.assert_active(&server, &token);
                        asked.fetch_add(1, Ordering::SeqCst);
                    }
                });
            }
            let _stop = StopAtEnd(&over);
            for _ in 0..5 {
                let before = asked.load(Ordering::SeqCst);
                until("tokens are asked for", || asked.load(Ordering::SeqCst) >= before + 6);
                let old = current.lock().expect("the key of now").clone();
                *current.lock().expect("the key of now") = client(&renew(&world, &old, 3_600).expect(201).json());
            }
        });
        assert!(asked.load(Ordering::SeqCst) >= 30);
        let token = world.token(&first);
        world.revoke(&first).expect(200);
        world.assert_inactive(&server, &token);
        world.send(&world.token_request(&first, &[])).expect_oauth_error(401, "invalid_client");
        world.token(&current.into_inner().expect("the key of now"));
    }

    fn concurrent_servers_end_an_overlap_once(world: World) {
        let replaced: Vec<Client> = (0..5).map(|index| world.credential(&format!("c{index}"), &[])).collect();
        for credential in &replaced {
            renew(&world, credential, 60).expect(201);
        }
        let settings = settings(world.folder.path(), world.address, &world.database_url);
        let clock: Arc<dyn Clock> = world.clock.clone();
        let sources = Sources { clock, randomness: Arc::new(SystemRandomness::new()) };
        let mut beside = assemble(&settings, &sources, Part::Command).expect("a node beside the server");
        world.clock.advance_seconds(60);
        thread::scope(|scope| {
            for node in [world.node(), &beside, world.node(), &beside] {
                scope.spawn(|| {
                    let ledger = &node.state.administration.ledger;
                    let now = ledger.trusted_now().expect("a clock that is right");
                    end_overlaps(ledger, now).expect("nobody fails");
                });
            }
        });
        beside.stop();
        let revoked = events(&world, "service_credential.revoke");
        let mut ids: Vec<String> = revoked.iter().map(|event| text(&event["target"]["id"])).collect();
        ids.sort();
        let mut expected: Vec<String> = replaced.into_iter().map(|credential| credential.id).collect();
        expected.sort();
        assert_eq!(ids, expected);
    }

    fn credential_that_cannot_be_ended_delays_no_other(world: World) {
        let replaced: Vec<Client> = (0..3).map(|index| world.credential(&format!("c{index}"), &[])).collect();
        for credential in &replaced {
            renew(&world, credential, 60).expect(201);
        }
        let stuck = &replaced[0].id;
        let tables = Tables::of(&world);
        tables.execute(&match world.database_url.starts_with("postgres") {
            true => format!(
                "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW.id = '{stuck}' THEN \
                 RAISE EXCEPTION 'refused by a test'; END IF; RETURN NEW; END $$; \
                 CREATE TRIGGER refuse BEFORE UPDATE ON service_credential FOR EACH ROW EXECUTE FUNCTION refuse()"
            ),
            false => format!(
                "CREATE TRIGGER refuse BEFORE UPDATE ON service_credential WHEN NEW.id = '{stuck}' \
                 BEGIN SELECT RAISE(ABORT, 'refused by a test'); END"
            ),
        });
        world.clock.advance_seconds(60);
        let is_revoked = |credential: &&Client| show(&world, credential)["status"] == "revoked";
        eventually("the others are ended", || replaced.iter().skip(1).filter(is_revoked).count() == 2);
        assert!(!is_revoked(&&replaced[0]), "this one is refused by the database");
        tables.execute(match world.database_url.starts_with("postgres") {
            true => "DROP TRIGGER refuse ON service_credential",
            false => "DROP TRIGGER refuse",
        });
        eventually("it is tried again", || is_revoked(&&replaced[0]));
    }

    fn only_an_active_credential_without_successor_is_renewed(world: World) {
        let revoked = world.credential("revoked", &[]);
        world.revoke(&revoked).expect(200);
        let replaced = world.credential("replaced", &[]);
        let successor = client(&renew(&world, &replaced, 3_600).expect(201).json());
        for (credential, word) in [(&revoked, "revoked or expired"), (&replaced, "renew its successor")] {
            let refused = renew(&world, credential, 60).expect_problem(409, "conflict").json();
            assert!(text(&refused["detail"]).contains(word), "{refused}");
        }
        renew(&world, &successor, 60).expect(201);
        let expired = world.credential_with(json!({"name": "expired", "validity_days": 30}));
        world.clock.advance_seconds(days(31));
        renew(&world, &expired, 60).expect_problem(409, "conflict");
        let nobody = Client { id: "01890000-0000-7000-8000-000000000000".into(), ..expired };
        renew(&world, &nobody, 60).expect_problem(404, "not-found");
    }

    fn overlap_is_required_and_bounded(world: World) {
        let credential = world.credential("nightly", &[]);
        let path = format!("{PATH}/{}/renew", credential.id);
        for bad in [json!({}), json!({"overlap_seconds": -1}), json!({"overlap_seconds": 2_592_001}),
            json!({"overlap_seconds": null}), json!({"overlap_seconds": "60"}), json!({"overlap_seconds": 1.5})]
        {
            let refused = world.admin("POST", &path, Some(bad)).expect_problem(422, "invalid").json();
            assert_eq!(fields_at_fault(&refused), ["overlap_seconds"]);
        }
        let unknown = json!({"overlap_seconds": 0, "name": "other"});
        let refused = world.admin("POST", &path, Some(unknown)).expect_problem(422, "invalid").json();
        assert_eq!(fields_at_fault(&refused), ["name"]);
        renew(&world, &credential, 2_592_000).expect(201);
    }

    fn renewal_requires_the_right_to_create(world: World) {
        let credential = world.credential("nightly", &[]);
        let (_, auditor) = world.member("aud@acme.example", &["auditor"]);
        let path = format!("{PATH}/{}/renew", credential.id);
        let body = Some(json!({"overlap_seconds": 60}));
        world.admin_as(&auditor, "POST", &path, body.clone()).expect_problem(403, "forbidden");
        world.admin("PATCH", "", Some(json!({"service_credentials": false}))).expect(200);
        world.admin("POST", &path, body).expect_problem(403, "forbidden");
        assert!(events(&world, "service_credential.renew").is_empty());
    }

    fn scope_removed_during_the_overlap_is_lost_by_both(world: World) {
        world.group("builders", &["ci:read", "source:read"]);
        let server = world.resource_server("builds", BUILDS);
        let old = world.credential("nightly", &["builders"]);
        let new = client(&renew(&world, &old, 3_600).expect(201).json());
        let tokens = [world.token(&old), world.token(&new)];
        world.admin("PATCH", "/groups/builders", Some(json!({"scopes": ["ci:read"]}))).expect(200);
        for token in &tokens {
            world.assert_inactive(&server, token);
        }
        world.clock.advance_seconds(minutes(59));
        assert_eq!(world.introspect(&server, &world.token(&old))["scope"], "ci:read");
    }
}
