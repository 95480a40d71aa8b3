//! The form of the realm's settings.

use serde_json::{Value, json};

use crate::members::{as_role, etag, let_sign_in_age};
use crate::plain_browser::PlainBrowser;
use claviger_testkit::on_both_databases;
use claviger_testkit::world::World;

const OWNER: &str = "holder@acme.example";
const PATH: &str = "/organization/settings";

fn realm(world: &World) -> Value {
    world.admin("GET", "", None).expect(200).json()
}

/// The fields of the form, with these switches on.
fn fields<'a>(tag: &'a str, name: &'a str, allow: &[&'a str]) -> Vec<(&'a str, &'a str)> {
    let plain = [
        ("display_name", name),
        ("default_alg", "EdDSA"),
        ("registry_services", "registry.example\nother.example"),
        ("registry_token_ttl_seconds", "120"),
        ("etag", tag),
    ];
    plain.into_iter().chain(allow.iter().map(|switch| ("allow", *switch))).collect()
}

on_both_databases! {
    fn settings_are_changed_and_narrower_ones_are_told_before(world: World) {
        let browser = PlainBrowser::signed_in(&world, OWNER);
        let page = browser.get("/organization").expect(200).text();
        assert!(page.contains("/organization/settings"), "{page}");
        let form = browser.get(PATH).expect(200).text();
        assert!(form.contains("value=\"service_credentials\" checked"), "{form}");
        let tag = etag(&form);
        browser.post(PATH, &fields(&tag, "Acme <b>Robotics</b>", &["service_credentials", "administrative_credentials"])).expect(303);
        let now = realm(&world);
        assert_eq!(now["display_name"], "Acme <b>Robotics</b>");
        assert_eq!((&now["default_alg"], &now["registry_token_ttl_seconds"]), (&json!("EdDSA"), &json!(120)));
        assert_eq!(now["registry_services"], json!(["other.example", "registry.example"]));
        assert_eq!(now["administrative_credentials"], true);
        let page = browser.get("/organization").expect(200).text();
        assert!(page.contains("The settings were changed.") && !page.contains("<b>Robotics"), "{page}");
        // Switching off is told before.
        let tag = etag(&browser.get(PATH).expect(200).text());
        let off = fields(&tag, "Acme", &["require_resource"]);
        let asks = browser.post(PATH, &off).expect(200).text();
        for says in ["Nobody can create or renew a service credential", "no longer administer", "must name a resource server"] {
            assert!(asks.contains(says), "{says}: {asks}");
        }
        assert_eq!(realm(&world)["service_credentials"], true);
        let confirmed: Vec<_> = off.into_iter().chain([("confirmed", "yes")]).collect();
        browser.post(PATH, &confirmed).expect(303);
        assert_eq!(realm(&world)["service_credentials"], false);
        let page = browser.get("/service-credentials").expect(200).text();
        assert!(page.contains("switched off for acme"), "{page}");
    }

    fn faults_and_conflicts_keep_what_was_typed(world: World) {
        let browser = PlainBrowser::signed_in(&world, OWNER);
        let tag = etag(&browser.get(PATH).expect(200).text());
        for (field, value, says) in [
            ("registry_token_ttl_seconds", "5", "from 60 to 300"), ("registry_services", "\u{e9}", "visible ASCII"),
            ("default_alg", "none", "Choose one of these."),
        ] {
            let mut wrong = fields(&tag, "Acme", &["service_credentials"]);
            wrong.iter_mut().filter(|(name, _)| *name == field).for_each(|(_, old)| *old = value);
            let page = browser.post(PATH, &wrong).expect(422).text();
            assert!(page.contains(says), "{says}: {page}");
        }
        world.admin("PATCH", "", Some(json!({"display_name": "Theirs"}))).expect(200);
        let page = browser.post(PATH, &fields(&tag, "Mine", &["service_credentials"])).expect(412).text();
        assert!(page.contains("Theirs") && page.contains("Mine") && page.contains("Try mine again"), "{page}");
        assert_eq!(realm(&world)["display_name"], "Theirs");
        browser.post(PATH, &fields(&etag(&page), "Mine", &["service_credentials"])).expect(303);
        assert_eq!(realm(&world)["display_name"], "Mine");
    }

    fn allowing_more_asks_for_a_recent_sign_in(world: World) {
        let browser = PlainBrowser::signed_in(&world, OWNER);
        world.admin("PATCH", "", Some(json!({"service_credentials": false}))).expect(200);
        let_sign_in_age(&world, &browser);
        let tag = etag(&browser.get(PATH).expect(200).text());
        let asks = browser.post(PATH, &fields(&tag, "Acme", &["service_credentials"])).expect(303);
        assert!(asks.header("location").expect("an address").contains("/confirm?next="));
        browser.post(PATH, &fields(&tag, "Acme", &[])).expect(303);
        assert_eq!(realm(&world)["display_name"], "Acme");
    }

    fn only_account_holders_let_credentials_administer(world: World) {
        let (_, admin) = as_role(&world, "sys_admin");
        let form = admin.get(PATH).expect(200).text();
        assert!(form.contains("value=\"administrative_credentials\" disabled"), "{form}");
        let tag = etag(&form);
        let both = ["service_credentials", "administrative_credentials"];
        let page = admin.post(PATH, &fields(&tag, "Acme", &both)).expect(422).text();
        assert!(page.contains("Only an Account Holder lets service credentials administer."), "{page}");
        admin.post(PATH, &fields(&tag, "Acme", &["service_credentials"])).expect(303);
        assert_eq!(realm(&world)["administrative_credentials"], false);
        let (_, auditor) = as_role(&world, "auditor");
        assert!(!auditor.get("/organization").expect(200).text().contains("/organization/settings"));
    }
}
