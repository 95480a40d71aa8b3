//! `GET /realms/{realm}/oauth2/jwks`: public keys and nothing else (RFC 7517), and the signatures that they verify.

use claviger::crypto::{generate_key, sha256};
use claviger_domain::Algorithm;
use diesel::prelude::*;
use diesel::{SqliteConnection, sql_types};
use ring::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
use serde_json::{Value, json};

use crate::forger::Confusion;
use claviger_testkit::http::Request;
use claviger_testkit::jwt;
use claviger_testkit::world::{Database, World};

fn keys(world: &World) -> Vec<Value> {
    let set = world.send(&Request::get(&world.path("/oauth2/jwks"))).expect(200).json();
    set["keys"].as_array().expect("keys").clone()
}

/// JK-01
#[test]
fn each_key_states_its_use_and_has_a_unique_id() {
    let world = World::start(Database::Sqlite);
    let answer = world.send(&Request::get(&world.path("/oauth2/jwks"))).expect(200);
    assert_eq!(answer.header("content-type"), Some("application/jwk-set+json"));
    let keys = keys(&world);
    assert_eq!(keys.len(), 2, "the active one and the next");
    assert_ne!(keys[0]["kid"], keys[1]["kid"]);
    for key in &keys {
        let mut members: Vec<_> = key.as_object().expect("a key").keys().map(String::as_str).collect();
        members.sort_unstable();
        assert_eq!(members, ["alg", "crv", "kid", "kty", "use", "x", "y"]);
        let says = |name: &str| key[name].as_str().expect("a text");
        assert_eq!((says("kty"), says("use"), says("alg"), says("crv")), ("EC", "sig", "ES256", "P-256"));
    }
    world.send(&Request::get("/realms/nobody/oauth2/jwks")).expect(404);
    let token = world.token(&world.credential("nightly", &[]));
    assert!(keys.iter().any(|key| key["kid"] == jwt::header(&token)["kid"]));
}

const PRIVATE: [&str; 9] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"];

fn assert_public(what: &str, value: &Value) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                assert!(!PRIVATE.contains(&name.as_str()), "{what} has a member {name}");
                assert_public(what, value);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| assert_public(what, item)),
        _ => {}
    }
}

#[derive(QueryableByName)]
struct Stored {
    #[diesel(sql_type = sql_types::Text)]
    text: String,
}

/// JK-02
#[test]
fn no_private_member_is_in_any_answer_log_row_or_audit_event() {
    let world = World::start(Database::Sqlite);
    let credential = world.credential("nightly", &[]);
    world.revoke(&credential).expect(200);
    for path in [
        world.path("/oauth2/jwks"),
        world.path("/.well-known/oauth-authorization-server"),
        "/api/v1/realms/acme/signing-keys".into(),
        "/api/v1/realms/acme/audit-events?limit=200".into(),
        "/api/v1/realms/acme".into(),
        "/realms/nobody/oauth2/jwks".into(),
        "/api/v1/realms/acme/signing-keys/nothing".into(),
    ] {
        let answer = world.send(&Request::get(&path).bearer(&world.owner));
        assert_public(&path, &answer.json());
    }
    let path = world.database_url.strip_prefix("sqlite://").expect("a file");
    let mut database = SqliteConnection::establish(path).expect("the database");
    let mut rows = |sql: &str| diesel::sql_query(sql).load::<Stored>(&mut database).expect("rows");
    let log = rows("SELECT CAST(body AS TEXT) AS text FROM change_log");
    assert_eq!(log.iter().filter(|row| row.text.contains("signing_key_put")).count(), 4);
    let audit = rows("SELECT after AS text FROM audit_event WHERE after IS NOT NULL");
    let public = rows("SELECT public AS text FROM signing_key");
    for row in log.iter().chain(&audit).chain(&public) {
        assert_public(&row.text, &serde_json::from_str(&row.text).expect("JSON"));
    }
}

/// JK-03
#[test]
fn coordinates_keep_their_leading_zeros() {
    let world = World::start(Database::Sqlite);
    for key in keys(&world) {
        for coordinate in ["x", "y"] {
            assert_eq!(jwt::decode(key[coordinate].as_str().expect("a coordinate")).len(), 32);
        }
    }
    // One key in 128 has such a coordinate, so among 3,000 some do.
    let mut with_zero = 0;
    for _ in 0..3_000 {
        let key = generate_key(Algorithm::Es256).expect("a key").public;
        let (x, y) = (jwt::decode(&key.x.expect("x")), jwt::decode(&key.y.expect("y")));
        assert_eq!((x.len(), y.len()), (32, 32));
        with_zero += usize::from(x[0] == 0 || y[0] == 0);
    }
    assert!(with_zero > 0);
    let key = generate_key(Algorithm::EdDsa).expect("a key").public;
    assert_eq!((key.kty.as_str(), key.crv.as_deref(), key.y), ("OKP", Some("Ed25519"), None));
    assert_eq!(jwt::decode(&key.x.expect("x")).len(), 32);
}

/// JK-06
#[test]
fn key_ids_are_thumbprints() {
    let world = World::start(Database::Sqlite);
    for key in keys(&world) {
        let member = |name: &str| key[name].as_str().expect("a text");
        // Exactly these members in this order, without spaces (RFC 7638 §3.2).
        let input = format!(r#"{{"crv":"P-256","kty":"EC","x":"{}","y":"{}"}}"#, member("x"), member("y"));
        assert_eq!(member("kid"), jwt::encode(sha256(input.as_bytes()).0));
    }
}

/// JK-10
#[test]
fn key_set_is_small_cached_five_minutes_and_revalidated_by_etag() {
    let mut world = World::start(Database::Sqlite);
    let path = world.path("/oauth2/jwks");
    let answer = world.send(&Request::get(&path)).expect(200);
    assert!(answer.body.len() <= 64 * 1024);
    assert_eq!(answer.header("cache-control"), Some("public, max-age=300"));
    let tag = answer.header("etag").expect("a tag").to_owned();
    world.restart();
    let unchanged = world.send(&Request::get(&path).header("If-None-Match", &tag)).expect(304);
    assert_eq!((unchanged.header("etag"), unchanged.body.len()), (Some(tag.as_str()), 0));
    world.send(&Request::get(&path).header("If-None-Match", "\"other\"")).expect(200);
    let head = world.send(&Request::new("HEAD", &path)).expect(200);
    assert_eq!(head.header("etag"), Some(tag.as_str()));
}

/// The order of P-256 (FIPS 186-4 §D.1.2.3).
const ORDER: &str = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";

fn order() -> Vec<u8> {
    (0..64).step_by(2).map(|at| u8::from_str_radix(&ORDER[at..at + 2], 16).expect("a byte")).collect()
}

/// `order - s`: the other valid value.
fn complement(s: &[u8]) -> Vec<u8> {
    let mut borrow = 0;
    let mut result: Vec<u8> = order()
        .iter()
        .zip(s)
        .rev()
        .map(|(minuend, subtrahend)| {
            let difference = i16::from(*minuend) - i16::from(*subtrahend) - borrow;
            borrow = i16::from(difference < 0);
            u8::try_from(difference.rem_euclid(256)).expect("a byte")
        })
        .collect();
    result.reverse();
    result
}

fn with_signature(token: &str, signature: &[u8]) -> String {
    format!("{}.{}", token.rsplit_once('.').expect("three parts").0, jwt::encode(signature))
}

/// JK-07, S41
#[test]
fn signatures_are_64_raw_bytes_that_the_published_key_verifies() {
    let world = World::start(Database::Sqlite);
    let credential = world.credential("nightly", &[]);
    let keys = keys(&world);
    for _ in 0..20 {
        let token = world.token(&credential);
        let (signed, signature) = token.rsplit_once('.').expect("three parts");
        let signature = jwt::decode(signature);
        assert_eq!(signature.len(), 64);
        for half in signature.chunks(32) {
            assert!(half.iter().any(|byte| *byte != 0) && half < order().as_slice());
        }
        let kid = &jwt::header(&token)["kid"];
        let key = keys.iter().find(|key| key["kid"] == *kid).expect("a published key");
        let mut point = vec![0x04];
        point.extend(["x", "y"].iter().flat_map(|name| jwt::decode(key[name].as_str().expect("a text"))));
        let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point);
        key.verify(signed.as_bytes(), &signature).expect("a good signature");
    }
}

/// JK-07
#[test]
fn signature_in_any_other_form_is_refused() {
    let confusion = Confusion::start();
    let token = &confusion.token;
    let signature = jwt::decode(token.rsplit_once('.').expect("three parts").1);
    let (r, s) = signature.split_at(32);
    let (zero, one) = ([0; 32], [[0; 31].as_slice(), &[1]].concat());
    let integer = |half: &[u8]| {
        let digits: Vec<u8> = half.iter().copied().skip_while(|byte| *byte == 0).collect();
        let sign = if digits[0] >= 0x80 { vec![0] } else { Vec::new() };
        let length = u8::try_from(sign.len() + digits.len()).expect("short");
        [vec![0x02, length], sign, digits].concat()
    };
    let integers = [integer(r), integer(s)].concat();
    let der = [vec![0x30, u8::try_from(integers.len()).expect("short")], integers].concat();
    let wrong: [&[&[u8]]; 20] = [
        &[&zero, &zero],
        &[&zero, s],
        &[r, &zero],
        &[&one, &one],
        &[&order(), s],
        &[r, &order()],
        &[&order(), &order()],
        &[&[0xff; 32], s],
        &[r, &[0xff; 32]],
        &[s, r],
        &[&complement(r), s],
        &[&der],
        &[r],
        &[r, &s[..31]],
        &[r, s, &[0]],
        &[&[0], r, s],
        &[r, s, r, s],
        &[&[0]],
        &[&[0; 65]],
        &[&[0; 128]],
    ];
    for parts in wrong {
        confusion.refused(&with_signature(token, &parts.concat()));
    }
    confusion.refused(&with_signature(token, &[]));
    confusion.accepted(token);
}

/// JK-07: s and its complement are both valid, so a token has two spellings and one state.
#[test]
fn both_spellings_of_a_signature_are_one_token() {
    let confusion = Confusion::start();
    let (world, token) = (&confusion.world, &confusion.token);
    let signature = jwt::decode(token.rsplit_once('.').expect("three parts").1);
    let (r, s) = signature.split_at(32);
    let twin = with_signature(token, &[r, &complement(s)].concat());
    assert_ne!(twin, *token);
    confusion.accepted(token);
    confusion.accepted(&twin);
    let revoke = Request::form(&world.path("/oauth2/revoke"), &[("token", &twin)]);
    world.send(&revoke.basic(&confusion.credential.id, &confusion.credential.key)).expect(200);
    confusion.refused(token);
    confusion.refused(&twin);
}
