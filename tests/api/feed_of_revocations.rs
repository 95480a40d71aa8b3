//! `GET /realms/{realm}/revocations`: the feed that verifiers follow.

use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::behind_the_back::statement;
use crate::feed_verifier::{Verifier, poll};
use claviger_testkit::http::{Request, Response};
use claviger_testkit::on_both_databases;
use claviger_testkit::patience::until;
use claviger_testkit::world::{Client, Database, World};

const WHO: &str = "verifier=0123456789abcdef&nonce=n-1";
const BUILDS: &str = "https://builds.example.org";

fn answered(world: &World, server: &Client, parameters: &str) -> Value {
    poll(world, server, parameters).expect(200).json()
}

/// A request of a verifier that knows everything, and its position.
fn reached(world: &World, server: &Client) -> (String, u64) {
    let answer = answered(world, server, WHO);
    (
        answer["cluster"].as_str().expect("a cluster").to_owned(),
        answer["position"].as_u64().expect("a position"),
    )
}

/// Without waiting for the verifier of these tests, which acknowledges nothing by itself.
fn revoke(world: &World, credential: &Client) -> Response {
    let path = format!("/service-credentials/{}/revoke?wait=nodes", credential.id);
    world.admin("POST", &path, Some(json!({"name": credential.name})))
}

fn held(world: &World) -> usize {
    world.node().state.feed.held.count()
}

on_both_databases! {
    fn first_answer_is_complete_and_the_next_is_an_increment(world: World) {
        let server = world.resource_server("builds", BUILDS);
        let credential = world.credential("nightly", &[]);
        let first = poll(&world, &server, WHO).expect(200);
        assert_eq!(first.header("cache-control"), Some("no-store"));
        assert_eq!(first.header("content-type"), Some("application/json"));
        let first = first.json();
        let position = &first["position"];
        let members = json!({
            "cluster": first["cluster"], "position": position, "nonce": "n-1", "lease_ms": 3_000,
            "complete": true, "next": null, "entries": [],
        });
        assert_eq!(first, members);

        let after = format!("{WHO}&cluster={}&after={position}", first["cluster"].as_str().unwrap());
        let same = answered(&world, &server, &after);
        assert_eq!((&same["complete"], &same["entries"], &same["position"]), (&json!(false), &json!([]), position));

        let receipt = revoke(&world, &credential).expect(200).json();
        let next = answered(&world, &server, &after);
        assert_eq!(next["position"], receipt["position"]);
        let entry = &next["entries"][0];
        assert_eq!((&entry["kind"], &entry["client_id"]), (&json!("credential"), &json!(credential.id)));
        // A day, and an hour for clocks that differ
        assert_eq!(entry["forget_after"], 1_801_396_800 + 25 * 3_600);
        assert_eq!(next["entries"].as_array().unwrap().len(), 1);
        // Whoever begins now, or comes from another history, is told everything.
        for parameters in [WHO.to_owned(), format!("{WHO}&cluster=another&after=9000000")] {
            let whole = answered(&world, &server, &parameters);
            assert_eq!((&whole["complete"], &whole["entries"]), (&json!(true), &next["entries"]));
        }
    }

    fn position_from_before_a_restart_is_answered_completely(world: World) {
        let server = world.resource_server("builds", BUILDS);
        let credential = world.credential("nightly", &[]);
        let (cluster, position) = reached(&world, &server);
        revoke(&world, &credential).expect(200);
        world.restart();
        let after = |position: u64| format!("{WHO}&cluster={cluster}&after={position}");
        let whole = answered(&world, &server, &after(position));
        assert_eq!(whole["complete"], true);
        let clients: Vec<&Value> = whole["entries"].as_array().unwrap().iter().map(|one| &one["client_id"]).collect();
        assert!(clients.contains(&&json!(credential.id)), "{whole}");
        let position = whole["position"].as_u64().unwrap();
        assert_eq!(answered(&world, &server, &after(position))["complete"], false);
    }

    fn held_poll_is_answered_when_something_of_its_realm_is_revoked(world: World) {
        let server = world.resource_server("builds", BUILDS);
        let mut early = 0;
        for attempt in 0..10 {
            let credential = world.credential(&format!("nightly-{attempt}"), &[]);
            let (cluster, position) = reached(&world, &server);
            let path = world.path(&format!("/revocations?{WHO}&cluster={cluster}&after={position}&wait=1"));
            let request = Request::get(&path).basic(&server.id, &server.key);
            let address = world.address;
            let begun = Instant::now();
            let asking = thread::spawn(move || (request.send(address).expect(200).json(), begun.elapsed()));
            until("the poll is held", || held(&world) == 1);
            // Nothing that a verifier must know.
            world.admin("POST", "/groups", Some(json!({"name": format!("g{attempt}")}))).expect(201);
            assert_eq!(held(&world), 1);
            revoke(&world, &credential).expect(200);
            let (answer, took) = asking.join().expect("an answer");
            early += u32::from(took < Duration::from_millis(950));
            assert_eq!(answer["entries"][0]["client_id"], json!(credential.id), "{answer}");
            if early > 0 {
                break;
            }
        }
        assert!(early > 0, "every poll waited for the whole time");
        until("no poll is held", || held(&world) == 0);
    }

    fn who_is_ahead_of_this_node_is_refused_and_answered_when_the_node_follows(world: World) {
        let server = world.resource_server("builds", BUILDS);
        let (cluster, position) = reached(&world, &server);
        for wait in ["0", "0.05"] {
            let ahead = format!("{WHO}&cluster={cluster}&after={}&wait={wait}", position + 1);
            let answer = poll(&world, &server, &ahead);
            assert_eq!((answer.header("retry-after"), answer.header("cache-control")), (Some("1"), Some("no-store")));
            answer.expect_oauth_error(503, "temporarily_unavailable");
        }
        let path = world.path(&format!("/revocations?{WHO}&cluster={cluster}&after={}&wait=1", position + 1));
        let request = Request::get(&path).basic(&server.id, &server.key);
        let address = world.address;
        let asking = thread::spawn(move || request.send(address));
        until("the poll is held", || held(&world) == 1);
        world.admin("POST", "/groups", Some(json!({"name": "group"}))).expect(201);
        let answer = asking.join().expect("an answer");
        if answer.status == 200 {
            assert!(answer.json()["position"].as_u64().unwrap() > position);
        } else {
            // The act took longer than the poll.
            answer.expect_oauth_error(503, "temporarily_unavailable");
            assert!(poll(&world, &server, &format!("{WHO}&cluster={cluster}&after={}", position + 1)).status == 200);
        }
    }

fn held_poll_is_refused_when_the_server_signs_in_again(world: World) {
        let server = world.resource_server("builds", BUILDS);
        let incarnation =
            || world.node().state.feed.snapshots.latest_with_origin().origin.incarnation.clone();
        // On a slow machine a poll ends before the server has signed in.
        let is_refused = (0..10).any(|_| {
            let (cluster, position) = reached(&world, &server);
            let path = world.path(&format!("/revocations?{WHO}&cluster={cluster}&after={position}&wait=1"));
            let request = Request::get(&path).basic(&server.id, &server.key);
            let address = world.address;
            let asking = thread::spawn(move || request.send(address));
            until("the poll is held", || held(&world) == 1);
            // As another server evicts it: the next renewal finds no row.
            let before = incarnation();
            statement(&world, "DELETE FROM node");
            world.clock.pass_until(|| incarnation() != before);
            let answer = asking.join().expect("an answer");
            until("it answers again", || poll(&world, &server, WHO).status == 200);
            answer.status == 503
        });
        assert!(is_refused, "polls are answered that an earlier incarnation heard");
    }
}

#[test]
fn only_a_resource_server_of_the_realm_is_answered() {
    let world = World::start(Database::Sqlite);
    let server = world.resource_server("builds", BUILDS);
    let credential = world.credential("nightly", &[]);
    let owner = world.create_realm("other");
    let body = json!({"name": "theirs", "audience": BUILDS});
    let path = "/api/v1/realms/other/resource-servers";
    let theirs = world.send(&Request::json("POST", path, &body).bearer(&owner)).expect(201).json();
    let text = |name: &str| theirs[name].as_str().expect("a text").to_owned();
    let theirs = Client { id: text("client_id"), key: text("client_key"), name: text("name") };
    let wrong = Client { key: credential.key.clone(), ..server.clone() };
    for refused in [&theirs, &wrong, &credential] {
        let answer = poll(&world, refused, WHO);
        assert_eq!(answer.header("www-authenticate"), Some("Basic realm=\"claviger\""));
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        answer.expect_oauth_error(401, "invalid_client");
    }
    let path = world.path(&format!("/revocations?{WHO}"));
    let token = world.token(&credential);
    for request in [Request::get(&path), Request::get(&path).bearer(&token)] {
        world.send(&request).expect_oauth_error(401, "invalid_client");
    }
    let unknown = Request::get(&format!("/realms/nobody/revocations?{WHO}")).basic(&server.id, &server.key);
    world.send(&unknown).expect_oauth_error(401, "invalid_client");
    // Who is not let in learns nothing of the parameters.
    poll(&world, &wrong, "after=x").expect_oauth_error(401, "invalid_client");
    assert_eq!(poll(&world, &server, WHO).status, 200);
}

#[test]
fn wrong_parameters_are_named() {
    let world = World::start(Database::Sqlite);
    let server = world.resource_server("builds", BUILDS);
    for (parameters, told) in [
        ("", "verifier is missing"),
        ("verifier=0123456789abcdef", "nonce is missing"),
        ("verifier=v&nonce=n", "verifier: must be"),
        (&format!("{WHO}&nonce=n-2"), "nonce is repeated"),
        (&format!("{WHO}&after=1"), "cluster is missing"),
        (&format!("{WHO}&after=one&cluster=c"), "after: must be"),
        (&format!("{WHO}&wait=2"), "wait: must be"),
        (&format!("{WHO}&cursor=x"), "cursor: not the next"),
        (&format!("{WHO}&limit=1"), "an unknown parameter"),
    ] {
        let answer = poll(&world, &server, parameters).expect_oauth_error(400, "invalid_request");
        let description = answer.json()["error_description"].clone();
        assert!(description.as_str().unwrap().starts_with(told), "{parameters}: {description}");
    }
    let mut verifier = Verifier::of(&server);
    verifier.poll(&world);
    assert!(verifier.reached.is_some());
}
