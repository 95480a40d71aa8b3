//! Signing in at the realm's identity provider, one whose every answer a test can change (T-06).

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use crate::plain_browser::{PASSWORD, PlainBrowser, code_of, invite};
use crate::provider_scene::{Scene, ana, with};
use claviger_domain::{Algorithm, Bound};
use claviger_testkit::http::Request;
use claviger_testkit::identity_keys::IdentityKey;
use claviger_testkit::on_both_databases;
use claviger_testkit::patience::until;

const OWNER: &str = "holder@acme.example";
const OVERVIEW: &str = "/console/acme/";

on_both_databases! {
    fn rule_makes_a_member_at_the_first_sign_in_and_changes_roles_at_the_next(world: World) {
        let scene = Scene::new(world, json!({"admission": "by_rule"}));
        let browser = scene.browser();
        let page = browser.get("/sign-in?next=%2Fconsole%2Facme%2Fmembers").expect(200).text();
        assert!(page.contains("Continue with <bdi>Acme SSO</bdi>"), "{page}");
        assert!(page.find("Continue with") < page.find("Use a local account"), "the provider comes first");
        let arrived = scene.arrive(&browser, "/sign-in/provider", ana(&["/it/platform"])).expect(303);
        assert_eq!(arrived.header("location"), Some(OVERVIEW));
        assert!(browser.is_signed_in());
        let member = scene.member("ana@acme.example");
        assert_eq!((&member["roles"], &member["name"]), (&json!(["sys_admin"]), &json!("Ana Souza")));
        let identity = &member["identities"][0];
        assert_eq!((&identity["status"], &identity["subject"]), (&json!("linked"), &json!("ana-1")));
        assert_eq!(identity["issuer"], json!(scene.provider.issuer()));

        // The address may change: the subject is the person.
        let moved = with(ana(&["/it/auditors"]), "email", json!("ana@new.example"));
        scene.arrive(&browser, "/sign-in/provider", moved).expect(303);
        assert_eq!(scene.member("ana@acme.example")["roles"], json!(["auditor"]));
        let other = scene.browser();
        scene.arrive(&other, "/sign-in/provider", ana(&["/it/auditors"])).expect(303);
        assert!(browser.is_signed_in() && other.is_signed_in());

        // A claim that is there and fits no rule takes the role, and the sessions that began at the provider.
        let third = scene.browser();
        let refused = scene.arrive(&third, "/sign-in/provider", ana(&[])).expect(403).text();
        assert!(refused.contains("as ana@acme.example, but no rule gives you a role in acme. Ask an Account Holder."), "{refused}");
        assert!(!third.is_signed_in() && !other.is_signed_in() && !browser.is_signed_in());
        assert_eq!(scene.member("ana@acme.example")["roles"], json!([]));
        let events = scene.events();
        for action in ["member.create", "member.edit", "identity_link.create", "session.create"] {
            assert!(events.contains(&format!("\"{action}\"")), "{action}: {events}");
        }
        until("the refusal is in the audit trail", || {
            // Written after some seconds of the node's own clock, by which its lease ends too.
            scene.world.clock.advance_boot(Duration::from_millis(500));
            let told = scene.world.admin("GET", "/audit-events?action=authentication.failed", None);
            told.status == 200 && told.text().contains("ana@acme.example")
        });
    }

    fn strangers_stay_outside_unless_a_rule_admits_them(world: World) {
        let scene = Scene::new(world, json!({"admission": "by_rule"}));
        for person in [
            ana(&["/other"]),
            with(ana(&["/it/platform"]), "email_verified", json!(false)),
            with(ana(&["/it/platform"]), "email", Value::Null),
        ] {
            let browser = scene.browser();
            scene.arrive(&browser, "/sign-in/provider", person).expect(403);
            assert!(!browser.is_signed_in());
        }
        let invited = json!({"admission": "invited"});
        scene.set(invited);
        let browser = scene.browser();
        scene.arrive(&browser, "/sign-in/provider", ana(&["/it/platform"])).expect(403);
        let members = scene.world.admin("GET", "/members", None).expect(200).json();
        assert!(!members.to_string().contains("ana@"), "{members}");
    }

    fn member_who_was_not_invited_asks_and_an_account_holder_answers(world: World) {
        let (_, sys) = world.member("sys@acme.example", &["sys_admin"]);
        let (id, _) = world.member("ana@acme.example", &["member"]);
        let scene = Scene::new(world, json!({}));
        let world = &scene.world;
        let browser = scene.browser();
        for _ in 0..2 {
            let asked = scene.arrive(&browser, "/sign-in/provider", ana(&["/it/platform"])).expect(403).text();
            assert!(asked.contains("must approve once that this is you"), "{asked}");
            assert!(!browser.is_signed_in());
        }
        let unverified = with(with(ana(&[]), "sub", json!("other")), "email_verified", json!(false));
        let refused = scene.arrive(&scene.browser(), "/sign-in/provider", unverified).expect(403).text();
        assert!(refused.contains("no rule gives you a role"), "{refused}");
        let identities = scene.member("ana@acme.example")["identities"].clone();
        assert_eq!(identities.as_array().expect("a list").len(), 1, "asked twice, it is one request");
        assert_eq!(identities[0]["status"], "requested");
        assert_eq!(scene.member("ana@acme.example")["roles"], json!(["member"]), "nothing changes before");

        let path = format!("/members/{id}/identities");
        let body = json!({"issuer": identities[0]["issuer"], "subject": identities[0]["subject"]});
        world.admin_as(&sys, "POST", &path, Some(body.clone())).expect(403);
        let linked = world.admin("POST", &path, Some(body.clone())).expect(201).json();
        assert_eq!((&linked["id"], &linked["status"]), (&identities[0]["id"], &json!("linked")));
        assert_eq!(linked["name"], "Ana Souza");
        world.admin("POST", &path, Some(body)).expect(409);
        scene.arrive(&browser, "/sign-in/provider", ana(&["/it/platform"])).expect(303);
        assert!(browser.is_signed_in());

        // Removing it ends those sessions alone, and the person has to ask again.
        let local = PlainBrowser::signed_in(world, "ana@acme.example");
        let one = format!("{path}/{}", linked["id"].as_str().expect("an id"));
        world.admin_as(&sys, "DELETE", &one, None).expect(403);
        world.admin("DELETE", &one, None).expect(200);
        world.admin("DELETE", &one, None).expect(200);
        assert!(!browser.is_signed_in() && local.is_signed_in());
        scene.arrive(&browser, "/sign-in/provider", ana(&["/it/platform"])).expect(403);

        // A request ends by itself.
        assert_eq!(scene.member("ana@acme.example")["identities"][0]["status"], "requested");
        world.clock.advance_seconds(7 * 86_400);
        assert_eq!(scene.member("ana@acme.example")["identities"], json!([]));
        let events = scene.events();
        for action in ["identity_link.request", "identity_link.create", "identity_link.delete"] {
            assert!(events.contains(&format!("\"{action}\"")), "{action}");
        }
    }

    fn requests_of_a_member_are_bounded(world: World) {
        world.member("ana@acme.example", &["member"]);
        let scene = Scene::new(world, json!({}));
        for n in 0..8 {
            let person = with(ana(&["/it/platform"]), "sub", json!(format!("person-{n}")));
            scene.arrive(&scene.browser(), "/sign-in/provider", person).expect(403);
        }
        let identities = scene.member("ana@acme.example")["identities"].clone();
        let subjects: Vec<&str> =
            identities.as_array().expect("a list").iter().filter_map(|one| one["subject"].as_str()).collect();
        assert_eq!(subjects, ["person-3", "person-4", "person-5", "person-6", "person-7"]);
    }

    fn invitation_lets_one_identity_in_and_its_link_still_sets_a_password(world: World) {
        world.member("ana@acme.example", &["member"]);
        let scene = Scene::new(world, json!({}));
        let link = invite(&scene.world, "ana@acme.example");
        let browser = scene.browser();
        scene.arrive(&browser, "/sign-in/provider", ana(&["/it/platform"])).expect(303);
        assert_eq!(scene.member("ana@acme.example")["roles"], json!(["sys_admin"]));
        let second = with(ana(&["/it/platform"]), "sub", json!("second"));
        scene.arrive(&scene.browser(), "/sign-in/provider", second).expect(403);
        let other = scene.browser();
        let fields = [("code", code_of(&link)), ("password", PASSWORD), ("again", PASSWORD)];
        other.send(other.form("/invitation", &fields)).expect(200);
        other.sign_in("ana@acme.example", PASSWORD).expect(303);
    }

    fn stranger_who_finds_no_room_is_told(world: World) {
        let mut scene = Scene::new(world, json!({"admission": "by_rule"}));
        scene.world.limits.set(Bound::MembersPerRealm, 1);
        scene.world.restart();
        let told = scene.arrive(&scene.browser(), "/sign-in/provider", ana(&["/it/platform"])).expect(409).text();
        assert!(told.contains("This cannot be done") && told.contains("max_members_per_realm"), "{told}");
        assert_eq!(scene.world.admin("GET", "/members", None).expect(200).json()["items"].as_array().map(Vec::len), Some(1));
    }

    fn old_invitation_does_not_let_in(world: World) {
        world.member("ana@acme.example", &["member"]);
        let scene = Scene::new(world, json!({}));
        invite(&scene.world, "ana@acme.example");
        scene.world.clock.advance_seconds(3 * 86_400);
        scene.arrive(&scene.browser(), "/sign-in/provider", ana(&["/it/platform"])).expect(403);
    }

    fn last_account_holder_stays_one_whatever_the_rules_say(world: World) {
        let scene = Scene::new(world, json!({}));
        invite(&scene.world, OWNER);
        let holder = |groups: &[&str]| with(ana(groups), "email", json!(OWNER));
        let browser = scene.browser();
        scene.arrive(&browser, "/sign-in/provider", holder(&["/it/auditors"])).expect(303);
        assert_eq!(scene.member(OWNER)["roles"], json!(["account_holder", "auditor"]));
        scene.arrive(&scene.browser(), "/sign-in/provider", holder(&[])).expect(403);
        assert_eq!(scene.member(OWNER)["roles"], json!(["account_holder", "auditor"]));
    }

    fn disabled_member_is_not_let_in(world: World) {
        let scene = Scene::new(world, json!({"admission": "by_rule"}));
        let browser = scene.browser();
        scene.arrive(&browser, "/sign-in/provider", ana(&["/it/platform"])).expect(303);
        let id = scene.member("ana@acme.example")["id"].as_str().expect("an id").to_owned();
        scene.world.admin("POST", &format!("/members/{id}/disable"), None).expect(200);
        assert!(!browser.is_signed_in());
        scene.arrive(&browser, "/sign-in/provider", ana(&["/it/platform"])).expect(403);
        assert!(!browser.is_signed_in());
    }

    fn address_to_come_back_to_is_kept_and_never_leads_elsewhere(world: World) {
        let scene = Scene::new(world, json!({"admission": "by_rule"}));
        for (next, to) in [
            ("/console/acme/members?q=a%26b", "/console/acme/members?q=a%26b"),
            ("https://evil.example/", OVERVIEW),
            ("//evil.example/console/acme/", OVERVIEW),
            ("/console/acme/\\evil", OVERVIEW),
            ("/console/other/", OVERVIEW),
            ("javascript:alert(1)", OVERVIEW),
            ("", OVERVIEW),
        ] {
            let next: String = form_urlencoded::byte_serialize(next.as_bytes()).collect();
            let path = format!("/sign-in/provider?next={next}");
            let arrived = scene.arrive(&scene.browser(), &path, ana(&["/it/platform"])).expect(303);
            assert_eq!(arrived.header("location"), Some(to), "{next}");
        }
    }

    fn answer_works_once_and_in_the_browser_that_set_out(world: World) {
        let scene = Scene::new(world, json!({"admission": "by_rule"}));
        let late = "This sign-in took too long or was opened twice. Start again.";
        let stale = |browser: &PlainBrowser, query: &str| {
            let refused = scene.come_back(browser, query).expect(422);
            let session = refused.headers.iter().any(|(name, value)| name == "set-cookie" && value.starts_with("claviger-"));
            assert!(!session, "no session");
            assert!(refused.text().contains(late), "{}", refused.text());
        };
        let browser = scene.browser();
        let (query, kept) = (scene.set_out(&browser, "/sign-in/provider", ana(&["/it/platform"])), browser.copy());
        scene.come_back(&browser, &query).expect(303);
        stale(&browser, &query);
        stale(&kept, &query);
        // Another browser brings the answer of this one, as when somebody is made to open an address.
        let (victim, thief) = (scene.browser(), scene.browser());
        let query = scene.set_out(&thief, "/sign-in/provider", ana(&["/it/platform"]));
        stale(&victim, &query);
        scene.set_out(&victim, "/sign-in/provider", ana(&["/it/platform"]));
        stale(&victim, &query);
        assert!(!victim.is_signed_in());
        // Repeated and missing parameters.
        for query in ["", "code=1", "state=a&state=b&code=1", "state=x&code=1"] {
            scene.set_out(&victim, "/sign-in/provider", ana(&[]));
            stale(&victim, query);
        }
        // Too late.
        let query = scene.set_out(&victim, "/sign-in/provider", ana(&["/it/platform"]));
        scene.world.clock.advance_seconds(601);
        stale(&victim, &query);
        // Of another realm.
        scene.world.create_realm("globex");
        let elsewhere = PlainBrowser::at(scene.world.address, "globex");
        elsewhere.get("/sign-in/provider").expect(404);
        elsewhere.get("/sign-in/callback?state=a&code=b").expect(404);
    }

    fn session_is_a_new_one_and_the_one_before_ends(world: World) {
        let scene = Scene::new(world, json!({"admission": "by_rule"}));
        let browser = scene.browser();
        browser.use_session("clvs_chosen_by_somebody_else", "acme");
        scene.arrive(&browser, "/sign-in/provider", ana(&["/it/platform"])).expect(303);
        let first = browser.session();
        assert!(first != "clvs_chosen_by_somebody_else" && browser.is_signed_in());
        scene.arrive(&browser, "/sign-in/provider", ana(&["/it/platform"])).expect(303);
        assert_ne!(browser.session(), first);
        let thief = scene.browser();
        thief.use_session(&first, "acme");
        assert!(!thief.is_signed_in() && browser.is_signed_in());
    }

    fn forged_token_silent_provider_and_canceled_sign_in_are_said(world: World) {
        let scene = Scene::new(world, json!({"admission": "by_rule"}));
        let browser = scene.browser();
        let query = scene.set_out(&browser, "/sign-in/provider", ana(&["/it/platform"]));
        let state = query.split("state=").nth(1).expect("a state").to_owned();
        let canceled = scene.come_back(&browser, &format!("error=access_denied&state={state}")).expect(422).text();
        assert!(canceled.contains("Acme SSO has not confirmed who you are."), "{canceled}");
        let forger = Arc::new(IdentityKey::new(Algorithm::Es256, "first"));
        scene.provider.set_mint(move |claims| forger.sign(claims));
        let forged = scene.arrive(&browser, "/sign-in/provider", ana(&["/it/platform"])).expect(422).text();
        assert!(forged.contains("does not answer as it must") && forged.contains("details class=\"more\" open"), "{forged}");
        let query = scene.set_out(&browser, "/sign-in/provider", ana(&["/it/platform"]));
        scene.provider.server.set_down(true);
        let silent = scene.come_back(&browser, &query).expect(422).text();
        assert!(silent.contains("Acme SSO does not answer. Try again, or use the local account."), "{silent}");
        assert!(!browser.is_signed_in());
        assert_eq!(scene.world.admin("GET", "/members", None).expect(200).json()["items"].as_array().expect("a list").len(), 1);
    }

    fn member_of_the_provider_confirms_there_and_nobody_else_does(world: World) {
        let scene = Scene::new(world, json!({"admission": "by_rule"}));
        let browser = scene.browser();
        let holder = || ana(&["/it/claviger-holders"]);
        scene.arrive(&browser, "/sign-in/provider", holder()).expect(303);
        for _ in 0..2 {
            scene.world.clock.advance_seconds(29 * 60);
            assert!(browser.is_signed_in());
            browser.wait_for_use(&scene.world);
        }
        let asked = browser.get("/members/new?name=Rui").expect(303);
        let confirm = asked.header("location").expect("an address").to_owned();
        let confirm = confirm.strip_prefix("/console/acme").expect("of the realm");
        let page = browser.get(confirm).expect(200).text();
        assert!(page.contains("Confirm with <bdi>Acme SSO</bdi>") && !page.contains("type=\"password\""), "{page}");
        let (session, path) = (browser.session(), confirm.replace("/confirm?", "/confirm/provider?"));
        let out = browser.get(&path).expect(303);
        assert!(out.header("location").expect("an address").contains("prompt=login"));

        // Somebody else signs in there, or nobody does: the session stays as it is.
        let other = with(holder(), "sub", json!("somebody-else"));
        let refused = scene.arrive(&browser, &path, other).expect(422).text();
        assert!(refused.contains("Not confirmed.") && refused.contains("as ana@acme.example"), "{refused}");
        assert!(browser.session() == session && browser.is_signed_in());
        browser.get("/members/new").expect(303);
        let query = scene.set_out(&browser, &path, holder());
        let state = query.split("state=").nth(1).expect("a state").to_owned();
        let canceled = scene.come_back(&browser, &format!("error=login_required&state={state}")).expect(422).text();
        assert!(canceled.contains("Not confirmed."), "{canceled}");

        let confirmed = scene.arrive(&browser, &path, holder()).expect(303);
        assert_eq!(confirmed.header("location"), Some("/console/acme/members/new?name=Rui"));
        assert_ne!(browser.session(), session);
        browser.get("/members/new?name=Rui").expect(200);
        // What began in one session is not finished in another.
        let query = scene.set_out(&browser, &path, holder());
        let another = scene.browser();
        scene.arrive(&another, "/sign-in/provider", holder()).expect(303);
        another.take_journey_of(&browser);
        assert!(scene.come_back(&another, &query).expect(422).text().contains("took too long"));
        scene.browser().get("/confirm/provider").expect(303);
    }

    fn account_holder_answers_requests_on_the_page_of_the_member(world: World) {
        let (id, _) = world.member("ana@acme.example", &["member"]);
        world.member("sys@acme.example", &["sys_admin"]);
        let scene = Scene::new(world, json!({}));
        let ask = || scene.arrive(&scene.browser(), "/sign-in/provider", ana(&["/it/platform"])).expect(403);
        ask();
        let identity = scene.member("ana@acme.example")["identities"][0]["id"].as_str().expect("an id").to_owned();
        let approve = format!("/members/{id}/identities/approve?identity={identity}");
        let remove = format!("/members/{id}/identities/remove?identity={identity}");
        let sys = PlainBrowser::signed_in(&scene.world, "sys@acme.example");
        let page = sys.get(&format!("/members/{id}")).expect(200).text();
        assert!(page.contains("asks to be let in") && !page.contains("Approve"), "{page}");
        sys.get(&approve).expect(403);
        sys.post(&approve, &[("identity", &identity)]).expect(403);
        sys.post(&remove, &[("identity", &identity)]).expect(403);

        assert!(!sys.get("/").expect(200).text().contains("asks to sign in"));

        let holder = PlainBrowser::signed_in(&scene.world, OWNER);
        let page = holder.get("/").expect(200).text();
        assert!(page.contains("Ana Souza asks to sign in as ana@acme.example"), "{page}");
        let page = holder.get(&format!("/members/{id}")).expect(200).text();
        assert!(page.contains("asks to be let in") && page.contains(">Approve</a>"), "{page}");
        let page = holder.get(&approve).expect(200).text();
        assert!(page.contains("Approve <bdi>Ana Souza</bdi>?") && page.contains("ana-1"), "{page}");
        holder.post(&remove, &[("identity", &identity)]).expect(303);
        let page = holder.get(&format!("/members/{id}")).expect(200).text();
        assert!(page.contains("The request of Ana Souza was declined."), "{page}");
        // The second click finds it answered.
        holder.post(&approve, &[("identity", &identity)]).expect(303);
        let page = holder.get(&format!("/members/{id}")).expect(200).text();
        assert!(page.contains("answered already") && !page.contains("asks to be let in"), "{page}");

        ask();
        let identity = scene.member("ana@acme.example")["identities"][0]["id"].as_str().expect("an id").to_owned();
        let approve = format!("/members/{id}/identities/approve?identity={identity}");
        scene.world.clock.advance_seconds(29 * 60);
        assert!(holder.is_signed_in());
        holder.wait_for_use(&scene.world);
        scene.world.clock.advance_seconds(2 * 60);
        let asked = holder.post(&approve, &[("identity", &identity)]).expect(303);
        assert!(asked.header("location").expect("an address").starts_with("/console/acme/confirm?next="), "giving asks");
        let holder = PlainBrowser::signed_in(&scene.world, OWNER);
        holder.post(&approve, &[("identity", &identity)]).expect(303);
        let page = holder.get(&format!("/members/{id}")).expect(200).text();
        assert!(page.contains("Ana Souza was approved") && page.contains("Linked ") && page.contains("<dd><bdi>Acme SSO</bdi>"), "{page}");
        let browser = scene.browser();
        scene.arrive(&browser, "/sign-in/provider", ana(&["/it/platform"])).expect(303);
        holder.post(&format!("/members/{id}/identities/remove"), &[("identity", &identity)]).expect(303);
        assert!(!browser.is_signed_in(), "taking away needs no confirmation, and ends at once");
    }

    fn journey_is_in_no_cookie_that_another_site_or_script_reads(world: World) {
        let scene = Scene::new(world, json!({}));
        let browser = scene.browser();
        let request = Request::get("/console/acme/sign-in/provider");
        let out = request.send(scene.world.address).expect(303);
        let cookie = out.header("set-cookie").expect("a cookie").to_owned();
        for part in ["HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=600"] {
            assert!(cookie.contains(part), "{cookie}");
        }
        assert_eq!(out.header("cache-control"), Some("no-store"));
        assert_eq!(out.header("referrer-policy"), Some("no-referrer"));
        let query = scene.set_out(&browser, "/sign-in/provider", ana(&[]));
        let back = scene.come_back(&browser, &query);
        let cookie = back.headers.iter().find(|(name, value)| name == "set-cookie" && value.contains("sign-in-"));
        assert!(cookie.expect("it is deleted").1.contains("Max-Age=0"), "{cookie:?}");
    }
}
