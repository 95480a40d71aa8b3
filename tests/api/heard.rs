//! When container registries and resource servers were last seen, in receipts: by realm, and across restarts.

use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::behind_the_back::statement;
use claviger_testkit::http::{Request, Response};
use claviger_testkit::on_both_databases;
use claviger_testkit::world::World;

const BUILDS: &str = "https://builds.example.org";
const PULL: &str = "repository:acme/app:pull";

/// The request of a registry client.
fn ask(world: &World, token: &str, service: &str, more: &str) -> Response {
    let path = world.path(&format!("/registry/token?service={service}{more}"));
    world.send(&Request::get(&path).basic("any", token))
}

fn pull(world: &World, token: &str, service: &str) {
    let scope = format!("&scope=repository:{}/app:pull", world.realm);
    let answer = ask(world, token, service, &scope).expect(200).json();
    assert_ne!(answer["scope"], "", "something is granted");
}

/// The receipt of a new revocation at each call.
fn receipt(world: &World) -> Value {
    let (id, _) = world.api_token(&["ci:read"]);
    world.admin("POST", &format!("/api-tokens/{id}/revoke"), None).expect(200).json()
}

fn audience(receipt: &Value, name: &str) -> Option<Value> {
    let audiences = receipt["audiences"].as_array().expect("audiences");
    audiences.iter().find(|audience| audience["audience"] == name).cloned()
}

#[track_caller]
fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed() < Duration::from_secs(20), "not within 20 s: {what}");
        thread::sleep(Duration::from_millis(50));
    }
}

on_both_databases! {
    fn request_that_grants_nothing_is_not_recorded(world: World) {
        world.scopes(&["containers:read", "ci:read"]);
        let (_, reader) = world.api_token(&["containers:read"]);
        let (_, other) = world.api_token(&["ci:read"]);
        for (index, (token, more)) in [
            (&reader, ""),
            (&reader, "&scope=repository:other/app:pull"),
            (&reader, "&scope=repository:acme/app:push"),
            (&reader, "&scope=registry:catalog:*"),
            (&reader, "&scope=repository:acme/app:"),
            (&other, "&scope=repository:acme/app:pull,push"),
        ].into_iter().enumerate() {
            assert_eq!(ask(&world, token, &format!("r{index}"), more).expect(200).json()["scope"], "", "{more}");
        }
        ask(&world, "clva_wrong", "refused", &format!("&scope={PULL}")).expect(401);
        let said = receipt(&world);
        assert_eq!((&said["audiences"], &said["audiences_complete"]), (&json!([]), &json!(true)));
        pull(&world, &reader, "granted");
        // A login that only stores a refresh token counts too.
        ask(&world, &reader, "kept", "&offline_token=true").expect(200);
        let said = receipt(&world);
        assert_eq!(said["audiences"].as_array().map(Vec::len), Some(2), "{said}");
        let heard = |name: &str| json!({"audience": name, "tier": "T2", "last_heard_at": "2027-01-31T12:00:00Z"});
        assert_eq!(audience(&said, "granted"), Some(heard("granted")));
        assert_eq!(audience(&said, "kept"), Some(heard("kept")));
    }

    fn registries_of_another_realm_do_not_displace_this_realms(world: World) {
        world.scopes(&["containers:read", "ci:read"]);
        let (_, token) = world.api_token(&["containers:read"]);
        pull(&world, &token, "registry.acme.example");
        let other = world.create_realm("other");
        let owner = std::mem::replace(&mut world.owner, other);
        world.realm = "other".into();
        world.scopes(&["containers:read", "ci:read"]);
        let (_, token) = world.api_token(&["containers:read"]);
        pull(&world, &token, "first");
        assert_eq!(receipt(&world)["audiences_complete"], true);
        world.clock.advance_seconds(1);
        for index in 0..2_000 {
            pull(&world, &token, &format!("r{index}"));
        }
        // Both realms' lists survive a restart.
        for _ in 0..2 {
            let said = receipt(&world);
            let named = said["audiences"].as_array().expect("audiences");
            assert_eq!((named.len(), &said["audiences_complete"]), (100, &json!(false)));
            assert_eq!(audience(&said, "first"), None);
            let others = (std::mem::replace(&mut world.owner, owner.clone()), world.realm.clone());
            world.realm = "acme".into();
            let said = receipt(&world);
            assert_eq!(said["audiences"], json!([{
                "audience": "registry.acme.example", "tier": "T2", "last_heard_at": "2027-01-31T12:00:00Z",
            }]));
            assert_eq!(said["audiences_complete"], true);
            world.owner = others.0;
            world.realm = others.1;
            world.restart();
        }
    }

    fn last_seen_times_survive_a_restart_to_the_second(world: World) {
        world.scopes(&["containers:read", "ci:read"]);
        let server = world.resource_server("builds", BUILDS);
        let (_, token) = world.api_token(&["containers:read"]);
        pull(&world, &token, "registry.example");
        world.assert_inactive(&server, "unknown");
        world.restart();
        world.clock.advance_seconds(7);
        world.assert_inactive(&server, "unknown");
        world.restart();
        let said = receipt(&world);
        assert_eq!(said["audiences"], json!([
            {"audience": BUILDS, "tier": "T0", "last_heard_at": "2027-01-31T12:00:07Z"},
            {"audience": "registry.example", "tier": "T2", "last_heard_at": "2027-01-31T12:00:00Z"},
        ]));
        assert_eq!(said["audiences_complete"], true);
    }

    fn receipt_without_the_table_marks_its_list_incomplete(world: World) {
        world.scopes(&["containers:read", "ci:read"]);
        let (_, token) = world.api_token(&["containers:read"]);
        pull(&world, &token, "before");
        statement(&world, "ALTER TABLE heard RENAME TO hidden");
        pull(&world, &token, "meanwhile");
        until("it is not complete", || receipt(&world)["audiences_complete"] == false);
        let said = receipt(&world);
        assert!(audience(&said, "before").is_some() && audience(&said, "meanwhile").is_some(), "{said}");
        statement(&world, "ALTER TABLE hidden RENAME TO heard");
        until("it is complete again", || receipt(&world)["audiences_complete"] == true);
        world.restart();
        assert!(audience(&receipt(&world), "meanwhile").is_some(), "it was written later");
    }
}
