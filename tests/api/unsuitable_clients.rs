//! A client that uses an endpoint for clients of another kind: with the right key it learns which kind is needed.

use serde_json::json;

use claviger_testkit::http::Request;
use claviger_testkit::world::{Client, Database, World};

const CLIENTS: [&str; 3] = ["a service credential", "an application credential", "a resource server"];

/// One client of each kind.
fn clients(world: &World) -> [Client; 3] {
    world.group("builders", &["ci:read"]);
    let body = json!({"name": "desk", "scopes": ["ci:read"]});
    let made = world.admin("POST", "/application-credentials", Some(body)).expect(201).json();
    let text = |name: &str| made[name].as_str().expect("a text").to_owned();
    let application = Client { id: text("client_id"), key: text("client_key"), name: "desk".into() };
    let server = world.resource_server("builds", "https://builds.example.org");
    [world.credential("nightly", &["builders"]), application, server]
}

struct Endpoint<'a> {
    path: &'static str,
    form: Vec<(&'static str, &'a str)>,
    /// Which of [`CLIENTS`] may use it.
    suitable: [bool; 3],
    /// Status and error for the others.
    refusal: (u16, &'static str),
}

fn endpoints(token: &str) -> [Endpoint<'_>; 3] {
    [
        Endpoint {
            path: "/oauth2/token",
            form: vec![("grant_type", "client_credentials")],
            suitable: [true, true, false],
            refusal: (400, "unauthorized_client"),
        },
        Endpoint {
            path: "/oauth2/token",
            form: vec![("grant_type", "refresh_token"), ("refresh_token", "x")],
            suitable: [false, true, false],
            refusal: (400, "unauthorized_client"),
        },
        Endpoint {
            path: "/oauth2/introspect",
            form: vec![("token", token)],
            suitable: [false, false, true],
            refusal: (401, "invalid_client"),
        },
    ]
}

#[test]
fn right_key_at_an_unsuitable_endpoint_names_the_needed_kind_and_a_wrong_key_nothing() {
    let world = World::start(Database::Sqlite);
    let clients = clients(&world);
    let token = world.token(&clients[0]);
    let mut unsuitable = 0;
    for Endpoint { path, form, suitable, refusal: (status, error) } in endpoints(&token) {
        let ask = |id: &str, key: &str| world.send(&Request::form(&world.path(path), &form).basic(id, key));
        let unknown = ask("01890000-0000-7000-8000-000000000000", &clients[0].key).without_date();
        unknown.clone().expect_oauth_error(401, "invalid_client");
        for ((client, kind), is_suitable) in clients.iter().zip(CLIENTS).zip(suitable) {
            let (rest, last) = client.key.split_at(client.key.len() - 1);
            let wrong = format!("{rest}{}", if last == "x" { "y" } else { "x" });
            assert_eq!(ask(&client.id, &wrong).without_date(), unknown, "{path} {kind}");
            let answer = ask(&client.id, &client.key);
            if is_suitable {
                assert_ne!(
                    (answer.status, answer.json()["error"].as_str()),
                    (status, Some(error)),
                    "{path} {kind}"
                );
                continue;
            }
            let described = answer.expect_oauth_error(status, error).json()["error_description"].clone();
            let described = described.as_str().expect("a description");
            assert!(described.ends_with(&format!("this client is {kind}")), "{path}: {described}");
            for (needed, is_needed) in CLIENTS.iter().zip(suitable) {
                let named = described.split(", and").next().is_some_and(|text| text.contains(needed));
                assert_eq!(named, is_needed, "{path}: {described}");
            }
            unsuitable += 1;
        }
    }
    assert_eq!(unsuitable, 5);
}
