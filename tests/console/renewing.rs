//! Renewing in the console: the successor's key is shown once, and one form makes one successor.

use serde_json::json;

use crate::one_credential::deployer;
use crate::plain_browser::{PlainBrowser, field};
use claviger_testkit::on_both_databases;
use claviger_testkit::world::{Client, Database, World};

const OWNER: &str = "holder@acme.example";

on_both_databases! {
    fn successor_works_beside_the_old_one_until_the_overlap_ends(world: World) {
        let old = deployer(&world);
        let browser = PlainBrowser::signed_in(&world, OWNER);
        let path = format!("/service-credentials/{}", old.id);
        let form = browser.get(&format!("{path}/renew")).expect(200).text();
        assert!(form.contains("is valid for 90 days"), "{form}");
        let key = field(&form, "idempotency_key");
        let fields = [("overlap", "86400"), ("idempotency_key", key.as_str())];
        for wrong in ["-1", "x", "", "2592001"] {
            let fields = [("overlap", wrong), ("idempotency_key", key.as_str())];
            let page = browser.post(&format!("{path}/renew"), &fields).expect(422).text();
            assert!(page.contains("Choose one of these overlaps."), "{wrong}: {page}");
        }
        let made = browser.post(&format!("{path}/renew"), &fields).expect(201);
        assert_eq!(made.header("cache-control"), Some("no-store"));
        let page = made.text();
        assert!(page.contains("The old one works until 1 Feb 2027, 12:00 UTC."), "{page}");
        let client =
            Client { id: field(&page, "client_id"), key: field(&page, "client_key"), name: "nightly".into() };
        assert_ne!(client.id, old.id);
        world.token(&client);
        world.token(&old);
        // The same form again makes nothing new.
        let again = browser.post(&format!("{path}/renew"), &fields).expect(409).text();
        assert!(!again.contains("clvk_") && again.contains(&client.id), "{again}");
        let listed = world.admin("GET", "/service-credentials", None).expect(200).json();
        assert_eq!(listed["items"].as_array().expect("a list").len(), 2, "{listed}");
        // Another form: it has a successor already.
        let fields = [("overlap", "86400"), ("idempotency_key", "another")];
        let refused = browser.post(&format!("{path}/renew"), &fields).expect(303);
        assert_eq!(refused.header("location"), Some(format!("/console/acme{path}").as_str()));
        let page = browser.get(&path).expect(200).text();
        assert!(page.contains("Not renewed. It was replaced"), "{page}");
        assert!(page.contains("End the overlap now") && page.contains(&format!("/{}\">Open its successor", client.id)), "{page}");
        let page = browser.get(&path).expect(200).text();
        assert!(!page.contains("Not renewed."), "a note is shown once: {page}");
        browser.get(&format!("{path}/renew")).expect(303);
        let page = browser.get(&format!("/service-credentials/{}", client.id)).expect(200).text();
        assert!(page.contains("Replaces") && page.contains(&old.id), "{page}");
    }

    fn without_overlap_the_old_one_has_ended_when_the_key_is_shown(world: World) {
        let old = deployer(&world);
        let server = world.resource_server("builds", "https://builds.example.org");
        let token = world.token(&old);
        let browser = PlainBrowser::signed_in(&world, OWNER);
        let path = format!("/service-credentials/{}", old.id);
        let fields = [("overlap", "0"), ("idempotency_key", "k")];
        let page = browser.post(&format!("{path}/renew"), &fields).expect(201).text();
        world.assert_inactive(&server, &token);
        assert!(page.contains("The old one is revoked.") && page.contains(&format!("{path}/receipt")), "{page}");
        let client =
            Client { id: field(&page, "client_id"), key: field(&page, "client_key"), name: "nightly".into() };
        world.token(&client);
        let receipt = browser.get(&format!("{path}/receipt")).expect(200).text();
        assert!(receipt.contains("Everyone has confirmed."), "{receipt}");
        let page = browser.get(&path).expect(200).text();
        assert!(page.contains("revoked it at the end of its overlap"), "{page}");
        browser.post(&format!("{path}/renew"), &fields).expect(409);
    }
}

#[test]
fn what_cannot_be_renewed_says_why() {
    let world = World::start(Database::Sqlite);
    let client = deployer(&world);
    let browser = PlainBrowser::signed_in(&world, OWNER);
    let path = format!("/service-credentials/{}", client.id);
    let renew = || browser.post(&format!("{path}/renew"), &[("overlap", "0"), ("idempotency_key", "k")]);
    for (key, status) in [("", 400), ("\u{e9}", 400)] {
        let fields = [("overlap", "0"), ("idempotency_key", key)];
        assert_eq!(browser.post(&format!("{path}/renew"), &fields).status, status, "{key}");
    }
    let settings = |on: bool| {
        world.admin("PATCH", "", Some(json!({"service_credentials": on}))).expect(200);
    };
    settings(false);
    renew().expect(303);
    let page = browser.get(&path).expect(200).text();
    assert!(page.contains("Not renewed. Service credentials are switched off for this realm."), "{page}");
    settings(true);
    world.revoke(&client).expect(200);
    renew().expect(303);
    let page = browser.get(&path).expect(200).text();
    assert!(page.contains("Not renewed. It was replaced, revoked or has expired meanwhile."), "{page}");
}
