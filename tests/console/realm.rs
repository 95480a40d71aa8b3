//! The overview, the audit trail, signing keys and the organization's page.

use serde_json::json;

use crate::plain_browser::{PASSWORD, PlainBrowser, field, set_password};
use claviger_testkit::on_both_databases;
use claviger_testkit::patience::until;
use claviger_testkit::world::{Database, World};

const OWNER: &str = "holder@acme.example";

on_both_databases! {
    fn overview_names_what_needs_somebody(world: World) {
        let browser = PlainBrowser::signed_in(&world, OWNER);
        let page = browser.get("/").expect(200).text();
        assert!(page.contains("signed in with a local account") && !page.contains("expires in"), "{page}");
        world.credential_with(json!({"name": "soon", "validity_days": 30}));
        world.token(&world.credential("busy", &[]));
        world.clock.advance_seconds(20 * 86_400);
        browser.sign_in(OWNER, PASSWORD).expect(303);
        let page = browser.get("/").expect(200).text();
        assert!(page.contains("soon expires in") && page.contains("/renew"), "{page}");
        assert!(page.contains("created service credential"), "{page}");
    }

    fn overview_counts_live_tokens_and_times_the_last_revocation(world: World) {
        let browser = PlainBrowser::signed_in(&world, OWNER);
        let page = || browser.get("/").expect(200).text();
        let numbers = |page: &str| page.split("Tokens alive now, about").nth(1).expect("numbers").to_owned();
        assert!(numbers(&page()).starts_with("</dt><dd>0<"), "{}", page());
        assert!(page().contains("none<small>no receipt yet"), "{}", page());
        let (kept, gone) = (world.credential("kept", &[]), world.credential("gone", &[]));
        (0..3).for_each(|_| drop(world.token(&kept)));
        world.token(&gone);
        until("the tokens are counted", || numbers(&page()).starts_with("</dt><dd>4<"));
        world.revoke(&gone).expect(200);
        let told = page();
        assert!(numbers(&told).starts_with("</dt><dd>3<"), "{told}");
        assert!(told.contains(" ms<small>everyone confirmed, "), "{told}");
        // As every other node reads it, and this one after its start.
        let last = |page: &str| {
            let after = page.split("<dt>Last revocation</dt>").nth(1).expect("the last revocation");
            after.split("</dd>").next().and_then(|words| words.split("datetime=\"").nth(1)).map(|at| at[..20].to_owned())
        };
        world.restart();
        assert!(page().contains(" ms<small>everyone confirmed, "), "{}", page());
        assert_eq!(last(&page()), last(&told));
        // A repeated request waits again, and is not another revocation.
        world.clock.advance_seconds(60);
        world.revoke(&gone).expect(200);
        assert_eq!(last(&page()), last(&told));
        // Longer than a token lives, and as long as its hour may be counted.
        world.clock.advance_seconds(2 * 3_600);
        let later = PlainBrowser::new(&world);
        later.sign_in(OWNER, PASSWORD).expect(303);
        assert!(numbers(&later.get("/").expect(200).text()).starts_with("</dt><dd>0<"));
    }

    fn audit_trail_is_filtered_opened_and_exported(world: World) {
        let browser = PlainBrowser::signed_in(&world, OWNER);
        world.group("builders", &["ci:read"]);
        let page = browser.get("/audit?action=group.create").expect(200).text();
        assert!(page.contains("builders") && !page.contains("does not exist any more"), "{page}");
        assert!(page.contains("Open group.create of") && !page.contains("Open session.create of"), "{page}");
        for forged in ["?from=yesterday", "?cursor=x", "?sort=actor"] {
            let page = browser.get(&format!("/audit{forged}")).expect(200).text();
            assert!(page.contains("does not exist any more"), "{forged}: {page}");
        }
        let on = |dates: &str| browser.get(&format!("/audit?action=group.create&{dates}")).expect(200).text();
        assert!(on("from=2027-01-31&to=2027-01-31").contains("Open group.create of"));
        assert!(!on("from=2027-02-01").contains("Open group.create of"));
        assert!(!on("to=2027-01-30").contains("Open group.create of"));
        let events = world.admin("GET", "/audit-events?action=group.create", None).expect(200).json();
        let id = events["items"][0]["id"].as_str().expect("an id");
        let page = browser.get(&format!("/audit/{id}")).expect(200).text();
        assert!(page.contains("ci:read") && page.contains("group.create"), "{page}");
        browser.get("/audit/01890000-0000-7000-8000-000000000000").expect(404);
        browser.get("/audit/none").expect(404);
        let export = browser.get("/audit/export?action=group.create").expect(200);
        assert_eq!(export.header("content-disposition"), Some("attachment; filename=\"audit-acme.jsonl\""));
        let line: serde_json::Value = serde_json::from_str(export.text().lines().next().expect("a line")).expect("JSON");
        assert_eq!(line["id"], id);
    }

    fn keys_are_rotated_and_withdrawn_by_their_id(world: World) {
        let browser = PlainBrowser::signed_in(&world, OWNER);
        let credential = world.credential("busy", &[]);
        let token = world.token(&credential);
        let early = browser.post("/signing-keys/rotate", &[]).expect(409).text();
        assert!(early.contains("Not rotated."), "{early}");
        world.clock.advance_seconds(5 * 60);
        browser.get("/signing-keys/rotate").expect(200);
        browser.post("/signing-keys/rotate", &[]).expect(303);
        let page = browser.get("/signing-keys").expect(200).text();
        assert!(page.contains("The next key signs now.") && page.contains("Retired"), "{page}");
        let keys = world.admin("GET", "/signing-keys", None).expect(200).json();
        let retired = keys["items"].as_array().expect("keys").iter().find(|key| key["status"] == "retired");
        let kid = retired.expect("a retired key")["kid"].as_str().expect("an id").to_owned();
        let page = browser.get(&format!("/signing-keys/withdraw?kid={kid}")).expect(200).text();
        assert_eq!(field(&page, "kid"), kid);
        let withdraw = |name: &str| browser.post("/signing-keys/withdraw", &[("kid", &kid), ("name", name)]);
        withdraw("another").expect(422);
        let server = world.resource_server("builds", "https://builds.example.org");
        world.assert_active(&server, &token);
        withdraw(&kid).expect(303);
        assert_eq!(world.introspect(&server, &token), json!({"active": false}));
        withdraw(&kid).expect(404);
    }
}

#[test]
fn organization_shows_what_the_realm_is_set_to() {
    let world = World::start(Database::Sqlite);
    let browser = PlainBrowser::signed_in(&world, OWNER);
    let page = browser.get("/organization").expect(200).text();
    for shown in [world.issuer().as_str(), "ES256", "1 local account", "In step"] {
        assert!(page.contains(shown), "{shown}: {page}");
    }
    world.member("m@acme.example", &["member"]);
    set_password(&world, "m@acme.example", PASSWORD);
    let member = PlainBrowser::new(&world);
    member.sign_in("m@acme.example", PASSWORD).expect(303);
    member.get("/").expect(200);
    for path in
        ["/organization", "/audit", "/audit/x", "/audit/export", "/signing-keys", "/signing-keys/rotate"]
    {
        member.get(path).expect(403);
    }
    member.post("/signing-keys/rotate", &[]).expect(403);
}

#[test]
fn search_opens_an_exact_hit_and_lists_the_rest() {
    let world = World::start(Database::Sqlite);
    let made = world.credential("nightly build", &[]);
    let browser = PlainBrowser::signed_in(&world, OWNER);
    let leads = |q: &str| {
        let answer = browser.get(&format!("/find?q={q}")).expect(303);
        answer.header("location").expect("an address").to_owned()
    };
    let one = format!("/console/acme/service-credentials/{}", made.id);
    assert_eq!(leads("nightly+build"), one);
    assert_eq!(leads(&made.id), one);
    assert!(leads(OWNER).starts_with("/console/acme/members/"));
    assert_eq!(leads("nightly"), "/console/acme/service-credentials?q=nightly");
}
