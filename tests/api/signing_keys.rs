//! AT-03, JK-04, JK-05, IN-08: keys are published before they sign, outlive their last token, and end when withdrawn.

use std::process::Command;

use serde_json::{Value, json};

use claviger_testkit::clock::{days, minutes};
use claviger_testkit::http::{Request, Response};
use claviger_testkit::jwt;
use claviger_testkit::on_both_databases;
use claviger_testkit::world::{Database, World};

fn keys(world: &World) -> Vec<Value> {
    world.admin("GET", "/signing-keys", None).expect(200).json()["items"].as_array().expect("items").clone()
}

pub fn kid_of(world: &World, status: &str) -> String {
    let keys = keys(world);
    let key =
        keys.iter().find(|key| key["status"] == status).unwrap_or_else(|| panic!("no {status}: {keys:?}"));
    key["kid"].as_str().expect("an id").to_owned()
}

fn published(world: &World) -> Vec<String> {
    let set = world.send(&Request::get(&world.path("/oauth2/jwks"))).expect(200).json();
    let keys = set["keys"].as_array().expect("keys");
    keys.iter().map(|key| key["kid"].as_str().expect("an id").to_owned()).collect()
}

fn signer(token: &str) -> String {
    jwt::header(token)["kid"].as_str().expect("a kid").to_owned()
}

pub fn rotate(world: &World) -> Response {
    world.admin("POST", "/signing-keys/rotate", None)
}

pub fn withdraw(world: &World, kid: &str) -> Response {
    world.admin("POST", &format!("/signing-keys/{kid}/withdraw"), None)
}

fn pem(arguments: &[&str]) -> String {
    let made = Command::new("openssl").args(arguments).output().expect("openssl is there");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    String::from_utf8(made.stdout).expect("PEM")
}

pub fn rsa(bits: &str) -> String {
    pem(&["genpkey", "-algorithm", "RSA", "-pkeyopt", &format!("rsa_keygen_bits:{bits}")])
}

on_both_databases! {
    fn keys_are_published_before_signing_and_until_the_last_token_ends(world: World) {
        let server = world.resource_server("api", "https://api.example");
        let credential = world.credential_with(json!({"name": "c", "validity_days": null, "token_ttl_seconds": 86_400}));
        let (first, second) = (kid_of(&world, "active"), kid_of(&world, "next"));
        assert_eq!(published(&world).len(), 2);
        assert!(published(&world).contains(&second), "published before anything is signed with it");

        // A client that fetched the key set just before the next key was added may keep it for five minutes.
        let early = rotate(&world).expect(409).json();
        assert!(early["detail"].as_str().unwrap().contains("may sign from"), "{early}");
        assert_eq!(kid_of(&world, "active"), first);
        world.clock.advance_seconds(minutes(5));
        let old = world.token(&credential);
        assert_eq!(signer(&old), first);
        let rotated = rotate(&world).expect(200).json();
        assert_eq!((&rotated["kid"], &rotated["status"]), (&json!(second), &json!("active")));

        let new = world.token(&credential);
        assert_eq!(signer(&new), second);
        let third = kid_of(&world, "next");
        let mut expected = vec![first.clone(), second.clone(), third.clone()];
        expected.sort();
        assert_eq!(published(&world), expected, "the old key, the new one, and the one after");
        world.assert_active(&server, &old);
        world.assert_active(&server, &new);
        assert_eq!(rotate(&world).status, 409, "the one after is as new as the second was");

        // The last token of the old key ends a day after the rotation, on clocks a minute behind.
        world.clock.advance_seconds(days(1) + 59);
        assert!(published(&world).contains(&first));
        world.clock.advance_seconds(2);
        let ledger = &world.node().state.administration.ledger;
        let now = ledger.trusted_now().expect("a clock that is right");
        claviger::administration::forget_ended_keys(ledger, now).expect("the database is there");
        assert_eq!(keys(&world).len(), 2);
        assert!(!published(&world).contains(&first));
        let events = world.admin("GET", "/audit-events?q=signing_key", None).expect(200).json();
        let actions: Vec<&str> =
            events["items"].as_array().unwrap().iter().map(|event| event["action"].as_str().unwrap()).collect();
        assert_eq!(actions, ["signing_key.end", "signing_key.rotate"]);
    }

    fn withdrawn_key_and_its_tokens_are_invalid_when_answered(world: World) {
        let server = world.resource_server("api", "https://api.example");
        let credential = world.credential("c", &[]);
        let (stolen, next) = (kid_of(&world, "active"), kid_of(&world, "next"));
        let token = world.token(&credential);
        world.assert_active(&server, &token);
        let receipt = withdraw(&world, &stolen).expect(200).json();
        assert_eq!(receipt["outcome"], "confirmed", "{receipt}");
        world.assert_inactive(&server, &token);
        assert!(!published(&world).contains(&stolen));
        assert_eq!(kid_of(&world, "active"), next, "however new it is");
        let again = world.token(&credential);
        assert_eq!(signer(&again), next);
        world.assert_active(&server, &again);
        assert_eq!(keys(&world).len(), 2, "and there is a next one");
        withdraw(&world, &stolen).expect(200);

        // The state that the tables give after a restart.
        world.restart();
        world.assert_inactive(&server, &token);
        world.assert_active(&server, &again);
        assert!(!published(&world).contains(&stolen));

        // A next key that was never used, and a retired key.
        let unused = kid_of(&world, "next");
        withdraw(&world, &unused).expect(200);
        assert_ne!(kid_of(&world, "next"), unused);
        world.assert_active(&server, &again);
        world.clock.advance_seconds(minutes(5));
        rotate(&world).expect(200);
        world.assert_active(&server, &again);
        let retired = kid_of(&world, "retired");
        assert_eq!(retired, next);
        withdraw(&world, &retired).expect(200);
        world.assert_inactive(&server, &again);
    }

    fn every_algorithm_signs_after_a_rotation(world: World) {
        let server = world.resource_server("api", "https://api.example");
        let credential = world.credential("c", &[]);
        let mut tokens = vec![world.token(&credential)];
        for (alg, key) in [
            ("RS256", Some(rsa("2048"))),
            ("PS256", Some(rsa("3072"))),
            ("EdDSA", None),
            ("EdDSA", Some(pem(&["genpkey", "-algorithm", "ED25519"]))),
            ("ES256", Some(pem(&["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"]))),
        ] {
            let body = match key {
                Some(key) => json!({"alg": alg, "private_key_pem": key}),
                None => json!({"alg": alg}),
            };
            let made = world.admin("POST", "/signing-keys", Some(body)).expect(201).json();
            assert_eq!((&made["alg"], &made["status"]), (&json!(alg), &json!("next")));
            assert!(published(&world).contains(&made["kid"].as_str().unwrap().to_owned()));
            world.clock.advance_seconds(minutes(5));
            rotate(&world).expect(200);
            let token = world.token(&credential);
            assert_eq!(jwt::header(&token)["alg"], alg);
            assert_eq!(jwt::header(&token)["kid"], made["kid"]);
            assert_listed_for_openid_clients(&world, alg);
            tokens.push(token);
            for token in &tokens {
                world.assert_active(&server, token);
            }
            let mut forged = token_with_another_signature(tokens.last().unwrap());
            world.assert_inactive(&server, &forged);
            forged.truncate(forged.len() - 1);
            world.assert_inactive(&server, &forged);
        }
        let set = world.send(&Request::get(&world.path("/oauth2/jwks"))).expect(200).json();
        let algorithms: Vec<&str> =
            set["keys"].as_array().unwrap().iter().map(|key| key["alg"].as_str().unwrap()).collect();
        for alg in ["RS256", "PS256", "EdDSA", "ES256"] {
            assert!(algorithms.contains(&alg), "{algorithms:?}");
        }
    }
}

/// OpenID clients refuse a token whose algorithm the metadata does not list, and the metadata without RS256.
fn assert_listed_for_openid_clients(world: &World, signs: &str) {
    let metadata = world.send(&Request::get(&world.path("/.well-known/openid-configuration"))).expect(200);
    let metadata = metadata.json();
    let listed = metadata["id_token_signing_alg_values_supported"].as_array().expect("a list").clone();
    assert_eq!(listed[0], signs, "the signing key's algorithm comes first");
    let set = world.send(&Request::get(&world.path("/oauth2/jwks"))).expect(200).json();
    let mut needed: Vec<Value> =
        set["keys"].as_array().expect("keys").iter().map(|key| key["alg"].clone()).collect();
    needed.push(json!("RS256"));
    for alg in &needed {
        assert_eq!(listed.iter().filter(|one| *one == alg).count(), 1, "{alg} in {listed:?}");
    }
    assert!(listed.iter().all(|alg| needed.contains(alg)), "{listed:?}");
}

fn token_with_another_signature(token: &str) -> String {
    let (signed, signature) = token.rsplit_once('.').expect("a token");
    let first = if signature.starts_with('A') { 'B' } else { 'A' };
    format!("{signed}.{first}{}", &signature[1..])
}

#[test]
fn invalid_key_is_refused_with_a_way_to_create_one() {
    let world = World::start(Database::Sqlite);
    let encrypted = pem(&[
        "genpkey",
        "-algorithm",
        "RSA",
        "-pkeyopt",
        "rsa_keygen_bits:2048",
        "-aes256",
        "-pass",
        "pass:x",
    ]);
    let elliptic = pem(&["ecparam", "-name", "prime256v1", "-genkey", "-noout"]);
    let p384 = pem(&["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384"]);
    let before = keys(&world);
    for (alg, key, says) in [
        ("RS256", None, "is required for RS256"),
        ("PS256", None, "openssl genpkey -algorithm RSA"),
        ("RS256", Some(encrypted), "encrypted"),
        ("ES256", Some(elliptic), "openssl pkcs8"),
        ("RS256", Some(p384.clone()), "not a key for RS256"),
        ("ES256", Some(p384), "not a key for ES256"),
        ("EdDSA", Some(rsa("2048")), "not a key for EdDSA"),
        ("RS256", Some(rsa("1024")), "2048 to 4096"),
        (
            "RS256",
            Some("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----".into()),
            "not a key for RS256",
        ),
        ("RS256", Some("key".into()), "PKCS#8"),
        ("RS256", Some(rsa("2048").repeat(2)), "PKCS#8"),
        ("RS256", Some(String::new()), "PKCS#8"),
    ] {
        let mut body = json!({"alg": alg});
        if let Some(key) = &key {
            body["private_key_pem"] = json!(key);
        }
        for path in ["/signing-keys", "/signing-keys/rotate"] {
            world.clock.advance_seconds(minutes(5));
            let refused = world.admin("POST", path, Some(body.clone())).expect(422);
            let problem = refused.json();
            assert_eq!(problem["errors"][0]["field"], "private_key_pem", "{problem}");
            assert!(problem["errors"][0]["detail"].as_str().unwrap().contains(says), "{says}: {problem}");
            if let Some(line) = key.as_ref().and_then(|key| key.lines().nth(1)) {
                assert!(!refused.text().contains(line), "nothing of what was handed over is said back");
            }
        }
    }
    for body in
        [json!({"alg": "HS256"}), json!({"alg": "none"}), json!({}), json!({"alg": "ES256", "kid": "x"})]
    {
        world.admin("POST", "/signing-keys", Some(body)).expect(422);
    }
    world.admin("POST", "/signing-keys/rotate", Some(json!({"private_key_pem": rsa("2048")}))).expect(422);
    assert_eq!(keys(&world), before, "nothing was changed");
}

#[test]
fn key_belongs_to_one_realm_and_is_imported_once() {
    let world = World::start(Database::Sqlite);
    let key = rsa("2048");
    let body = json!({"alg": "RS256", "private_key_pem": key});
    world.admin("POST", "/signing-keys", Some(body.clone())).expect(201);
    world.admin("POST", "/signing-keys", Some(body.clone())).expect(409);
    let other = world.create_realm("other");
    let path = "/api/v1/realms/other/signing-keys";
    world.send(&Request::json("POST", path, &body).bearer(&other)).expect(409);
}

#[test]
fn realm_of_rsa_keys_has_a_next_key_even_after_a_withdrawal() {
    let world = World::start(Database::Sqlite);
    world.admin("PATCH", "", Some(json!({"default_alg": "RS256"}))).expect(200);
    world.clock.advance_seconds(minutes(5));
    let refused = rotate(&world).expect(422).json();
    assert_eq!(refused["errors"][0]["field"], "private_key_pem");
    let body = json!({"alg": "RS256", "private_key_pem": rsa("2048")});
    world.admin("POST", "/signing-keys/rotate", Some(body)).expect(200);
    assert_eq!(
        jwt::header(&world.token(&world.credential("c", &[])))["alg"],
        "ES256",
        "the next key of before"
    );
    withdraw(&world, &kid_of(&world, "active")).expect(200);
    assert_eq!(keys(&world).iter().filter(|key| key["status"] == "next").count(), 1);
    assert_eq!(jwt::header(&world.token(&world.credential("d", &[])))["alg"], "RS256");
}
