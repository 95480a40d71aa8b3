//! The second factor of local accounts: codes of an authenticator app, and recovery codes.

use std::time::Duration;

use claviger::crypto::TotpSecret;
use claviger_domain::Clock;

use crate::plain_browser::{PASSWORD, PlainBrowser, code_of, field, invite, set_password};
use claviger_testkit::http::Response;
use claviger_testkit::on_both_databases;
use claviger_testkit::patience::until;
use claviger_testkit::world::{Database, World};

const OWNER: &str = "holder@acme.example";

/// An authenticator app, and what was written down beside it.
struct App {
    secret: TotpSecret,
    recovery_codes: Vec<String>,
}

impl App {
    fn code(&self, world: &World) -> String {
        self.secret.code_at(world.clock.now())
    }

    /// Later than every code that was used.
    fn next_code(&self, world: &World) -> String {
        world.clock.advance_seconds(30);
        self.code(world)
    }
}

fn scanned(page: &str) -> TotpSecret {
    let start = page.find("id=\"secret\"").expect("a secret");
    let text = page[start..].split('>').nth(1).expect("a value").split('<').next().expect("its end");
    TotpSecret::try_from(text.replace(' ', "")).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn written_down(page: &str) -> Vec<String> {
    let listed = page.split("<pre").nth(1).expect("a list").split("<code>").nth(1).expect("its text");
    let codes: Vec<String> = listed.split('<').next().expect("its end").lines().map(str::to_owned).collect();
    assert_eq!(codes.len(), 10, "{page}");
    codes
}

/// With the link of an invitation, as somebody's first account.
fn set_up(world: &World, email: &str) -> App {
    let link = invite(world, email);
    let browser = PlainBrowser::new(world);
    let fields = [("code", code_of(&link)), ("password", PASSWORD), ("again", PASSWORD)];
    let page = browser.send(browser.form("/invitation", &fields)).expect(200).text();
    let secret = scanned(&page);
    let code = secret.code_at(world.clock.now());
    let fields = [("set_up", field(&page, "set_up")), ("code", code)];
    let fields = fields.each_ref().map(|(name, value)| (*name, value.as_str()));
    let shown = browser.send(browser.form("/invitation/second-factor", &fields)).expect(201);
    assert_eq!(shown.header("cache-control"), Some("no-store"));
    App { secret, recovery_codes: written_down(&shown.text()) }
}

/// A browser in which the password was right.
fn after_password(world: &World, email: &str) -> PlainBrowser {
    let browser = PlainBrowser::new(world);
    let answer = browser.sign_in(email, PASSWORD).expect(303);
    let to = answer.header("location").expect("an address");
    assert!(to.starts_with("/console/acme/sign-in/code"), "{to}");
    assert!(!browser.is_signed_in(), "by the password alone");
    browser
}

fn with_code(browser: &PlainBrowser, code: &str) -> Response {
    browser.send(browser.form("/sign-in/code", &[("code", code), ("next", "")]))
}

fn with_recovery(browser: &PlainBrowser, code: &str) -> Response {
    browser.send(browser.form("/sign-in/recovery", &[("recovery_code", code), ("next", "")]))
}

/// Signed in with both.
fn signed_in(world: &World, email: &str, app: &App) -> PlainBrowser {
    let browser = after_password(world, email);
    with_code(&browser, &app.next_code(world)).expect(303);
    browser
}

fn events(world: &World) -> String {
    world.admin("GET", "/audit-events?limit=200", None).expect(200).json().to_string()
}

fn id_of(world: &World, email: &str) -> String {
    let members = world.admin("GET", &format!("/members?q={email}"), None).expect(200).json();
    members["items"][0]["id"].as_str().expect("a member").to_owned()
}

on_both_databases! {
    fn nothing_is_stored_before_a_code_proves_the_app(world: World) {
        let link = invite(&world, OWNER);
        let browser = PlainBrowser::new(&world);
        let fields = [("code", code_of(&link)), ("password", PASSWORD), ("again", PASSWORD)];
        let page = browser.send(browser.form("/invitation", &fields)).expect(200).text();
        assert!(page.contains("<svg class=\"qr\"") && page.contains("Not now"), "{page}");
        let (secret, sealed) = (scanned(&page), field(&page, "set_up"));
        let prove = |sealed: &str, code: &str| {
            browser.send(browser.form("/invitation/second-factor", &[("set_up", sealed), ("code", code)]))
        };
        let wrong = prove(&sealed, "000000").expect(422).text();
        assert!(wrong.contains("Nothing was stored"), "{wrong}");
        assert_eq!(scanned(&wrong).text(), secret.text(), "the app that was scanned goes on");
        PlainBrowser::new(&world).sign_in(OWNER, PASSWORD).expect(303);
        assert!(!events(&world).contains("set_second_factor"));
        // A text that nobody sealed, and one that is too old.
        prove("made-up", "000000").expect(422);
        let code = secret.code_at(world.clock.now());
        prove(&sealed, &code).expect(201);
        // The same form again replaces nothing.
        let again = prove(&sealed, &code).expect(422).text();
        assert!(again.contains("took too long"), "{again}");
        let events = events(&world);
        assert!(events.contains("local_account.set_second_factor"), "{events}");
        assert!(!events.contains(secret.text().as_str()), "{events}");
    }

    fn password_and_code_sign_in_and_a_code_once(world: World) {
        let app = set_up(&world, OWNER);
        let browser = after_password(&world, OWNER);
        let page = browser.get("/sign-in/code").expect(200).text();
        assert!(page.contains(OWNER) && page.contains("10 are left."), "{page}");
        // The code that proved the app is used.
        let used = app.code(&world);
        let refused = with_code(&browser, &used).expect(422).text();
        assert!(refused.contains("wrong, or too old"), "{refused}");
        for wrong in ["", "12345", "abcdef", "0000000"] {
            with_code(&browser, wrong).expect(422);
        }
        let code = app.next_code(&world);
        let other = after_password(&world, OWNER);
        let spaced = format!("{} {}", &code[..3], &code[3..]);
        with_code(&browser, &spaced).expect(303);
        assert!(browser.is_signed_in());
        with_code(&other, &code).expect(422);
        assert!(!other.is_signed_in());
        // One step early and one late, and no more.
        world.clock.advance_seconds(600);
        world.clock.advance_boot(Duration::from_secs(600));
        let at = |steps: i64| app.secret.code_at(world.clock.now().plus_seconds(30 * steps));
        for (steps, accepted) in [(-2, false), (2, false), (-1, true), (0, true), (1, true), (0, false)] {
            let browser = after_password(&world, OWNER);
            with_code(&browser, &at(steps)).expect(if accepted { 303 } else { 422 });
        }
    }

    fn recovery_code_signs_in_once(world: World) {
        let app = set_up(&world, OWNER);
        let browser = after_password(&world, OWNER);
        let page = browser.get("/sign-in/recovery").expect(200).text();
        assert!(page.contains("It works once. 10 are left."), "{page}");
        with_recovery(&browser, "aaaa-bbbb-cccc-dddd").expect(422);
        with_recovery(&browser, "").expect(422);
        with_recovery(&browser, &app.recovery_codes[0].to_uppercase().replace('-', " ")).expect(303);
        assert!(browser.is_signed_in());
        let account = browser.get("/account").expect(200).text();
        assert!(account.contains("9 recovery codes are left"), "{account}");
        let browser = after_password(&world, OWNER);
        let refused = with_recovery(&browser, &app.recovery_codes[0]).expect(422).text();
        assert!(refused.contains("was used before") && refused.contains("9 are left."), "{refused}");
        with_recovery(&browser, &app.recovery_codes[1]).expect(303);
        // The app goes on.
        with_code(&after_password(&world, OWNER), &app.next_code(&world)).expect(303);
        let events = events(&world);
        assert!(events.contains("local_account.use_recovery_code"), "{events}");
        assert!(app.recovery_codes.iter().all(|code| !events.contains(code.as_str())), "{events}");
    }

    fn password_counts_for_minutes_and_until_it_is_replaced(world: World) {
        let app = set_up(&world, OWNER);
        let late = after_password(&world, OWNER);
        world.clock.advance_seconds(601);
        let refused = with_code(&late, &app.code(&world)).expect(422).text();
        assert!(refused.contains("took too long"), "{refused}");
        PlainBrowser::new(&world).get("/sign-in/code").expect(422);
        with_code(&PlainBrowser::new(&world), &app.code(&world)).expect(422);
        // Another password by a link: the second factor stays, and what was proven before is void.
        let before = after_password(&world, OWNER);
        let link = invite(&world, OWNER);
        let other = PlainBrowser::new(&world);
        let fields = [("code", code_of(&link)), ("password", PASSWORD), ("again", PASSWORD)];
        other.send(other.form("/invitation", &fields)).expect(303);
        with_code(&before, &app.next_code(&world)).expect(422);
        with_code(&after_password(&world, OWNER), &app.next_code(&world)).expect(303);
    }

    fn codes_are_metered_for_the_account(world: World) {
        let app = set_up(&world, OWNER);
        let browser = after_password(&world, OWNER);
        let answers: Vec<u16> = (0..11).map(|_| with_code(&browser, "000000").status).collect();
        assert_eq!(answers[..10], [422; 10], "{answers:?}");
        assert_eq!(answers[10], 429, "{answers:?}");
        // A recovery code is a guess too.
        with_recovery(&browser, &app.recovery_codes[0]).expect(429);
        until("the meter has room", || {
            world.clock.advance_boot(Duration::from_secs(5));
            with_code(&browser, &app.next_code(&world)).status == 303
        });
    }

    fn account_page_turns_on_and_replaces_and_makes_new_codes(world: World) {
        let browser = PlainBrowser::signed_in(&world, OWNER);
        let page = browser.get("/account").expect(200).text();
        assert!(page.contains("Second factor: off") && !page.contains("recovery-codes"), "{page}");
        browser.get("/account/recovery-codes").expect(404);
        let turn_on = |browser: &PlainBrowser| {
            let page = browser.post("/account/second-factor", &[]).expect(200).text();
            let (secret, sealed) = (scanned(&page), field(&page, "set_up"));
            let code = secret.code_at(world.clock.now());
            let fields = [("set_up", sealed.as_str()), ("code", code.as_str())];
            let shown = browser.post("/account/second-factor/prove", &fields).expect(201).text();
            // The form of a session is no form of an invitation.
            browser.send(browser.form("/invitation/second-factor", &fields)).expect(422);
            // A second time it is stale.
            let again = browser.post("/account/second-factor/prove", &fields).expect(303);
            assert_eq!(again.header("location"), Some("/console/acme/account"));
            App { secret, recovery_codes: written_down(&shown) }
        };
        let first = turn_on(&browser);
        let page = browser.get("/account").expect(200).text();
        assert!(page.contains("Second factor: on") && page.contains("10 recovery codes are left"), "{page}");
        let second = turn_on(&browser);
        let other = after_password(&world, OWNER);
        with_code(&other, &first.next_code(&world)).expect(422);
        with_recovery(&other, &first.recovery_codes[0]).expect(422);
        with_code(&other, &second.code(&world)).expect(303);
        // New recovery codes end the ones from before.
        let asked = browser.get("/account/recovery-codes").expect(200).text();
        let key = field(&asked, "idempotency_key");
        let fields = [("idempotency_key", key.as_str())];
        let shown = browser.post("/account/recovery-codes", &fields).expect(201).text();
        let renewed = written_down(&shown);
        browser.post("/account/recovery-codes", &fields).expect(303);
        let other = after_password(&world, OWNER);
        with_recovery(&other, &second.recovery_codes[0]).expect(422);
        with_recovery(&other, &renewed[0]).expect(303);
        // Each of it asks for a recent sign-in.
        browser.wait_for_use(&world);
        world.clock.advance_seconds(29 * 60);
        browser.get("/account").expect(200);
        browser.wait_for_use(&world);
        world.clock.advance_seconds(2 * 60);
        for answer in [
            browser.post("/account/second-factor", &[]),
            browser.get("/account/recovery-codes"),
            browser.post("/account/recovery-codes", &[("idempotency_key", "k")]),
        ] {
            let to = answer.expect(303).header("location").expect("an address").to_owned();
            assert!(to.starts_with("/console/acme/confirm"), "{to}");
        }
        // Confirming asks for both.
        let page = browser.get("/confirm?next=/console/acme/account").expect(200).text();
        assert!(page.contains("one-time-code"), "{page}");
        let confirm = |password: &str, code: &str| {
            let fields = [("password", password), ("code", code), ("next", "/console/acme/account")];
            browser.post("/confirm", &fields)
        };
        confirm(PASSWORD, "").expect(422);
        confirm(PASSWORD, "000000").expect(422);
        confirm("not the password", &second.next_code(&world)).expect(422);
        confirm(PASSWORD, &second.next_code(&world)).expect(303);
        browser.post("/account/second-factor", &[]).expect(200);
    }

    fn account_holder_resets_what_somebody_lost(world: World) {
        let (member, _) = world.member("lost@acme.example", &["member"]);
        let (_, sys) = world.member("sys@acme.example", &["sys_admin"]);
        let app = set_up(&world, "lost@acme.example");
        let path = format!("/members/{member}/reset-second-factor");
        world.admin_as(&sys, "POST", &path, None).expect(403);
        with_code(&after_password(&world, "lost@acme.example"), &app.next_code(&world)).expect(303);
        let holder = PlainBrowser::signed_in(&world, OWNER);
        let page = holder.get(&format!("/members/{member}")).expect(200).text();
        assert!(page.contains("Reset second factor") && page.contains("local account, with a code"), "{page}");
        let asked = holder.get(&path).expect(200).text();
        assert!(asked.contains("signs in with the password alone"), "{asked}");
        let proven = after_password(&world, "lost@acme.example");
        holder.post(&path, &[]).expect(303);
        with_code(&proven, &app.next_code(&world)).expect(422);
        with_recovery(&proven, &app.recovery_codes[0]).expect(422);
        let browser = PlainBrowser::new(&world);
        browser.sign_in("lost@acme.example", PASSWORD).expect(303);
        assert!(browser.is_signed_in());
        assert!(events(&world).contains("local_account.reset_second_factor"));
        let trail = holder.get("/").expect(200).text();
        assert!(trail.contains("reset the second factor of local account"), "{trail}");
        // A second time, and for somebody without one, nothing changes.
        let before = events(&world).matches("reset_second_factor").count();
        world.admin("POST", &path, None).expect(200);
        world.admin("POST", &format!("/members/{}/reset-second-factor", id_of(&world, "sys@acme.example")), None).expect(200);
        assert_eq!(events(&world).matches("reset_second_factor").count(), before);
        let page = holder.get(&format!("/members/{member}")).expect(200).text();
        assert!(!page.contains("Reset second factor"), "{page}");
        // A Sys_Admin has no such button, and no such page.
        set_up(&world, "lost@acme.example");
        let sys = PlainBrowser::signed_in(&world, "sys@acme.example");
        let page = sys.get(&format!("/members/{member}")).expect(200).text();
        assert!(!page.contains("Reset second factor"), "{page}");
        sys.get(&path).expect(403);
        sys.post(&path, &[]).expect(403);
        after_password(&world, "lost@acme.example");
    }
}

#[test]
fn second_factor_outlives_a_restart_and_signs_in_on_it() {
    let mut world = World::start(Database::Sqlite);
    let app = set_up(&world, OWNER);
    let before = after_password(&world, OWNER);
    world.restart();
    with_code(&before, &app.next_code(&world)).expect(303);
    let browser = signed_in(&world, OWNER, &app);
    assert!(browser.is_signed_in());
    // A second account is of no concern to it.
    world.member("other@acme.example", &["member"]);
    set_password(&world, "other@acme.example", PASSWORD);
    PlainBrowser::new(&world).sign_in("other@acme.example", PASSWORD).expect(303);
}
