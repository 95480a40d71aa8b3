//! A suspended realm issues and accepts no tokens; invalid tokens stay invalid when it is resumed.

use serde_json::json;

use claviger::administration::suspend_realm;
use claviger::ledger::{Act, Caller};

use claviger_testkit::http::Request;
use claviger_testkit::on_both_databases;
use claviger_testkit::world::World;

pub fn suspend(world: &World, suspended: bool) {
    let act = Act::local(world.realm.parse().expect("a label"), Caller::Operator);
    suspend_realm(&world.node().state.administration, &act, suspended).expect("it is done").unanswered();
}

on_both_databases! {
    fn suspension_ends_every_token_and_resuming_restores_none(world: World) {
        let other_owner = world.create_realm("other");
        let server = world.resource_server("api", "https://api.example");
        let credential = world.credential("c", &[]);
        let token = world.token(&credential);
        world.assert_active(&server, &token);

        suspend(&world, true);
        world.assert_inactive(&server, &token);
        let refused = world.send(&world.token_request(&credential, &[])).expect_oauth_error(400, "unauthorized_client");
        assert!(refused.json()["error_description"].as_str().unwrap().contains("suspended"));
        let wrong = Request::form(&world.path("/oauth2/token"), &[("grant_type", "client_credentials")])
            .basic(&credential.id, "clvk_wrong");
        world.send(&wrong).expect_oauth_error(401, "invalid_client");
        world.send(&Request::get(&world.path("/whoami")).bearer(&token)).expect(401);
        let problem = world.admin("GET", "/groups", None).expect(403).json();
        assert!(problem["detail"].as_str().unwrap().contains("suspended"), "{problem}");
        world.admin("POST", "/groups", Some(json!({"name": "g"}))).expect(403);
        world.send(&Request::get("/health/ready")).expect(200);
        let other = Request::get("/api/v1/realms/other/groups").bearer(&other_owner);
        world.send(&other).expect(200);
        world.restart();
        world.admin("GET", "/groups", None).expect(403);
        world.assert_inactive(&server, &token);

        suspend(&world, false);
        world.assert_inactive(&server, &token);
        let new = world.token(&credential);
        world.assert_active(&server, &new);
        world.admin("GET", "/groups", None).expect(401);
        world.owner = world.operator_token("holder@acme.example");
        let events = world.admin("GET", "/audit-events?limit=3", None).expect(200).json();
        let actions: Vec<&str> =
            events["items"].as_array().unwrap().iter().map(|event| event["action"].as_str().unwrap()).collect();
        assert_eq!(actions, ["personal_access_token.create", "realm.resume", "realm.suspend"]);
        world.restart();
        world.assert_inactive(&server, &token);
        world.assert_active(&server, &new);
    }
}
