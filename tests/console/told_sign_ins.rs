//! Local sign-ins on the overview of every account holder, until they say that they know about it.

use crate::plain_browser::{PASSWORD, PlainBrowser, field, set_password};
use claviger_testkit::on_both_databases;
use claviger_testkit::world::World;

const ANA: &str = "holder@acme.example";
const BEN: &str = "ben@acme.example";
const TOLD: &str = "signed in with a local account";

fn overview(browser: &PlainBrowser) -> String {
    browser.get("/").expect(200).text()
}

/// How many sign-ins a page tells of.
fn told(page: &str) -> usize {
    assert_eq!(page.contains(TOLD), page.contains(">I know about it<"), "{page}");
    page.matches(">I know about it<").count()
}

/// Presses the button of the first line.
fn acknowledge(browser: &PlainBrowser) {
    let page = overview(browser);
    let (member, at) = (field(&page, "member"), field(&page, "at"));
    let done = browser.post("/acknowledge", &[("member", &member), ("at", &at)]).expect(303);
    assert_eq!(done.header("location"), Some("/console/acme/"));
}

fn acknowledged(world: &World) -> usize {
    let events = world.admin("GET", "/audit-events?limit=200", None).expect(200).json();
    events.to_string().matches("local_account.acknowledge").count()
}

on_both_databases! {
    fn every_account_holder_is_told_until_each_knows(world: World) {
        world.member(BEN, &["account_holder"]);
        let ana = PlainBrowser::signed_in(&world, ANA);
        assert_eq!(told(&overview(&ana)), 1, "their own");
        acknowledge(&ana);
        assert!(!overview(&ana).contains(TOLD));
        world.clock.advance_seconds(60);
        let ben = PlainBrowser::signed_in(&world, BEN);
        let page = overview(&ben);
        assert_eq!(told(&page), 2, "{page}");
        assert!(page.find(BEN) < page.find(ANA), "the latest first: {page}");
        assert!(page.contains("with a password alone"), "{page}");
        let page = overview(&ana);
        assert!(page.contains(&format!("{BEN}, with a password")) && told(&page) == 1, "{page}");
        acknowledge(&ana);
        assert!(!overview(&ana).contains(TOLD) && told(&overview(&ben)) == 2);
        assert_eq!(acknowledged(&world), 2);
        // The same form again, another time, another member: nothing happens.
        let page = overview(&ben);
        let member = field(&page, "member");
        for (member, at) in [
            (member.as_str(), "2020-01-01T00:00:00Z"),
            ("01890000-0000-7000-8000-000000000000", &field(&page, "at")),
        ] {
            ben.post("/acknowledge", &[("member", member), ("at", at)]).expect(303);
        }
        ben.post("/acknowledge", &[("member", "x"), ("at", "y")]).expect(400);
        assert_eq!(acknowledged(&world), 2);
        // Who only confirms is not told of again; who signs in again is.
        let again = [("password", PASSWORD), ("next", "/console/acme/")];
        ben.post("/confirm", &again).expect(303);
        assert!(!overview(&ana).contains(TOLD));
        world.clock.advance_seconds(60);
        PlainBrowser::new(&world).sign_in(BEN, PASSWORD).expect(303);
        assert_eq!(told(&overview(&ana)), 1);
    }

    fn sign_in_is_told_for_a_week_and_to_account_holders_alone(world: World) {
        for (email, role) in [("sys@acme.example", "sys_admin"), ("aud@acme.example", "auditor"), ("m@acme.example", "member")] {
            world.member(email, &[role]);
            let browser = PlainBrowser::signed_in(&world, email);
            assert!(!overview(&browser).contains(TOLD), "{role}");
            let form = [("member", "01890000-0000-7000-8000-000000000000"), ("at", "2020-01-01T00:00:00Z")];
            browser.post("/acknowledge", &form).expect(403);
        }
        let ana = PlainBrowser::signed_in(&world, ANA);
        assert_eq!(told(&overview(&ana)), 4);
        world.clock.advance_seconds(7 * 86_400);
        let ana = PlainBrowser::new(&world);
        ana.sign_in(ANA, PASSWORD).expect(303);
        let page = overview(&ana);
        assert_eq!(told(&page), 1, "{page}");
        // Many at once are few lines.
        for number in 0..9 {
            let email = format!("many-{number}@acme.example");
            world.member(&email, &["member"]);
            set_password(&world, &email, PASSWORD);
            PlainBrowser::new(&world).sign_in(&email, PASSWORD).expect(303);
        }
        assert_eq!(told(&overview(&ana)), 7);
    }
}
