//! JK-08, BC-01 to BC-06: forged tokens are refused, and no address in one is ever connected to.

use std::net::TcpListener;

use claviger_verifier::testing::Issuer;
use claviger_verifier::{Refused, Verifier};
use serde_json::{Value, json};

use crate::support::fake_issuer::FakeIssuer;
use crate::support::{accepts, any, eventually};

struct Forgery {
    fake: FakeIssuer,
    verifier: Verifier,
    stranger: Issuer,
    header: Value,
    claims: Value,
}

impl Forgery {
    fn start() -> Self {
        let fake = FakeIssuer::start();
        let verifier = fake.verifier();
        let token = fake.issuer.mint().scope("ci:read").sign();
        eventually("accepted", || accepts(&verifier, &token));
        let parsed = claviger_contract::UnverifiedAccessToken::parse(&token).unwrap();
        let (header, claims) = (json!(parsed.header), json!(parsed.claims));
        Self { stranger: Issuer::new(fake.issuer.url()), fake, verifier, header, claims }
    }

    /// Also with a right signature.
    fn is_refused(&self, header: &str, claims: &str) {
        for signer in [&self.fake.issuer, &self.stranger] {
            let token = signer.sign_text(header, claims);
            let refused = self.verifier.verify_or_introspect(&token, &any());
            assert!(matches!(refused, Err(Refused::Invalid(_))), "{header} {claims}: {refused:?}");
        }
    }
}

#[test]
fn no_address_in_a_header_is_connected_to_and_no_key_in_it_is_used() {
    let forgery = Forgery::start();
    let canary = TcpListener::bind("127.0.0.1:0").unwrap();
    canary.set_nonblocking(true).unwrap();
    let url = format!("http://{}/keys", canary.local_addr().unwrap());
    let own: Value = serde_json::from_str::<Value>(&forgery.stranger.key_set()).unwrap()["keys"][0].clone();
    let members = [
        ("jku", json!(url)),
        ("x5u", json!(url)),
        ("jwk", own.clone()),
        ("x5c", json!(["MIIB"])),
        ("iss", json!(url)),
        ("kid", json!(url)),
        ("crit", json!(["exp"])),
        ("crit", json!([])),
        ("b64", json!(false)),
        ("zip", json!("DEF")),
        ("cty", json!("JWT")),
    ];
    for (name, value) in members {
        let mut header = forgery.header.clone();
        header[name] = value;
        for kid in [forgery.header["kid"].clone(), own["kid"].clone()] {
            if name != "kid" {
                header["kid"] = kid;
            }
            // A `kid` that is not known is looked for once, at the issuer.
            let token = forgery.stranger.sign_text(&header.to_string(), &forgery.claims.to_string());
            assert!(forgery.verifier.verify_or_introspect(&token, &any()).is_err(), "{header}");
        }
    }
    assert_eq!(canary.accept().unwrap_err().kind(), std::io::ErrorKind::WouldBlock, "nobody connected");
    // The canary does see a connection.
    drop(std::net::TcpStream::connect(canary.local_addr().unwrap()).unwrap());
    eventually("a connection", || canary.accept().is_ok());
}

#[test]
fn header_and_claims_are_read_strictly() {
    let forgery = Forgery::start();
    let (header, claims) = (forgery.header.to_string(), forgery.claims.to_string());
    for alg in
        ["none", "None", "NONE", "", "HS256", "ES384", "RS256", "es256", "PBES2-HS256+A128KW", "RSA1_5"]
    {
        let mut header = forgery.header.clone();
        header["alg"] = json!(alg);
        forgery.is_refused(&header.to_string(), &claims);
    }
    for typ in ["JWT", "rt+jwt", "dpop+jwt", "secevent+jwt", "token-introspection+jwt", "statuslist+jwt", ""]
    {
        let mut header = forgery.header.clone();
        header["typ"] = json!(typ);
        forgery.is_refused(&header.to_string(), &claims);
    }
    for (name, value) in [
        ("iss", json!("https://elsewhere.example/realms/acme")),
        ("aud", json!("https://other.example")),
        ("aud", json!([forgery.claims["aud"]])),
        ("realm", json!("other")),
        ("sub", json!("0198c9a1-5f1e-7c3a-9b1d-2f6d1c0a7e11")),
        ("exp", json!(1)),
        ("exp", json!("4000000000")),
        ("exp", json!(null)),
        ("iat", json!(4_000_000_000_u64)),
    ] {
        let mut claims = forgery.claims.clone();
        claims[name] = value;
        forgery.is_refused(&header, &claims.to_string());
    }
    for name in ["iss", "sub", "client_id", "aud", "iat", "exp", "jti", "realm", "pos"] {
        let mut claims = forgery.claims.clone();
        claims.as_object_mut().unwrap().remove(name);
        forgery.is_refused(&header, &claims.to_string());
        let twice = format!("{{\"{name}\":{},{}", forgery.claims[name], &forgery.claims.to_string()[1..]);
        forgery.is_refused(&header, &twice);
    }
    for name in ["typ", "alg", "kid"] {
        let twice = format!("{{\"{name}\":{},{}", forgery.header[name], &header[1..]);
        forgery.is_refused(&twice, &claims);
    }
}

/// RFC 7519 §4, RFC 7515 §4.1.9: an issuer that is newer than the verifier is understood.
#[test]
fn what_is_not_known_is_ignored_unless_it_is_critical() {
    let forgery = Forgery::start();
    let (mut header, mut claims) = (forgery.header.clone(), forgery.claims.clone());
    header["typ"] = json!("application/at+JWT");
    header["jku"] = json!("https://elsewhere.example/keys");
    claims["later"] = json!({"than": "this"});
    let token = forgery.fake.issuer.sign_text(&header.to_string(), &claims.to_string());
    assert!(accepts(&forgery.verifier, &token));
    for critical in [json!(["later"]), json!([]), json!(null)] {
        header["crit"] = critical;
        forgery.is_refused(&header.to_string(), &claims.to_string());
    }
}

/// BC-06, and every change of one character.
#[test]
fn no_other_text_is_the_token() {
    let forgery = Forgery::start();
    let token = forgery.fake.issuer.mint().sign();
    assert!(accepts(&forgery.verifier, &token));
    let mut others = vec![
        format!("{token}."),
        format!("{token}=="),
        format!("{token}\n"),
        format!(" {token}"),
        format!("{token}.AAAA.AAAA"),
        token.rsplit_once('.').unwrap().0.to_owned(),
        format!("{}.", token.rsplit_once('.').unwrap().0),
        format!("{}.{}", token.rsplit_once('.').unwrap().0, "A".repeat(86)),
        "a".repeat(1 << 20),
        String::new(),
    ];
    for (index, character) in token.char_indices() {
        let other = if character == 'A' { 'B' } else { 'A' };
        let mut changed = token.clone();
        changed.replace_range(index..=index, &other.to_string());
        others.push(changed);
    }
    for other in others {
        assert!(
            matches!(
                forgery.verifier.verify(&other, &any()),
                Err(Refused::Invalid(_) | Refused::Undecided { .. })
            ),
            "{other}"
        );
        assert!(!accepts(&forgery.verifier, &other), "{other}");
    }
}
