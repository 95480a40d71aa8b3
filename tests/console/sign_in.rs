//! Local accounts: the link that sets a password, and signing in with it.

use std::time::Duration;

use crate::plain_browser::{PASSWORD, PlainBrowser, code_of, invite, set_password};
use claviger_testkit::http::Request;
use claviger_testkit::on_both_databases;
use claviger_testkit::patience::until;
use claviger_testkit::world::{Database, World};

const OWNER: &str = "holder@acme.example";

on_both_databases! {
    fn link_sets_a_password_once_and_the_password_signs_in(world: World) {
        let link = invite(&world, OWNER);
        let browser = PlainBrowser::new(&world);
        assert!(link.contains("/console/acme/invitation?code=clvi_"), "{link}");
        let page = browser.get(&format!("/invitation?code={}", code_of(&link))).expect(200).text();
        assert!(page.contains(OWNER), "{page}");
        let set = |code: &str, password: &str, again: &str| {
            browser.send(browser.form("/invitation", &[("code", code), ("password", password), ("again", again)]))
        };
        // What is wrong is said, and the link still works.
        for (password, again, says) in [
            ("short", "short", "at least 15 characters; this has 5"),
            ("several words are fine", "several words are fin", "differs"),
            (OWNER, OWNER, "must not be your address"),
            (&"x".repeat(600), &"x".repeat(600), "at most 512 bytes"),
        ] {
            let refused = set(code_of(&link), password, again).expect(422).text();
            assert!(refused.contains(says), "{says}: {refused}");
            assert!(!refused.contains(password) || password == OWNER, "typed secrets are not repeated");
        }
        browser.sign_in(OWNER, PASSWORD).expect(422);
        set(code_of(&link), PASSWORD, PASSWORD).expect(200);
        let used = set(code_of(&link), PASSWORD, PASSWORD).expect(404).text();
        assert!(used.contains("It was used, replaced"), "{used}");
        browser.sign_in(OWNER, PASSWORD).expect(303);
        assert!(browser.is_signed_in());
        let events = world.admin("GET", "/audit-events?limit=200", None).expect(200).json().to_string();
        for action in ["local_account.invite", "local_account.set_password", "session.create"] {
            assert!(events.contains(action), "{action}: {events}");
        }
        assert!(!events.contains(PASSWORD) && !events.contains(code_of(&link)), "{events}");
    }

    fn newer_link_replaces_the_older_and_all_expire(world: World) {
        let (first, second) = (invite(&world, OWNER), invite(&world, OWNER));
        let browser = PlainBrowser::new(&world);
        browser.get(&format!("/invitation?code={}", code_of(&first))).expect(404);
        browser.get(&format!("/invitation?code={}", code_of(&second))).expect(200);
        world.clock.advance_seconds(3 * 86_400);
        browser.get(&format!("/invitation?code={}", code_of(&second))).expect(404);
    }

    fn wrong_and_unknown_are_refused_alike(world: World) {
        set_password(&world, OWNER, PASSWORD);
        world.member("plain@acme.example", &["member"]);
        let browser = PlainBrowser::new(&world);
        let mut pages = Vec::new();
        for (email, password) in [
            (OWNER, "several words are fin"),
            (OWNER, ""),
            (OWNER, "SEVERAL WORDS ARE FINE"),
            ("plain@acme.example", PASSWORD),
            ("nobody@acme.example", PASSWORD),
            ("", ""),
            ("holder@acme.example\0", PASSWORD),
        ] {
            let answer = browser.sign_in(email, password);
            if email.contains('\0') {
                answer.expect(400);
                continue;
            }
            pages.push(answer.expect(422).text().replace(email, ""));
        }
        assert!(pages[0].contains("do not match a local account"), "{}", pages[0]);
        let other = PlainBrowser::at(world.address, "no-such-realm");
        other.sign_in(OWNER, PASSWORD).expect(422);
        // A disabled member has the same answer.
        let (id, _) = world.member("gone@acme.example", &["member"]);
        set_password(&world, "gone@acme.example", PASSWORD);
        world.admin("POST", &format!("/members/{id}/disable"), None).expect(200);
        browser.sign_in("gone@acme.example", PASSWORD).expect(422);
        assert!(!browser.is_signed_in());
    }

    fn accounts_and_sessions_outlive_a_restart(world: World) {
        let mut world = world;
        let browser = PlainBrowser::signed_in(&world, OWNER);
        world.restart();
        assert!(browser.is_signed_in());
        PlainBrowser::new(&world).sign_in(OWNER, PASSWORD).expect(303);
    }

    fn guesses_are_slowed_for_their_network_alone(world: World) {
        set_password(&world, OWNER, PASSWORD);
        let browser = PlainBrowser::new(&world);
        let answers: Vec<u16> = (0..12).map(|_| browser.sign_in(OWNER, "not the password").status).collect();
        assert_eq!(answers[..10], [422; 10], "{answers:?}");
        assert_eq!(answers[11], 429, "{answers:?}");
        let refused = browser.sign_in(OWNER, PASSWORD).expect(429).text();
        assert!(refused.contains("Too many tries"), "{refused}");
        until("the meter has room", || {
            world.clock.advance_boot(Duration::from_secs(1));
            browser.sign_in(OWNER, PASSWORD).status == 303
        });
    }
}

/// T-06: nobody is led to another site, and nobody is signed in by one.
#[test]
fn signing_in_leads_only_into_this_console() {
    let world = World::start(Database::Sqlite);
    set_password(&world, OWNER, PASSWORD);
    for (next, leads_to) in [
        ("/console/acme/account", "/console/acme/account"),
        ("/console/acme/", "/console/acme/"),
        ("https://evil.example/", "/console/acme/"),
        ("//evil.example/console/acme/", "/console/acme/"),
        ("/console/acme/\\evil", "/console/acme/"),
        ("/console/other/", "/console/acme/"),
        ("/console/acme/\r\nSet-Cookie: a=b", "/console/acme/"),
        ("javascript:alert(1)", "/console/acme/"),
    ] {
        let browser = PlainBrowser::new(&world);
        let fields = [("email", OWNER), ("password", PASSWORD), ("next", next)];
        let answer = browser.send(browser.form("/sign-in/local", &fields));
        assert_eq!(answer.expect(303).header("location"), Some(leads_to), "{next}");
    }
    let browser = PlainBrowser::new(&world);
    let fields = [("email", OWNER), ("password", PASSWORD)];
    let foreign =
        Request::form("/console/acme/sign-in/local", &fields).header("Sec-Fetch-Site", "cross-site");
    browser.send(foreign).expect(403);
    assert!(!browser.is_signed_in());
}

#[test]
fn only_administrators_invite_and_only_holders_invite_holders() {
    let world = World::start(Database::Sqlite);
    let (plain, plain_token) = world.member("plain@acme.example", &["member"]);
    let (_, sys) = world.member("sys@acme.example", &["sys_admin"]);
    let (_, auditor) = world.member("aud@acme.example", &["auditor"]);
    let members = world.admin("GET", &format!("/members?q={OWNER}"), None).expect(200).json();
    let holder = members["items"][0]["id"].as_str().expect("an id").to_owned();
    let ask = |by: &str, id: &str| world.admin_as(by, "POST", &format!("/members/{id}/invite"), None).status;
    assert_eq!(ask(&plain_token, &plain), 403);
    assert_eq!(ask(&auditor, &plain), 403);
    assert_eq!(ask(&sys, &holder), 403);
    assert_eq!(ask(&sys, &plain), 200);
    assert_eq!(ask(&world.owner, &holder), 200);
    world.admin("POST", &format!("/members/{plain}/disable"), None).expect(200);
    let refused = world.admin("POST", &format!("/members/{plain}/invite"), None).expect(409).json();
    assert!(refused["detail"].as_str().expect("a detail").contains("is disabled"), "{refused}");
}
