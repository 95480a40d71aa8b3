//! Webhooks as an administrator manages them: what is refused, what is shown once, and what is sent.

use serde_json::{Value, json};

use crate::tables::Tables;
use claviger::operator::{add_key, promote_key};
use claviger_testkit::hooks::{Hook, Hooks};
use claviger_testkit::http::Request;
use claviger_testkit::on_both_databases;
use claviger_testkit::world::{World, settings};
use claviger_webhook::{Signed, WebhookSecret, verify};

/// A realm whose webhooks may send to this machine.
pub fn with_hooks(mut world: World) -> (World, Hooks) {
    let hooks = Hooks::start();
    world.webhook_allowed_hosts = vec![hooks.address.to_string()];
    world.restart();
    (world, hooks)
}

pub fn create(world: &World, hooks: &Hooks, more: Value) -> Value {
    let mut body = json!({"name": "pager", "url": hooks.url()});
    body.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
    world.admin("POST", "/webhooks", Some(body)).expect(201).json()
}

pub fn path(webhook: &Value) -> String {
    format!("/webhooks/{}", webhook["id"].as_str().expect("an id"))
}

/// Whether this secret has signed it.
pub fn is_signed(hook: &Hook, secret: &Value) -> bool {
    let secret: WebhookSecret = secret.as_str().expect("a secret").parse().expect("a secret");
    let timestamp = hook.header("webhook-timestamp").parse().expect("seconds");
    let signed = Signed { id: hook.header("webhook-id"), timestamp, body: &hook.body };
    verify(&secret, signed, hook.header("webhook-signature"), timestamp).is_ok()
}

on_both_databases! {
    fn webhook_is_created_shown_edited_and_deleted(world: World) {
        let (world, hooks) = with_hooks(world);
        let made = create(&world, &hooks, json!({"events": ["api_token.expiring", "api_token.expiring"]}));
        assert!(made["secret"].as_str().expect("a secret").starts_with("whsec_"), "{made}");
        let answer = world.admin("GET", &path(&made), None).expect(200);
        let tag = answer.header("etag").expect("a tag").to_owned();
        let shown = answer.json();
        assert_eq!((&shown["events"], &shown["enabled"]), (&json!(["api_token.expiring"]), &json!(true)));
        let mut without_secret = made.clone();
        without_secret.as_object_mut().expect("an object").remove("secret");
        assert_eq!(shown, without_secret);
        let edit = json!({"events": [], "enabled": false, "name": "Pager two"});
        let stale = Request::json("PATCH", &format!("/api/v1/realms/acme{}", path(&made)), &edit);
        world.send(&stale.bearer(&world.owner).header("If-Match", "\"other\"")).expect(412);
        let fresh = Request::json("PATCH", &format!("/api/v1/realms/acme{}", path(&made)), &edit);
        let edited = world.send(&fresh.bearer(&world.owner).header("If-Match", &tag)).expect(200).json();
        assert_eq!((&edited["events"], &edited["enabled"]), (&json!([]), &json!(false)));
        for (query, names) in [
            ("", &["Pager two"][..]),
            ("?status=disabled", &["Pager two"]),
            ("?status=enabled", &[]),
            ("?q=PAGER", &["Pager two"]),
            ("?q=nothing", &[]),
        ] {
            let listed = world.admin("GET", &format!("/webhooks{query}"), None).expect(200).json();
            let items = listed["items"].as_array().expect("items");
            let found: Vec<&str> = items.iter().filter_map(|item| item["name"].as_str()).collect();
            assert_eq!(found, names, "{query}");
        }
        let receipt = world.admin("DELETE", &path(&made), None).expect(200).json();
        assert_eq!(receipt["outcome"], "confirmed");
        world.admin("GET", &path(&made), None).expect(404);
        world.admin("DELETE", &path(&made), None).expect(200);
        world.admin("GET", &format!("{}/deliveries", path(&made)), None).expect(404);
        assert!(Tables::of(&world).lines("SELECT id AS line FROM webhook").is_empty());
    }

    fn every_faulty_field_is_named_and_nothing_is_stored(world: World) {
        let (mut world, hooks) = with_hooks(world);
        let refused = |body: Value| {
            let problem = world.admin("POST", "/webhooks", Some(body)).expect(422).json();
            let errors = problem["errors"].as_array().expect("errors").clone();
            errors.iter().filter_map(|error| error["field"].as_str().map(str::to_owned)).collect::<Vec<_>>()
        };
        let good = hooks.url();
        assert_eq!(refused(json!({})), ["name", "url"]);
        assert_eq!(refused(json!({"name": "", "url": "x", "events": ["y"], "enabled": 1, "z": 1})).len(), 5);
        for url in [
            "http://hooks.example/",
            "http://localhost/",
            "http://127.0.0.1:9/",
            "https://me:pw@hooks.example/",
            "https://hooks.example/#x",
            "ftp://hooks.example/",
            "https://",
        ] {
            assert_eq!(refused(json!({"name": "a", "url": url})), ["url"], "{url}");
        }
        assert_eq!(refused(json!({"name": "a", "url": good, "events": "all"})), ["events"]);
        assert_eq!(refused(json!({"name": "a", "url": good, "events": ["webhook.test"]})), ["events"]);
        assert!(Tables::of(&world).lines("SELECT id AS line FROM webhook").is_empty());
        let made = create(&world, &hooks, json!({}));
        world.admin("POST", "/webhooks", Some(json!({"name": "PAGER", "url": good}))).expect(409);
        let refused = world.admin("PATCH", &path(&made), Some(json!({"url": "http://10.0.0.1/"}))).expect(422);
        assert_eq!(refused.json()["errors"][0]["field"], "url");
        for body in [json!({}), json!({"overlap_seconds": -1}), json!({"overlap_seconds": 2_592_001})] {
            let rotate = format!("{}/rotate", path(&made));
            let problem = world.admin("POST", &rotate, Some(body)).expect(422).json();
            assert_eq!(problem["errors"][0]["field"], "overlap_seconds");
        }
        world.limits.set(claviger_domain::Bound::WebhooksPerRealm, 1);
        world.restart();
        let problem = world.admin("POST", "/webhooks", Some(json!({"name": "b", "url": good}))).expect(422);
        assert!(problem.text().contains("max_webhooks_per_realm"), "{}", problem.text());
    }

    fn test_event_tells_what_happened_and_stands_in_the_log(world: World) {
        let (world, hooks) = with_hooks(world);
        let made = create(&world, &hooks, json!({"enabled": false}));
        let test = format!("{}/test", path(&made));
        let sent = world.admin("POST", &test, None).expect(200).json();
        assert_eq!((&sent["status"], &sent["event_type"]), (&json!("delivered"), &json!("webhook.test")));
        assert_eq!(sent["attempts"][0]["response_status"], 204);
        let [hook] = &hooks.received()[..] else { panic!("one request") };
        assert!(is_signed(hook, &made["secret"]));
        assert_eq!(hook.header("webhook-id"), sent["event_id"].as_str().expect("an id"));
        assert_eq!(hook.header("content-type"), "application/json");
        assert_eq!(hook.json(), sent["payload"]);
        let data = json!({"realm": "acme", "webhook_id": made["id"]});
        assert_eq!((&hook.json()["type"], &hook.json()["data"]), (&json!("webhook.test"), &data));
        // Of one second, the order is not told.
        world.clock.advance_seconds(1);
        hooks.answers(503);
        let failed = world.admin("POST", &test, None).expect(200).json();
        assert_eq!((&failed["status"], &failed["next_attempt_at"]), (&json!("failed"), &json!(null)));
        assert_eq!(failed["attempts"][0]["error"], "the receiver answered 503");
        world.clock.advance_seconds(1);
        hooks.answers(302);
        let redirect = world.admin("POST", &test, None).expect(200).json();
        assert!(redirect["attempts"][0]["error"].as_str().expect("an error").contains("redirects"), "{redirect}");
        let log = world.admin("GET", &format!("{}/deliveries", path(&made)), None).expect(200).json();
        let ids: Vec<&Value> = log["items"].as_array().expect("items").iter().map(|item| &item["id"]).collect();
        assert_eq!(ids, [&redirect["id"], &failed["id"], &sent["id"]]);
        let one = format!("{}/deliveries/{}", path(&made), sent["id"].as_str().expect("an id"));
        assert_eq!(world.admin("GET", &one, None).expect(200).json(), sent);
        let of_status = format!("{}/deliveries?status=delivered", path(&made));
        let found = world.admin("GET", &of_status, None).expect(200).json();
        assert_eq!(found["items"], json!([sent]));
        let events = world.admin("GET", "/audit-events?action=webhook.test", None).expect(200).json();
        assert_eq!(events["items"][2]["id"], sent["event_id"]);
        // A disabled webhook can be tried, and is sent nothing else.
        world.admin("POST", &format!("{one}/resend"), None).expect(409);
    }

    fn private_addresses_are_refused_however_they_are_written(world: World) {
        let (world, hooks) = with_hooks(world);
        for (n, host) in [
            "127.0.0.1", "127.1", "0x7f.1", "2130706433", "0177.0.0.1", "localhost", "10.0.0.1", "192.168.1.1",
            "169.254.169.254", "[::1]", "[::ffff:127.0.0.1]", "[fd00::1]", "[fe80::1]", "0.0.0.0", "100.64.0.1",
        ]
        .iter()
        .enumerate()
        {
            let body = json!({"name": format!("w{n}"), "url": format!("https://{host}:{}/", hooks.address.port() + 1)});
            let made = world.admin("POST", "/webhooks", Some(body)).expect(201).json();
            let sent = world.admin("POST", &format!("{}/test", path(&made)), None).expect(200).json();
            assert_eq!(sent["status"], "failed", "{host}");
            let attempt = &sent["attempts"][0];
            assert_eq!(attempt["response_status"], json!(null), "{host}");
            // One text, whatever is there.
            let error = attempt["error"].as_str().expect("an error");
            assert!(error.starts_with("the server cannot be reached"), "{host}: {error}");
        }
        assert!(hooks.received().is_empty());
    }

    fn during_an_overlap_two_secrets_sign(world: World) {
        let (world, hooks) = with_hooks(world);
        let made = create(&world, &hooks, json!({}));
        let (test, rotate) = (format!("{}/test", path(&made)), format!("{}/rotate", path(&made)));
        let rotation = |overlap: i64| world.admin("POST", &rotate, Some(json!({"overlap_seconds": overlap})));
        let second = rotation(3600).expect(201).json();
        assert_eq!(second["overlap_ends_at"], "2027-01-31T13:00:00Z");
        let signed_by = |secrets: [&Value; 2]| {
            world.admin("POST", &test, None).expect(200);
            let hook = hooks.received().pop().expect("a request");
            let signatures = hook.header("webhook-signature").split(' ').count();
            (signatures, secrets.map(|secret| is_signed(&hook, secret)))
        };
        assert_eq!(signed_by([&made["secret"], &second["secret"]]), (2, [true, true]));
        let refused = rotation(3600).expect(409).json();
        assert!(refused["detail"].as_str().expect("a detail").contains("overlap_seconds 0"), "{refused}");
        world.clock.advance_seconds(3600);
        assert_eq!(signed_by([&made["secret"], &second["secret"]]), (1, [false, true]));
        assert_eq!(world.admin("GET", &path(&made), None).expect(200).json()["overlap_ends_at"], json!(null));
        let third = rotation(60).expect(201).json();
        assert_eq!(signed_by([&second["secret"], &third["secret"]]), (2, [true, true]));
        let fourth = rotation(0).expect(201).json();
        assert_eq!(signed_by([&third["secret"], &fourth["secret"]]), (1, [false, true]));
        let repeated = Request::json("POST", &format!("/api/v1/realms/acme{rotate}"), &json!({"overlap_seconds": 0}));
        let repeated = repeated.bearer(&world.owner).header("Idempotency-Key", "one");
        world.send(&repeated).expect(201);
        assert_eq!(world.send(&repeated).expect(409).json()["type"], "/problems/already-made");
    }

    fn secret_is_in_no_other_answer_row_or_event_and_survives_a_new_master_key(world: World) {
        let (mut world, hooks) = with_hooks(world);
        let made = create(&world, &hooks, json!({}));
        let rotate = format!("{}/rotate", path(&made));
        let rotated = world.admin("POST", &rotate, Some(json!({"overlap_seconds": 3600}))).expect(201).json();
        world.admin("PATCH", &path(&made), Some(json!({"name": "other"}))).expect(200);
        let sent = world.admin("POST", &format!("{}/test", path(&made)), None).expect(200).text();
        let answers = ["/webhooks", "/audit-events", &format!("{}/deliveries", path(&made))]
            .map(|path| world.admin("GET", path, None).expect(200).text());
        let rows = Tables::of(&world).dump().join("\n");
        let log = Tables::of(&world).change_log();
        let log: String = log.iter().map(|row| String::from_utf8_lossy(&row.body).into_owned()).collect();
        for secret in [&made["secret"], &rotated["secret"]] {
            let secret = secret.as_str().expect("a secret").trim_start_matches("whsec_");
            for text in answers.iter().chain([&sent, &rows, &log]) {
                assert!(!text.contains(secret));
            }
        }
        world.stop();
        let place = settings(world.folder.path(), world.address, &world.database_url);
        add_key(&place).expect("a key");
        let promoted = promote_key(&place, None, &mut |_| {}).expect("promoted");
        let under = Tables::of(&world).lines("SELECT sealed_under AS line FROM webhook");
        assert_eq!(under, [promoted.id]);
        world.restart();
        world.admin("POST", &format!("{}/test", path(&made)), None).expect(200);
        let hook = hooks.received().pop().expect("a request");
        assert!(is_signed(&hook, &made["secret"]) && is_signed(&hook, &rotated["secret"]));
    }
}
