//! Events on their way to webhooks: from the audit trail, once each, until they are delivered.

use serde_json::{Value, json};

use crate::tables::Tables;
use crate::webhooks::{create, is_signed, path, with_hooks};
use claviger_testkit::clock::{days, minutes};
use claviger_testkit::hooks::{Hook, Hooks};
use claviger_testkit::on_both_databases;
use claviger_testkit::patience::until;
use claviger_testkit::world::World;

/// Longer than the pause between two looks at the audit trail.
const LOOK: i64 = 3;

fn wait_for(world: &World, hooks: &Hooks, count: usize) -> Vec<Hook> {
    world.clock.advance_seconds(LOOK);
    until("the receiver is told", || hooks.received().len() >= count);
    hooks.received()
}

fn deliveries(world: &World, webhook: &Value) -> Vec<Value> {
    let listed = world.admin("GET", &format!("{}/deliveries", path(webhook)), None).expect(200).json();
    listed["items"].as_array().expect("items").clone()
}

fn wait_for_status(world: &World, webhook: &Value, status: &str) -> Value {
    until("the delivery is recorded", || deliveries(world, webhook)[0]["status"] == status);
    deliveries(world, webhook).remove(0)
}

fn events(world: &World, action: &str) -> Vec<Value> {
    let path = format!("/audit-events?action={action}&sort=at&limit=200");
    world.admin("GET", &path, None).expect(200).json()["items"].as_array().expect("items").clone()
}

/// What expires is told every hour. A server whose lease has ended meanwhile tries again later.
fn told(world: &World, action: &str, count: usize) -> Vec<Value> {
    const LOOKS: u32 = 100;
    let mut looks = 0;
    until(&format!("{count} events {action}"), || {
        if looks % LOOKS == 0 {
            world.clock.advance_seconds(minutes(61));
        }
        looks += 1;
        events(world, action).len() >= count
    });
    events(world, action)
}

on_both_databases! {
    fn revocation_is_told_to_those_who_want_it_and_to_no_other(world: World) {
        let (world, hooks) = with_hooks(world);
        let early = world.credential("early", &[]);
        world.revoke(&early);
        let made = create(&world, &hooks, json!({"events": ["service_credential.revoked"]}));
        let others = Hooks::start();
        create(&world, &hooks, json!({"name": "other event", "events": ["api_token.expiring"]}));
        create(&world, &hooks, json!({"name": "disabled", "enabled": false}));
        let other_realm = world.create_realm("other");
        let body = json!({"name": "foreign", "url": hooks.url()});
        let foreign = claviger_testkit::http::Request::json("POST", "/api/v1/realms/other/webhooks", &body);
        world.send(&foreign.bearer(&other_realm)).expect(201);
        let credential = world.credential("nightly", &[]);
        world.revoke(&credential);
        let [hook] = &wait_for(&world, &hooks, 1)[..] else { panic!("one request") };
        assert!(is_signed(hook, &made["secret"]));
        let event = &events(&world, "service_credential.revoke")[1];
        assert_eq!(hook.header("webhook-id"), event["id"].as_str().expect("an id"));
        let payload = hook.json();
        assert_eq!((&payload["type"], &payload["timestamp"]), (&json!("service_credential.revoked"), &event["at"]));
        let data = &payload["data"];
        assert_eq!((&data["id"], &data["name"]), (&json!(credential.id), &json!("nightly")));
        assert_eq!((&data["realm"], &data["webhook_id"]), (&json!("acme"), &made["id"]));
        let delivery = wait_for_status(&world, &made, "delivered");
        assert_eq!((&delivery["event_id"], &delivery["payload"]), (&event["id"], &payload));
        assert_eq!(deliveries(&world, &made).len(), 1, "what was before the webhook is not told");
        assert!(others.received().is_empty());
        // Nothing is told twice when the trail is read again.
        let credential = world.credential("weekly", &[]);
        world.revoke(&credential);
        assert_eq!(wait_for(&world, &hooks, 2).len(), 2);
    }

    fn receiver_that_is_down_is_tried_again_and_one_that_is_gone_is_not(world: World) {
        let (world, hooks) = with_hooks(world);
        let made = create(&world, &hooks, json!({}));
        hooks.answers(500);
        world.revoke(&world.credential("one", &[]));
        wait_for(&world, &hooks, 1);
        until("the attempt is recorded", || deliveries(&world, &made)[0]["attempts"].as_array().is_some_and(|all| all.len() == 1));
        let waiting = &deliveries(&world, &made)[0];
        assert_eq!((&waiting["status"], &waiting["attempts"][0]["response_status"]), (&json!("pending"), &json!(500)));
        assert!(waiting["next_attempt_at"].is_string(), "{waiting}");
        hooks.answers(204);
        world.clock.advance_seconds(12);
        until("it is tried again", || hooks.received().len() == 2);
        let delivered = wait_for_status(&world, &made, "delivered");
        assert_eq!(delivered["attempts"].as_array().expect("attempts").len(), 2);
        let ids: Vec<String> = hooks.received().iter().map(|hook| hook.header("webhook-id").to_owned()).collect();
        assert_eq!(ids[0], ids[1], "a repeated message is recognized by its id");
        let one = format!("{}/deliveries/{}", path(&made), delivered["id"].as_str().expect("an id"));
        let again = world.admin("POST", &format!("{one}/resend"), None).expect(200).json();
        assert_eq!(again["status"], "pending");
        until("it is sent again", || hooks.received().len() == 3);
        assert_eq!(hooks.received()[2].body, hooks.received()[0].body);
        wait_for_status(&world, &made, "delivered");
        hooks.answers(410);
        world.revoke(&world.credential("two", &[]));
        wait_for(&world, &hooks, 4);
        until("the webhook is disabled", || world.admin("GET", &path(&made), None).json()["enabled"] == json!(false));
        let gone = world.admin("GET", &path(&made), None).expect(200).json();
        assert_eq!(gone["disabled_reason"], "the receiver answered 410 Gone");
        assert_eq!(events(&world, "webhook.disable").len(), 1);
        wait_for_status(&world, &made, "failed");
        let enabled = world.admin("PATCH", &path(&made), Some(json!({"enabled": true}))).expect(200).json();
        assert_eq!((&enabled["enabled"], &enabled["disabled_reason"]), (&json!(true), &json!(null)));
    }

    fn ends_are_told_once_at_each_threshold(world: World) {
        // F21
        let (mut world, hooks) = with_hooks(world);
        let made = create(&world, &hooks, json!({"events": ["service_credential.expiring", "service_credential.expired"]}));
        let body = json!({"name": "ninety", "validity_days": 90, "token_ttl_seconds": 900});
        let credential = world.credential_with(body);
        let revoked = world.credential_with(json!({"name": "revoked", "validity_days": 90, "token_ttl_seconds": 900}));
        world.revoke(&revoked);
        let mut expected = Vec::new();
        for (left, passes) in [(30, 60), (14, 16), (7, 7), (1, 6)] {
            world.clock.advance_seconds(days(passes));
            expected.push(left);
            let events = told(&world, "service_credential.expiring", expected.len());
            let mut left: Vec<i64> = events.iter().filter_map(|event| event["after"]["days_left"].as_i64()).collect();
            left.sort_unstable_by_key(|days| -days);
            assert_eq!(left, expected, "{events:?}");
            assert!(events.iter().all(|event| event["target"]["id"] == json!(credential.id)));
            assert!(events.iter().all(|event| event["actor"]["kind"] == "server"));
        }
        // Neither another server nor a later look tells anything again.
        world.restart();
        world.clock.advance_seconds(days(1));
        let ended = told(&world, "service_credential.expired", 1);
        assert_eq!(ended.len(), 1);
        assert_eq!(events(&world, "service_credential.expiring").len(), 4);
        let hooks = wait_for(&world, &hooks, 5);
        let types: Vec<(String, i64)> = hooks
            .iter()
            .map(|hook| {
                let payload = hook.json();
                let days = payload["data"]["days_left"].as_i64().expect("a number");
                (payload["type"].as_str().expect("a type").to_owned(), days)
            })
            .collect();
        let expiring = |days| ("service_credential.expiring".to_owned(), days);
        let mut sorted = types.clone();
        sorted.sort_by_key(|(_, days)| -days);
        assert_eq!(sorted, [expiring(30), expiring(14), expiring(7), expiring(1), ("service_credential.expired".to_owned(), 0)]);
        let notices = || Tables::of(&world).lines("SELECT kind AS line FROM expiry_notice").len();
        assert_eq!(notices(), 5);
        world.clock.advance_seconds(days(31));
        until("what ended 30 days ago is forgotten", || {
            // The next hourly look, should the last delivery not have been recorded at the one before.
            world.clock.advance_seconds(3_601);
            deliveries(&world, &made).is_empty() && notices() == 0
        });
    }

    fn another_end_is_told_anew_and_tokens_and_source_credentials_are_told_too(world: World) {
        let token = json!({"expires_at": "2027-03-31T12:00:00Z", "scopes": ["everybodys"], "description": "CI"});
        world.group("everybody", &["everybodys"]);
        let members = world.admin("GET", "/members", None).expect(200).json();
        let member = format!("/members/{}", members["items"][0]["id"].as_str().expect("an id"));
        world.admin("PATCH", &member, Some(json!({"groups": ["everybody"]}))).expect(200);
        let token = world.admin("POST", "/api-tokens", Some(token)).expect(201).json();
        let source = json!({
            "name": "GitLab", "source_type": "gitlab_self_managed", "validate": false,
            "expires_at": "2027-03-31T12:00:00Z", "fields": {"url": "https://gitlab.example", "token": "glpat-x"},
        });
        let source = world.admin("POST", "/source-credentials", Some(source)).expect(201).json();
        world.clock.advance_seconds(days(30));
        let tokens = told(&world, "api_token.expiring", 1);
        assert_eq!((&tokens[0]["target"]["id"], &tokens[0]["after"]["days_left"]), (&token["id"], &json!(30)));
        let sources = told(&world, "source_credential.expiring", 1);
        assert_eq!(sources[0]["target"]["id"], source["id"]);
        let one = format!("/source-credentials/{}", source["id"].as_str().expect("an id"));
        let edit = json!({"expires_at": "2027-04-20T12:00:00Z", "validate": false});
        world.admin("PATCH", &one, Some(edit)).expect(200);
        world.clock.advance_seconds(days(20));
        let sources = told(&world, "source_credential.expiring", 2);
        let ends: Vec<&Value> = sources.iter().map(|event| &event["after"]["expires_at"]).collect();
        assert!(ends.contains(&&json!("2027-04-20T12:00:00Z")), "{ends:?}");
    }
}
