//! Changing what one credential may do: on the state that was shown, told on the next page.

use serde_json::{Value, json};

use crate::one_credential::{deployer, until_counted};
use crate::plain_browser::{PlainBrowser, field};
use claviger_testkit::on_both_databases;
use claviger_testkit::world::{Database, World};

const OWNER: &str = "holder@acme.example";

fn etag(page: &str) -> String {
    field(page, "etag").replace("&#34;", "\"").replace("&quot;", "\"")
}

fn access(world: &World, id: &str) -> (Value, Value) {
    let shown = world.admin("GET", &format!("/service-credentials/{id}"), None).expect(200).json();
    (shown["groups"].clone(), shown["resources"].clone())
}

on_both_databases! {
    fn groups_are_added_and_removed(world: World) {
        let client = deployer(&world);
        let server = world.resource_server("builds", "https://builds.example.org");
        world.group("readers", &["targets:read"]).group("others", &["devices:read"]);
        let browser = PlainBrowser::signed_in(&world, OWNER);
        let path = format!("/service-credentials/{}", client.id);
        let picker = browser.get(&format!("{path}/groups/add")).expect(200).text();
        assert!(picker.contains("value=\"readers\"") && !picker.contains("value=\"builders\""), "{picker}");
        let fields = [("groups", "readers"), ("groups", "others"), ("etag", &etag(&picker))];
        let done = browser.post(&format!("{path}/groups/add"), &fields).expect(303);
        assert_eq!(done.header("location"), Some(format!("/console/acme{path}").as_str()));
        let page = browser.get(&path).expect(200).text();
        assert!(page.contains("readers and others were added. Their scopes come with the next token."), "{page}");
        assert!(page.contains("edited access") && page.contains("group readers"), "{page}");
        assert_eq!(access(&world, &client.id).0, json!(["builders", "others", "readers"]));
        let token = world.token(&client);
        until_counted(&world, &client.id, 1);
        let asked = browser.get(&format!("{path}/groups/remove?group=builders")).expect(200).text();
        assert!(asked.contains("It loses ci:read and source:read-update."), "{asked}");
        assert!(asked.contains("About 1 token ends at once"), "{asked}");
        let removal = format!("{path}/groups/remove?group=builders");
        browser.post(&removal, &[("etag", &etag(&asked))]).expect(303);
        world.assert_inactive(&server, &token);
        let page = browser.get(&path).expect(200).text();
        assert!(page.contains("builders was removed. About 1 token ended; everyone confirmed in "), "{page}");
        assert_eq!(access(&world, &client.id).0, json!(["others", "readers"]));
        // As a dialog.
        let dialog = claviger_testkit::http::Request::get(&format!("/console/acme{path}/groups/add"));
        let part = browser.send(dialog.header("X-Fragment", "dialog")).expect(200).text();
        assert!(part.trim_start().starts_with("<div data-dialog-part"), "{part}");
    }

    fn actions_are_set_and_resources_removed(world: World) {
        let client = deployer(&world);
        world.resource("fleet/porto", &["read", "deploy"]);
        let browser = PlainBrowser::signed_in(&world, OWNER);
        let path = format!("/service-credentials/{}", client.id);
        let picker = browser.get(&format!("{path}/resources/add")).expect(200).text();
        assert!(picker.contains("value=\"fleet/porto\"") && !picker.contains("value=\"fleet/berlin\""), "{picker}");
        let none = browser.get(&format!("{path}/resources/actions")).expect(200).text();
        assert!(none.contains("Choose at least one resource."), "{none}");
        let matrix = browser.get(&format!("{path}/resources/actions?resource=fleet%2Fporto")).expect(200).text();
        let tag = etag(&matrix);
        let set = |fields: &[(&str, &str)]| browser.post(&format!("{path}/resources/actions"), fields);
        let empty = set(&[("resource", "fleet/porto"), ("etag", &tag)]).expect(422).text();
        assert!(empty.contains("fleet/porto has no action."), "{empty}");
        // An action of a resource that was not chosen.
        set(&[("resource", "fleet/porto"), ("grant", "fleet/berlin:read"), ("etag", &tag)]).expect(422);
        set(&[("resource", "fleet/porto"), ("grant", "fleet/porto:read"), ("etag", &tag)]).expect(303);
        assert!(browser.get(&path).expect(200).text().contains("Access to fleet/porto was changed."));
        let berlin = json!({"resource": "fleet/berlin", "actions": ["deploy"]});
        assert_eq!(access(&world, &client.id).1, json!([berlin, {"resource": "fleet/porto", "actions": ["read"]}]));
        let matrix = browser.get(&format!("{path}/resources/actions?resource=fleet%2Fporto")).expect(200).text();
        assert!(matrix.contains("value=\"fleet/porto:read\" checked"), "{matrix}");
        let removal = format!("{path}/resources/remove?resource=fleet%2Fporto");
        let asked = browser.get(&removal).expect(200).text();
        assert!(asked.contains("It loses fleet/porto:read."), "{asked}");
        browser.post(&removal, &[("etag", &etag(&asked))]).expect(303);
        assert_eq!(access(&world, &client.id).1, json!([berlin]));
    }

    fn somebody_quicker_is_named_and_the_form_can_be_sent_again(world: World) {
        let client = deployer(&world);
        world.group("readers", &["targets:read"]).group("others", &["devices:read"]);
        world.member("rui@acme.example", &["sys_admin"]);
        let (rui, ana) = (PlainBrowser::signed_in(&world, "rui@acme.example"), PlainBrowser::signed_in(&world, OWNER));
        let path = format!("/service-credentials/{}/groups/add", client.id);
        let shown = etag(&ana.get(&path).expect(200).text());
        world.clock.advance_seconds(5);
        let tag = etag(&rui.get(&path).expect(200).text());
        rui.post(&path, &[("groups", "others"), ("etag", &tag)]).expect(303);
        world.clock.advance_seconds(20);
        let stale = ana.post(&path, &[("groups", "readers"), ("etag", &shown)]).expect(412).text();
        for says in ["rui@acme.example</bdi> changed this 20 s ago.", "Your change was not made.", "Try mine again", "others"] {
            assert!(stale.contains(says), "{says}: {stale}");
        }
        assert_eq!(field(&stale, "groups"), "readers");
        assert_eq!(access(&world, &client.id).0, json!(["builders", "others"]));
        ana.post(&path, &[("groups", "readers"), ("etag", &etag(&stale))]).expect(303);
        assert_eq!(access(&world, &client.id).0, json!(["builders", "others", "readers"]));
    }
}

#[test]
fn what_cannot_be_changed_is_told() {
    let world = World::start(Database::Sqlite);
    let client = deployer(&world);
    let browser = PlainBrowser::signed_in(&world, OWNER);
    let path = format!("/service-credentials/{}", client.id);
    let add = |fields: &[(&str, &str)]| browser.post(&format!("{path}/groups/add"), fields);
    add(&[("groups", "readers"), ("etag", "no tag")]).expect(400);
    add(&[("groups", "readers")]).expect(400);
    add(&[("groups", ""), ("etag", "*")]).expect(400);
    add(&[("etag", "*")]).expect(303);
    add(&[("groups", "readers"), ("etag", "*")]).expect(303);
    let page = browser.get(&path).expect(200).text();
    assert!(page.contains("Nothing was changed: groups: there is no group"), "{page}");
    world.revoke(&client).expect(200);
    add(&[("groups", "builders"), ("etag", "*")]).expect(303);
    let page = browser.get(&path).expect(200).text();
    assert!(page.contains("It has ended meanwhile. Nothing was changed."), "{page}");
}
