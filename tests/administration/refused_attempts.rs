//! Refused attempts are in the audit trail: who presented what, where, from which address, and how often.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::answers::items;
use claviger_testkit::http::Request;
use claviger_testkit::on_both_databases;
use claviger_testkit::world::{Client, World};

const WRONG: &str = "clvk_0000000000000000000000000000000000000";

/// A test's clock stands still, so the window in which attempts are collected is ended here.
pub fn written(world: &World, action: &str, expected: usize) -> Vec<Value> {
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        let answer = world.admin("GET", &format!("/audit-events?action={action}&limit=200"), None);
        // A node's lease ends by the same clock, and is renewed shortly afterwards.
        if answer.status == 200 {
            let events = items(&answer);
            if events.len() >= expected {
                return events;
            }
            world.clock.advance_boot(Duration::from_millis(500));
        }
        assert!(Instant::now() < deadline, "{expected} {action}: {}", answer.text());
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn with_id<'a>(events: &'a [Value], endpoint: &str, id: &str) -> &'a Value {
    let is_it = |event: &&Value| event["target"]["id"] == id && event["after"]["endpoint"] == endpoint;
    events.iter().find(is_it).unwrap_or_else(|| panic!("{endpoint} {id} is not in {events:#?}"))
}

on_both_databases! {
    fn failed_authentication_at_every_endpoint_names_client_and_address(world: World) {
        world.group("builders", &["ci:read"]);
        let credential = world.credential("nightly", &["builders"]);
        let server = world.resource_server("builds", "https://builds.example.org");
        let guess = Client { key: WRONG.to_owned(), ..credential.clone() };
        let unknown = Client { id: "no id\u{1b}[31m of ours".into(), key: WRONG.into(), name: String::new() };
        for _ in 0..3 {
            world.send(&world.token_request(&guess, &[])).expect(401);
        }
        world.send(&world.token_request(&unknown, &[])).expect(401);
        // A key in the place of the id is shown nowhere.
        let swapped = Client { id: credential.key.clone(), key: credential.id.clone(), name: String::new() };
        world.send(&world.token_request(&swapped, &[])).expect(401);
        world.send(&world.introspection_request(&guess, "x")).expect(401);
        // With a valid key, but without the right to introspect.
        world.send(&world.introspection_request(&credential, "x")).expect(401);
        let revocation = Request::form(&world.path("/oauth2/revoke"), &[("token", "x")]);
        world.send(&revocation.basic(&server.id, WRONG)).expect(401);
        let token = world.token(&credential);
        let (dead_id, dead) = world.api_token(&["ci:read"]);
        world.admin("POST", &format!("/api-tokens/{dead_id}/revoke"), None).expect(200);
        world.revoke(&credential).expect(200);
        for path in ["/registry/token?service=r", "/forward-auth", "/whoami"] {
            for presented in ["clva_wrong", &token, &dead] {
                world.send(&Request::get(&world.path(path)).basic("any", presented)).expect(401);
            }
        }
        world.admin_as(&dead, "GET", "/groups", None).expect(401);
        // Without credentials, no authentication has failed.
        world.send(&Request::get(&world.path("/whoami"))).expect(401);
        world.send(&Request::form("/realms/nowhere/oauth2/token", &[("grant_type", "client_credentials")])
            .basic(&guess.id, WRONG)).expect(401);

        let events = written(&world, "authentication.failed", 15);
        let guessed = with_id(&events, "token", &guess.id);
        assert_eq!((&guessed["after"]["count"], &guessed["address"]), (&json!(3), &json!("127.0.0.1")));
        assert_eq!(guessed["after"]["first_at"], "2027-01-31T12:00:00Z");
        assert_eq!((&guessed["actor"]["kind"], &guessed["target"]["kind"]), (&json!("server"), &json!("client")));
        with_id(&events, "token", "no id\\u{1b}[31m of ours");
        assert_eq!(with_id(&events, "introspect", &credential.id)["after"]["count"], 2);
        with_id(&events, "revoke", &server.id);
        for endpoint in ["registry_token", "forward_auth", "whoami"] {
            for id in ["(none)", credential.id.as_str(), dead_id.as_str()] {
                with_id(&events, endpoint, id);
            }
        }
        with_id(&events, "administration", &dead_id);
        assert_eq!(events.len(), 15, "{events:#?}");
        let text = serde_json::to_string(&events).expect("JSON");
        for secret in [WRONG, "clva_wrong", credential.key.as_str(), token.as_str(), dead.as_str()] {
            assert!(!text.contains(secret), "{secret}");
        }
    }

    fn denied_act_names_its_actor_and_operation(world: World) {
        let (id, token) = world.member("mel@acme.example", &["member"]);
        for _ in 0..2 {
            world.admin_as(&token, "POST", "/groups", Some(json!({"name": "g"}))).expect(403);
        }
        world.admin_as(&token, "GET", "/members", None).expect(403);
        let (token_id, api_token) = world.scopes(&["ci:read"]).api_token(&["ci:read"]);
        world.admin_as(&api_token, "PATCH", "/groups/clvp_0123456789", Some(json!({}))).expect(403);
        let events = written(&world, "access.denied", 3);
        let of = |operation: &str| {
            events.iter().find(|event| event["target"]["id"] == operation).expect("it is there")
        };
        let created = of("POST /groups");
        assert_eq!((&created["actor"]["id"], &created["actor"]["name"]), (&json!(id), &json!("mel@acme.example")));
        assert_eq!((&created["after"]["count"], &created["address"]), (&json!(2), &json!("127.0.0.1")));
        assert_eq!(of("GET /members")["target"]["kind"], "operation");
        let by_client = of("PATCH /groups/{name}");
        assert_eq!((&by_client["actor"]["id"], &by_client["actor"]["name"]), (&json!(token_id), &json!("api_token")));
        assert!(!by_client.to_string().contains("clvp_0123456789"), "{by_client}");
        // Listed like any other event, page by page, although several have the same position.
        let mut paged = Vec::new();
        let mut cursor = String::new();
        loop {
            let page = world.admin("GET", &format!("/audit-events?limit=1{cursor}"), None).expect(200).json();
            paged.extend(page["items"].as_array().expect("items").clone());
            let Some(next) = page["next_cursor"].as_str() else { break };
            cursor = format!("&cursor={next}");
        }
        let all = items(&world.admin("GET", "/audit-events?limit=200", None));
        assert_eq!(paged, all);
        assert_eq!(crate::audit_chain::verify(&world).fault, None);
    }

    fn flood_writes_a_bounded_number_of_events(world: World) {
        for number in 0..200 {
            let client = Client { id: format!("guess-{number}"), key: WRONG.into(), name: String::new() };
            world.send(&world.token_request(&client, &[])).expect(401);
        }
        let events = written(&world, "authentication.failed", 33);
        assert_eq!(events.len(), 33);
        let counts: u64 = events.iter().filter_map(|event| event["after"]["count"].as_u64()).sum();
        assert_eq!(counts, 200);
        let others = events.iter().find(|event| event["target"]["id"] == "(others)").expect("the others");
        assert_eq!((&others["after"]["count"], &others["address"]), (&json!(168), &Value::Null));
    }
}
