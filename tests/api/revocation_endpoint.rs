//! `POST /realms/{realm}/oauth2/revoke`: a client revokes one of its tokens (RFC 7009), and gets the receipt.

use std::thread;

use serde_json::{Value, json};

use crate::behind_the_back::statement;
use claviger_testkit::clock::{days, minutes};
use claviger_testkit::http::{Request, Response};
use claviger_testkit::jwt;
use claviger_testkit::on_both_databases;
use claviger_testkit::postgres::Postgres;
use claviger_testkit::world::{Client, Database, World};

fn furnished(world: &World) -> (Client, Client) {
    world.group("builders", &["ci:read"]);
    let server = world.resource_server("builds", "https://builds.example.org");
    (server, world.credential("nightly", &["builders"]))
}

fn revocation(world: &World, client: &Client, parameters: &[(&str, &str)]) -> Request {
    Request::form(&world.path("/oauth2/revoke"), parameters).basic(&client.id, &client.key)
}

fn revoke(world: &World, client: &Client, token: &str) -> Response {
    world.send(&revocation(world, client, &[("token", token)]))
}

fn events(world: &World, action: &str) -> Vec<Value> {
    let listed = world.admin("GET", "/audit-events?limit=200", None).expect(200).json();
    let items = listed["items"].as_array().expect("items");
    items.iter().filter(|event| event["action"] == action).cloned().collect()
}

/// On PostgreSQL a changed clock briefly costs the node its lease.
fn patiently(mut send: impl FnMut() -> Response) -> Response {
    for _ in 0..2_000 {
        let answer = send();
        if answer.status != 503 {
            return answer;
        }
        thread::sleep(std::time::Duration::from_millis(5));
    }
    panic!("it has no lease");
}

fn patiently_revoke(world: &World, client: &Client, token: &str) -> Value {
    // Answers under the previous lease are waited out.
    thread::scope(|scope| {
        let revoking = scope.spawn(|| patiently(|| revoke(world, client, token)).expect(200).json());
        world.clock.pass_until(|| revoking.is_finished());
        revoking.join().expect("an answer")
    })
}

fn patiently_inactive(world: &World, server: &Client, token: &str) {
    let request = world.introspection_request(server, token);
    assert_eq!(patiently(|| world.send(&request)).expect(200).text(), r#"{"active":false}"#);
}

/// The text of the one answer that reveals nothing.
const NOTHING: &str = "{}";

on_both_databases! {
    /// RV-01
    fn own_token_is_invalid_when_the_receipt_arrives(world: World) {
        let (server, credential) = furnished(&world);
        let (token, spared) = (world.token(&credential), world.token(&credential));
        world.assert_active(&server, &token);
        let answer = revoke(&world, &credential, &token).expect(200);
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        assert_eq!(answer.header("pragma"), Some("no-cache"));
        world.assert_inactive(&server, &token);
        world.send(&Request::get(&world.path("/whoami")).bearer(&token)).expect(401);

        let event = &events(&world, "access_token.revoke")[0];
        assert_eq!(answer.header("claviger-position"), Some(event["position"].to_string().as_str()));
        assert_eq!(event["target"]["id"], jwt::claims(&token)["jti"]);
        assert_eq!(event["actor"], json!({"kind": "client", "id": credential.id, "name": "nightly"}));
        let now = world.node().state.issuer.now().to_string();
        assert_eq!(answer.json(), json!({
            "position": event["position"], "waited_for": "nodes", "outcome": "confirmed", "took_ms": 0,
            "durability": "single",
            "confirmed": {"nodes": ["node-1"], "verifiers": []},
            "confirmed_after_ms": {"node-1": 0},
            "unconfirmed": {"nodes": [], "verifiers": []},
            "audiences": [{"audience": "https://builds.example.org", "tier": "T0", "last_heard_at": now}],
            "audiences_complete": true,
        }));
        for _ in 0..2 {
            world.assert_active(&server, &spared);
            world.assert_inactive(&server, &token);
            world.restart();
        }
    }

    /// RV-02
    fn ended_or_unknown_token_counts_as_revoked(world: World) {
        let (_, credential) = furnished(&world);
        let token = world.token(&credential);
        let first = revoke(&world, &credential, &token).expect(200).json();
        let again = revoke(&world, &credential, &token).expect(200).json();
        assert_eq!(again["position"], first["position"]);
        world.restart();
        let after_restart = revoke(&world, &credential, &token).expect(200).json();
        assert_eq!(after_restart["position"], first["position"]);
        assert_eq!(events(&world, "access_token.revoke").len(), 1);

        let expired = world.token(&credential);
        // Longer than two clocks may differ without an alarm.
        world.clock.advance_seconds(minutes(61) + 1);
        for unknown in [expired.as_str(), "garbled", "a.b.c", "é", &"x".repeat(60_000)] {
            assert_eq!(revoke(&world, &credential, unknown).expect(200).text(), NOTHING);
        }
        assert_eq!(events(&world, "access_token.revoke").len(), 1);
    }

    /// RV-01, T-15: a token has expired when every clock says so, not when only this machine's does.
    fn token_expired_only_by_the_local_clock_is_revoked(world: World) {
        let (server, credential) = furnished(&world);
        // Without an alarm: another server may be seconds behind this one.
        let token = world.token(&credential);
        world.clock.advance_seconds(minutes(60) + 4);
        assert!(revoke(&world, &credential, &token).expect(200).json()["position"].is_u64());
        // The clock is set forward while the server runs.
        let token = world.token(&credential);
        world.clock.jump_millis(2 * 3_600_000);
        assert!(patiently_revoke(&world, &credential, &token)["position"].is_u64());
        world.clock.jump_millis(-2 * 3_600_000);
        patiently_inactive(&world, &server, &token);
        world.restart();
        patiently_inactive(&world, &server, &token);
    }

    /// RV-04
    fn token_of_another_client_is_neither_revoked_nor_revealed(world: World) {
        let (server, credential) = furnished(&world);
        let other = world.credential("other", &["builders"]);
        let token = world.token(&credential);
        let (signed, _) = token.rsplit_once('.').expect("three parts");
        let forged = format!("{signed}.{}", jwt::encode([7; 64]));
        let body = json!({
            "description": "mine", "expires_at": "2027-02-28T12:00:00Z", "scopes": ["ci:read"],
        });
        let personal = world.admin("POST", "/personal-access-tokens", Some(body)).expect(201).json();
        let personal = personal["token"].as_str().expect("a token");
        for foreign in [token.as_str(), personal] {
            for caller in [&other, &server] {
                let answer = revoke(&world, caller, foreign).expect(200);
                let unknown = revoke(&world, caller, &forged).expect(200);
                assert_eq!(answer.text(), NOTHING);
                assert_eq!(answer.without_date(), unknown.without_date());
            }
            world.assert_active(&server, foreign);
        }
        assert_eq!(events(&world, "access_token.revoke").len(), 0);
    }

    /// RV-10
    fn thousand_concurrent_revocations_are_one(world: World) {
        let (server, credential) = furnished(&world);
        let token = world.token(&credential);
        let world = &world;
        let request = &revocation(world, &credential, &[("token", &token)]);
        let positions: Vec<Value> = thread::scope(|scope| {
            let batch = || (0..50).map(|_| world.send(request).expect(200).json()["position"].clone());
            let callers: Vec<_> =
                (0..20).map(|_| scope.spawn(move || batch().collect::<Vec<_>>())).collect();
            callers.into_iter().flat_map(|caller| caller.join().expect("all were answered")).collect()
        });
        let events = events(world, "access_token.revoke");
        assert_eq!(events.len(), 1);
        assert_eq!(positions.len(), 1_000);
        assert!(positions.iter().all(|position| *position == events[0]["position"]));
        world.assert_inactive(&server, &token);
    }

    /// RV-01, T-15: this includes a revocation that could be dropped, because its token seemed to have expired.
    fn clock_set_forward_and_back_restores_no_revoked_token(world: World) {
        let (server, credential) = furnished(&world);
        let (token, spared) = (world.token(&credential), world.token(&credential));
        revoke(&world, &credential, &token).expect(200);
        for (round, away) in [minutes(61), days(1) + minutes(62), days(80), -days(80)].iter().enumerate() {
            world.clock.advance_seconds(*away);
            // A write is answered after the node has dropped what it may.
            world.group(&format!("there {round}"), &[]);
            world.clock.advance_seconds(-*away);
            world.group(&format!("back {round}"), &[]);
            world.assert_inactive(&server, &token);
            world.assert_active(&server, &spared);
        }
    }

    /// RV-06
    fn uncommitted_revocation_is_unavailable_and_changes_nothing(world: World) {
        let (server, credential) = furnished(&world);
        let token = world.token(&credential);
        let head = world.node().state.administration.ledger.latest().position;
        // The log, the tables that each act changes, and the audit event, without which nothing is committed.
        let needed = [
            ("change_log", true, true),
            ("revoked_token", true, false),
            ("service_credential", false, true),
            ("audit_event", true, true),
        ];
        for (table, by_token, by_credential) in needed {
            statement(&world, &format!("ALTER TABLE {table} RENAME TO taken_away"));
            if by_token {
                let answer = revoke(&world, &credential, &token);
                assert_eq!(answer.header("retry-after"), Some("1"));
                answer.expect_oauth_error(503, "temporarily_unavailable");
            }
            if by_credential {
                let answer = world.revoke(&credential);
                assert_eq!(answer.header("retry-after"), Some("1"));
                answer.expect_problem(503, "unavailable");
            }
            world.assert_active(&server, &token);
            statement(&world, &format!("ALTER TABLE taken_away RENAME TO {table}"));
        }
        world.restart();
        world.assert_active(&server, &token);
        assert_eq!(world.node().state.administration.ledger.latest().position, head);
        revoke(&world, &credential, &token).expect(200);
        world.assert_inactive(&server, &token);
    }
}

/// RV-01, T-15
#[test]
fn token_is_revoked_by_a_server_that_starts_with_its_clock_ahead() {
    let mut world = World::start(Database::Postgres);
    let (server, credential) = furnished(&world);
    let token = world.token(&credential);
    world.clock.jump_millis(2 * 3_600_000);
    world.restart();
    world.send(&world.token_request(&credential, &[])).expect(503);
    let receipt = patiently_revoke(&world, &credential, &token);
    assert!(receipt["position"].is_u64(), "{receipt}");
    world.clock.jump_millis(-2 * 3_600_000);
    world.restart();
    world.assert_inactive(&server, &token);
    world.token(&credential);
}

/// RV-06
#[test]
fn revocation_without_a_database_is_unavailable_until_it_is_back() {
    let world = World::start(Database::Postgres);
    let (server, credential) = furnished(&world);
    let token = world.token(&credential);
    let (prefix, rest) = world.database_url.split_once(":///").expect("a URL");
    let (name, host) = rest.split_once('?').expect("a host");
    let elsewhere = format!("{prefix}:///postgres?{host}");
    let allow = |allowed: bool| {
        let sql = format!("ALTER DATABASE {name} WITH ALLOW_CONNECTIONS {allowed}");
        Postgres::shared().psql(&elsewhere, &sql);
    };
    allow(false);
    let end = format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'");
    assert!(Postgres::shared().psql(&elsewhere, &end).contains('t'));
    for _ in 0..3 {
        let answer = revoke(&world, &credential, &token);
        assert_eq!(answer.header("retry-after"), Some("1"));
        answer.expect_oauth_error(503, "temporarily_unavailable");
        world.assert_active(&server, &token);
    }
    allow(true);
    // The node has joined again. Answers that it may have given under its older row are waited out.
    let answer = std::thread::scope(|scope| {
        let revoking = scope.spawn(|| revoke(&world, &credential, &token).expect(200));
        world.clock.pass_until(|| revoking.is_finished());
        revoking.join().expect("an answer")
    });
    assert!(["confirmed", "waited_out"].contains(&answer.json()["outcome"].as_str().expect("an outcome")));
    world.assert_inactive(&server, &token);
    assert_eq!(events(&world, "access_token.revoke").len(), 1);
}

/// RV-03
#[test]
fn caller_must_be_a_client_and_name_a_token() {
    let world = World::start(Database::Sqlite);
    let (server, credential) = furnished(&world);
    let token = world.token(&credential);
    let wrong_key = Client { key: server.key.clone(), ..credential.clone() };
    let anonymous = Request::form(&world.path("/oauth2/revoke"), &[("token", &token)]);
    for answer in [
        revoke(&world, &wrong_key, &token),
        revoke(&world, &wrong_key, "unknown"),
        world.send(&anonymous),
        world.send(&anonymous.bearer(&token)),
        world.send(&revocation(&world, &wrong_key, &[])),
    ] {
        assert_eq!(answer.header("www-authenticate"), Some("Basic realm=\"claviger\""));
        answer.expect_oauth_error(401, "invalid_client");
    }
    let invalid: [&[(&str, &str)]; 4] = [
        &[],
        &[("token", "")],
        &[("token", &token), ("token", &token)],
        &[("token", &token), ("wait", "nobody")],
    ];
    for parameters in invalid {
        world.send(&revocation(&world, &credential, parameters)).expect_oauth_error(400, "invalid_request");
    }
    world.assert_active(&server, &token);
}

/// RV-05
#[test]
fn every_hint_and_none_revokes() {
    let world = World::start(Database::Sqlite);
    let (server, credential) = furnished(&world);
    for hint in ["access_token", "refresh_token", "nothing-known", ""] {
        let token = world.token(&credential);
        let parameters = [("token", token.as_str()), ("token_type_hint", hint)];
        world.send(&revocation(&world, &credential, &parameters)).expect(200);
        world.assert_inactive(&server, &token);
    }
    for wait in ["nodes", "verifiers"] {
        let token = world.token(&credential);
        let answer =
            world.send(&revocation(&world, &credential, &[("token", &token), ("wait", wait)])).expect(200);
        // No verifier is attached.
        assert_eq!(answer.json()["waited_for"], "nodes");
        world.assert_inactive(&server, &token);
    }
}

/// RV-07
#[test]
fn token_in_the_url_or_by_another_method_is_refused() {
    let world = World::start(Database::Sqlite);
    let (server, credential) = furnished(&world);
    let token = world.token(&credential);
    let path = world.path(&format!("/oauth2/revoke?token={token}"));
    for method in ["GET", "HEAD", "PUT", "DELETE"] {
        let request = Request::new(method, &path).basic(&credential.id, &credential.key);
        assert_eq!(world.send(&request).expect(405).header("allow"), Some("POST"));
    }
    for parameters in [&[][..], &[("token", token.as_str())][..]] {
        let request = Request::form(&path, parameters).basic(&credential.id, &credential.key);
        world.send(&request).expect_oauth_error(400, "invalid_request");
    }
    world.assert_active(&server, &token);
}
