//! The cache of tokens that this node has issued or verified: it saves a signature check, and decides nothing.

use serde_json::json;

use crate::largest_token::credential_of_the_largest_token;
use crate::realm_suspension::suspend;
use crate::signing_keys::{kid_of, rotate, rsa, withdraw};
use claviger_testkit::clock::minutes;
use claviger_testkit::http::Request;
use claviger_testkit::jwt;
use claviger_testkit::on_both_databases;
use claviger_testkit::world::{Client, Database, World};

const BUILDS: &str = "https://builds.example.org";

/// How many tokens were found parsed, found with a known signature, and verified.
fn counts(world: &World) -> [u64; 3] {
    let counts = world.node().state.issuer.token_cache();
    [counts.found, counts.known_signatures, counts.verified]
}

/// What `act` adds to the counts.
fn counted(world: &World, act: impl FnOnce()) -> [u64; 3] {
    let before = counts(world);
    act();
    let after = counts(world);
    [after[0] - before[0], after[1] - before[1], after[2] - before[2]]
}

/// Makes the realm sign with this algorithm.
fn sign_with(world: &World, alg: &str) {
    let mut body = json!({"alg": alg});
    if alg != "EdDSA" && alg != "ES256" {
        body["private_key_pem"] = json!(rsa("2048"));
    }
    world.admin("POST", "/signing-keys", Some(body)).expect(201);
    world.clock.advance_seconds(minutes(5));
    rotate(world).expect(200);
}

#[test]
fn issued_token_needs_no_verification_and_reads_like_a_verified_one() {
    let mut world = World::start(Database::Sqlite);
    world.group("builders", &["ci:read", "source:read-update"]);
    let server = world.resource_server("builds", BUILDS);
    let credential = world.credential("nightly", &["builders"]);
    for alg in ["ES256", "EdDSA", "RS256", "PS256"] {
        sign_with(&world, alg);
        for parameters in [&[][..], &[("resource", BUILDS), ("scope", "ci:read")][..]] {
            let token = world.token_with(&credential, parameters);
            assert_eq!(jwt::header(&token)["alg"], alg);
            let mut answers = Vec::new();
            let mut ask = |world: &World| answers.push(world.introspect(&server, &token));
            assert_eq!(counted(&world, || ask(&world)), [0, 1, 0], "{alg}: signed here");
            assert_eq!(counted(&world, || ask(&world)), [1, 0, 0], "{alg}: presented before");
            world.restart();
            assert_eq!(counted(&world, || ask(&world)), [0, 0, 1], "{alg}: signed by another process");
            assert_eq!(counted(&world, || ask(&world)), [1, 0, 0], "{alg}: verified once");
            let mut expected = jwt::claims(&token);
            expected["active"] = json!(true);
            expected["token_type"] = json!("Bearer");
            assert!(answers.iter().all(|answer| *answer == expected), "{answers:?}");
        }
    }
}

#[test]
fn one_changed_bit_is_another_token() {
    let world = World::start(Database::Sqlite);
    let server = world.resource_server("builds", BUILDS);
    let token = world.token(&world.credential("nightly", &[]));
    let changed = |seen: u64| {
        let mut tried = 0;
        for at in 0..token.len() {
            let mut bytes = token.clone().into_bytes();
            bytes[at] ^= 1;
            let Ok(text) = String::from_utf8(bytes) else { continue };
            let known = counted(&world, || world.assert_inactive(&server, &text));
            assert_eq!([known[0], known[1]], [0, 0], "byte {at} of {text}");
            tried += 1;
        }
        assert!(tried > 400 && counts(&world)[0] == seen);
    };
    changed(0);
    assert_eq!(counted(&world, || world.assert_active(&server, &token)), [0, 1, 0]);
    changed(0);
    assert_eq!(counted(&world, || world.assert_active(&server, &token)), [1, 0, 0]);
}

/// A reason for which a token is invalid, and the act that causes it.
type Reason = (&'static str, fn(&World, &Client, &str));

const REASONS: [Reason; 8] = [
    ("expiry", |world, _, _| world.clock.advance_seconds(minutes(60))),
    ("the token's revocation", |world, credential, token| {
        let revoke = Request::form(&world.path("/oauth2/revoke"), &[("token", token)]);
        world.send(&revoke.basic(&credential.id, &credential.key)).expect(200);
    }),
    ("the credential's revocation", |world, credential, _| {
        world.revoke(credential).expect(200);
    }),
    ("a cut of the group", |world, _, _| {
        world.admin("PATCH", "/groups/builders", Some(json!({"scopes": []}))).expect(200);
    }),
    ("a withdrawn key", |world, _, _| {
        withdraw(world, &kid_of(world, "active")).expect(200);
    }),
    ("a withdrawn retired key", |world, _, _| {
        let active = kid_of(world, "active");
        world.clock.advance_seconds(minutes(5));
        rotate(world).expect(200);
        withdraw(world, &active).expect(200);
    }),
    ("the audience's end", |world, _, _| {
        let servers = world.admin("GET", "/resource-servers?limit=200", None).expect(200).json();
        let items = servers["items"].as_array().expect("items");
        let target =
            items.iter().find(|item| item["audience"] == "https://target.example").expect("it is there");
        world.admin("DELETE", &format!("/resource-servers/{}", target["id"].as_str().unwrap()), None);
    }),
    ("the realm's suspension", |world, _, _| suspend(world, true)),
];

on_both_databases! {
    fn every_reason_is_checked_on_every_hit(world: World) {
        for (index, (reason, kill)) in REASONS.into_iter().enumerate() {
            world.realm = format!("realm-{index}");
            world.owner = world.create_realm(&world.realm.clone());
            world.group("builders", &["ci:read"]);
            let server = world.resource_server("builds", BUILDS);
            world.resource_server("target", "https://target.example");
            let credential = world.credential("nightly", &["builders"]);
            let resource = &[("resource", "https://target.example")];
            let parameters = if reason == "the audience's end" { &resource[..] } else { &[] };
            let issued = world.token_with(&credential, parameters);
            let presented = world.token_with(&credential, parameters);
            let other = world.token(&credential);
            let is_active = |token: &str| {
                let whoami = Request::get(&world.path("/whoami")).bearer(token);
                world.send(&whoami).status == 200
            };
            assert!(is_active(&presented), "{reason}");
            let revoked = if reason == "the token's revocation" { [&presented, &issued] } else { [&other, &other] };
            kill(&world, &credential, revoked[0]);
            if reason == "the token's revocation" {
                kill(&world, &credential, revoked[1]);
            }
            assert!(!is_active(&presented), "{reason}: a token that was presented before");
            assert!(!is_active(&issued), "{reason}: a token that was issued only");
            if reason != "the realm's suspension" {
                world.assert_inactive(&server, &presented);
                world.assert_inactive(&server, &issued);
            }
        }
    }
}

#[test]
fn cached_token_of_one_realm_is_invalid_in_another() {
    let mut world = World::start(Database::Sqlite);
    let (server, token) =
        (world.resource_server("builds", BUILDS), world.token(&world.credential("nightly", &[])));
    let issued_only = world.token(&world.credential("second", &[]));
    world.assert_active(&server, &token);
    world.owner = world.create_realm("other");
    world.realm = "other".into();
    let stranger = world.resource_server("builds", BUILDS);
    world.assert_inactive(&stranger, &token);
    world.assert_inactive(&stranger, &issued_only);
    assert_eq!(world.send(&Request::get(&world.path("/whoami")).bearer(&token)).status, 401);
    world.realm = "acme".into();
    world.assert_active(&server, &token);
    world.assert_active(&server, &issued_only);
}

#[test]
fn cache_of_large_tokens_stays_within_its_bytes() {
    let mut world = World::start(Database::Sqlite);
    world.token_cache_bytes = 4 * 1024 * 1024;
    world.restart();
    let server = world.resource_server("builds", BUILDS);
    let credential = credential_of_the_largest_token(&world);
    let mut tokens = Vec::new();
    for _ in 0..300 {
        let token = world.token(&credential);
        assert!(token.len() > 8_000, "{}", token.len());
        world.assert_active(&server, &token);
        tokens.push(token);
        let bytes = world.node().state.issuer.token_cache().bytes;
        assert!(bytes <= 4 * 1024 * 1024, "{bytes}");
    }
    let bytes = world.node().state.issuer.token_cache().bytes;
    assert!(bytes > 1024 * 1024, "it is used: {bytes}");
    // Not all of them fit. Of some, only the fact that it was signed here is left in the cache.
    let is_left_out = |token: &String| counted(&world, || world.assert_active(&server, token)) == [0, 1, 0];
    assert!(tokens.iter().any(is_left_out), "more than {bytes} bytes are in the cache");
}

#[test]
fn cache_of_zero_bytes_is_disabled() {
    let mut world = World::start(Database::Sqlite);
    world.token_cache_bytes = 0;
    world.restart();
    let server = world.resource_server("builds", BUILDS);
    let token = world.token(&world.credential("nightly", &[]));
    assert_eq!(counted(&world, || world.assert_active(&server, &token)), [0, 0, 1]);
    assert_eq!(counted(&world, || world.assert_active(&server, &token)), [0, 0, 1]);
    assert_eq!(world.node().state.issuer.token_cache().bytes, 0);
}
