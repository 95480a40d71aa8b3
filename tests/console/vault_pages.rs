//! Source credentials and sources: lists, details, links between them, and their end.

use serde_json::{Value, json};

use crate::plain_browser::{PlainBrowser, field};
use crate::vault_scene::{NEWER, OWNER, Scene, TOKEN, add, id_in};
use claviger_testkit::http::Request;
use claviger_testkit::on_both_databases;
use claviger_testkit::world::World;

/// As a form has it.
fn etag(page: &str) -> String {
    field(page, "etag").replace("&#34;", "\"")
}

/// What a pipeline that may use all source credentials gets for this source.
fn resolved(world: &World, source: &str) -> Value {
    let pipeline = world.credential_with(json!({
        "name": format!("pipeline-{source}"), "validity_days": 30, "token_ttl_seconds": 900,
        "resources": [{"resource": "vault/acme-data", "actions": ["use"]}],
    }));
    let token = world.token(&pipeline);
    let path = format!("/api/v1/realms/acme/sources/{source}/resolve");
    world.send(&Request::new("POST", &path).bearer(&token)).expect(200).json()
}

on_both_databases! {
    // F4, F5
    fn list_shows_all_of_the_realm(world: World) {
        let scene = Scene::new(world);
        let browser = PlainBrowser::signed_in(&scene.world, OWNER);
        let empty = browser.get("/source-credentials").expect(200).text();
        assert!(empty.contains("Add source credential") && !empty.contains("<table"), "{empty}");
        let github = scene.stored("acme-data");
        scene.stored_of_gitlab("gitlab-eu");
        scene.source("repos", &github);
        scene.source("pulls", &github);
        let page = browser.get("/source-credentials").expect(200).text();
        for says in ["acme-data", "GitHub, Personal access token", "gitlab-eu", "Valid", "<bdi>2</bdi>", "1–2 of 2"] {
            assert!(page.contains(says), "{says}: {page}");
        }
        let shown = |query: &str| {
            let page = browser.get(&format!("/source-credentials?{query}")).expect(200).text();
            (page.contains(">acme-data</a>"), page.contains(">gitlab-eu</a>"))
        };
        for (query, found) in [
            ("q=EU", (false, true)),
            ("type=github", (true, false)),
            ("status=unlinked", (false, true)),
            ("status=unverified", (false, false)),
            ("status=attention", (false, false)),
            ("sort=-expires_at", (true, true)),
        ] {
            assert_eq!(shown(query), found, "{query}");
        }
        scene.github.knows(TOKEN, "repo");
        scene.world.clock.advance_seconds(60);
        browser.post(&format!("/source-credentials/{github}/validate"), &[]).expect(303);
        assert_eq!(shown("status=attention"), (true, false));
        let page = browser.get(&format!("/source-credentials/{github}")).expect(200).text();
        for says in ["3 permissions missing", "GitHub has refused it since", "repos", "pulls", "2 sources use it."] {
            assert!(page.contains(says), "{says}: {page}");
        }
        // F5: neither a validation nor a use is a modification.
        let view = scene.shown(&format!("/source-credentials/{github}"));
        assert_eq!(view["updated_at"], view["created_at"]);
        assert!(page.contains("Last modified") && page.contains("validated it"), "{page}");
        assert!(page.contains("<code>vault/acme-data:use</code>"), "{page}");
        let other = scene.world.create_realm("other");
        assert!(!other.is_empty());
        let sources = browser.get("/sources?q=rep").expect(200).text();
        assert!(sources.contains(">repos</a>") && !sources.contains(">pulls</a>"), "{sources}");
        let of_one = browser.get(&format!("/sources?source_credential_id={github}")).expect(200).text();
        assert!(of_one.contains(">repos</a>") && of_one.contains(">pulls</a>"), "{of_one}");
    }

    // F2
    fn credential_is_added_while_a_source_is(world: World) {
        let scene = Scene::new(world);
        let browser = PlainBrowser::signed_in(&scene.world, OWNER);
        let types = browser.get("/sources/new").expect(200).text();
        assert!(types.contains("sources/new?type=github\"") && types.contains("0 credentials"), "{types}");
        let form = browser.get("/sources/new?type=github").expect(200).text();
        assert!(form.contains("There is no GitHub credential yet.") && form.contains(" disabled>Save"), "{form}");
        let fields = [("type", "github"), ("name", "repos"), ("add", "on"), ("idempotency_key", "k")];
        let there = browser.post("/sources/new", &fields).expect(303).header("location").expect("an address").to_owned();
        assert_eq!(there, "/console/acme/source-credentials/new?type=github&for_source=on&source_name=repos");
        let form = browser.get(there.strip_prefix("/console/acme").expect("ours")).expect(200).text();
        assert_eq!((field(&form, "for_source"), field(&form, "source_name")), ("on".to_owned(), "repos".to_owned()));
        let done = add(&browser, &[("for_source", "on"), ("source_name", "repos")]).expect(303);
        let there = done.header("location").expect("an address").to_owned();
        assert!(there.starts_with("/console/acme/sources/new?type=github&credential="), "{there}");
        let form = browser.get(there.strip_prefix("/console/acme").expect("ours")).expect(200).text();
        assert!(form.contains("acme-data was added: GitHub accepts it."), "{form}");
        assert!(form.contains("selected>acme-data: Valid</option>") && form.contains("value=\"repos\""), "{form}");
        let credential = scene.items("/source-credentials")[0]["id"].as_str().expect("an id").to_owned();
        let key = field(&form, "idempotency_key");
        let fields = [("type", "github"), ("name", "repos"), ("credential", &credential), ("idempotency_key", &key)];
        let id = id_in(&browser.post("/sources/new", &fields).expect(303));
        let page = browser.get(&format!("/sources/{id}")).expect(200).text();
        assert!(page.contains("repos was added.") && page.contains(">acme-data</a>") && page.contains("Active"), "{page}");
        // The same form again adds nothing.
        assert_eq!(id_in(&browser.post("/sources/new", &fields).expect(303)), id);
        let wrong = [("type", "github"), ("name", "Repos"), ("credential", &credential), ("settings", "[]"), ("idempotency_key", "k2")];
        let wrong = browser.post("/sources/new", &wrong).expect(422).text();
        assert!(wrong.contains("It must be a JSON object"), "{wrong}");
        let taken = [("type", "github"), ("name", "Repos"), ("credential", &credential), ("idempotency_key", "k3")];
        assert!(browser.post("/sources/new", &taken).expect(422).text().contains("Repos exists already."));
    }

    // F3, F19
    fn only_credentials_of_the_type_are_offered(world: World) {
        let scene = Scene::new(world);
        let browser = PlainBrowser::signed_in(&scene.world, OWNER);
        add(&browser, &[]).expect(303);
        let gitlab = scene.stored_of_gitlab("gitlab-eu");
        let form = browser.get("/sources/new?type=github").expect(200).text();
        assert!(form.contains(">acme-data: Valid</option>") && !form.contains("gitlab-eu"), "{form}");
        let form = browser.get("/sources/new?type=gitlab_self_managed").expect(200).text();
        assert!(form.contains(">gitlab-eu: Valid</option>") && !form.contains("acme-data"), "{form}");
        // From the page of a credential: its type, and itself.
        let form = browser.get(&format!("/sources/new?credential={gitlab}")).expect(200).text();
        assert!(form.contains("selected>gitlab-eu"), "{form}");
        let github = scene.items("/source-credentials?source_type=github")[0]["id"].as_str().expect("an id").to_owned();
        let source = scene.source("repos", &github);
        let form = browser.get(&format!("/sources/{source}/edit")).expect(200).text();
        let foreign = [("name", "repos"), ("credential", &gitlab), ("etag", &etag(&form))];
        let page = browser.post(&format!("/sources/{source}/edit"), &foreign).expect(422).text();
        assert!(page.contains("It must be a credential of type github"), "{page}");
        let renamed = [("name", "repositories"), ("credential", &github), ("settings", "{\"a\": 7}"), ("etag", &etag(&form))];
        browser.post(&format!("/sources/{source}/edit"), &renamed).expect(303);
        let shown = scene.shown(&format!("/sources/{source}"));
        assert_eq!((&shown["name"], &shown["settings"]), (&json!("repositories"), &json!({"a": 7})));
        let stale = browser.post(&format!("/sources/{source}/edit"), &renamed).expect(412).text();
        assert!(stale.contains("changed this meanwhile. Your change was not made."), "{stale}");
    }

    // F6
    fn one_edit_serves_all_sources(world: World) {
        let scene = Scene::new(world);
        let credential = scene.stored("acme-data");
        let sources = ["one", "two", "three"].map(|name| scene.source(name, &credential));
        let browser = PlainBrowser::signed_in(&scene.world, OWNER);
        let fields = [
            ("name", "acme-data"),
            ("field.token", NEWER),
            ("typed.organizations", "acme"),
            ("validate", "on"),
            ("version", "1"),
        ];
        browser.post(&format!("/source-credentials/{credential}/edit"), &fields).expect(303);
        let page = browser.get(&format!("/source-credentials/{credential}")).expect(200).text();
        assert!(page.contains("acme-data was changed, for all its sources. Everyone confirmed in "), "{page}");
        for source in &sources {
            assert_eq!(resolved(&scene.world, source)["fields"]["token"], NEWER);
            let page = browser.get(&format!("/sources/{source}")).expect(200).text();
            assert!(page.contains("acme-data, version 2") && page.contains("Resolved"), "{page}");
        }
        // Read once by hand.
        let pull = browser.post(&format!("/sources/{}/pull", sources[0]), &[]).expect(303);
        assert_eq!(id_in(&pull), sources[0]);
        let page = browser.get(&format!("/sources/{}", sources[0])).expect(200).text();
        assert!(page.contains("Retrieved: 2 items.") && page.contains(">Retrieved</span>"), "{page}");
    }

    // F7
    fn delete_names_the_sources_and_stops_them(world: World) {
        let scene = Scene::new(world);
        let credential = scene.stored("acme-data");
        let sources = ["one", "two", "three"].map(|name| scene.source(name, &credential));
        let browser = PlainBrowser::signed_in(&scene.world, OWNER);
        let path = format!("/source-credentials/{credential}/delete");
        let page = browser.get(&path).expect(200).text();
        for says in ["3 sources stop.", "<b>one</b>", "<b>two</b>", "<b>three</b>", "pattern=\"acme-data\"", "Withdraw it there too"] {
            assert!(page.contains(says), "{says}: {page}");
        }
        for wrong in ["", "acme-dat", "Acme-data", "acme-data "] {
            let page = browser.post(&path, &[("name", wrong)]).expect(422).text();
            assert!(page.contains("The name does not match.") && page.contains("Nothing was done."), "{page}");
        }
        browser.post(&path, &[("name", "acme-data")]).expect(303);
        let list = browser.get("/source-credentials").expect(200).text();
        assert!(list.contains("acme-data was deleted. 3 sources stopped; everyone confirmed in "), "{list}");
        // Sent twice.
        browser.post(&path, &[("name", "acme-data")]).expect(303);
        assert!(browser.get("/source-credentials").expect(200).text().contains("It was already deleted."));
        let stopped = browser.get("/sources?status=stopped").expect(200).text();
        assert!(stopped.contains(">one</a>") && stopped.contains(">three</a>") && stopped.contains("deleted"), "{stopped}");
        let page = browser.get(&format!("/sources/{}", sources[0])).expect(200).text();
        for says in ["Nothing is retrieved: its credential was deleted.", "deleted <b dir=\"auto\">acme-data</b> on ", "There is no other GitHub credential."] {
            assert!(page.contains(says), "{says}: {page}");
        }
        // Another one, made on the way, comes back linked.
        let add_for = browser.post(&format!("/sources/{}/link", sources[0]), &[("add", "on")]).expect(303);
        let there = add_for.header("location").expect("an address").to_owned();
        assert_eq!(there, format!("/console/acme/source-credentials/new?type=github&source={}", sources[0]));
        let done = add(&browser, &[("name", "acme-next"), ("source", &sources[0])]).expect(303);
        assert_eq!(id_in(&done), sources[0]);
        let page = browser.get(&format!("/sources/{}", sources[0])).expect(200).text();
        assert!(page.contains("The source is linked to it.") && page.contains("Active"), "{page}");
        // And one that exists.
        let page = browser.get(&format!("/sources/{}", sources[1])).expect(200).text();
        let next = scene.items("/source-credentials")[0]["id"].as_str().expect("an id").to_owned();
        let link = [("credential", next.as_str()), ("etag", &etag(&page))];
        browser.post(&format!("/sources/{}/link", sources[1]), &link).expect(303);
        let page = browser.get(&format!("/sources/{}", sources[1])).expect(200).text();
        assert!(page.contains("Linked and started.") && page.contains(">acme-next</a>"), "{page}");
        browser.get(&format!("/sources/{}/remove", sources[2])).expect(200);
        browser.post(&format!("/sources/{}/remove", sources[2]), &[]).expect(303);
        assert!(browser.get("/sources").expect(200).text().contains("three was removed."));
        assert_eq!(scene.items("/sources").len(), 2);
    }

    fn auditors_read_and_members_open_nothing(world: World) {
        let scene = Scene::new(world);
        let credential = scene.stored("acme-data");
        let source = scene.source("one", &credential);
        scene.world.member("auditor@acme.example", &["auditor"]);
        scene.world.member("member@acme.example", &["member"]);
        let auditor = PlainBrowser::signed_in(&scene.world, "auditor@acme.example");
        let member = PlainBrowser::signed_in(&scene.world, "member@acme.example");
        let (one, of_source) = (format!("/source-credentials/{credential}"), format!("/sources/{source}"));
        for path in ["/source-credentials", "/sources", &one, &of_source] {
            let page = auditor.get(path).expect(200).text();
            for absent in [TOKEN, "/edit\"", "/delete\"", "/remove\"", "/validate\"", "/pull\"", "/new\""] {
                assert!(!page.contains(absent), "{path}: {absent}: {page}");
            }
            member.get(path).expect(403);
        }
        let made_up = "/source-credentials/01890000-0000-7000-8000-000000000000";
        assert_eq!(member.get(made_up).expect(403).text().len(), member.get(&one).expect(403).text().len());
        for path in [
            "/source-credentials/new".to_owned(),
            format!("{one}/edit"),
            format!("{one}/delete"),
            "/sources/new".to_owned(),
            format!("{of_source}/edit"),
            format!("{of_source}/remove"),
        ] {
            auditor.get(&path).expect(403);
            auditor.post(&path, &[("name", "acme-data")]).expect(403);
            member.post(&path, &[("name", "acme-data")]).expect(403);
        }
        for path in [format!("{one}/validate"), format!("{of_source}/link"), format!("{of_source}/pull")] {
            auditor.post(&path, &[]).expect(403);
        }
        assert_eq!(scene.items("/source-credentials").len(), 1);
    }

    fn new_secrets_ask_for_a_recent_sign_in_and_deleting_does_not(world: World) {
        let scene = Scene::new(world);
        let credential = scene.stored("acme-data");
        let browser = PlainBrowser::signed_in(&scene.world, OWNER);
        for _ in 0..2 {
            scene.world.clock.advance_seconds(20 * 60);
            assert!(browser.is_signed_in());
            browser.wait_for_use(&scene.world);
        }
        let form = crate::vault_scene::github_form("k", &[("name", "other")]);
        let confirm = browser.post("/source-credentials/new", &form).expect(303);
        let there = confirm.header("location").expect("an address").to_owned();
        assert!(there.starts_with("/console/acme/confirm?next=") && !there.contains("ghp_"), "{there}");
        browser.get("/source-credentials/new?type=github").expect(303);
        browser.get(&format!("/source-credentials/{credential}/edit")).expect(303);
        browser.post(&format!("/source-credentials/{credential}/delete"), &[("name", "acme-data")]).expect(303);
        assert!(scene.items("/source-credentials").is_empty());
    }
}
