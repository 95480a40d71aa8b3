//! Webhooks: the secret is shown once, deliveries are listed, and what is sent can be tried, paused and removed.

use serde_json::{Value, json};

use crate::plain_browser::{PlainBrowser, field};
use crate::vault_scene::{OWNER, id_in};
use claviger_testkit::hooks::Hooks;
use claviger_testkit::on_both_databases;
use claviger_testkit::world::World;

/// A realm whose webhooks may send to this machine.
fn with_hooks(mut world: World) -> (World, Hooks) {
    let hooks = Hooks::start();
    world.webhook_allowed_hosts = vec![hooks.address.to_string()];
    world.restart();
    (world, hooks)
}

fn webhooks(world: &World) -> Vec<Value> {
    let shown = world.admin("GET", "/webhooks", None).expect(200).json();
    shown["items"].as_array().expect("items").clone()
}

/// The secret that a page shows.
fn secret_in(page: &str) -> String {
    let at = page.find("whsec_").unwrap_or_else(|| panic!("no secret: {page}"));
    page[at..].split(['<', '"']).next().expect("a secret").to_owned()
}

on_both_databases! {
    fn secret_is_shown_once(world: World) {
        let (world, hooks) = with_hooks(world);
        let browser = PlainBrowser::signed_in(&world, OWNER);
        assert!(browser.get("/webhooks").expect(200).text().contains("Add webhook"));
        let form = browser.get("/webhooks/new").expect(200).text();
        assert!(form.contains("A source credential is refused by its provider"), "{form}");
        let (key, url) = (field(&form, "idempotency_key"), hooks.url());
        let faulty = [("name", ""), ("url", "ftp://nowhere"), ("idempotency_key", &key)];
        let page = browser.post("/webhooks/new", &faulty).expect(422).text();
        assert!(page.contains("2 fields need you.") && page.contains("begins with https://"), "{page}");
        let private = [("name", "chat"), ("url", "http://10.0.0.7/"), ("idempotency_key", &key)];
        let page = browser.post("/webhooks/new", &private).expect(422).text();
        assert!(page.contains("unless the operator lists its host in webhook_allowed_hosts."), "{page}");
        let fields = [
            ("name", "chat"),
            ("url", url.as_str()),
            ("events", "source_credential.failed"),
            ("events", "nonsense"),
            ("idempotency_key", &key),
        ];
        let made = browser.post("/webhooks/new", &fields).expect(201);
        assert_eq!(made.header("cache-control"), Some("no-store"));
        let page = made.text();
        let secret = secret_in(&page);
        assert!(page.contains("chat</bdi> is ready") && page.contains("I have saved the secret"), "{page}");
        let again = browser.post("/webhooks/new", &fields).expect(409).text();
        assert!(again.contains("Its secret was shown once") && !again.contains("whsec_"), "{again}");
        let stored = webhooks(&world);
        assert_eq!((stored.len(), &stored[0]["events"]), (1, &json!(["source_credential.failed"])));
        let path = format!("/webhooks/{}", stored[0]["id"].as_str().expect("an id"));
        for path in ["/webhooks", &path, &format!("{path}/edit")] {
            let page = browser.get(path).expect(200).text();
            assert!(page.contains("chat") && !page.contains("whsec_"), "{page}");
        }
        let taken = [("name", "CHAT"), ("url", url.as_str()), ("idempotency_key", "k2")];
        assert!(browser.post("/webhooks/new", &taken).expect(422).text().contains("CHAT exists already."));
        // A new secret: one overlap at a time.
        let ask = browser.get(&format!("{path}/rotate")).expect(200).text();
        let rotation = [("overlap", "86400"), ("idempotency_key", &field(&ask, "idempotency_key"))];
        let newer = secret_in(&browser.post(&format!("{path}/rotate"), &rotation).expect(201).text());
        assert_ne!(secret, newer);
        assert!(!browser.post(&format!("{path}/rotate"), &rotation).expect(409).text().contains("whsec_"));
        assert!(browser.get(&path).expect(200).text().contains("Two secrets sign."));
        let ask = browser.get(&format!("{path}/rotate")).expect(200).text();
        assert!(ask.contains("Two secrets sign already") && !ask.contains("value=\"86400\""), "{ask}");
        let third = [("overlap", "86400"), ("idempotency_key", "k3")];
        assert!(browser.post(&format!("{path}/rotate"), &third).expect(422).text().contains("Not rotated."));
    }

    fn test_is_sent_and_deliveries_are_listed(world: World) {
        let (world, hooks) = with_hooks(world);
        let body = json!({"name": "chat", "url": hooks.url()});
        let made = world.admin("POST", "/webhooks", Some(body)).expect(201).json();
        let path = format!("/webhooks/{}", made["id"].as_str().expect("an id"));
        let browser = PlainBrowser::signed_in(&world, OWNER);
        let page = browser.get(&path).expect(200).text();
        assert!(page.contains("Nothing was sent yet.") && page.contains("Enabled"), "{page}");
        assert_eq!(id_in(&browser.post(&format!("{path}/test"), &[]).expect(303)), made["id"].as_str().expect("an id"));
        let page = browser.get(&path).expect(200).text();
        assert!(page.contains("The test was delivered: 204 in ") && page.contains("webhook.test"), "{page}");
        assert!(page.contains("Delivered") && page.contains("tested it"), "{page}");
        hooks.answers(503);
        browser.post(&format!("{path}/test"), &[]).expect(303);
        let page = browser.get(&path).expect(200).text();
        assert!(page.contains("The test was not delivered: ") && page.contains("503"), "{page}");
        assert!(page.contains("Failed") && page.contains("Resend"), "{page}");
        assert_eq!(hooks.received().len(), 2);
        let failed = field(&page, "delivery");
        browser.post(&format!("{path}/resend"), &[("delivery", &failed)]).expect(303);
        assert!(browser.get(&path).expect(200).text().contains("It is sent again, under the same id."));
        browser.post(&format!("{path}/resend"), &[("delivery", "nonsense")]).expect(404);
        // Paused and enabled.
        let ask = browser.get(&format!("{path}/disable")).expect(200).text();
        assert!(ask.contains("It is told of nothing until it is enabled again."), "{ask}");
        browser.post(&format!("{path}/disable"), &[]).expect(303);
        let page = browser.get(&path).expect(200).text();
        assert!(page.contains("chat is paused.") && page.contains(">Enable</button>"), "{page}");
        assert!(browser.get("/webhooks?status=disabled").expect(200).text().contains("Paused"));
        browser.post(&format!("{path}/enable"), &[]).expect(303);
        assert_eq!(webhooks(&world)[0]["enabled"], true);
        // Changed on what was shown.
        let form = browser.get(&format!("{path}/edit")).expect(200).text();
        let tag = field(&form, "etag").replace("&#34;", "\"");
        let url = hooks.url();
        let edit = [("name", "pager"), ("url", url.as_str()), ("events", "api_token.expiring"), ("etag", &tag)];
        browser.post(&format!("{path}/edit"), &edit).expect(303);
        let stored = webhooks(&world);
        assert_eq!((&stored[0]["name"], &stored[0]["events"]), (&json!("pager"), &json!(["api_token.expiring"])));
        let stale = browser.post(&format!("{path}/edit"), &edit).expect(412).text();
        assert!(stale.contains("changed this meanwhile. Your change was not made."), "{stale}");
        browser.get(&format!("{path}/remove")).expect(200);
        browser.post(&format!("{path}/remove"), &[]).expect(303);
        assert!(browser.get("/webhooks").expect(200).text().contains("pager was removed."));
        browser.post(&format!("{path}/remove"), &[]).expect(303);
        assert!(webhooks(&world).is_empty());
        browser.get(&path).expect(404);
    }

    fn auditors_read_webhooks_and_members_do_not(world: World) {
        let (world, hooks) = with_hooks(world);
        let body = json!({"name": "chat", "url": hooks.url()});
        let made = world.admin("POST", "/webhooks", Some(body)).expect(201).json();
        let path = format!("/webhooks/{}", made["id"].as_str().expect("an id"));
        world.member("auditor@acme.example", &["auditor"]);
        world.member("member@acme.example", &["member"]);
        let auditor = PlainBrowser::signed_in(&world, "auditor@acme.example");
        let member = PlainBrowser::signed_in(&world, "member@acme.example");
        for page in ["/webhooks", &path] {
            let shown = auditor.get(page).expect(200).text();
            for absent in ["whsec_", "/edit\"", "/rotate\"", "/test\"", "/disable\"", "/remove\"", "/new\""] {
                assert!(!shown.contains(absent), "{page}: {absent}: {shown}");
            }
            member.get(page).expect(403);
        }
        for act in ["edit", "rotate", "disable", "enable", "remove", "test", "resend"] {
            auditor.post(&format!("{path}/{act}"), &[]).expect(403);
            member.post(&format!("{path}/{act}"), &[]).expect(403);
        }
        auditor.get("/webhooks/new").expect(403);
        assert!(hooks.received().is_empty());
    }
}
