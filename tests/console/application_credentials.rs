//! Changing and renewing application credentials, without scripts.

use serde_json::json;

use crate::members::let_sign_in_age;
use crate::plain_browser::{PlainBrowser, field};
use claviger_testkit::on_both_databases;
use claviger_testkit::world::{Client, World};

const OWNER: &str = "holder@acme.example";

/// An application credential of a member with a group that holds these scopes.
struct Bot {
    browser: PlainBrowser,
    client: Client,
    path: String,
}

fn bot(world: &World, held: &[&str], scopes: &[&str]) -> Bot {
    let (id, token) = world.member("dev@acme.example", &["member"]);
    world.group("developers", held);
    world.admin("PATCH", &format!("/members/{id}"), Some(json!({"groups": ["developers"]}))).expect(200);
    let body = json!({"name": "ci-bot", "description": "nightly", "scopes": scopes});
    let made = world.admin_as(&token, "POST", "/application-credentials", Some(body)).expect(201).json();
    let text = |name: &str| made[name].as_str().expect("a text").to_owned();
    let client = Client { id: text("id"), key: text("client_key"), name: "ci-bot".to_owned() };
    let path = format!("/application-credentials/{}", client.id);
    Bot { browser: PlainBrowser::signed_in(world, "dev@acme.example"), client, path }
}

fn tag(page: &str) -> String {
    field(page, "etag").replace("&#34;", "\"")
}

fn shown(world: &World, client: &Client) -> serde_json::Value {
    world.admin("GET", &format!("/application-credentials/{}", client.id), None).expect(200).json()
}

on_both_databases! {
    fn removed_scope_ends_older_tokens_and_an_added_one_asks_for_a_recent_sign_in(world: World) {
        let Bot { browser, client, path } = bot(&world, &["ci:read", "ci:create"], &["ci:read", "ci:create"]);
        let server = world.resource_server("builds", "https://builds.example.org");
        let token = world.token(&client);
        world.assert_active(&server, &token);
        let detail = browser.get(&path).expect(200).text();
        assert!(detail.contains(&format!("{path}/edit\"")) && detail.contains(&format!("{path}/renew\"")), "{detail}");
        let form = browser.get(&format!("{path}/edit")).expect(200).text();
        assert!(form.contains("nightly") && form.contains("value=\"ci:read\" checked"), "{form}");
        let fields = [("description", "at noon"), ("scope", "ci:read"), ("etag", &tag(&form))];
        let done = browser.post(&format!("{path}/edit"), &fields).expect(303);
        assert_eq!(done.header("location"), Some(format!("/console/acme{path}").as_str()));
        let page = browser.get(&path).expect(200).text();
        assert!(page.contains("ci-bot was changed.") && page.contains("veryone confirmed in"), "{page}");
        world.assert_inactive(&server, &token);
        let now = shown(&world, &client);
        assert_eq!((&now["description"], &now["scopes"]), (&json!("at noon"), &json!(["ci:read"])));
        // The page before it was changed.
        let late = [("description", "late"), ("scope", "ci:create"), ("etag", &tag(&form))];
        let stale = browser.post(&format!("{path}/edit"), &late).expect(412).text();
        assert!(stale.contains("Try mine again") && stale.contains("at noon"), "{stale}");
        // An old sign-in takes away, and does not give.
        let_sign_in_age(&world, &browser);
        let form = browser.get(&format!("{path}/edit")).expect(200).text();
        let more = [("description", "more"), ("scope", "ci:read"), ("scope", "ci:create"), ("etag", &tag(&form))];
        let asked = browser.post(&format!("{path}/edit"), &more).expect(303);
        let location = asked.header("location").expect("an address");
        assert!(location.starts_with("/console/acme/confirm?next=") && location.contains("ci%253Acreate"), "{location}");
        assert_eq!(shown(&world, &client)["scopes"], json!(["ci:read"]));
    }

    /// A member who lost a scope changes the description, and the scope that the form cannot list stays chosen.
    fn scopes_that_the_form_does_not_list_stay(world: World) {
        let Bot { browser, client, path } = bot(&world, &["ci:read", "ci:create"], &["ci:read", "ci:create"]);
        let group = json!({"scopes": ["ci:read"], "resources": []});
        world.admin("PATCH", "/groups/developers", Some(group)).expect(200);
        let form = browser.get(&format!("{path}/edit")).expect(200).text();
        assert!(form.contains("value=\"ci:read\" checked") && !form.contains("value=\"ci:create\""), "{form}");
        let fields = [("description", "kept"), ("scope", "ci:read"), ("etag", &tag(&form))];
        browser.post(&format!("{path}/edit"), &fields).expect(303);
        let now = shown(&world, &client);
        assert_eq!((&now["description"], &now["scopes"]), (&json!("kept"), &json!(["ci:create", "ci:read"])));
        let form = browser.get(&format!("{path}/edit")).expect(200).text();
        let tag = tag(&form);
        for (fields, says) in [
            (vec![("description", "none")], "Choose at least one scope."),
            (vec![("scope", "ci:read"), ("scope", "ci:create")], "You do not hold all of these any more"),
            (vec![("scope", "no scope")], "You do not hold all of these any more"),
            (vec![("scope", "ci:read"), ("description", "a\u{202e}b")], "haracter"),
        ] {
            let fields: Vec<_> = fields.into_iter().chain([("etag", tag.as_str())]).collect();
            let page = browser.post(&format!("{path}/edit"), &fields).expect(422).text();
            assert!(page.contains(says), "{says}: {page}");
        }
        assert_eq!(shown(&world, &client), now, "nothing was changed");
    }

    fn successor_works_beside_the_old_one_until_the_overlap_ends(world: World) {
        let Bot { browser, client, path } = bot(&world, &["ci:read"], &["ci:read"]);
        let form = browser.get(&format!("{path}/renew")).expect(200).text();
        assert!(form.contains("until "), "it says until when the old key works: {form}");
        let key = field(&form, "idempotency_key");
        for wrong in ["-1", "x", "", "2592001"] {
            let page = browser.post(&format!("{path}/renew"), &[("overlap", wrong), ("idempotency_key", &key)]);
            assert!(page.expect(422).text().contains("Choose one of these."), "{wrong}");
        }
        let fields = [("overlap", "86400"), ("idempotency_key", key.as_str())];
        let made = browser.post(&format!("{path}/renew"), &fields).expect(201);
        assert_eq!(made.header("cache-control"), Some("no-store"));
        let page = made.text();
        let next = Client { id: field(&page, "client_id"), key: field(&page, "client_key"), name: "ci-bot".into() };
        assert_ne!(next.id, client.id);
        world.token(&next);
        world.token(&client);
        assert_eq!(shown(&world, &next)["replaces"], json!(client.id));
        // The same form again makes nothing new, and another form finds the successor.
        let again = browser.post(&format!("{path}/renew"), &fields).expect(409).text();
        assert!(!again.contains("clvk_") && again.contains(&next.id), "{again}");
        let refused = browser.post(&format!("{path}/renew"), &[("overlap", "86400"), ("idempotency_key", "other")]);
        assert_eq!(refused.expect(303).header("location"), Some(format!("/console/acme{path}").as_str()));
        let page = browser.get(&path).expect(200).text();
        assert!(page.contains("Not renewed. ") && page.contains("Replaced"), "{page}");
        assert!(!page.contains(&format!("{path}/renew\"")), "{page}");
        browser.get(&format!("{path}/renew")).expect(303);
        let listed = world.admin("GET", "/application-credentials", None).expect(200).json();
        assert_eq!(listed["items"].as_array().expect("a list").len(), 2, "{listed}");
    }

    fn without_overlap_the_old_one_has_ended_when_the_key_is_shown(world: World) {
        let Bot { browser, client, path } = bot(&world, &["ci:read"], &["ci:read"]);
        let server = world.resource_server("builds", "https://builds.example.org");
        let token = world.token(&client);
        let fields = [("overlap", "0"), ("idempotency_key", "k")];
        let page = browser.post(&format!("{path}/renew"), &fields).expect(201).text();
        world.assert_inactive(&server, &token);
        world.send(&world.token_request(&client, &[])).expect_oauth_error(401, "invalid_client");
        let next = Client { id: field(&page, "client_id"), key: field(&page, "client_key"), name: "ci-bot".into() };
        world.token(&next);
        for act in ["edit", "renew"] {
            browser.get(&format!("{path}/{act}")).expect(303);
        }
        let form = browser.get(&format!("/application-credentials/{}/edit", next.id)).expect(200).text();
        let ended = [("description", "x"), ("scope", "ci:read"), ("etag", &tag(&form))];
        browser.post(&format!("{path}/edit"), &ended).expect(303);
        assert!(browser.get(&path).expect(200).text().contains("Not changed. It was revoked"));
    }

    /// Administrators change what others own, and get no key that acts for others; auditors read.
    fn only_its_owner_renews_it(world: World) {
        let Bot { client, path, .. } = bot(&world, &["ci:read"], &["ci:read"]);
        let holder = PlainBrowser::signed_in(&world, OWNER);
        let page = holder.get(&path).expect(200).text();
        assert!(page.contains(&format!("{path}/edit\"")) && !page.contains(&format!("{path}/renew\"")), "{page}");
        holder.get(&format!("{path}/renew")).expect(303);
        let refused = holder.post(&format!("{path}/renew"), &[("overlap", "86400"), ("idempotency_key", "k")]);
        refused.expect(303);
        let page = holder.get(&path).expect(200).text();
        assert!(page.contains("Not renewed. Only its owner can renew"), "{page}");
        let form = holder.get(&format!("{path}/edit")).expect(200).text();
        let fields = [("description", "by the holder"), ("scope", "ci:read"), ("etag", &tag(&form))];
        holder.post(&format!("{path}/edit"), &fields).expect(303);
        assert_eq!(shown(&world, &client)["description"], json!("by the holder"));
        world.member("auditor@acme.example", &["auditor"]);
        let auditor = PlainBrowser::signed_in(&world, "auditor@acme.example");
        for act in ["edit", "renew"] {
            auditor.get(&format!("{path}/{act}")).expect(303);
        }
        let page = auditor.get(&path).expect(200).text();
        assert!(!page.contains("/edit\"") && !page.contains("/renew\""), "{page}");
        let form = holder.get(&format!("{path}/edit")).expect(200).text();
        let fields = [("description", "by the auditor"), ("scope", "ci:read"), ("etag", &tag(&form))];
        auditor.post(&format!("{path}/edit"), &fields).expect(404);
        world.member("stranger@acme.example", &["member"]);
        let stranger = PlainBrowser::signed_in(&world, "stranger@acme.example");
        for act in ["edit", "renew"] {
            stranger.get(&format!("{path}/{act}")).expect(404);
            stranger.post(&format!("{path}/{act}"), &fields).expect(404);
        }
        assert_eq!(shown(&world, &client)["description"], json!("by the holder"));
    }
}
