//! Groups, resources and scopes: listed, made, changed and deleted, without scripts.

use serde_json::{Value, json};

use crate::members::{etag, let_sign_in_age};
use crate::one_credential::{deployer, until_counted};
use crate::plain_browser::{PlainBrowser, field};
use claviger_testkit::on_both_databases;
use claviger_testkit::world::{Database, World};

const OWNER: &str = "holder@acme.example";

fn shown(world: &World, path: &str) -> Value {
    world.admin("GET", path, None).expect(200).json()
}

on_both_databases! {
    fn group_is_created_once_and_leads_to_a_credential_with_it(world: World) {
        world.scopes(&["ci:read", "deploy"]);
        world.resource("fleet/berlin", &["read", "deploy"]);
        let browser = PlainBrowser::signed_in(&world, OWNER);
        let page = browser.get("/groups").expect(200).text();
        assert!(page.contains("No groups yet") && page.contains("claviger group create"), "{page}");
        let form = browser.get("/groups/new").expect(200).text();
        for offered in ["value=\"ci:read\"", "value=\"deploy\"", "value=\"fleet/berlin:read\""] {
            assert!(form.contains(offered), "{offered}: {form}");
        }
        let key = field(&form, "idempotency_key");
        let fields = [
            ("name", "Build & ship"), ("description", "People who ship."), ("responsible", "Ada"),
            ("scope", "ci:read"), ("scope", "fleet/berlin:deploy"), ("idempotency_key", &key),
        ];
        for _ in 0..2 {
            let done = browser.post("/groups/new", &fields).expect(303);
            assert_eq!(done.header("location"), Some("/console/acme/groups/group?group=Build+%26+ship"));
        }
        let made = shown(&world, "/groups/Build%20%26%20ship");
        assert_eq!(made["scopes"], json!(["ci:read"]));
        assert_eq!(made["resources"], json!([{"resource": "fleet/berlin", "actions": ["deploy"]}]));
        let page = browser.get("/groups/group?group=Build+%26+ship").expect(200).text();
        for says in [
            "was created.", "People who ship.", "Ada", "fleet/berlin:deploy", "No member.",
            "/service-credentials/new?groups=Build+%26+ship", "claviger credential create",
        ] {
            assert!(page.contains(says), "{says}: {page}");
        }
        // Another form with the name of one that is there.
        let key = field(&browser.get("/groups/new").expect(200).text(), "idempotency_key");
        let taken = browser.post("/groups/new", &[("name", "Build & ship"), ("idempotency_key", &key)]);
        assert!(taken.expect(422).text().contains("Another group has this name."));
        for (name, says) in [("", "Give it a name."), (" x", "begins and ends without a space")] {
            let page = browser.post("/groups/new", &[("name", name), ("idempotency_key", "k")]).expect(422).text();
            assert!(page.contains(says), "{says}: {page}");
        }
    }

    fn what_a_change_ends_is_told_before_it_is_made(world: World) {
        let client = deployer(&world);
        let (_, _) = world.member("ada@acme.example", &["member"]);
        world.token(&client);
        until_counted(&world, &client.id, 1);
        let browser = PlainBrowser::signed_in(&world, OWNER);
        let page = browser.get("/groups/group?group=builders").expect(200).text();
        assert!(page.contains("nightly") && page.contains("1 live one"), "{page}");
        let form = browser.get("/groups/edit?group=builders").expect(200).text();
        assert!(form.contains("value=\"ci:read\" checked"), "{form}");
        let tag = etag(&form);
        let fields = [("description", "New words"), ("scope", "ci:read"), ("etag", &tag)];
        let asks = browser.post("/groups/edit?group=builders", &fields).expect(200).text();
        for says in [
            "Change <bdi>builders</bdi>?", "1 service credential loses its tokens", "nightly",
            "About 1 token end", "name=\"confirmed\"", "value=\"New words\"",
        ] {
            assert!(asks.contains(says), "{says}: {asks}");
        }
        assert_eq!(shown(&world, "/groups/builders")["description"], "");
        let confirmed: Vec<_> = fields.into_iter().chain([("confirmed", "yes")]).collect();
        browser.post("/groups/edit?group=builders", &confirmed).expect(303);
        let page = browser.get("/groups/group?group=builders").expect(200).text();
        assert!(page.contains("builders was changed. About 1 token ended; everyone confirmed in"), "{page}");
        assert_eq!(shown(&world, "/groups/builders")["scopes"], json!(["ci:read"]));
        // A change that ends nothing asks nothing.
        let tag = etag(&browser.get("/groups/edit?group=builders").expect(200).text());
        let fields = [("description", "Newer words"), ("scope", "ci:read"), ("etag", &tag)];
        browser.post("/groups/edit?group=builders", &fields).expect(303);
        assert_eq!(shown(&world, "/groups/builders")["description"], "Newer words");
    }

    fn slower_one_is_told_who_was_quicker_and_can_try_again(world: World) {
        world.group("builders", &["ci:read"]);
        world.resource("fleet/berlin", &["read"]);
        let browser = PlainBrowser::signed_in(&world, OWNER);
        for (path, there, mine, other) in [
            ("/groups/edit?group=builders", "/groups/builders", vec![("description", "Mine"), ("scope", "ci:read")], json!({"description": "Theirs"})),
            ("/resources/edit?resource=fleet%2Fberlin", "/resources/fleet/berlin", vec![("description", "Mine"), ("actions", "read")], json!({"description": "Theirs"})),
            ("/scopes/edit?scope=ci%3Aread", "/scopes/ci:read", vec![("description", "Mine")], json!({"description": "Theirs"})),
        ] {
            let tag = etag(&browser.get(path).expect(200).text());
            world.admin("PATCH", there, Some(other)).expect(200);
            let fields: Vec<_> = mine.iter().copied().chain([("etag", tag.as_str())]).collect();
            let page = browser.post(path, &fields).expect(412).text();
            for says in ["changed this", "Your change was not made.", "Theirs", "Mine", "Try mine again"] {
                assert!(page.contains(says), "{path} {says}: {page}");
            }
            assert_eq!(shown(&world, there)["description"], "Theirs");
            let tag = etag(&page);
            let fields: Vec<_> = mine.iter().copied().chain([("etag", tag.as_str())]).collect();
            browser.post(path, &fields).expect(303);
            assert_eq!(shown(&world, there)["description"], "Mine");
        }
    }

    fn deleted_group_and_resource_end_what_they_gave(world: World) {
        let client = deployer(&world);
        let factory = world.resource_server("factory", "https://factory.example");
        let browser = PlainBrowser::signed_in(&world, OWNER);
        let token = world.token_with(&client, &[("resource", "https://factory.example")]);
        world.assert_active(&factory, &token);
        let ask = browser.get("/resources/delete?resource=fleet%2Fberlin").expect(200).text();
        assert!(ask.contains("1 service credential loses its tokens") && ask.contains("name=\"name\""), "{ask}");
        let wrong = browser.post("/resources/delete?resource=fleet%2Fberlin", &[("name", "fleet/Berlin")]);
        assert!(wrong.expect(422).text().contains("The name does not match."));
        world.assert_active(&factory, &token);
        let done = browser.post("/resources/delete?resource=fleet%2Fberlin", &[("name", "fleet/berlin")]);
        assert_eq!(done.expect(303).header("location"), Some("/console/acme/resources"));
        world.assert_inactive(&factory, &token);
        let page = browser.get("/resources").expect(200).text();
        assert!(page.contains("fleet/berlin was deleted.") && page.contains("everyone confirmed in"), "{page}");
        let token = world.token_with(&client, &[("resource", "https://factory.example")]);
        browser.post("/groups/delete?group=builders", &[("name", "builders")]).expect(303);
        world.assert_inactive(&factory, &token);
        browser.post("/groups/delete?group=builders", &[("name", "builders")]).expect(404);
        browser.get("/groups/group?group=builders").expect(404);
    }

    fn resource_is_added_and_loses_an_action(world: World) {
        let browser = PlainBrowser::signed_in(&world, OWNER);
        let key = field(&browser.get("/resources/new").expect(200).text(), "idempotency_key");
        let fields = [("type", "bucket"), ("name", "artifacts"), ("actions", "read, write"), ("idempotency_key", &key)];
        for _ in 0..2 {
            browser.post("/resources/new", &fields).expect(303);
        }
        assert_eq!(shown(&world, "/resources/bucket/artifacts")["actions"], json!(["read", "write"]));
        for (kind, name, actions, says) in [
            ("Bucket", "a", "read", "type is a-z"), ("bucket", "a/b", "read", "name is 1 to 128"),
            ("bucket", "a", "", "at least one action"), ("bucket", "a", "1x", "must be a letter"),
            ("bucket", "artifacts", "read", "has this name"),
        ] {
            let key = field(&browser.get("/resources/new").expect(200).text(), "idempotency_key");
            let fields = [("type", kind), ("name", name), ("actions", actions), ("idempotency_key", &key)];
            let page = browser.post("/resources/new", &fields).expect(422).text();
            assert!(page.contains(says), "{says}: {page}");
        }
        let grant = json!([{"resource": "bucket/artifacts", "actions": ["read", "write"]}]);
        world.credential_with(json!({"name": "nightly", "groups": [], "resources": grant}));
        let page = browser.get("/resources/resource?resource=bucket%2Fartifacts").expect(200).text();
        assert!(page.contains("bucket/artifacts:write") && page.contains("nightly"), "{page}");
        let path = "/resources/edit?resource=bucket%2Fartifacts";
        let tag = etag(&browser.get(path).expect(200).text());
        let fields = [("actions", "read"), ("etag", tag.as_str())];
        let asks = browser.post(path, &fields).expect(200).text();
        assert!(asks.contains("1 service credential"), "{asks}");
        let confirmed: Vec<_> = fields.into_iter().chain([("confirmed", "yes")]).collect();
        browser.post(path, &confirmed).expect(303);
        assert_eq!(shown(&world, "/resources/bucket/artifacts")["actions"], json!(["read"]));
    }

    fn scope_is_registered_and_deleted_only_unused(world: World) {
        let browser = PlainBrowser::signed_in(&world, OWNER);
        let key = field(&browser.get("/scopes/new").expect(200).text(), "idempotency_key");
        let fields = [("new_scope", "ci:read"), ("description", "See builds"), ("idempotency_key", &key)];
        for _ in 0..2 {
            let done = browser.post("/scopes/new", &fields).expect(303);
            assert_eq!(done.header("location"), Some("/console/acme/scopes/scope?scope=ci%3Aread"));
        }
        for (scope, says) in [("Ci read", "name=\"new_scope\""), ("ci:read", "It is already registered."), ("admin:x", "built in")] {
            let key = field(&browser.get("/scopes/new").expect(200).text(), "idempotency_key");
            let page = browser.post("/scopes/new", &[("new_scope", scope), ("idempotency_key", &key)]).expect(422).text();
            assert!(page.contains(says), "{says}: {page}");
        }
        world.group("builders", &["ci:read"]);
        let ask = browser.get("/scopes/delete?scope=ci%3Aread").expect(200).text();
        assert!(ask.contains("It cannot be deleted now.") && ask.contains("in use by group"), "{ask}");
        let page = browser.post("/scopes/delete?scope=ci%3Aread", &[("name", "ci:read")]).expect(422).text();
        assert!(page.contains("in use by group"), "{page}");
        let page = browser.get("/scopes/scope?scope=ci%3Aread").expect(200).text();
        assert!(page.contains("See builds") && page.contains("/groups/group?group=builders"), "{page}");
        world.admin("DELETE", "/groups/builders", None).expect(200);
        browser.post("/scopes/delete?scope=ci%3Aread", &[("name", "ci:read")]).expect(303);
        world.admin("GET", "/scopes/ci:read", None).expect(404);
        let presets = browser.get("/scopes/presets").expect(200).text();
        assert!(presets.contains("No presets yet"), "{presets}");
    }

    fn giving_by_a_group_asks_for_a_recent_sign_in_and_taking_does_not(world: World) {
        world.group("builders", &["ci:read", "deploy"]);
        let browser = PlainBrowser::signed_in(&world, OWNER);
        let tag = etag(&browser.get("/groups/edit?group=builders").expect(200).text());
        world.scopes(&["extra"]);
        let_sign_in_age(&world, &browser);
        let asks = |path: &str, fields: &[(&str, &str)]| {
            let answer = browser.post(path, fields).expect(303);
            let there = answer.header("location").expect("an address").to_owned();
            assert!(there.starts_with("/console/acme/confirm?next="), "{there}");
            there
        };
        assert!(browser.get("/groups/new").expect(303).header("location").expect("an address").contains("/confirm"));
        let there = asks("/groups/new", &[("name", "More"), ("scope", "ci:read"), ("idempotency_key", "k")]);
        assert!(there.contains("name%3DMore%26scope%3Dci"), "{there}");
        asks("/groups/edit?group=builders", &[("scope", "ci:read"), ("scope", "extra"), ("etag", &tag)]);
        asks("/resources/new", &[("type", "a"), ("name", "b"), ("actions", "read"), ("idempotency_key", "k")]);
        browser.post("/groups/edit?group=builders", &[("scope", "ci:read"), ("etag", &tag)]).expect(303);
        assert_eq!(shown(&world, "/groups/builders")["scopes"], json!(["ci:read"]));
        browser.post("/groups/delete?group=builders", &[("name", "builders")]).expect(303);
    }

    fn names_of_strangers_are_text_in_the_directory(world: World) {
        let names = ["<script>alert(1)</script>\"'&", "\u{5d0}\u{5d1}\u{5d2} & co", "..", "new"];
        world.scopes(&["ci:read"]);
        let browser = PlainBrowser::signed_in(&world, OWNER);
        for name in names {
            let group = json!({"name": name, "description": name, "responsible": name, "scopes": ["ci:read"]});
            world.admin("POST", "/groups", Some(group)).expect(201);
            let typed = form_urlencoded::byte_serialize(name.as_bytes()).collect::<String>();
            for page in [
                "/groups".to_owned(), format!("/groups?q={typed}"), format!("/groups?status={typed}"),
                format!("/groups/new?name={typed}&description={typed}&scope={typed}"),
                format!("/groups/group?group={typed}"), format!("/groups/edit?group={typed}"),
                format!("/groups/delete?group={typed}"), "/scopes/scope?scope=ci%3Aread".to_owned(), "/scopes".to_owned(),
            ] {
                let answer = browser.get(&page).expect(200).text();
                assert!(!answer.contains("<script>alert"), "{page}: {answer}");
            }
            let page = browser.get(&format!("/groups/group?group={typed}")).expect(200).text();
            assert!(page.contains("<bdi>"), "{page}");
            browser.post(&format!("/groups/delete?group={typed}"), &[("name", name)]).expect(303);
        }
        world.admin("POST", "/resource-servers", Some(json!({"name": names[0], "audience": "https://a.example/?a='b'"}))).expect(201);
        let id = shown(&world, "/resource-servers")["items"][0]["id"].as_str().expect("an id").to_owned();
        for page in ["", &format!("/{id}"), &format!("/{id}/renew"), &format!("/{id}/delete")] {
            let answer = browser.get(&format!("/resource-servers{page}")).expect(200).text();
            assert!(!answer.contains("<script>alert"), "{page}: {answer}");
        }
    }
}

#[test]
fn lists_of_the_directory_are_narrowed_and_paged() {
    let world = World::start(Database::Sqlite);
    let browser = PlainBrowser::signed_in(&world, OWNER);
    deployer(&world);
    world.scopes(&["free"]);
    world.resource("bucket/artifacts", &["read"]);
    world.group("nobody", &["ci:read"]);
    let table = |path: &str| {
        let page = browser.get(path).expect(200).text();
        page.split_once("<table").map_or(String::new(), |(_, table)| table.to_owned())
    };
    for (path, has, has_not) in [
        ("/groups", "builders", "does not exist"),
        ("/groups?status=used", "builders", ">nobody<"),
        ("/groups?status=unused", ">nobody<", "builders"),
        ("/groups?q=BUILD", "builders", ">nobody<"),
        ("/resources?status=used", "fleet/berlin", "bucket/artifacts"),
        ("/resources?type=bucket", "bucket/artifacts", "fleet/berlin"),
        ("/scopes?status=free", ">free<", "ci:read"),
        ("/scopes?status=given", "ci:read", ">free<"),
    ] {
        let table = table(path);
        assert!(table.contains(has) && !table.contains(has_not), "{path}: {table}");
    }
    let page = browser.get("/groups?status=unused&q=builders").expect(200).text();
    assert!(page.contains("No group that nobody has matches") && page.contains("Show it"), "{page}");
    for forged in ["groups?status=x", "groups?sort=digest", "resources?type=none", "scopes?cursor=x"] {
        let page = browser.get(&format!("/{forged}")).expect(200).text();
        assert!(page.contains("does not exist any more"), "{forged}: {page}");
    }
    for n in 0..60 {
        let group = json!({"name": format!("g{n:02}"), "scopes": []});
        world.admin("POST", "/groups", Some(group)).expect(201);
    }
    let page = |address: &str| browser.get(address).expect(200).text();
    let link = |page: &str, words: &str| {
        let end = page.find(&format!("\">{words}</a>")).unwrap_or_else(|| panic!("no {words}: {page}"));
        let start = page[..end].rfind("href=\"").expect("a link") + 6;
        page[start..end].replace("&#38;", "&").replace("/console/acme", "")
    };
    let first = page("/groups?q=g&sort=-name");
    let second = page(&link(&first, "Next"));
    let third = page(&link(&second, "Next"));
    assert!(second.contains("26–50 of 60") && third.contains("51–60 of 60"), "{second}");
    // Back to the page before, not to the first one.
    let back = page(&link(&third, "Previous"));
    assert!(back.contains("26–50 of 60") && back.contains(">g34<") && back.contains(">g10<"), "{back}");
    let begin = page(&link(&back, "Previous"));
    assert!(begin.contains("1–25 of 60") && begin.contains(">g59<"), "{begin}");
}
