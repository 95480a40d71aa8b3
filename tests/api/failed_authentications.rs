//! Failed authentications reveal nothing and are rate-limited; a valid key is never delayed.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4, TcpStream};
use std::time::Duration;

use rustix::net::{AddressFamily, SocketType, bind, connect, socket};
use serde_json::json;

use claviger_testkit::clock::days;
use claviger_testkit::http::{Request, Response};
use claviger_testkit::on_both_databases;
use claviger_testkit::world::{Client, Database, World};

const WRONG: &str = "clvk_0000000000000000000000000000000000000";

fn with_key(client: &Client, key: &str) -> Client {
    Client { key: key.to_owned(), ..client.clone() }
}

/// A well-formed id that no client has.
fn unknown(number: u32) -> Client {
    Client { id: format!("00000000-0000-4000-8000-{number:012}"), key: WRONG.into(), name: String::new() }
}

fn ask(world: &World, client: &Client) -> Response {
    world.send(&world.token_request(client, &[]))
}

#[track_caller]
fn assert_must_wait(answer: Response) -> u64 {
    let answer = answer.expect_oauth_error(429, "invalid_client");
    let seconds = answer.header("retry-after").expect("Retry-After").parse().expect("whole seconds");
    assert!(seconds > 0);
    seconds
}

/// The answer, and how many digests were computed for it.
fn answer_and_work(world: &World, request: &Request) -> (Response, u64) {
    let digester = world.node().keyring.digester();
    let before = digester.digests_made();
    let answer = world.send(request);
    (answer.without_date(), digester.digests_made() - before)
}

on_both_databases! {
    /// T-02, TE-06, TE-20: one status, one set of headers, one body, and one digest for every failure.
    fn failures_do_not_reveal_which_clients_exist(world: World) {
        let live = world.credential("live", &[]);
        let revoked = world.credential("revoked", &[]);
        let expired = world.credential_with(json!({"name": "expired", "validity_days": 30}));
        let server = world.resource_server("builds", "https://builds.example.org");
        let deleted = world.resource_server("gone", "https://gone.example.org");
        world.revoke(&revoked).expect(200);
        world.admin("DELETE", &format!("/resource-servers/{}", deleted.id), None).expect(200);
        world.clock.advance_seconds(days(30));
        let upper = Client { id: live.id.to_ascii_uppercase(), ..live.clone() };
        let no_id = Client { id: "nightly".into(), ..live.clone() };
        let wrong = [
            ("wrong key", with_key(&live, WRONG)),
            ("nearly the right key", with_key(&live, &live.key[..live.key.len() - 1])),
            ("empty key", with_key(&live, "")),
            ("another client's key", with_key(&live, &revoked.key)),
            ("wrong key of a resource server", with_key(&server, WRONG)),
            ("unknown client", unknown(1)),
            ("nil id", Client { id: "00000000-0000-0000-0000-000000000000".into(), ..live.clone() }),
            ("no id of ours", no_id),
            ("id in upper case", upper),
            ("revoked, right key", revoked.clone()),
            ("revoked, wrong key", with_key(&revoked, WRONG)),
            ("expired, right key", expired.clone()),
            ("expired, wrong key", with_key(&expired, WRONG)),
            ("deleted resource server", deleted),
        ];
        let (expected, work) = answer_and_work(&world, &world.token_request(&unknown(0), &[]));
        assert_eq!(work, 1);
        let expected = expected.expect_oauth_error(401, "invalid_client");
        assert_eq!(expected.header("www-authenticate"), Some("Basic realm=\"claviger\""));
        for (what, client) in wrong {
            let by_header = world.token_request(&client, &[]);
            assert_eq!(answer_and_work(&world, &by_header), (expected.clone(), 1), "{what}");
            // A request for something unknown or not granted must not reveal more.
            let asking = world.token_request(&client, &[("scope", "a:b"), ("resource", "urn:x")]);
            assert_eq!(answer_and_work(&world, &asking), (expected.clone(), 1), "{what}");
            if !client.key.is_empty() {
                let grant = ("grant_type", "client_credentials");
                let key = [grant, ("client_id", &client.id), ("client_secret", &client.key)];
                let by_form = Request::form(&world.path("/oauth2/token"), &key);
                assert_eq!(answer_and_work(&world, &by_form), (expected.clone(), 1), "{what}, in the form");
            }
        }
        let grant = [("grant_type", "client_credentials")];
        let nowhere = Request::form("/realms/nowhere/oauth2/token", &grant).basic(&live.id, &live.key);
        assert_eq!(answer_and_work(&world, &nowhere), (expected, 1), "unknown realm");
        let (right, work) = answer_and_work(&world, &world.token_request(&live, &[]));
        assert_eq!((right.status, work), (200, 1));
    }

    /// S35: without the key nothing is issued, and earlier tokens are not affected.
    fn invalid_or_missing_key_gets_nothing_and_ends_nothing(world: World) {
        let server = world.resource_server("builds", "https://builds.example.org");
        let credential = world.credential("nightly", &[]);
        let token = world.token(&credential);
        let grant = ("grant_type", "client_credentials");
        let keyless = Request::form(&world.path("/oauth2/token"), &[grant, ("client_id", &credential.id)]);
        for _ in 0..3 {
            ask(&world, &with_key(&credential, WRONG)).expect_oauth_error(401, "invalid_client");
            ask(&world, &with_key(&credential, "")).expect_oauth_error(401, "invalid_client");
            world.send(&keyless).expect_oauth_error(401, "invalid_client");
        }
        world.assert_active(&server, &token);
        ask(&world, &credential).expect(200);
    }

    /// S56, S57: only the revoked credential is refused. Its name may be used again under another id.
    fn revoked_credential_gets_no_token_and_others_do(world: World) {
        world.group("builders", &["ci:read"]);
        let server = world.resource_server("builds", "https://builds.example.org");
        let revoked = world.credential("nightly", &["builders"]);
        let neighbor = world.credential("weekly", &["builders"]);
        let (old, untouched) = (world.token(&revoked), world.token(&neighbor));
        world.revoke(&revoked).expect(200);
        ask(&world, &revoked).expect_oauth_error(401, "invalid_client");
        world.assert_inactive(&server, &old);
        world.assert_active(&server, &untouched);
        ask(&world, &neighbor).expect(200);
        let successor = world.credential("nightly", &["builders"]);
        assert_ne!(successor.id, revoked.id);
        world.assert_active(&server, &world.token(&successor));
        world.assert_inactive(&server, &old);
        ask(&world, &revoked).expect_oauth_error(401, "invalid_client");
    }
}

/// T-01, TE-26, S35: 5 per second and a burst of 100 per client id.
#[test]
fn failures_per_client_are_limited_without_affecting_others() {
    let world = World::start(Database::Sqlite);
    let (attacked, neighbor) = (world.credential("attacked", &[]), world.credential("neighbor", &[]));
    let guess = with_key(&attacked, WRONG);
    for _ in 0..100 {
        ask(&world, &guess).expect_oauth_error(401, "invalid_client");
    }
    let seconds = assert_must_wait(ask(&world, &guess));
    // The valid key is never locked out, and other clients are not affected.
    ask(&world, &attacked).expect(200);
    ask(&world, &neighbor).expect(200);
    ask(&world, &with_key(&neighbor, WRONG)).expect_oauth_error(401, "invalid_client");
    // One more attempt for every 200 ms. Refused attempts in between do not delay it.
    world.clock.advance_boot(Duration::from_millis(199));
    assert_must_wait(ask(&world, &guess));
    world.clock.advance_boot(Duration::from_millis(1));
    ask(&world, &guess).expect_oauth_error(401, "invalid_client");
    assert_must_wait(ask(&world, &guess));
    // After the announced wait, another attempt is allowed.
    world.clock.advance_boot(Duration::from_secs(seconds));
    ask(&world, &guess).expect_oauth_error(401, "invalid_client");
    ask(&world, &attacked).expect(200);
}

/// T-01: failures at introspection or revocation also count at the token endpoint.
#[test]
fn failures_at_every_endpoint_are_counted_together() {
    let world = World::start(Database::Sqlite);
    let server = world.resource_server("builds", "https://builds.example.org");
    let guess = with_key(&server, WRONG);
    let revocation =
        Request::form(&world.path("/oauth2/revoke"), &[("token", "x")]).basic(&guess.id, &guess.key);
    let introspection = world.introspection_request(&guess, "x");
    let endpoints = [world.token_request(&guess, &[]), introspection, revocation];
    for request in endpoints.iter().cycle().take(100) {
        world.send(request).expect_oauth_error(401, "invalid_client");
    }
    for request in &endpoints {
        assert_must_wait(world.send(request));
    }
    world.send(&world.introspection_request(&server, "x")).expect(200);
}

/// T-01: 10 per second and a burst of 300 per address, for any client id.
#[test]
fn failures_per_address_are_limited_without_affecting_others() {
    let world = World::start(Database::Sqlite);
    let credential = world.credential("nightly", &[]);
    for number in 0..300 {
        ask(&world, &unknown(number)).expect_oauth_error(401, "invalid_client");
    }
    assert_must_wait(ask(&world, &unknown(300)));
    assert_must_wait(ask(&world, &with_key(&credential, WRONG)));
    ask(&world, &credential).expect(200);
    // A header that any client can send does not change the address.
    let disguised = world.token_request(&unknown(301), &[]).header("X-Forwarded-For", "192.0.2.1");
    assert_must_wait(world.send(&disguised));
    assert_eq!(guess_from(Ipv4Addr::new(127, 0, 0, 2), world.address), 401);
    assert_eq!(guess_from(Ipv4Addr::LOCALHOST, world.address), 429);
    world.clock.advance_boot(Duration::from_millis(100));
    ask(&world, &unknown(302)).expect_oauth_error(401, "invalid_client");
    assert_must_wait(ask(&world, &unknown(303)));
}

/// The status of one invalid key, sent from one of this machine's own addresses.
fn guess_from(source: Ipv4Addr, server: SocketAddr) -> u16 {
    let socket = socket(AddressFamily::INET, SocketType::STREAM, None).expect("a socket");
    bind(&socket, &SocketAddrV4::new(source, 0)).expect("an address of this machine");
    connect(&socket, &server).expect("the server accepts");
    let mut stream = TcpStream::from(socket);
    let Client { id, key, .. } = unknown(999);
    let body = format!("grant_type=client_credentials&client_id={id}&client_secret={key}");
    let head = format!(
        "POST /realms/acme/oauth2/token HTTP/1.1\r\nHost: claviger\r\nConnection: close\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all((head + &body).as_bytes()).expect("the server reads");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("the server answers");
    answer.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status line")
}
