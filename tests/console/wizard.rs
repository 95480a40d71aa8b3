//! The list of service credentials and the wizard, without scripts: nothing is stored before Save, and one Save makes one.

use serde_json::json;

use crate::plain_browser::{PASSWORD, PlainBrowser, field, set_password};
use claviger_testkit::on_both_databases;
use claviger_testkit::world::{Client, Database, World};

const OWNER: &str = "holder@acme.example";

fn with_groups(world: &World) {
    world.group("builders", &["ci:read", "source:read-update"]);
    world.resource("studio/one", &["view", "manage"]);
}

/// `S1`, `S11`: what was typed travels in the address.
const DRAFT: &str =
    "name=nightly&description=Deploys&days=90&ttl=900&groups=builders&grant=studio%2Fone%3Aview";

on_both_databases! {
    fn wizard_makes_a_credential_that_works(world: World) {
        with_groups(&world);
        let browser = PlainBrowser::signed_in(&world, OWNER);
        let empty = browser.get("/service-credentials").expect(200).text();
        assert!(empty.contains("claviger credential create") && !empty.contains("<table"), "{empty}");
        browser.get("/service-credentials/new").expect(200);
        browser.get("/service-credentials/new/expiration?name=nightly").expect(200);
        let access = browser.get(&format!("/service-credentials/new/access?{DRAFT}")).expect(200).text();
        for shown in ["builders", "studio/one", "ci:read", "source:read-update", "studio/one:view"] {
            assert!(access.contains(shown), "{shown}: {access}");
        }
        let summary = browser.get(&format!("/service-credentials/new/summary?{DRAFT}")).expect(200).text();
        assert!(summary.contains("claviger credential create nightly"), "{summary}");
        assert_eq!(world.admin("GET", "/service-credentials", None).expect(200).json()["items"], json!([]));
        let key = field(&summary, "idempotency_key");
        let fields = [
            ("name", "nightly"), ("description", "Deploys"), ("days", "90"), ("ttl", "900"),
            ("groups", "builders"), ("grant", "studio/one:view"), ("idempotency_key", &key),
        ];
        let made = browser.post("/service-credentials/new", &fields).expect(201);
        assert_eq!(made.header("cache-control"), Some("no-store"));
        let page = made.text();
        let (id, client_key) = (field(&page, "client_id"), field(&page, "client_key"));
        assert!(client_key.starts_with("clvk_"), "{page}");
        let client = Client { id: id.clone(), key: client_key.clone(), name: "nightly".into() };
        let token = world.token(&client);
        assert!(token.contains('.'));
        let shown = world.admin("GET", &format!("/service-credentials/{id}"), None).expect(200).json();
        assert_eq!((&shown["token_ttl_seconds"], &shown["validity_days"]), (&json!(900), &json!(90)));
        assert_eq!(shown["resources"], json!([{"resource": "studio/one", "actions": ["view"]}]));
        // The same form again: nothing new, and no key.
        let again = browser.post("/service-credentials/new", &fields).expect(409).text();
        assert!(!again.contains("clvk_") && again.contains("already created"), "{again}");
        let listed = browser.get("/service-credentials").expect(200).text();
        assert!(listed.contains("nightly") && listed.contains("Deploys") && !listed.contains("clvk_"), "{listed}");
        // As files.
        for (kind, media, has) in [("env", "text/plain", "CLAVIGER_CLIENT_KEY="), ("json", "application/json", "\"client_key\"")] {
            let fields = [("as", kind), ("client_id", id.as_str()), ("client_key", client_key.as_str())];
            let file = browser.post("/service-credentials/download", &fields).expect(200);
            assert!(file.header("content-type").expect("a type").starts_with(media));
            assert!(file.header("content-disposition").expect("a name").starts_with("attachment; filename=\"claviger-"));
            assert!(file.text().contains(has) && file.text().contains(&client_key), "{}", file.text());
        }
        let forged = [("as", "env"), ("client_id", id.as_str()), ("client_key", "x\nEVIL=1")];
        browser.post("/service-credentials/download", &forged).expect(400);
    }

    fn step_with_a_fault_cannot_be_passed(world: World) {
        with_groups(&world);
        world.credential("taken", &[]);
        let browser = PlainBrowser::signed_in(&world, OWNER);
        let long = "x".repeat(71);
        let summary = "/service-credentials/new/summary?";
        for (query, says) in [
            ("name=", "Give it a name."),
            (&*format!("name={long}"), "At most 64 characters; this has 71."),
            ("name=+a", "A name begins and ends without a space."),
            ("name=a%E2%80%8Bb", "visible characters only"),
            ("name=taken", "exists already"),
            ("name=a&days=29&ttl=900", "30 to 365 days"),
            ("name=a&days=366&ttl=900", "30 to 365 days"),
            ("name=a&days=90&ttl=901", "whole minutes"),
            ("name=a&days=90&ttl=86460", "whole minutes"),
            ("name=a&days=x&ttl=y", "2 fields need you"),
        ] {
            let page = browser.get(&format!("{summary}{query}")).expect(422).text();
            assert!(page.contains(says), "{query}: {page}");
            assert!(page.contains("aria-invalid") || page.contains("class=\"err pad\""), "{query}");
        }
        // Not chosen yet is no fault.
        browser.get(&format!("{summary}name=a")).expect(200);
        let dropped = "name=a&days=90&ttl=900&groups=unknown&grant=studio%2Fone%3Afly&grant=nonsense";
        let page = browser.get(&format!("/service-credentials/new/access?{dropped}")).expect(200).text();
        assert!(page.contains("left out") && page.contains("No scope."), "{page}");
        // A picked resource without an action leads back to the matrix.
        let picked = "name=a&days=90&ttl=900&resource=studio%2Fone";
        let page = browser.get(&format!("/service-credentials/new/access?{picked}")).expect(200).text();
        assert!(page.contains("has no action."), "{page}");
        let page = browser.get("/service-credentials/new/actions?name=a&days=90&ttl=900").expect(200).text();
        assert!(page.contains("Choose at least one resource"), "{page}");
        let page = browser.get("/service-credentials/new/groups?name=a").expect(200).text();
        assert!(page.contains("builders"), "{page}");
    }

    fn names_of_strangers_are_text(world: World) {
        let name = "<script>alert(1)</script>\"'&";
        world.admin("POST", "/groups", Some(json!({"name": name, "scopes": []}))).expect(201);
        let browser = PlainBrowser::signed_in(&world, OWNER);
        let made = world.credential(name, &[name]);
        for path in ["/service-credentials", "/service-credentials/new/groups?name=a", &format!("/service-credentials/{}", made.id)] {
            let page = browser.get(path).text();
            assert!(!page.contains("<script>alert"), "{path}: {page}");
        }
    }

    fn giving_access_asks_for_a_recent_sign_in(world: World) {
        let browser = PlainBrowser::signed_in(&world, OWNER);
        let summary = "/service-credentials/new/summary?name=a&days=90&ttl=900";
        browser.get(summary).expect(200);
        for _ in 0..2 {
            world.clock.advance_seconds(20 * 60);
            assert!(browser.is_signed_in());
            browser.wait_for_use(&world);
        }
        let asked = browser.get(summary).expect(303);
        let confirm = asked.header("location").expect("an address").to_owned();
        assert!(confirm.starts_with("/console/acme/confirm?next="), "{confirm}");
        let fields = [("name", "a"), ("days", "90"), ("ttl", "900"), ("idempotency_key", "k")];
        let asked = browser.post("/service-credentials/new", &fields).expect(303);
        assert!(asked.header("location").expect("an address").contains("summary%3Fname%3Da%26days%3D90"));
        let old = browser.session();
        let next = "/console/acme/service-credentials/new/summary?name=a&days=90&ttl=900";
        browser.post("/confirm", &[("password", "not the password"), ("next", next)]).expect(422);
        let done = browser.post("/confirm", &[("password", PASSWORD), ("next", next)]).expect(303);
        assert_eq!(done.header("location"), Some(next));
        assert_ne!(browser.session(), old);
        browser.get(summary).expect(200);
        let thief = PlainBrowser::new(&world);
        thief.use_session(&old, "acme");
        assert!(!thief.is_signed_in(), "the session before has ended");
    }
}

#[test]
fn tabs_are_filters_with_counts_and_unknown_parameters_are_dropped() {
    let world = World::start(Database::Sqlite);
    let browser = PlainBrowser::signed_in(&world, OWNER);
    let make =
        |name: &str, days: Option<u16>| world.credential_with(json!({"name": name, "validity_days": days}));
    let (revoked, _, _) = (make("gone", Some(90)), make("soon", Some(30)), make("forever", None));
    world.revoke(&revoked).expect(200);
    world.clock.advance_seconds(20 * 86_400);
    let browser = {
        drop(browser);
        let browser = PlainBrowser::new(&world);
        browser.sign_in(OWNER, PASSWORD).expect(303);
        browser
    };
    let names = |query: &str| {
        let page = browser.get(&format!("/service-credentials{query}")).expect(200).text();
        ["gone", "soon", "forever"]
            .into_iter()
            .filter(|name| page.contains(&format!(">{name}<")))
            .collect::<Vec<_>>()
    };
    assert_eq!(names(""), ["soon", "forever"]);
    assert_eq!(names("?status=expiring"), ["soon"]);
    assert_eq!(names("?status=never"), ["forever"]);
    assert_eq!(names("?status=revoked"), ["gone"]);
    assert_eq!(names("?status=expired"), Vec::<&str>::new());
    assert_eq!(names("?q=FOR"), ["forever"]);
    world.clock.advance_seconds(80 * 86_400);
    browser.sign_in(OWNER, PASSWORD).expect(303);
    assert_eq!(names("?status=unused"), ["forever"]);
    assert_eq!(names("?status=expired"), ["soon"]);
    for forged in ["?status=x", "?sort=key_digest", "?cursor=x", "?sort=-name&cursor=eyJ"] {
        let page = browser.get(&format!("/service-credentials{forged}")).expect(200).text();
        assert!(page.contains("does not exist any more"), "{forged}: {page}");
    }
    let elsewhere = browser.get("/service-credentials?q=gone").expect(200).text();
    assert!(elsewhere.contains("One that was revoked does."), "{elsewhere}");
}

#[test]
fn list_is_narrowed_by_group_and_by_who_created() {
    let world = World::start(Database::Sqlite);
    let browser = PlainBrowser::signed_in(&world, OWNER);
    world.group("readers", &["ci:read"]).group("<b>&\"", &["ci:read"]);
    world.member("rui@acme.example", &["sys_admin"]);
    world.credential_with(json!({"name": "mine", "validity_days": 90, "groups": ["readers"]}));
    world.credential_with(json!({"name": "odd", "validity_days": 90, "groups": ["<b>&\""]}));
    let members = world.admin("GET", "/members", None).expect(200).json();
    let id = |email: &str| {
        let all = members["items"].as_array().expect("members");
        let found = all.iter().find(|member| member["email"] == email).expect("a member");
        found["id"].as_str().expect("an id").to_owned()
    };
    let page = |query: &str| browser.get(&format!("/service-credentials?{query}")).expect(200).text();
    let plain = page("");
    for offered in [">Any group<", ">readers<", ">Created by anyone<", ">rui@acme.example<"] {
        assert!(plain.contains(offered), "{offered}: {plain}");
    }
    let names = |query: &str| {
        let page = page(query);
        ["mine", "odd"].into_iter().filter(|name| page.contains(&format!(">{name}<"))).collect::<Vec<_>>()
    };
    assert_eq!(names("group=readers"), ["mine"]);
    assert_eq!(names("group=%3Cb%3E%26%22"), ["odd"]);
    assert_eq!(names(&format!("by={}", id(OWNER))), ["mine", "odd"]);
    assert!(names(&format!("by={}", id("rui@acme.example"))).is_empty());
    // The tabs and the order keep the filter.
    let narrowed = page("group=readers");
    assert!(
        narrowed.contains("status=expired&#38;group=readers")
            || narrowed.contains("group=readers&#38;status=expired"),
        "{narrowed}"
    );
    assert!(narrowed.contains("value=\"readers\" selected"), "{narrowed}");
    for number in 0..30 {
        let body = json!({"name": format!("many-{number:02}"), "validity_days": 90, "groups": ["readers"]});
        world.credential_with(body);
    }
    // The whole list is counted, not the page.
    let many = page("group=readers&q=many");
    assert!(many.contains("1–25 of 30"), "{many}");
    for forged in ["group=nobody", "by=x"] {
        assert!(page(forged).contains("does not exist any more"), "{forged}");
    }
}

/// A role that may not read learns nothing of what exists; one that reads changes nothing.
#[test]
fn roles_open_what_they_may() {
    let world = World::start(Database::Sqlite);
    for (email, role, list, new) in [
        ("m@acme.example", "member", 403, 403),
        ("a@acme.example", "auditor", 200, 403),
        ("s@acme.example", "sys_admin", 200, 200),
    ] {
        world.member(email, &[role]);
        set_password(&world, email, PASSWORD);
        let browser = PlainBrowser::new(&world);
        browser.sign_in(email, PASSWORD).expect(303);
        assert_eq!(browser.get("/service-credentials").status, list, "{role}");
        assert_eq!(browser.get("/service-credentials/new").status, new, "{role}");
        let fields = [("name", "a"), ("days", "90"), ("ttl", "900"), ("idempotency_key", "k")];
        let saved = browser.post("/service-credentials/new", &fields).status;
        assert_eq!(saved, if new == 200 { 201 } else { 403 }, "{role}");
    }
}

/// The longest names, in four scripts: their addresses take several bytes for each letter.
#[test]
fn draft_of_a_hundred_long_names_is_carried_saved_and_confirmed() {
    let world = World::start(Database::Sqlite);
    let letters = ['a', 'ж', '語', '\u{10400}'];
    let names: Vec<String> =
        (0..100).map(|n| format!("{n:03}") + &letters[n % letters.len()].to_string().repeat(61)).collect();
    for name in &names {
        world.admin("POST", "/groups", Some(json!({"name": name, "scopes": []}))).expect(201);
    }
    let browser = PlainBrowser::signed_in(&world, OWNER);
    let draft = |names: &[String]| {
        let mut query = form_urlencoded::Serializer::new("name=nightly&days=90&ttl=900".to_owned());
        query.extend_pairs(names.iter().map(|name| ("groups", name)));
        query.finish()
    };
    let query = draft(&names);
    assert!(query.len() > 40_000, "{}", query.len());
    for step in ["access", "summary"] {
        let page = browser.get(&format!("/service-credentials/new/{step}?{query}")).expect(200).text();
        assert!(names.iter().all(|name| page.contains(name.as_str())), "{step}");
    }
    // After an old sign-in it is confirmed in another tab, because the address that leads back would be too long.
    crate::members::let_sign_in_age(&world, &browser);
    let address = format!("/service-credentials/new/summary?{query}");
    let page = browser.get(&address).expect(403).text();
    assert!(page.contains("Confirm it is you first") && page.contains("in another tab"), "{page}");
    browser.post("/confirm", &[("password", PASSWORD), ("next", "/console/acme/")]).expect(303);
    let summary = browser.get(&address).expect(200).text();
    assert!(names.iter().all(|name| summary.contains(name.as_str())));
    let key = field(&summary, "idempotency_key");
    let fields = [("name", "nightly"), ("days", "90"), ("ttl", "900"), ("idempotency_key", &key)];
    let groups = names.iter().map(|name| ("groups", name.as_str()));
    let fields: Vec<(&str, &str)> = fields.into_iter().chain(groups).collect();
    // So many long names do not fit a token. That is said on the form, which keeps all of them.
    let refused = browser.post("/service-credentials/new", &fields).expect(422).text();
    assert!(refused.contains("the names would take 15750 bytes in a token"), "{refused}");
    assert!(names.iter().all(|name| refused.contains(name.as_str())));
    let fewer: Vec<(&str, &str)> =
        fields.iter().copied().filter(|(name, value)| *name != "groups" || value.ends_with('a')).collect();
    let made = browser.post("/service-credentials/new", &fewer).expect(201).text();
    let id = field(&made, "client_id");
    let shown = world.admin("GET", &format!("/service-credentials/{id}"), None).expect(200).json();
    assert_eq!(shown["groups"].as_array().expect("groups").len(), 25);
}

/// Told on a page, by which time the browser still has what was typed.
#[test]
fn what_is_too_long_for_an_address_is_refused_on_a_page() {
    let world = World::start(Database::Sqlite);
    let browser = PlainBrowser::signed_in(&world, OWNER);
    let long = |bytes: usize| "x".repeat(bytes);
    let page = browser.get(&format!("/service-credentials/new?description={}", long(61 * 1024))).expect(431);
    assert!(page.header("content-type").expect("a type").starts_with("text/html"));
    assert!(
        page.text().contains("This is too much for one form") && page.text().contains("go back"),
        "{}",
        page.text()
    );
    let form = [("name", "x"), ("description", &long(257 * 1024))];
    let page = browser.post("/service-credentials/new", &form).expect(413).text();
    assert!(page.contains("This is too much for one form"), "{page}");
    // Elsewhere the limit stays.
    let address = format!("/api/v1/realms/acme/groups?q={}", long(33 * 1024));
    world.send(&claviger_testkit::http::Request::get(&address).bearer(&world.owner)).expect(431);
}
