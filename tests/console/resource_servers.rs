//! Resource servers: a key that is shown once, what is observed of them, their renewal and their end.

use serde_json::{Value, json};

use crate::members::let_sign_in_age;
use crate::plain_browser::{PlainBrowser, field};
use crate::verifier_polls::attach;
use claviger_testkit::on_both_databases;
use claviger_testkit::world::{Client, World};

const OWNER: &str = "holder@acme.example";
const AUDIENCE: &str = "https://factory.example";

fn servers(world: &World) -> Vec<Value> {
    let listed: Value = world.admin("GET", "/resource-servers", None).expect(200).json();
    listed["items"].as_array().expect("a list").clone()
}

/// The key that a page shows.
fn key_on(page: &str) -> Client {
    Client { id: field(page, "client_id"), key: field(page, "client_key"), name: "factory".to_owned() }
}

on_both_databases! {
    fn key_is_shown_once_and_asks_about_tokens(world: World) {
        let client = world.credential("nightly", &[]);
        let browser = PlainBrowser::signed_in(&world, OWNER);
        let page = browser.get("/resource-servers").expect(200).text();
        assert!(page.contains("No resource servers yet"), "{page}");
        let attempt = field(&browser.get("/resource-servers/new").expect(200).text(), "idempotency_key");
        let fields = [("name", "factory"), ("audience", AUDIENCE), ("idempotency_key", &attempt)];
        let made = browser.post("/resource-servers/new", &fields).expect(201);
        assert_eq!(made.header("cache-control"), Some("no-store"));
        let page = made.text();
        let factory = key_on(&page);
        let again = browser.post("/resource-servers/new", &fields).expect(409).text();
        assert!(again.contains("shown once") && !again.contains(&factory.key), "{again}");
        assert_eq!(servers(&world).len(), 1);
        let file = browser.post(
            "/resource-servers/download",
            &[("client_id", &factory.id), ("client_key", &factory.key), ("as", "env")],
        );
        assert!(file.expect(200).text().contains(&format!("CLAVIGER_CLIENT_KEY={}", factory.key)));
        let path = format!("/resource-servers/{}", factory.id);
        let page = browser.get(&path).expect(200).text();
        assert!(page.contains("reads keys only") && page.contains("never") && !page.contains(&factory.key), "{page}");
        let token = world.token_with(&client, &[("resource", AUDIENCE)]);
        world.assert_active(&factory, &token);
        let page = browser.get(&path).expect(200).text();
        assert!(page.contains("asks every time") && page.contains("refused at once"), "{page}");
        for (query, shown) in [("status=asking", true), ("status=keys", false), ("q=FACTORY", true)] {
            let page = browser.get(&format!("/resource-servers?{query}")).expect(200).text();
            assert_eq!(page.contains(&path), shown, "{query}: {page}");
        }
    }

    fn coverage_is_shown_where_it_matters(world: World) {
        let client = world.credential("nightly", &[]);
        let factory = world.resource_server("factory", AUDIENCE);
        world.resource_server("silent", "https://silent.example");
        // Setting the password would wait for the verifiers.
        let browser = PlainBrowser::signed_in(&world, OWNER);
        attach(&world, &factory, "v");
        attach(&world, &factory, "w");
        let path = format!("/resource-servers/{}", factory.id);
        let page = browser.get(&path).expect(200).text();
        for shown in ["follows the feed", "2 instances follow it now.", "refused at once"] {
            assert!(page.contains(shown), "{shown}: {page}");
        }
        for (tab, shown) in [("following", true), ("asking", false), ("keys", false), ("all", true)] {
            let page = browser.get(&format!("/resource-servers?status={tab}")).expect(200).text();
            assert_eq!(page.contains(&path), shown, "{tab}: {page}");
        }
        let overview = browser.get("/").expect(200).text();
        for shown in ["2 instances, heard", "follows the feed", "never heard", "reads keys only"] {
            assert!(overview.contains(shown), "{shown}: {overview}");
        }
        let page = browser.get(&format!("/service-credentials/{}", client.id)).expect(200).text();
        let late = page.split("Learns late of its revocation").nth(1).expect("a notice");
        assert!(late.contains("https://silent.example") && !late.contains(AUDIENCE), "{late}");
    }

    fn faults_of_a_resource_server_keep_what_was_typed(world: World) {
        world.resource_server("factory", AUDIENCE);
        let browser = PlainBrowser::signed_in(&world, OWNER);
        for (name, audience, says) in [
            ("", AUDIENCE, "Give it a name."), ("b", "factory", "An absolute URI"),
            ("factory", "https://b.example", "already exists"), ("b", AUDIENCE, "already has a resource server"),
        ] {
            let attempt = field(&browser.get("/resource-servers/new").expect(200).text(), "idempotency_key");
            let fields = [("name", name), ("audience", audience), ("idempotency_key", &attempt)];
            let page = browser.post("/resource-servers/new", &fields).expect(422).text();
            assert!(page.contains(says) && page.contains(&format!("value=\"{audience}\"")), "{says}: {page}");
        }
        assert_eq!(servers(&world).len(), 1);
    }

    fn renewed_server_has_two_keys_until_the_overlap_ends(world: World) {
        let client = world.credential("nightly", &[]);
        let old = world.resource_server("factory", AUDIENCE);
        let browser = PlainBrowser::signed_in(&world, OWNER);
        let path = format!("/resource-servers/{}", old.id);
        let form = browser.get(&format!("{path}/renew")).expect(200).text();
        assert!(form.contains("24 hours") && form.contains("value=\"86400\" checked"), "{form}");
        let attempt = field(&form, "idempotency_key");
        let page = browser.post(&format!("{path}/renew"), &[("overlap", "soon"), ("idempotency_key", &attempt)]);
        assert!(page.expect(422).text().contains("Choose one of these."));
        let fields = [("overlap", "3600"), ("idempotency_key", attempt.as_str())];
        let new = key_on(&browser.post(&format!("{path}/renew"), &fields).expect(201).text());
        let again = browser.post(&format!("{path}/renew"), &fields).expect(409).text();
        assert!(!again.contains(&new.key), "{again}");
        let token = world.token_with(&client, &[("resource", AUDIENCE)]);
        world.assert_active(&old, &token);
        world.assert_active(&new, &token);
        let page = browser.get(&path).expect(200).text();
        assert!(page.contains("Its key works until") && page.contains(&new.id) && !page.contains("/renew\""), "{page}");
        // Without overlap the old key is refused when the answer comes.
        let form = browser.get(&format!("/resource-servers/{}/renew", new.id)).expect(200).text();
        let attempt = field(&form, "idempotency_key");
        let fields = [("overlap", "0"), ("idempotency_key", attempt.as_str())];
        let newest = key_on(&browser.post(&format!("/resource-servers/{}/renew", new.id), &fields).expect(201).text());
        world.send(&world.introspection_request(&new, &token)).expect(401);
        world.assert_active(&newest, &token);
    }

    fn deleted_server_ends_its_tokens_and_needs_no_recent_sign_in(world: World) {
        let client = world.credential("nightly", &[]);
        let factory = world.resource_server("factory", AUDIENCE);
        let other = world.resource_server("reports", "https://reports.example");
        let token = world.token_with(&client, &[("resource", AUDIENCE)]);
        let browser = PlainBrowser::signed_in(&world, OWNER);
        let_sign_in_age(&world, &browser);
        let path = format!("/resource-servers/{}", factory.id);
        for asks in [browser.get("/resource-servers/new"), browser.get(&format!("{path}/renew"))] {
            assert!(asks.expect(303).header("location").expect("an address").contains("/confirm?next="));
        }
        let ask = browser.get(&format!("{path}/delete")).expect(200).text();
        assert!(ask.contains("Tokens for its audience end at once"), "{ask}");
        browser.post(&format!("{path}/delete"), &[("name", "Factory")]).expect(422);
        browser.post(&format!("{path}/delete"), &[("name", "factory")]).expect(303);
        let page = browser.get("/resource-servers").expect(200).text();
        assert!(page.contains("factory was deleted.") && page.contains("veryone confirmed in"), "{page}");
        world.send(&world.introspection_request(&factory, &token)).expect(401);
        world.assert_inactive(&other, &token);
        assert_eq!(servers(&world).len(), 1);
        browser.get(&path).expect(404);
        assert_eq!(servers(&world)[0]["name"], json!("reports"));
    }
}
