//! The access token: a JWT (RFC 9068) with its subject, audience, lifetime and log position.

use std::collections::HashSet;

use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde::Deserialize;
use serde_json::{Value, json};

use claviger_testkit::clock::days;
use claviger_testkit::http::Request;
use claviger_testkit::jwt;
use claviger_testkit::on_both_databases;
use claviger_testkit::world::{Client, Database, World};

const BUILDS: &str = "https://builds.example.org";

fn world_with_a_credential() -> (World, Client) {
    let world = World::start(Database::Sqlite);
    world.group("builders", &["ci:read", "source:read-update"]);
    let credential = world.credential("nightly", &["builders"]);
    (world, credential)
}

fn key_set(world: &World) -> Value {
    world.send(&Request::get(&world.path("/oauth2/jwks"))).expect(200).json()
}

fn whoami_status(world: &World, token: &str) -> u16 {
    world.send(&Request::get(&world.path("/whoami")).bearer(token)).status
}

/// AT-01.
#[test]
fn header_names_the_type_and_the_published_signing_key() {
    let (world, credential) = world_with_a_credential();
    let header = jwt::header(&world.token(&credential));
    let members: Vec<&String> = header.as_object().expect("an object").keys().collect();
    assert_eq!(members, ["alg", "kid", "typ"]);
    assert_eq!(header["typ"], "at+jwt");
    assert_eq!(header["alg"], "ES256");
    let keys = key_set(&world);
    let published = keys["keys"].as_array().expect("keys").iter().filter(|key| key["kid"] == header["kid"]);
    assert_eq!(published.count(), 1, "{keys}");
}

/// AT-02, AT-04, AT-05, S5: every claim of the profile and no other, and nothing about people.
#[test]
fn claims_match_the_profile_and_name_no_person() {
    let (world, credential) = world_with_a_credential();
    let claims = jwt::claims(&world.token(&credential));
    let members: Vec<&String> = claims.as_object().expect("an object").keys().collect();
    assert_eq!(
        members,
        ["aud", "client_id", "exp", "groups", "iat", "iss", "jti", "pos", "realm", "scope", "sub"]
    );
    assert_eq!(claims["iss"], json!(world.issuer()));
    // The documented default is the whole realm, whose audience is its issuer.
    assert_eq!(claims["aud"], json!(world.issuer()));
    assert_eq!((&claims["sub"], &claims["client_id"]), (&json!(credential.id), &json!(credential.id)));
    assert_eq!(claims["iat"], 1_801_396_800, "2027-01-31T12:00:00Z");
    assert_eq!(claims["exp"], 1_801_396_800 + 3_600);
    assert_eq!(claims["scope"], "ci:read source:read-update");
    assert_eq!(claims["groups"], json!(["builders"]));
    assert_eq!(claims["realm"], "acme");
    assert!(claims["pos"].is_u64());
    assert_eq!(jwt::decode(claims["jti"].as_str().expect("a text")).len(), 16);
}

/// S5: an organization acts, so neither tokens nor events name a member for the work of a pipeline.
#[test]
fn getting_and_using_a_token_leaves_no_trace_of_a_member() {
    let (world, credential) = world_with_a_credential();
    let events = || world.admin("GET", "/audit-events?limit=200", None).expect(200).json();
    let before = events();
    let token = world.token(&credential);
    let who = world.send(&Request::get(&world.path("/whoami")).bearer(&token)).expect(200).json();
    assert_eq!((&who["kind"], &who["sub"]), (&json!("service_credential"), &json!(credential.id)));
    assert_eq!(events(), before);
    let members = world.admin("GET", "/members", None).expect(200).json();
    let owner = members["items"][0]["id"].as_str().expect("an id");
    let claims = jwt::claims(&token).to_string();
    assert!(!claims.contains(owner) && !claims.contains("holder@acme.example"), "{claims}");
}

/// AT-04.
#[test]
fn token_with_ten_scopes_and_a_group_fits_in_a_kibibyte() {
    let world = World::start(Database::Sqlite);
    let scopes: Vec<String> = (0..10).map(|number| format!("studio-{number}:read-update")).collect();
    world.group("Tech Products", &scopes.iter().map(String::as_str).collect::<Vec<_>>());
    let token = world.token(&world.credential("nightly", &["Tech Products"]));
    assert_eq!(jwt::claims(&token)["scope"].as_str().map(|scope| scope.split(' ').count()), Some(10));
    assert!(token.len() <= 1024, "{}", token.len());
}

/// AT-06 (RFC 9700 §4.15): no client can choose an id that equals another principal's `sub`.
#[test]
fn client_id_is_chosen_by_the_server() {
    let (world, credential) = world_with_a_credential();
    for member in ["client_id", "id", "sub"] {
        let mut body = json!({"name": "mimic", "validity_days": 90, "token_ttl_seconds": 3600});
        body[member] = json!(credential.id);
        world.admin("POST", "/service-credentials", Some(body)).expect_problem(422, "invalid");
    }
}

/// AT-02: 128 random bits.
#[test]
fn no_two_of_a_thousand_tokens_share_an_id() {
    let (world, credential) = world_with_a_credential();
    let ids: HashSet<String> =
        (0..1_000).map(|_| jwt::claims(&world.token(&credential))["jti"].to_string()).collect();
    assert_eq!(ids.len(), 1_000);
}

/// AT-07, S22: the five presets of the brief, and nothing outside the bounds.
#[test]
fn token_lifetime_is_exactly_that_of_its_credential() {
    let (world, _) = world_with_a_credential();
    for seconds in [900, 3_600, 7_200, 28_800, 86_400] {
        let name = format!("lives {seconds} s");
        let credential = world.credential_with(json!({"name": name, "token_ttl_seconds": seconds}));
        let answer = world.send(&world.token_request(&credential, &[])).expect(200).json();
        let claims = jwt::claims(answer["access_token"].as_str().expect("a token"));
        let lifetime = claims["exp"].as_i64().zip(claims["iat"].as_i64()).map(|(exp, iat)| exp - iat);
        assert_eq!((answer["expires_in"].as_i64(), lifetime), (Some(seconds), Some(seconds)));
    }
    for seconds in [json!(899), json!(86_401), json!(86_460), json!(901), json!(0), json!(-900), json!("900")]
    {
        let body = json!({"name": "odd", "validity_days": 90, "token_ttl_seconds": seconds});
        let answer = world.admin("POST", "/service-credentials", Some(body)).expect_problem(422, "invalid");
        assert_eq!(answer.json()["errors"][0]["field"], "token_ttl_seconds");
    }
}

on_both_databases! {
    /// S23: expiry has no leeway here.
    fn token_is_active_up_to_the_second_of_its_end(world: World) {
        let server = world.resource_server("builds", BUILDS);
        let token = world.token(&world.credential("nightly", &[]));
        world.clock.advance_seconds(3_599);
        world.assert_active(&server, &token);
        assert_eq!(whoami_status(&world, &token), 200);
        world.clock.advance_seconds(1);
        world.assert_inactive(&server, &token);
        assert_eq!(whoami_status(&world, &token), 401);
    }

    /// S20: the last token and everything else end with the credential.
    fn credential_and_its_tokens_end_at_the_announced_second(world: World) {
        let server = world.resource_server("builds", BUILDS);
        let parts = json!({"name": "short", "validity_days": 30, "token_ttl_seconds": 86_400});
        let credential = world.credential_with(parts);
        world.clock.advance_seconds(days(30) - 600);
        let answer = world.send(&world.token_request(&credential, &[])).expect(200).json();
        assert_eq!(answer["expires_in"].as_i64(), Some(600), "capped by the credential's own end");
        let token = answer["access_token"].as_str().expect("a token");
        let shown = world.admin("GET", &format!("/service-credentials/{}", credential.id), None).json();
        assert_eq!(shown["expires_at"], "2027-03-02T12:00:00Z");
        assert_eq!(jwt::claims(token)["exp"], 1_801_396_800 + days(30));
        world.clock.advance_seconds(599);
        world.assert_active(&server, token);
        world.send(&world.token_request(&credential, &[])).expect(200);
        world.clock.advance_seconds(1);
        world.send(&world.token_request(&credential, &[])).expect_oauth_error(401, "invalid_client");
        world.assert_inactive(&server, token);
        assert_eq!(whoami_status(&world, token), 401);
    }

    /// S21.
    fn credential_that_never_expires_works_after_ten_years(world: World) {
        let server = world.resource_server("builds", BUILDS);
        let credential = world.credential_with(json!({"name": "eternal", "validity_days": null}));
        let shown = world.admin("GET", &format!("/service-credentials/{}", credential.id), None).json();
        assert_eq!((&shown["expires_at"], &shown["validity_days"]), (&Value::Null, &Value::Null));
        world.clock.advance_seconds(days(3_653));
        world.assert_active(&server, &world.token(&credential));
    }

    /// Cuts compare this position. It advances with the log, not with the tokens.
    fn position_is_that_of_the_log_at_issuance(world: World) {
        let credential = world.credential("nightly", &[]);
        let position = || jwt::claims(&world.token(&credential))["pos"].as_u64().expect("a number");
        let first = position();
        assert_eq!(position(), first);
        let written = world.admin("POST", "/scopes", Some(json!({"scope": "ci:read"}))).expect(201);
        assert_eq!(written.header("claviger-position"), Some((first + 1).to_string().as_str()));
        assert_eq!(position(), first + 1);
    }
}

/// S40: realms share a server and nothing else.
#[test]
fn token_and_key_of_one_realm_are_invalid_in_another() {
    let (mut world, credential) = world_with_a_credential();
    let token = world.token(&credential);
    let home = key_set(&world);
    world.owner = world.create_realm("globex");
    world.realm = "globex".into();
    let server = world.resource_server("builds", BUILDS);
    world.send(&world.token_request(&credential, &[])).expect_oauth_error(401, "invalid_client");
    world.assert_inactive(&server, &token);
    assert_eq!(whoami_status(&world, &token), 401);
    let abroad = key_set(&world);
    assert_eq!(decode(&home, &token).map(|claims| claims.client_id), Ok(credential.id));
    let mut mislabelled = abroad.clone();
    mislabelled["keys"][0]["kid"] = jwt::header(&token)["kid"].clone();
    for keys in [&abroad, &mislabelled] {
        assert!(decode(keys, &token).is_err());
    }
}

/// AT-08: a verifier that does not know `pos` ignores it (RFC 7519 §4).
#[test]
fn third_party_library_verifies_the_token_by_the_published_keys() {
    let (world, credential) = world_with_a_credential();
    world.resource_server("builds", BUILDS);
    let token = world.token_with(&credential, &[("resource", BUILDS)]);
    let keys = key_set(&world);
    let claims = decode(&keys, &token).expect("a token to trust");
    assert_eq!((claims.iss, claims.aud), (world.issuer(), BUILDS.to_owned()));
    let forged = jwt::claims(&token).to_string().replace("ci:read", "ci:admin");
    assert!(decode(&keys, &jwt::with_parts(&token, None, Some(&forged))).is_err());
}

#[derive(Debug, PartialEq, Deserialize)]
struct KnownClaims {
    iss: String,
    aud: String,
    client_id: String,
}

/// Verifies like a resource server that has only `jsonwebtoken` and the JWKS. The expiry is not checked here, because
/// this library reads the real clock, and the tokens follow a clock that stands still.
fn decode(keys: &Value, token: &str) -> Result<KnownClaims, String> {
    let keys: JwkSet = serde_json::from_value(keys.clone()).expect("a key set");
    let header = jsonwebtoken::decode_header(token).map_err(|error| error.to_string())?;
    let key = keys.find(&header.kid.expect("a kid")).ok_or("no such key")?;
    let mut validation = Validation::new(Algorithm::ES256);
    validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
    validation.validate_exp = false;
    validation.validate_aud = false;
    let key = DecodingKey::from_jwk(key).expect("a key");
    jsonwebtoken::decode(token, &key, &validation).map(|data| data.claims).map_err(|error| error.to_string())
}
