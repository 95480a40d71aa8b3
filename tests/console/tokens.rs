//! API tokens, personal access tokens and application credentials, without scripts.

use serde_json::json;

use crate::plain_browser::{PASSWORD, PlainBrowser, field};
use claviger::administration::suspend_realm;
use claviger::ledger::{Act, Caller};
use claviger_domain::Clock;
use claviger_testkit::http::Response;
use claviger_testkit::on_both_databases;
use claviger_testkit::world::{Client, Database, World};

const OWNER: &str = "holder@acme.example";

/// The path of the pages, and the field of the secret on the page that shows it.
const KINDS: [(&str, &str); 3] =
    [("api-tokens", "token"), ("personal-access-tokens", "token"), ("application-credentials", "client_key")];

/// Signed in, with a group that holds these scopes.
fn member(world: &World, email: &str, scopes: &[&str]) -> PlainBrowser {
    let (id, _) = world.member(email, &["member"]);
    let group = email.split('@').next().expect("a name");
    world.group(group, scopes);
    world.admin("PATCH", &format!("/members/{id}"), Some(json!({"groups": [group]}))).expect(200);
    PlainBrowser::signed_in(world, email)
}

fn create(browser: &PlainBrowser, kind: &str, fields: &[(&str, &str)]) -> Response {
    let form = browser.get(&format!("/{kind}/new")).expect(200).text();
    let key = field(&form, "idempotency_key");
    let fields: Vec<_> = fields.iter().copied().chain([("idempotency_key", key.as_str())]).collect();
    browser.post(&format!("/{kind}/new"), &fields)
}

/// Made in the console by who is signed in; its id and its secret.
fn made(browser: &PlainBrowser, (kind, secret): (&str, &str), title: &str, scope: &str) -> (String, String) {
    let fields = [("name", title), ("description", title), ("expires", "2099-01-01"), ("scope", scope)];
    let page = create(browser, kind, &fields).expect(201).text();
    (id_of(&page, kind), field(&page, secret))
}

/// Of what a page leads to.
fn id_of(page: &str, kind: &str) -> String {
    let start = format!("/console/acme/{kind}/01");
    let at = page.find(&start).unwrap_or_else(|| panic!("no page of one: {page}")) + start.len() - 2;
    page[at..at + 36].to_owned()
}

fn is_valid(world: &World, server: &Client, (kind, _): (&str, &str), id: &str, secret: &str) -> bool {
    match kind {
        "application-credentials" => {
            let client = Client { id: id.to_owned(), key: secret.to_owned(), name: String::new() };
            world.send(&world.token_request(&client, &[])).status == 200
        }
        _ => world.introspect(server, secret)["active"] == true,
    }
}

on_both_databases! {
    fn member_creates_uses_and_revokes_its_own(world: World) {
        let server = world.resource_server("git", "https://git.example.org");
        let browser = member(&world, "ada@acme.example", &["source:read-update"]);
        for kind in KINDS {
            let (path, secret_field) = kind;
            // The operator made a personal token of everyone here.
            let is_empty = path != "personal-access-tokens";
            let before = browser.get(&format!("/{path}")).expect(200).text();
            assert_eq!((before.contains(" yet</h2>"), !before.contains("<table")), (is_empty, is_empty), "{before}");
            let form = browser.get(&format!("/{path}/new")).expect(200).text();
            let key = field(&form, "idempotency_key");
            let fields = [
                ("name", "Laptop"), ("description", "Laptop"), ("expires", "2099-01-01"),
                ("scope", "source:read-update"), ("idempotency_key", &key),
            ];
            let made = browser.post(&format!("/{path}/new"), &fields).expect(201);
            assert_eq!(made.header("cache-control"), Some("no-store"));
            let page = made.text();
            let (id, secret) = (id_of(&page, path), field(&page, secret_field));
            assert!(secret.starts_with("clv"), "{page}");
            assert!(is_valid(&world, &server, kind, &id, &secret), "{path}");
            // The same form again: nothing new, and no secret.
            let again = browser.post(&format!("/{path}/new"), &fields).expect(409).text();
            assert!(again.contains("was already created") && !again.contains(&secret), "{again}");
            assert!(again.contains(&id), "{again}");
            let listed = world.admin("GET", &format!("/{path}"), None).expect(200).json();
            let named = |item: &&serde_json::Value| item["description"] == "Laptop";
            assert_eq!(listed["items"].as_array().expect("a list").iter().filter(named).count(), 1, "{listed}");
            for page in ["", "?status=revoked", &format!("/{id}"), &format!("/{id}/revoke"), "/new"] {
                let page = browser.get(&format!("/{path}{page}")).expect(200).text();
                assert!(!page.contains(&secret) && !page.contains("clva_") && !page.contains("clvp_"), "{page}");
            }
            let ask = browser.get(&format!("/{path}/{id}/revoke")).expect(200).text();
            assert!(ask.contains("There is no undo."), "{ask}");
            let done = browser.post(&format!("/{path}/{id}/revoke"), &[]).expect(303);
            let there = format!("/{path}/{id}");
            assert_eq!(done.header("location"), Some(format!("/console/acme{there}").as_str()));
            assert!(!is_valid(&world, &server, kind, &id, &secret), "{path}");
            let page = browser.get(&there).expect(200).text();
            assert!(page.contains("Laptop was revoked. Everyone confirmed in "), "{page}");
            assert!(!page.contains(&format!("{there}/revoke")), "nothing is left to revoke: {page}");
            browser.get(&format!("{there}/revoke")).expect(303);
            browser.post(&format!("{there}/revoke"), &[]).expect(303);
            assert!(browser.get(&there).expect(200).text().contains("Laptop was already revoked."));
            let listed = browser.get(&format!("/{path}?status=revoked")).expect(200).text();
            assert!(listed.contains(">Laptop<"), "{listed}");
        }
    }

    fn what_others_own_is_not_found(world: World) {
        let server = world.resource_server("git", "https://git.example.org");
        let ada = member(&world, "ada@acme.example", &["source:read"]);
        let eve = member(&world, "eve@acme.example", &["targets:read"]);
        for kind in KINDS {
            let (path, _) = kind;
            let (id, secret) = made(&ada, kind, "of Ada", "source:read");
            for page in [format!("/{path}/{id}"), format!("/{path}/{id}/revoke")] {
                let (real, invented) = (eve.get(&page), eve.get(&page.replace(&id[30..], "ffffff")));
                assert_eq!((real.status, invented.status), (404, 404), "{page}");
            }
            eve.post(&format!("/{path}/{id}/revoke"), &[]).expect(404);
            assert!(is_valid(&world, &server, kind, &id, &secret), "{path}");
            let listed = eve.get(&format!("/{path}")).expect(200).text();
            assert!(!listed.contains("of Ada"), "{listed}");
            // An id of another kind, and one that is none.
            let other = if path == "api-tokens" { "personal-access-tokens" } else { "api-tokens" };
            ada.get(&format!("/{other}/{id}")).expect(404);
            ada.get(&format!("/{path}/none")).expect(404);
        }
    }

    fn faults_keep_what_was_typed_and_store_nothing(world: World) {
        let browser = member(&world, "ada@acme.example", &["source:read", "billing"]);
        let long = "x".repeat(1_001);
        for (path, _) in KINDS {
            let is_client = path == "application-credentials";
            let table: &[(&[(&str, &str)], &str)] = &[
                (&[("expires", "2099-01-01")], "Choose at least one scope."),
                (&[("expires", "2099-01-01"), ("scope", "targets:read")], "You do not hold all of these any more."),
                (&[("expires", "2099-01-01"), ("scope", "no scope")], "You do not hold all of these any more."),
                (&[("expires", "2020-01-01"), ("scope", "billing")], "Choose a day after today."),
                (&[("expires", "soon"), ("scope", "billing")], "Choose a day after today."),
                (&[("expires", "2099-01-01"), ("scope", "billing"), ("description", &long)], "this has 1,001."),
                (&[("expires", "x")], "2 fields need you"),
            ];
            for (fields, says) in table {
                let named = [("name", "typed name")];
                let fields: Vec<_> = fields.iter().chain(&named).copied().collect();
                let page = create(&browser, path, &fields).expect(422).text();
                assert!(page.contains(says), "{path} {fields:?}: {page}");
                assert!(!is_client || page.contains("typed name"), "{page}");
                if fields.contains(&("scope", "billing")) {
                    assert!(page.contains("value=\"billing\" checked"), "{page}");
                }
            }
            let listed = world.admin("GET", &format!("/{path}"), None).expect(200).json();
            let items = listed["items"].as_array().expect("a list");
            assert!(items.iter().all(|item| item["scopes"] != json!(["billing"])), "{listed}");
        }
        for (name, says) in [("", "Give it a name."), ("x".repeat(71).as_str(), "At most 64 characters")] {
            let fields = [("name", name), ("expires", ""), ("scope", "billing")];
            let page = create(&browser, "application-credentials", &fields).expect(422).text();
            assert!(page.contains(says), "{name}: {page}");
        }
        // An end is optional; a name is taken once.
        let fields = [("name", "forever"), ("expires", ""), ("scope", "billing")];
        let page = create(&browser, "application-credentials", &fields).expect(201).text();
        let id = id_of(&page, "application-credentials");
        let shown = browser.get(&format!("/application-credentials/{id}")).expect(200).text();
        assert!(shown.contains("Never expires"), "{shown}");
        let page = create(&browser, "application-credentials", &fields).expect(422).text();
        assert!(page.contains("A live one of yours has this name.") && page.contains("forever"), "{page}");
        assert_eq!(create(&browser, "api-tokens", &[("expires", ""), ("scope", "billing")]).status, 422);
    }

    // O12, O13, O14, O15
    fn each_preset_ticks_its_scopes(world: World) {
        let held = [
            "source:read-update",
            "targets:read",
            "targets:read-update",
            "devices:read",
            "devices:read-update",
            "ci:read",
            "containers:read",
        ];
        let browser = member(&world, "ada@acme.example", &held);
        for (preset, scopes) in [
            ("git", &["source:read-update"][..]),
            ("read-only", &["targets:read", "devices:read", "ci:read"]),
            ("read-update", &["targets:read-update", "devices:read-update", "ci:read"]),
            ("docker-pull", &["containers:read"]),
        ] {
            let page = browser.get(&format!("/api-tokens/new?preset={preset}")).expect(200).text();
            for scope in held {
                let ticked = page.contains(&format!("value=\"{scope}\" checked"));
                assert_eq!(ticked, scopes.contains(&scope), "{preset}: {scope}: {page}");
            }
        }
    }

    // O12
    fn preset_fills_the_form_and_creates_nothing(world: World) {
        let browser = member(&world, "ada@acme.example", &["source:read-update", "targets:read", "billing"]);
        let fields = [("description", "Laptop & co"), ("expires", "2099-01-01"), ("scope", "billing"), ("preset", "git")];
        let asked = browser.post("/api-tokens/new", &fields).expect(303);
        let address = asked.header("location").expect("an address").to_owned();
        assert_eq!(address, "/console/acme/api-tokens/new?description=Laptop+%26+co&expires=2099-01-01&preset=git");
        let page = browser.get(address.strip_prefix("/console/acme").expect("the console")).expect(200).text();
        assert!(page.contains("value=\"source:read-update\" checked") && page.contains("1 chosen"), "{page}");
        assert!(page.contains("Laptop &#38; co") && page.contains("value=\"2099-01-01\""), "{page}");
        assert!(!page.contains("devices:"), "what is not held is not listed: {page}");
        // One that names nothing leads to the form as it was.
        let fields = [("scope", "billing"), ("preset", "none")];
        let asked = browser.post("/api-tokens/new", &fields).expect(303);
        assert_eq!(asked.header("location"), Some("/console/acme/api-tokens/new?scope=billing"));
        let listed = world.admin("GET", "/api-tokens", None).expect(200).json();
        assert_eq!(listed["items"], json!([]));
    }

    fn giving_asks_for_a_recent_sign_in_and_revoking_does_not(world: World) {
        let browser = member(&world, "ada@acme.example", &["source:read"]);
        let made: Vec<_> = KINDS.map(|kind| (kind, made(&browser, kind, "Laptop", "source:read"))).to_vec();
        for _ in 0..2 {
            world.clock.advance_seconds(20 * 60);
            assert!(browser.is_signed_in());
            browser.wait_for_use(&world);
        }
        for ((path, _), (id, _)) in made {
            let asked = browser.get(&format!("/{path}/new")).expect(303);
            assert!(asked.header("location").expect("an address").starts_with("/console/acme/confirm?next="));
            let fields = [
                ("name", "a"), ("description", "b"), ("expires", ""), ("scope", "source:read"), ("idempotency_key", "k"),
            ];
            let asked = browser.post(&format!("/{path}/new"), &fields).expect(303);
            let confirm = asked.header("location").expect("an address").to_owned();
            assert!(confirm.contains("scope%3Dsource%253Aread") && confirm.contains("expires%3Dnever"), "{confirm}");
            browser.get(&format!("/{path}/{id}/revoke")).expect(200);
            browser.post(&format!("/{path}/{id}/revoke"), &[]).expect(303);
            let page = browser.get(&format!("/{path}/{id}")).expect(200).text();
            assert!(page.contains("was revoked."), "{page}");
        }
    }

    fn names_of_strangers_are_text(world: World) {
        let name = "<script>alert(1)</script>\"'&";
        let browser = member(&world, "ada@acme.example", &["source:read"]);
        let owner = PlainBrowser::signed_in(&world, OWNER);
        for kind in KINDS {
            let (path, _) = kind;
            let (id, _) = made(&browser, kind, name, "source:read");
            let typed = form_urlencoded::byte_serialize(name.as_bytes()).collect::<String>();
            for page in [
                String::new(), format!("?q={typed}"), format!("/new?name={typed}&description={typed}&scope={typed}"),
                format!("/{id}"), format!("/{id}/revoke"),
            ] {
                let page = format!("/{path}{page}");
                for browser in [&browser, &owner] {
                    let answer = browser.get(&page).expect(200).text();
                    assert!(!answer.contains("<script>alert"), "{page}: {answer}");
                }
            }
            browser.post(&format!("/{path}/{id}/revoke"), &[]).expect(303);
            let told = browser.get(&format!("/{path}/{id}")).expect(200).text();
            assert!(told.contains("was revoked.") && !told.contains("<script>alert"), "{told}");
        }
    }

    fn token_is_downloaded_as_a_file(world: World) {
        let browser = member(&world, "ada@acme.example", &["source:read"]);
        for kind in KINDS {
            let (path, secret_field) = kind;
            let (id, secret) = made(&browser, kind, "Laptop", "source:read");
            for (kind, media) in [("env", "text/plain"), ("json", "application/json")] {
                let fields = [("as", kind), (secret_field, secret.as_str()), ("client_id", id.as_str())];
                let file = browser.post(&format!("/{path}/download"), &fields).expect(200);
                assert!(file.header("content-type").expect("a type").starts_with(media));
                let name = file.header("content-disposition").expect("a name").to_owned();
                assert!(name.starts_with("attachment; filename=\"claviger-"), "{name}");
                assert!(file.text().contains(&secret), "{}", file.text());
            }
            let forged = [("as", "env"), (secret_field, "x\nEVIL=1"), ("client_id", id.as_str())];
            browser.post(&format!("/{path}/download"), &forged).expect(400);
        }
    }
}

#[test]
fn administrators_see_all_and_auditors_change_nothing() {
    let world = World::start(Database::Sqlite);
    let server = world.resource_server("git", "https://git.example.org");
    let ada = member(&world, "ada@acme.example", &["source:read"]);
    let holder = PlainBrowser::signed_in(&world, OWNER);
    let other = |email: &str, role: &str| {
        world.member(email, &[role]);
        PlainBrowser::signed_in(&world, email)
    };
    let (auditor, admin) = (other("aud@acme.example", "auditor"), other("sys@acme.example", "sys_admin"));
    for kind in KINDS {
        let (path, _) = kind;
        let (id, secret) = made(&ada, kind, "of Ada", "source:read");
        let (of_holder, _) = made(&holder, kind, "of the holder", "source:read");
        // Personal tokens are listed to their owner alone.
        let shows_others = path != "personal-access-tokens";
        for reader in [&auditor, &admin, &holder] {
            let listed = reader.get(&format!("/{path}")).expect(200).text();
            assert_eq!(listed.contains("of Ada"), shows_others, "{listed}");
            let page = reader.get(&format!("/{path}/{id}")).expect(200).text();
            assert!(page.contains("created it") && page.contains("of Ada"), "{page}");
        }
        let listed = holder.get(&format!("/{path}?status=own")).expect(200).text();
        assert!(!listed.contains("of Ada"), "{listed}");
        assert!(!auditor.get(&format!("/{path}/{id}")).expect(200).text().contains("/revoke\""));
        auditor.get(&format!("/{path}/{id}/revoke")).expect(303);
        auditor.post(&format!("/{path}/{id}/revoke"), &[]).expect(404);
        assert!(is_valid(&world, &server, kind, &id, &secret), "{path}");
        // Only account holders end what an account holder owns.
        assert!(!admin.get(&format!("/{path}/{of_holder}")).expect(200).text().contains("/revoke\""));
        admin.post(&format!("/{path}/{of_holder}/revoke"), &[]).expect(403);
        assert!(admin.get(&format!("/{path}/{id}")).expect(200).text().contains("/revoke\""));
        admin.post(&format!("/{path}/{id}/revoke"), &[]).expect(303);
        assert!(!is_valid(&world, &server, kind, &id, &secret), "{path}");
        assert!(admin.get(&format!("/{path}/{id}")).expect(200).text().contains("of Ada was revoked."));
    }
}

#[test]
fn tabs_scopes_and_searches_filter() {
    let world = World::start(Database::Sqlite);
    let browser = member(&world, "ada@acme.example", &["source:read", "targets:read"]);
    let make = |title: &str, expires: &str, scope: &str| {
        let fields = [("description", title), ("expires", expires), ("scope", scope)];
        id_of(&create(&browser, "api-tokens", &fields).expect(201).text(), "api-tokens")
    };
    let day = |days: i64| {
        let (year, month, day) = world.clock.now().plus_seconds(days * 86_400).date();
        format!("{year:04}-{month:02}-{day:02}")
    };
    make("soon", &day(10), "source:read");
    make("later", &day(400), "targets:read");
    let gone = make("gone", &day(400), "source:read");
    browser.post(&format!("/api-tokens/{gone}/revoke"), &[]).expect(303);
    let names = |query: &str| {
        let page = browser.get(&format!("/api-tokens{query}")).expect(200).text();
        ["soon", "later", "gone"]
            .into_iter()
            .filter(|name| page.contains(&format!(">{name}<")))
            .collect::<Vec<_>>()
    };
    assert_eq!(names(""), ["soon", "later"]);
    assert_eq!(names("?status=expiring"), ["soon"]);
    assert_eq!(names("?status=revoked"), ["gone"]);
    assert_eq!(names("?q=LATER"), ["later"]);
    assert_eq!(names("?q=ada%40"), ["soon", "later"], "by the owner's name");
    assert_eq!(names("?scope=targets%3Aread"), ["later"]);
    for sort in ["?sort=expires_at", "?sort=-created_at"] {
        assert_eq!(names(sort), ["soon", "later"], "{sort}");
    }
    world.clock.advance_seconds(100 * 86_400);
    browser.sign_in("ada@acme.example", PASSWORD).expect(303);
    assert_eq!(names("?status=expired"), ["soon"]);
    assert_eq!(names("?status=unused"), ["later"]);
    for forged in ["?status=x", "?status=own", "?scope=x", "?sort=digest", "?cursor=x"] {
        let page = browser.get(&format!("/api-tokens{forged}")).expect(200).text();
        assert!(page.contains("does not exist any more"), "{forged}: {page}");
    }
}

/// What ended with its realm is revoked, though nobody revoked it.
#[test]
fn suspended_realm_leaves_revoked_tokens() {
    let world = World::start(Database::Sqlite);
    let browser = member(&world, "ada@acme.example", &["source:read"]);
    let (id, _) = made(&browser, KINDS[0], "Laptop", "source:read");
    let act = Act::local(world.realm.parse().expect("a label"), Caller::Operator);
    for is_suspended in [true, false] {
        let done = suspend_realm(&world.node().state.administration, &act, is_suspended).expect("done");
        done.settle(&world.node().state.barrier).expect("settled");
    }
    browser.sign_in("ada@acme.example", PASSWORD).expect(303);
    let page = browser.get(&format!("/api-tokens/{id}")).expect(200).text();
    assert!(page.contains("Revoked") && !page.contains("/revoke\""), "{page}");
    let listed = browser.get("/api-tokens?status=revoked").expect(200).text();
    assert!(listed.contains(">Laptop<") && listed.contains("Revoked</span>"), "{listed}");
}

#[test]
fn form_offers_resources_and_the_administration_api() {
    let world = World::start(Database::Sqlite);
    world.resource("fleet/berlin", &["read", "deploy"]);
    let holder = PlainBrowser::signed_in(&world, OWNER);
    let ada = member(&world, "ada@acme.example", &["source:read"]);
    let offers = |browser: &PlainBrowser, path: &str, scope: &str| {
        let form = browser.get(&format!("/{path}/new")).expect(200).text();
        form.contains(&format!("name=\"scope\" value=\"{scope}\""))
    };
    for (path, _) in KINDS {
        assert!(offers(&holder, path, "fleet/berlin:deploy") && offers(&ada, path, "source:read"), "{path}");
        assert!(!offers(&ada, path, "fleet/berlin:deploy"), "{path}");
        assert_eq!(offers(&ada, path, "admin:read"), path == "personal-access-tokens", "{path}");
    }
    made(&holder, KINDS[0], "deploys", "fleet/berlin:deploy");
    let (_, token) = made(&ada, KINDS[1], "cli", "admin:read");
    let caller = world.admin_as(&token, "GET", "/whoami", None).expect(200).text();
    assert!(caller.contains("ada@acme.example"), "{caller}");
    // An API token never administers.
    let fields = [("expires", "2099-01-01"), ("scope", "admin:read")];
    assert_eq!(create(&ada, "api-tokens", &fields).status, 422);
    for n in 0..100 {
        world.resource(&format!("fleet/n{n}"), &["read"]);
    }
    let form = holder.get("/api-tokens/new").expect(200).text();
    assert!(form.contains("Not all resources are listed."), "{form}");
}
