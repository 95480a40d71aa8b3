//! Sessions: what they are accepted for, how they end, and that they end everywhere (T-06).

use serde_json::json;

use std::time::Duration;

use crate::plain_browser::{PASSWORD, PlainBrowser, code_of, invite};
use claviger_testkit::http::Request;
use claviger_testkit::on_both_databases;
use claviger_testkit::patience::until;
use claviger_testkit::world::{Database, World};

const OWNER: &str = "holder@acme.example";

on_both_databases! {
    fn signing_out_ends_the_session_itself(world: World) {
        let browser = PlainBrowser::signed_in(&world, OWNER);
        let secret = browser.session();
        let answer = browser.post("/sign-out", &[]).expect(303);
        assert_eq!(answer.header("location"), Some("/console/acme/sign-in?note=signed-out"));
        assert!(!browser.is_signed_in());
        let thief = PlainBrowser::new(&world);
        thief.use_session(&secret, "acme");
        assert!(!thief.is_signed_in(), "a kept cookie is worth nothing");
    }

    fn session_ends_when_idle_and_after_eight_hours(world: World) {
        let browser = PlainBrowser::signed_in(&world, OWNER);
        world.clock.advance_seconds(29 * 60);
        assert!(browser.is_signed_in());
        browser.wait_for_use(&world);
        world.clock.advance_seconds(29 * 60);
        assert!(browser.is_signed_in());
        browser.wait_for_use(&world);
        world.clock.advance_seconds(30 * 60);
        let answer = browser.get("/account").expect(303);
        let location = answer.header("location").expect("an address");
        assert!(location.ends_with("&note=idle") && location.contains("next=%2Fconsole%2Facme%2Faccount"), "{location}");
        let page = browser.get("/sign-in?note=idle").expect(200).text();
        assert!(page.contains("30 minutes passed without activity"), "{page}");
        let browser = PlainBrowser::new(&world);
        browser.sign_in(OWNER, PASSWORD).expect(303);
        for _ in 0..16 {
            world.clock.advance_seconds(29 * 60);
            assert!(browser.is_signed_in());
            browser.wait_for_use(&world);
        }
        world.clock.advance_seconds(16 * 60);
        assert!(!browser.is_signed_in(), "eight hours");
    }

    fn new_password_disabling_and_suspending_end_sessions(world: World) {
        let (id, _) = world.member("ana@acme.example", &["sys_admin"]);
        let browser = PlainBrowser::signed_in(&world, "ana@acme.example");
        let link = invite(&world, "ana@acme.example");
        assert!(browser.is_signed_in(), "an invitation alone ends nothing");
        let other = PlainBrowser::new(&world);
        let fields = [("code", code_of(&link)), ("password", PASSWORD), ("again", PASSWORD)];
        other.send(other.form("/invitation", &fields)).expect(200);
        assert!(!browser.is_signed_in());
        browser.sign_in("ana@acme.example", PASSWORD).expect(303);
        assert!(browser.is_signed_in());
        world.admin("POST", &format!("/members/{id}/disable"), None).expect(200);
        assert!(!browser.is_signed_in());
        world.admin("POST", &format!("/members/{id}/enable"), None).expect(200);
        assert!(!browser.is_signed_in(), "what ended stays ended");
    }

    fn above_the_limit_the_oldest_session_ends(world: World) {
        let first = PlainBrowser::signed_in(&world, OWNER);
        let later: Vec<PlainBrowser> = (0..20)
            .map(|_| {
                let browser = PlainBrowser::new(&world);
                until("the meter has room", || {
                    world.clock.advance_boot(Duration::from_secs(1));
                    browser.sign_in(OWNER, PASSWORD).status == 303
                });
                browser
            })
            .collect();
        assert!(!first.is_signed_in());
        assert!(later.iter().all(PlainBrowser::is_signed_in));
        let page = later[19].get("/account").expect(200).text();
        assert!(page.contains("Unknown browser"), "{page}");
        later[19].post("/account/end-other-sessions", &[]).expect(303);
        assert_eq!(later.iter().filter(|browser| browser.is_signed_in()).count(), 1);
        assert!(later[19].is_signed_in());
    }

    /// A session is no token, and a token is no session.
    fn session_is_accepted_by_the_console_alone(world: World) {
        let browser = PlainBrowser::signed_in(&world, OWNER);
        let secret = browser.session();
        assert!(secret.starts_with("clvs_"), "{secret}");
        world.admin_as(&secret, "GET", "/members", None).expect(401);
        world.send(&Request::get(&world.path("/whoami")).bearer(&secret)).expect(401);
        let server = world.resource_server("builds", "https://builds.example.org");
        let asked = Request::form(&world.path("/oauth2/introspect"), &[("token", &secret)]);
        let active = world.send(&asked.basic(&server.id, &server.key)).expect(200).json();
        assert_eq!(active, json!({"active": false}));
        for token in [world.owner.as_str(), "clvs_x", "", &secret.to_uppercase()] {
            let other = PlainBrowser::new(&world);
            other.use_session(token, "acme");
            assert!(!other.is_signed_in(), "{token}");
        }
        let listed = world.admin("GET", "/personal-access-tokens", None).expect(200).json().to_string();
        assert!(!listed.contains("browser"), "{listed}");
        world.create_realm("globex");
        let other = PlainBrowser::at(world.address, "globex");
        other.use_session(&secret, "globex");
        assert!(!other.is_signed_in(), "of another realm");
    }

    fn form_of_another_site_or_session_is_refused(world: World) {
        let browser = PlainBrowser::signed_in(&world, OWNER);
        let other = PlainBrowser::new(&world);
        other.sign_in(OWNER, PASSWORD).expect(303);
        let (own, foreign) = (browser.form_token(), other.form_token());
        assert_ne!(own, foreign);
        for (token, site) in [
            (own.as_str(), "cross-site"),
            (own.as_str(), "same-site"),
            (foreign.as_str(), "same-origin"),
            ("", "same-origin"),
            (&own[1..], "same-origin"),
        ] {
            let request = Request::form("/console/acme/sign-out", &[("csrf", token)]).header("Sec-Fetch-Site", site);
            let answer = browser.send(request).expect(403).text();
            assert!(answer.contains("This form is out of date"), "{answer}");
        }
        // Without a form at all, and with what is no form.
        browser.send(Request::new("POST", "/console/acme/sign-out")).expect(400);
        assert!(browser.is_signed_in());
        let plain = Request::form("/console/acme/sign-out", &[("csrf", &own)]);
        browser.send(plain).expect(303);
        assert!(!browser.is_signed_in());
    }
}

#[test]
fn pages_are_stored_nowhere_and_run_nothing_foreign() {
    let world = World::start(Database::Sqlite);
    let browser = PlainBrowser::signed_in(&world, OWNER);
    for path in ["/account", "/sign-in", "/invitation?code=x"] {
        let answer = browser.get(path);
        assert_eq!(answer.header("cache-control"), Some("no-store"), "{path}");
        assert_eq!(answer.header("referrer-policy"), Some("no-referrer"), "{path}");
        let policy = answer.header("content-security-policy").expect("a policy");
        for part in ["default-src 'none'", "frame-ancestors 'none'", "require-trusted-types-for 'script'"] {
            assert!(policy.contains(part) && !policy.contains("unsafe"), "{path}: {policy}");
        }
    }
    let page = browser.get("/account").expect(200).text();
    let start = page.find("/console/assets/").expect("an asset");
    let asset = page[start..].split(['"', '#']).next().expect("an address");
    let answer = browser.send(Request::get(asset)).expect(200);
    assert_eq!(answer.header("cache-control"), Some("public, max-age=31536000, immutable"));
    let zipped = browser.send(Request::get(asset).header("Accept-Encoding", "br, gzip;q=0.8"));
    assert_eq!(zipped.expect(200).header("content-encoding"), Some("gzip"));
    let plain = browser.send(Request::get(asset).header("Accept-Encoding", "gzip;q=0"));
    assert_eq!(plain.expect(200).header("content-encoding"), None);
    browser.send(Request::get("/console/assets/console.000000000000.css")).expect(404);
}

#[test]
fn realm_is_chosen_by_name_and_no_list_is_shown() {
    let world = World::start(Database::Sqlite);
    let browser = PlainBrowser::new(&world);
    let only = browser.send(Request::get("/console/")).expect(303);
    assert_eq!(only.header("location"), Some("/console/acme/"));
    world.create_realm("globex");
    let page = browser.send(Request::get("/console/")).expect(200).text();
    assert!(!page.contains("globex") && !page.contains("acme"), "{page}");
    let chosen = browser.send(Request::get("/console/?realm=Globex")).expect(303);
    assert_eq!(chosen.header("location"), Some("/console/globex/"));
    browser.send(Request::get("/console/?realm=unknown")).expect(404);
    let signed_in = PlainBrowser::signed_in(&world, OWNER);
    let page = signed_in.send(Request::get("/console/")).expect(200).text();
    assert!(page.contains("/console/acme/") && !page.contains("globex"), "{page}");
}
