//! The page of one service credential: what it shows, and to whom.

use serde_json::json;

use crate::plain_browser::{PlainBrowser, set_password};
use claviger_testkit::http::Request;
use claviger_testkit::on_both_databases;
use claviger_testkit::patience::until;
use claviger_testkit::world::{Database, World};

const OWNER: &str = "holder@acme.example";

/// A credential with a group and a resource.
pub fn deployer(world: &World) -> claviger_testkit::world::Client {
    world.group("builders", &["ci:read", "source:read-update"]);
    world.resource("fleet/berlin", &["read", "deploy"]);
    let grant = json!([{"resource": "fleet/berlin", "actions": ["deploy"]}]);
    world.credential_with(json!({"name": "nightly", "groups": ["builders"], "resources": grant}))
}

/// Waits until the page counts this many tokens.
pub fn until_counted(world: &World, id: &str, issued: u64) {
    until("the tokens are counted", || {
        world.admin("GET", &format!("/service-credentials/{id}/usage"), None).json()["issued"] == issued
    });
}

on_both_databases! {
    fn page_shows_what_the_credential_has_and_did(world: World) {
        let client = deployer(&world);
        let browser = PlainBrowser::signed_in(&world, OWNER);
        let path = format!("/service-credentials/{}", client.id);
        let first_use = browser.get(&format!("{path}/first-use")).expect(200).text();
        assert!(first_use.contains("data-poll=") && !first_use.contains("<html"), "{first_use}");
        world.token(&client);
        world.token(&client);
        world.send(&world.token_request(&client, &[("resource", "https://unknown.example")])).expect(400);
        until_counted(&world, &client.id, 2);
        let first_use = browser.get(&format!("{path}/first-use")).expect(200).text();
        assert!(first_use.contains("Works.") && !first_use.contains("data-poll="), "{first_use}");
        let page = browser.get(&path).expect(200).text();
        for shown in [
            &client.id, "nightly", "builders", "fleet/berlin", "source:read-update", "fleet/berlin:deploy",
            "Tokens alive, about</dt><dd>2", "Issued, 24 hours</dt><dd>2", "Refused, 24 hours</dt><dd>1",
            "Realm-wide", "unknown audience", "created it", "90 days, tokens of 1 hour", "/revoke", "/renew",
        ] {
            assert!(page.contains(shown), "{shown}: {page}");
        }
        assert!(!page.contains(&client.key));
        let examples = browser.get(&format!("{path}/examples")).expect(200).text();
        assert!(examples.contains(&client.id) && examples.contains("/realms/acme/oauth2/token"), "{examples}");
        world.clock.advance_seconds(3_600);
        let browser = PlainBrowser::signed_in(&world, OWNER);
        let page = browser.get(&path).expect(200).text();
        assert!(page.contains("Tokens alive, about</dt><dd>0"), "an hour later no token is alive: {page}");
    }

    fn expired_and_revoked_ones_say_so(world: World) {
        let client = deployer(&world);
        let path = format!("/service-credentials/{}", client.id);
        world.clock.advance_seconds(90 * 86_400);
        let browser = PlainBrowser::signed_in(&world, OWNER);
        let page = browser.get(&path).expect(200).text();
        assert!(page.contains("Its name is taken until you revoke it.") && page.contains("/revoke"), "{page}");
        assert!(!page.contains(&format!("{path}/renew")) && !page.contains("groups/add"), "{page}");
        world.revoke(&client).expect(200);
        let page = browser.get(&path).expect(200).text();
        assert!(page.contains("Revoked by") && page.contains(&format!("{path}/receipt")), "{page}");
        assert!(page.contains("new?name=nightly") && page.contains("grant=fleet%2Fberlin%3Adeploy"), "{page}");
        assert!(!page.contains(&format!("href=\"/console/acme{path}/revoke")), "{page}");
        assert!(page.contains("revoked it"), "{page}");
    }

    /// Groups, names and descriptions are strangers' text.
    fn names_of_strangers_are_text(world: World) {
        for name in ["<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "\u{627}\u{644}\u{639}", "a'b"] {
            world.admin("POST", "/groups", Some(json!({"name": name, "scopes": [], "description": name}))).expect(201);
            let client = world.credential_with(json!({"name": name, "groups": [name], "description": name}));
            let browser = PlainBrowser::signed_in(&world, OWNER);
            let path = format!("/service-credentials/{}", client.id);
            let query = form_urlencoded::Serializer::new(String::new()).append_pair("group", name).finish();
            for page in ["", "/revoke", "/renew", "/groups/add", &format!("/groups/remove?{query}")] {
                let html = browser.get(&format!("{path}{page}")).expect(200).text();
                for raw in ["<script>alert", "<img src=x"] {
                    assert!(!html.contains(raw), "{page}: {html}");
                }
                assert!(html.contains("dir=\"auto\"") || html.contains("<bdi>"), "{page}");
            }
            let fields = [("name", name)];
            let receipt = browser.post(&format!("{path}/revoke"), &fields).expect(200).text();
            assert!(!receipt.contains("<script>alert") && !receipt.contains("<img src=x"), "{receipt}");
            assert!(receipt.contains("Everyone has confirmed."), "typed exactly, {name} is revoked: {receipt}");
        }
    }
}

#[test]
fn what_does_not_exist_is_not_found() {
    let world = World::start(Database::Sqlite);
    let browser = PlainBrowser::signed_in(&world, OWNER);
    for id in ["019c2f6a-7b1e-7c40-9d55-2f0a6c1e88b3", "x", "..%2f", "new2"] {
        for page in ["", "/revoke", "/renew", "/receipt", "/groups/add", "/examples", "/first-use"] {
            let answer = browser.get(&format!("/service-credentials/{id}{page}")).expect(404).text();
            assert!(answer.contains("There is nothing here"), "{id}{page}: {answer}");
        }
    }
    let live = deployer(&world);
    browser.get(&format!("/service-credentials/{}/receipt", live.id)).expect(404);
    browser.get(&format!("/service-credentials/{}/groups/remove?group=other", live.id)).expect(404);
}

/// What exists and what does not look alike to a role that may not know; who reads changes nothing.
#[test]
fn each_role_opens_what_it_may() {
    let world = World::start(Database::Sqlite);
    let client = deployer(&world);
    let made_up = "019c2f6a-7b1e-7c40-9d55-2f0a6c1e88b3";
    let reads = ["", "/examples", "/first-use"];
    let forms = [
        "/revoke",
        "/renew",
        "/groups/add",
        "/groups/remove?group=builders",
        "/resources/add",
        "/resources/actions?resource=fleet%2Fberlin",
        "/resources/remove?resource=fleet%2Fberlin",
    ];
    let posts = [
        "/revoke",
        "/renew",
        "/groups/add",
        "/groups/remove?group=builders",
        "/resources/actions",
        "/resources/remove?resource=fleet%2Fberlin",
    ];
    for (role, read, form) in
        [("member", 403, 403), ("auditor", 200, 403), ("sys_admin", 200, 200), ("account_holder", 200, 200)]
    {
        let email = format!("{role}@acme.example");
        world.member(&email, &[role]);
        set_password(&world, &email, crate::plain_browser::PASSWORD);
        let browser = PlainBrowser::new(&world);
        browser.sign_in(&email, crate::plain_browser::PASSWORD).expect(303);
        let get = |id: &str, page: &str| browser.get(&format!("/service-credentials/{id}{page}"));
        for (pages, status) in [(&reads[..], read), (&forms[..], form)] {
            for page in pages {
                let answer = get(&client.id, page);
                assert_eq!(answer.status, status, "{role} {page}: {}", answer.text());
                if status == 403 {
                    let other = get(made_up, page).expect(403).text().replace(made_up, "ID");
                    // The address stands in the form of the theme.
                    assert_eq!(answer.text().replace(&client.id, "ID"), other, "{role} {page}");
                }
            }
        }
        if form == 403 {
            for page in posts {
                let fields = [
                    ("name", "nightly"),
                    ("overlap", "0"),
                    ("idempotency_key", "k"),
                    ("groups", "builders"),
                    ("resource", "fleet/berlin"),
                    ("grant", "fleet/berlin:read"),
                    ("etag", "*"),
                ];
                let answer = browser.post(&format!("/service-credentials/{}{page}", client.id), &fields);
                assert_eq!(answer.status, 403, "{role} {page}: {}", answer.text());
            }
            let page = get(&client.id, "").text();
            assert!(!page.contains("/revoke") && !page.contains("groups/add"), "{role}: {page}");
        }
    }
    let shown = world.admin("GET", &format!("/service-credentials/{}", client.id), None).expect(200).json();
    assert_eq!((&shown["status"], &shown["groups"]), (&json!("active"), &json!(["builders"])));
    // Without a session, and with a form of another one.
    let stranger = PlainBrowser::new(&world);
    let path = format!("/service-credentials/{}", client.id);
    assert_eq!(stranger.get(&path).status, 303);
    let browser = PlainBrowser::signed_in(&world, OWNER);
    for page in posts {
        let request =
            Request::form(&format!("/console/acme{path}{page}"), &[("csrf", "x"), ("name", "nightly")]);
        browser.send(request).expect(403);
    }
}
