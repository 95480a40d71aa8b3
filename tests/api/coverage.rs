//! Resource servers and credentials say how soon a revocation reaches whom.

use serde_json::{Value, json};

use crate::verifier_polls::{attach, furnished, verifiers};
use claviger_testkit::on_both_databases;
use claviger_testkit::patience::until;
use claviger_testkit::world::{Client, World};

const BUILDS: &str = "https://builds.example.org";
const SILENT: &str = "https://silent.example.org";
const NOW: &str = "2027-01-31T12:00:00Z";

/// Tier, last seen and verifiers, as shown; the list says the same.
#[track_caller]
fn coverage(world: &World, server: &Client) -> Value {
    let shown = world.admin("GET", &format!("/resource-servers/{}", server.id), None).expect(200).json();
    let listed = world.admin("GET", "/resource-servers", None).expect(200).json();
    let listed = listed["items"].as_array().expect("items").iter().find(|item| item["id"] == shown["id"]);
    assert_eq!(listed, Some(&shown));
    json!([shown["tier"], shown["last_heard_at"], shown["instances"]])
}

fn late_audiences(world: &World, credential: &Client) -> Value {
    let path = format!("/service-credentials/{}", credential.id);
    world.admin("GET", &path, None).expect(200).json()["audiences_until_expiry"].clone()
}

on_both_databases! {
    fn resource_server_says_how_it_learns_of_revocations(world: World) {
        let furnished = furnished(&world);
        let silent = world.resource_server("silent", SILENT);
        assert_eq!(coverage(&world, &furnished.server), json!(["T3", null, 0]));
        assert_eq!(late_audiences(&world, &furnished.credential), json!([BUILDS, SILENT]));
        let tag = |server: &Client| {
            let path = format!("/resource-servers/{}", server.id);
            world.admin("GET", &path, None).expect(200).header("etag").map(str::to_owned)
        };
        let before = tag(&furnished.server);

        world.assert_active(&furnished.server, &furnished.token);
        assert_eq!(coverage(&world, &furnished.server), json!(["T0", NOW, 0]));
        attach(&world, &furnished.server, "v");
        assert_eq!(coverage(&world, &furnished.server), json!(["T1", NOW, 1]));
        attach(&world, &furnished.server, "w");
        attach(&world, &furnished.server, "v");
        assert_eq!(coverage(&world, &furnished.server), json!(["T1", NOW, 2]));
        assert_eq!(coverage(&world, &silent), json!(["T3", null, 0]));
        assert_eq!(late_audiences(&world, &furnished.credential), json!([SILENT]));
        assert_eq!(tag(&furnished.server), before, "what is observed changes nothing of the object");

        // Silent for longer than a lease: it is not waited for any more, and it has asked today.
        let realm = world.realm.parse().expect("a label");
        world.clock.pass_until(|| verifiers(&world).last_heard(&realm).is_empty());
        until("the node answers", || world.admin("GET", "/resource-servers", None).status == 200);
        assert_eq!(coverage(&world, &furnished.server)[0], "T0");
        assert_eq!(coverage(&world, &furnished.server)[2], 0);
    }

    fn server_and_its_successor_say_the_same_of_their_audience(world: World) {
        let furnished = furnished(&world);
        attach(&world, &furnished.server, "v");
        let path = format!("/resource-servers/{}/renew", furnished.server.id);
        let renewed = world.admin("POST", &path, Some(json!({"overlap_seconds": 3_600}))).expect(201).json();
        let text = |name: &str| renewed[name].as_str().expect("a text").to_owned();
        let successor = Client { id: text("id"), key: text("client_key"), name: "builds".to_owned() };
        attach(&world, &successor, "w");
        for server in [&furnished.server, &successor] {
            assert_eq!(coverage(&world, server), json!(["T1", NOW, 2]));
        }
    }

    fn credential_names_who_may_accept_its_tokens_until_they_expire(world: World) {
        let furnished = furnished(&world);
        assert_eq!(late_audiences(&world, &furnished.credential), json!([BUILDS]));
        // Its last token was issued before it was revoked.
        world.revoke(&furnished.credential).expect(200);
        assert_eq!(late_audiences(&world, &furnished.credential), json!([BUILDS]));
        let path = format!("/service-credentials/{}", furnished.credential.id);
        let shown = world.admin("GET", &path, None).expect(200).json();
        let lifetime = shown["token_ttl_seconds"].as_i64().expect("a number");
        world.clock.advance_seconds(lifetime - 1);
        assert_eq!(late_audiences(&world, &furnished.credential), json!([BUILDS]));
        world.clock.advance_seconds(1);
        assert_eq!(late_audiences(&world, &furnished.credential), json!([]));
    }
}
