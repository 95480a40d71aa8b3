//! Attacks with headers, encodings and keys: none of them makes an access token, and nothing is fetched.

use std::io::ErrorKind;
use std::net::TcpListener;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use ring::hmac;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use serde_json::{Value, json};

use crate::forger::Confusion;
use claviger_testkit::http::Request;
use claviger_testkit::jwt;

impl Confusion {
    /// Validly signed, with these members added to the header or in place of its own.
    fn with_header(&self, parts: Value) -> String {
        let mut header = self.forger.header();
        for (name, value) in parts.as_object().expect("an object") {
            header[name] = value.clone();
        }
        self.forger.sign(&header.to_string(), &self.claims.to_string())
    }
}

/// JK-08, S41
#[test]
fn token_without_a_signature_is_refused() {
    let confusion = Confusion::start();
    let payload = confusion.claims.to_string();
    for alg in ["none", "None", "NONE", "nOnE", ""] {
        let header = json!({"typ": "at+jwt", "alg": alg, "kid": confusion.forger.kid}).to_string();
        let signed = format!("{}.{}", jwt::encode(&header), jwt::encode(&payload));
        for unsigned in [format!("{signed}."), signed.clone(), format!("{signed}.{}", jwt::encode([0; 64]))] {
            confusion.refused(&unsigned);
        }
        confusion.refused(&confusion.forger.sign(&header, &payload));
    }
    confusion.refused(&format!("{}.", confusion.token.rsplit_once('.').expect("three parts").0));
}

/// JK-08, BC-07: the key set has no secret for a MAC, and no MAC is accepted.
#[test]
fn public_key_as_a_shared_secret_is_refused() {
    let confusion = Confusion::start();
    let set = confusion.world.send(&Request::get(&confusion.world.path("/oauth2/jwks")));
    let keys = set.json()["keys"].as_array().expect("keys").clone();
    let key = keys.iter().find(|key| key["kid"] == confusion.forger.kid.as_str()).expect("the active key");
    let coordinate = |name: &str| jwt::decode(key[name].as_str().expect("a coordinate"));
    let point = [vec![0x04], coordinate("x"), coordinate("y")].concat();
    // The fixed prefix of a P-256 SubjectPublicKeyInfo (RFC 5480 §2.1.1).
    let head = STANDARD.decode("MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgA=").expect("base64");
    let der = [head, point.clone()].concat();
    let pem = format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", STANDARD.encode(&der));
    let secrets: [Vec<u8>; 9] = [
        key.to_string().into_bytes(),
        set.body.clone(),
        point[1..].to_vec(),
        point,
        der,
        pem.trim_end().as_bytes().to_vec(),
        pem.into_bytes(),
        confusion.forger.kid.clone().into_bytes(),
        Vec::new(),
    ];
    for (alg, algorithm) in
        [("HS256", hmac::HMAC_SHA256), ("HS384", hmac::HMAC_SHA384), ("HS512", hmac::HMAC_SHA512)]
    {
        for secret in &secrets {
            for header in [
                json!({"typ": "at+jwt", "alg": alg, "kid": confusion.forger.kid}),
                json!({"typ": "at+jwt", "alg": alg}),
                json!({"typ": "at+jwt", "alg": "ES256", "kid": confusion.forger.kid}),
            ] {
                let payload = jwt::encode(confusion.claims.to_string());
                let signed = format!("{}.{payload}", jwt::encode(header.to_string()));
                let mac = hmac::sign(&hmac::Key::new(algorithm, secret), signed.as_bytes());
                confusion.inactive(&format!("{signed}.{}", jwt::encode(mac)));
            }
        }
    }
}

/// BC-01
#[test]
fn algorithm_comes_from_the_key_and_not_from_the_header() {
    let confusion = Confusion::start();
    for alg in ["ES384", "ES512", "ES256K", "EdDSA", "RS256", "PS256", "HS256", "es256", "ES256 ", "dir", ""]
    {
        confusion.refused(&confusion.with_header(json!({"alg": alg})));
    }
    for alg in [json!(null), json!(["ES256"]), json!(256)] {
        confusion.refused(&confusion.with_header(json!({"alg": alg})));
    }
}

/// JK-08
#[test]
fn critical_unknown_and_repeated_members_are_refused() {
    let confusion = Confusion::start();
    let members = [
        json!({"crit": ["exp"]}),
        json!({"crit": []}),
        json!({"crit": ["b64"], "b64": false}),
        json!({"b64": false}),
        json!({"b64": true}),
        json!({"zip": "DEF"}),
        json!({"cty": "JWT"}),
        json!({"enc": "A128GCM"}),
        json!({"nonce": "x"}),
        json!({"unknown": true}),
    ];
    for parts in members {
        confusion.refused(&confusion.with_header(parts));
    }
    let (header, claims) = (confusion.forger.header().to_string(), confusion.claims.to_string());
    let prefixed = |text: &str, member: &str| text.replacen('{', &format!("{{{member},"), 1);
    for member in
        [r#""alg":"none""#, r#""alg":"ES256""#, r#""typ":"JWT""#, r#""kid":"x""#, r#""\u0061lg":"none""#]
    {
        confusion.refused(&confusion.forger.sign(&prefixed(&header, member), &claims));
    }
    let end = format!("\"exp\":{}", i64::MAX);
    let repeated =
        [&end, r#""scope":"ci:delete""#, r#""sub":"x""#, r#""jti":"x""#, r#""\u0070os":99"#, r#""aud":"x""#];
    for member in repeated {
        confusion.refused(&confusion.forger.sign(&header, &prefixed(&claims, member)));
    }
    let unencoded = format!("{}.{}", jwt::encode(&header), claims);
    confusion.inactive(&confusion.forger.sign_encoded(&unencoded));
}

/// JK-08, BC-02
#[test]
fn key_in_or_linked_from_the_header_is_neither_used_nor_fetched() {
    let confusion = Confusion::start();
    let canary = TcpListener::bind("127.0.0.1:0").expect("a free port");
    canary.set_nonblocking(true).expect("a setting");
    let url = format!("http://{}/keys", canary.local_addr().expect("an address"));
    let random = SystemRandom::new();
    let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).expect("a key");
    let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, document.as_ref(), &random)
        .expect("the attacker's key");
    let point = pair.public_key().as_ref();
    let kid = confusion.forger.kid.as_str();
    let jwk = json!({
        "kty": "EC", "crv": "P-256", "alg": "ES256", "use": "sig", "kid": kid,
        "x": jwt::encode(&point[1..33]), "y": jwt::encode(&point[33..]),
    });
    let headers = [
        json!({"jwk": jwk}),
        json!({"jku": url}),
        json!({"x5u": url}),
        json!({"x5c": [STANDARD.encode(point)]}),
        json!({"x5t": "x", "x5t#S256": "x"}),
        json!({"jku": url, "x5u": url, "jwk": jwk}),
        json!({"kid": url}),
        json!({"kid": format!("{url}#{kid}")}),
    ];
    for parts in headers {
        for with_kid in [true, false] {
            let mut header = json!({"typ": "at+jwt", "alg": "ES256"});
            if with_kid {
                header["kid"] = json!(kid);
            }
            for (name, value) in parts.as_object().expect("an object") {
                header[name] = value.clone();
            }
            let signed =
                format!("{}.{}", jwt::encode(header.to_string()), jwt::encode(confusion.claims.to_string()));
            let signature = pair.sign(&random, signed.as_bytes()).expect("a signature");
            confusion.refused(&format!("{signed}.{}", jwt::encode(signature)));
            // A valid signature does not make such a header acceptable.
            confusion.inactive(&confusion.forger.sign_encoded(&signed));
        }
    }
    let knocked = canary.accept().map(|_| ()).map_err(|error| error.kind());
    assert_eq!(knocked, Err(ErrorKind::WouldBlock), "a header made this server fetch something");
}

/// BC-03
#[test]
fn key_id_is_looked_up_and_nothing_else() {
    let confusion = Confusion::start();
    let (kid, long) = (&confusion.forger.kid, "k".repeat(10 * 1024));
    let kids = [
        "../../etc/passwd",
        "/dev/null",
        "' OR 1=1 --",
        "' UNION SELECT 'x",
        "x\u{0}",
        "\u{0}",
        "",
        "*",
        "%",
        "${jndi:ldap://127.0.0.1/x}",
        "|sleep 10",
        "0",
        &long,
        &format!("{kid}\u{0}"),
        &format!("{kid}\n"),
        &format!(" {kid}"),
        &kid.to_lowercase(),
        &kid[..kid.len() - 1],
    ];
    for kid in kids {
        confusion.refused(&confusion.with_header(json!({"kid": kid})));
    }
    for kid in [json!(null), json!([kid]), json!({"$ne": ""}), json!(0)] {
        confusion.refused(&confusion.with_header(json!({"kid": kid})));
    }
    let without = json!({"typ": "at+jwt", "alg": "ES256"}).to_string();
    confusion.refused(&confusion.forger.sign(&without, &confusion.claims.to_string()));
    // The next key is published, and has signed nothing.
    let set = confusion.world.send(&Request::get(&confusion.world.path("/oauth2/jwks"))).json();
    let keys = set["keys"].as_array().expect("keys").clone();
    let next = keys.iter().find(|key| key["kid"] != kid.as_str()).expect("the next key");
    confusion.refused(&confusion.with_header(json!({"kid": next["kid"]})));
}

/// JK-08
#[test]
fn only_one_spelling_of_a_token_is_read() {
    let confusion = Confusion::start();
    let token = confusion.token.as_str();
    let (header, claims) = (confusion.forger.header().to_string(), confusion.claims.to_string());
    let parts: Vec<&str> = token.split('.').collect();
    let padded = |at: usize| {
        let mut padded: Vec<String> = parts.iter().map(|part| (*part).to_owned()).collect();
        padded[at] = URL_SAFE.encode(jwt::decode(parts[at]));
        if padded[at] == parts[at] {
            padded[at].push('=');
        }
        padded
    };
    for at in 0..3 {
        confusion.refused(&padded(at).join("."));
    }
    for at in 0..2 {
        // With a signature over the padded text too.
        confusion.refused(&confusion.forger.sign_encoded(&padded(at)[..2].join(".")));
    }
    // The last character of the signature has four unused bits: 15 others decode to the same bytes.
    let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let (rest, last) = token.split_at(token.len() - 1);
    let place = alphabet.find(last).expect("base64url");
    assert_eq!(place % 16, 0);
    for other in &alphabet[place + 1..place + 16].chars().collect::<Vec<_>>() {
        confusion.inactive(&format!("{rest}{other}"));
    }
    // So does that of a payload whose length is not a multiple of three, as in two of these three.
    for blanks in 0..3 {
        let payload = format!("{claims}{}", " ".repeat(blanks));
        let loose = jwt::encode(&payload);
        let (rest, last) = loose.split_at(loose.len() - 1);
        if !payload.len().is_multiple_of(3) {
            let place = alphabet.find(last).expect("base64url");
            let other = &alphabet[place + 1..place + 2];
            confusion.refused(&confusion.forger.sign_encoded(&format!("{}.{rest}{other}", parts[0])));
        }
    }
    let slashes = confusion.claims_with(json!({"groups": ["ÿþ?>~"]})).to_string();
    confusion.accepted(&confusion.forger.sign(&header, &slashes));
    let standard = STANDARD.encode(&slashes).trim_end_matches('=').to_owned();
    assert!(standard.contains(['+', '/']), "{standard}");
    confusion.refused(&confusion.forger.sign_encoded(&format!("{}.{standard}", jwt::encode(&header))));

    for garbled in [
        format!("{token}."),
        format!("{token}.x"),
        format!("{token}x"),
        format!(".{token}"),
        format!("{token}{token}"),
        format!("{token}=="),
        format!("{}.{}", parts[0], parts[2]),
        format!("{}..{}", parts[0], parts[2]),
        format!("..{}", parts[2]),
        "..".into(),
        ".".into(),
    ] {
        confusion.refused(&garbled);
    }
    for blank in [" ", "\n", "\r\n", "\t", "\u{a0}"] {
        confusion.inactive(&format!("{token}{blank}"));
        confusion.inactive(&format!("{blank}{token}"));
        confusion.inactive(&token.replacen('.', &format!("{blank}."), 1));
    }
    confusion.refused(&confusion.forger.sign(&header, &format!("{claims}x")));
    confusion.refused(&confusion.forger.sign(&format!("{header}{{}}"), &claims));
    confusion.refused(&confusion.forger.sign(&format!("\u{feff}{header}"), &claims));
    confusion.accepted(token);
}

/// JK-08, BC-06
#[test]
fn other_serializations_and_encrypted_tokens_are_refused() {
    let confusion = Confusion::start();
    let token = confusion.token.as_str();
    let parts: Vec<&str> = token.split('.').collect();
    let one = json!({"protected": parts[0], "signature": parts[2]});
    let json_forms = [
        json!({"payload": parts[1], "protected": parts[0], "signature": parts[2]}),
        json!({"payload": parts[1], "signatures": [one]}),
        json!({"payload": token, "protected": parts[0], "signature": parts[2]}),
        json!(token),
        json!([token]),
    ];
    for form in json_forms {
        confusion.refused(&form.to_string());
        confusion.refused(&jwt::encode(form.to_string()));
    }
    confusion.refused(&confusion.forger.sign(&confusion.forger.header().to_string(), token));
    let encrypted = [
        json!({"alg": "RSA1_5", "enc": "A128CBC-HS256"}),
        json!({"alg": "PBES2-HS256+A128KW", "enc": "A128GCM", "p2c": 2_000_000_000, "p2s": "AAAA"}),
        json!({"alg": "dir", "enc": "A256GCM", "zip": "DEF"}),
        json!({"alg": "ECDH-ES", "enc": "A128GCM", "typ": "at+jwt", "kid": confusion.forger.kid}),
    ];
    for header in encrypted {
        confusion.refused(&format!("{}.AAAA.AAAA.AAAA.AAAA", jwt::encode(header.to_string())));
        confusion.refused(&format!("{}..AAAA.{}.AAAA", jwt::encode(header.to_string()), parts[1]));
    }
    confusion.refused(&format!("{token}.AAAA.AAAA"));
}

/// JK-08
#[test]
fn oversized_tokens_never_cause_a_server_error() {
    let confusion = Confusion::start();
    let (world, server) = (&confusion.world, &confusion.server);
    let with_header = |bytes: usize| confusion.with_header(json!({"kid": "k".repeat(bytes)}));
    confusion.inactive(&with_header(20 * 1024));
    confusion.inactive(&with_header(40 * 1024));
    for bytes in [64 * 1024, 1024 * 1024] {
        let answer = world.send(&world.introspection_request(server, &with_header(bytes)));
        answer.expect_oauth_error(413, "invalid_request");
    }
    let whoami = Request::get(&world.path("/whoami"));
    world.send(&whoami.clone().bearer(&with_header(8 * 1024))).expect(401);
    world.send(&whoami.bearer(&with_header(32 * 1024))).expect(431);
    let deep = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
    confusion.inactive(&confusion.forger.sign(&confusion.forger.header().to_string(), &deep));
    confusion.inactive(&confusion.forger.sign(&deep, &confusion.claims.to_string()));
    confusion.inactive(&".".repeat(30_000));
    confusion.accepted(&confusion.token);
}
