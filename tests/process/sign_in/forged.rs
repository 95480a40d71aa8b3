//! ID tokens that must be refused, each for its own reason, and the valid ones beside them.

use claviger::sign_in::{IdTokenFault, ProviderFault, SignInFailure};
use claviger_domain::Algorithm;
use claviger_testkit::identity_keys::IdentityKey;
use claviger_testkit::jwt::{decode, encode, with_parts};
use ring::hmac;
use serde_json::{Value, json};

use crate::sign_in::scene::{KID, Scene, ana, with};

/// The keys that the provider publishes: one for each algorithm, and an RSA key that is for RS256 alone.
struct Keys {
    es: IdentityKey,
    ed: IdentityKey,
    rs: IdentityKey,
    /// An RSA key without `alg`, which may sign by RS256 and PS256.
    ps: IdentityKey,
    /// Not published.
    stranger: IdentityKey,
}

impl Keys {
    fn new() -> Self {
        Self {
            es: IdentityKey::new(Algorithm::Es256, KID),
            ed: IdentityKey::new(Algorithm::EdDsa, "ed"),
            rs: IdentityKey::new(Algorithm::Rs256, "rs"),
            ps: IdentityKey::new(Algorithm::Ps256, "rsa"),
            stranger: IdentityKey::new(Algorithm::Es256, KID),
        }
    }
}

/// Signs these claims with the ES256 key, under a header with some members replaced.
fn under(keys: &Keys, claims: &Value, header: Value) -> String {
    keys.es.sign_text(&with(&keys.es.header(), header).to_string(), &claims.to_string())
}

/// Signs with the ES256 key these claims, with some members replaced.
fn saying(keys: &Keys, claims: &Value, members: Value) -> String {
    keys.es.sign(&with(claims, members))
}

/// Signed as HS256 by everybody who knows this text.
fn hmac_signed(header: &Value, claims: &Value, secret: &[u8]) -> String {
    let signed = format!("{}.{}", encode(header.to_string()), encode(claims.to_string()));
    let signature = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), signed.as_bytes());
    format!("{signed}.{}", encode(signature.as_ref()))
}

type Forgery = (&'static str, IdTokenFault, fn(&Keys, &Value) -> String);

/// Claims, signed by the provider's own key.
const CLAIMS: &[Forgery] = &[
    ("another issuer", IdTokenFault::Issuer, |k, c| saying(k, c, json!({"iss": "https://id.example"}))),
    ("issuer with a slash", IdTokenFault::Issuer, |k, c| {
        let slash = format!("{}/", c["iss"].as_str().expect("a text"));
        saying(k, c, json!({"iss": slash}))
    }),
    ("issuer in a list", IdTokenFault::Issuer, |k, c| saying(k, c, json!({"iss": [c["iss"]]}))),
    ("no issuer", IdTokenFault::Issuer, |k, c| saying(k, c, json!({"iss": null}))),
    ("for another client", IdTokenFault::Audience, |k, c| saying(k, c, json!({"aud": "other"}))),
    ("for a client of a longer name", IdTokenFault::Audience, |k, c| {
        saying(k, c, json!({"aud": "claviger2"}))
    }),
    ("for clients in one text", IdTokenFault::Audience, |k, c| {
        saying(k, c, json!({"aud": "claviger other"}))
    }),
    ("for nobody", IdTokenFault::Audience, |k, c| saying(k, c, json!({"aud": null}))),
    ("for nobody in a list", IdTokenFault::Audience, |k, c| saying(k, c, json!({"aud": []}))),
    ("for a list with a number", IdTokenFault::Audience, |k, c| {
        saying(k, c, json!({"aud": ["claviger", 1]}))
    }),
    ("for too many", IdTokenFault::Audience, |k, c| {
        saying(k, c, json!({"aud": vec!["claviger"; 101], "azp": "claviger"}))
    }),
    ("for two, and no authorized party", IdTokenFault::AuthorizedParty, |k, c| {
        saying(k, c, json!({"aud": ["claviger", "other"]}))
    }),
    ("for two, and another authorized party", IdTokenFault::AuthorizedParty, |k, c| {
        saying(k, c, json!({"aud": ["claviger", "other"], "azp": "other"}))
    }),
    ("for us, and another authorized party", IdTokenFault::AuthorizedParty, |k, c| {
        saying(k, c, json!({"azp": "other"}))
    }),
    ("expired", IdTokenFault::Expired, |k, c| {
        saying(k, c, json!({"exp": c["iat"].as_i64().expect("a time") - 60}))
    }),
    ("no end", IdTokenFault::Expired, |k, c| saying(k, c, json!({"exp": null}))),
    ("end in a text", IdTokenFault::Expired, |k, c| saying(k, c, json!({"exp": "9999999999"}))),
    ("end beyond every integer", IdTokenFault::Expired, |k, c| saying(k, c, json!({"exp": 1e300}))),
    ("issued in the future", IdTokenFault::IssuedAt, |k, c| {
        saying(k, c, json!({"iat": c["iat"].as_i64().expect("a time") + 61}))
    }),
    ("issued before the sign-in began", IdTokenFault::IssuedAt, |k, c| {
        saying(k, c, json!({"iat": c["iat"].as_i64().expect("a time") - 61}))
    }),
    ("issued at no time", IdTokenFault::IssuedAt, |k, c| saying(k, c, json!({"iat": null}))),
    ("not yet valid", IdTokenFault::NotYetValid, |k, c| {
        saying(k, c, json!({"nbf": c["iat"].as_i64().expect("a time") + 61}))
    }),
    ("valid from a text", IdTokenFault::NotYetValid, |k, c| saying(k, c, json!({"nbf": "0"}))),
    ("another nonce", IdTokenFault::Nonce, |k, c| saying(k, c, json!({"nonce": "x".repeat(43)}))),
    ("nonce in capitals", IdTokenFault::Nonce, |k, c| {
        saying(k, c, json!({"nonce": c["nonce"].as_str().expect("a text").to_uppercase()}))
    }),
    ("no nonce", IdTokenFault::Nonce, |k, c| saying(k, c, json!({"nonce": null}))),
    ("empty nonce", IdTokenFault::Nonce, |k, c| saying(k, c, json!({"nonce": ""}))),
    ("nonce in a list", IdTokenFault::Nonce, |k, c| saying(k, c, json!({"nonce": [c["nonce"]]}))),
    ("hash of another access token", IdTokenFault::AccessTokenHash, |k, c| {
        saying(k, c, json!({"at_hash": encode([0; 16])}))
    }),
    ("hash in a number", IdTokenFault::AccessTokenHash, |k, c| saying(k, c, json!({"at_hash": 1}))),
    ("no subject", IdTokenFault::Subject, |k, c| saying(k, c, json!({"sub": null}))),
    ("empty subject", IdTokenFault::Subject, |k, c| saying(k, c, json!({"sub": ""}))),
    ("long subject", IdTokenFault::Subject, |k, c| saying(k, c, json!({"sub": "1".repeat(256)}))),
    ("subject that looks like another", IdTokenFault::Subject, |k, c| {
        saying(k, c, json!({"sub": "248289761\u{ff10}01"}))
    }),
    ("subject with an invisible character", IdTokenFault::Subject, |k, c| {
        saying(k, c, json!({"sub": "248289761001\u{200b}"}))
    }),
    ("subject with a line break", IdTokenFault::Subject, |k, c| {
        saying(k, c, json!({"sub": "248289761001\n"}))
    }),
    ("subject in a number", IdTokenFault::Subject, |k, c| saying(k, c, json!({"sub": 248_289_761_001_u64}))),
    ("huge", IdTokenFault::TooLarge, |k, c| saying(k, c, json!({"picture": "x".repeat(60_000)}))),
    ("a member twice", IdTokenFault::Malformed, |k, c| {
        let twice = c.to_string().replacen('{', r#"{"sub":"1","#, 1);
        k.es.sign_text(&k.es.header().to_string(), &twice)
    }),
    ("claims in a list", IdTokenFault::Malformed, |k, c| k.es.sign(&json!([c]))),
];

/// Headers, signatures and forms.
const FORMS: &[Forgery] = &[
    ("alg none without a signature", IdTokenFault::Malformed, |k, c| {
        let token = under(k, c, json!({"alg": "none"}));
        token[..=token.rfind('.').expect("a dot")].to_owned()
    }),
    ("alg none with a signature", IdTokenFault::Algorithm, |k, c| under(k, c, json!({"alg": "none"}))),
    ("alg nOnE", IdTokenFault::Algorithm, |k, c| under(k, c, json!({"alg": "nOnE"}))),
    ("no alg", IdTokenFault::Algorithm, |k, c| under(k, c, json!({"alg": null}))),
    ("alg in a list", IdTokenFault::Algorithm, |k, c| under(k, c, json!({"alg": ["ES256"]}))),
    ("alg in small letters", IdTokenFault::Algorithm, |k, c| under(k, c, json!({"alg": "es256"}))),
    ("HS256 with the modulus of the public key", IdTokenFault::Algorithm, |k, c| {
        let secret = decode(k.rs.public.n.as_deref().expect("a modulus"));
        hmac_signed(&with(&k.rs.header(), json!({"alg": "HS256"})), c, &secret)
    }),
    ("HS256 with the published key as text", IdTokenFault::Algorithm, |k, c| {
        let secret = serde_json::to_vec(&k.rs.public).expect("JSON");
        hmac_signed(&with(&k.rs.header(), json!({"alg": "HS256"})), c, &secret)
    }),
    ("RS256 with an HMAC of the public key", IdTokenFault::Signature, |k, c| {
        let secret = decode(k.rs.public.n.as_deref().expect("a modulus"));
        hmac_signed(&k.rs.header(), c, &secret)
    }),
    ("signed by a stranger under the provider's kid", IdTokenFault::Signature, |k, c| k.stranger.sign(c)),
    ("unknown kid", IdTokenFault::UnknownKey, |k, c| under(k, c, json!({"kid": "other"}))),
    ("kid of another letter", IdTokenFault::UnknownKey, |k, c| under(k, c, json!({"kid": "First"}))),
    ("kid that is a path", IdTokenFault::UnknownKey, |k, c| under(k, c, json!({"kid": "../../dev/null"}))),
    ("kid in a number", IdTokenFault::Malformed, |k, c| under(k, c, json!({"kid": 1}))),
    ("kid of an RSA key", IdTokenFault::UnknownKey, |k, c| under(k, c, json!({"kid": "rsa"}))),
    ("RS256 under the kid of an ES256 key", IdTokenFault::UnknownKey, |k, c| {
        under(k, c, json!({"alg": "RS256"}))
    }),
    ("EdDSA under the kid of an ES256 key", IdTokenFault::UnknownKey, |k, c| {
        under(k, c, json!({"alg": "EdDSA"}))
    }),
    ("PS256 under the kid of a key for RS256", IdTokenFault::UnknownKey, |k, c| {
        k.rs.sign_text(&with(&k.rs.header(), json!({"alg": "PS256"})).to_string(), &c.to_string())
    }),
    ("PS256 signature as RS256", IdTokenFault::Signature, |k, c| {
        k.ps.sign_text(&with(&k.ps.header(), json!({"alg": "RS256"})).to_string(), &c.to_string())
    }),
    ("no kid among two RSA keys", IdTokenFault::UnknownKey, |k, c| {
        k.rs.sign_text(&with(&k.rs.header(), json!({"kid": null})).to_string(), &c.to_string())
    }),
    ("a stranger's key in the header", IdTokenFault::Signature, |k, c| {
        let header = with(&k.stranger.header(), json!({"jwk": k.stranger.public}));
        k.stranger.sign_text(&header.to_string(), &c.to_string())
    }),
    ("a stranger's key in the header, without kid", IdTokenFault::Signature, |k, c| {
        let header = with(&k.stranger.header(), json!({"jwk": k.stranger.public, "kid": null}));
        k.stranger.sign_text(&header.to_string(), &c.to_string())
    }),
    ("a stranger's keys at an address", IdTokenFault::Signature, |k, c| {
        let address = format!("{}/stranger", c["iss"].as_str().expect("a text"));
        let header = with(&k.stranger.header(), json!({"jku": address, "x5u": address, "x5c": ["AAAA"]}));
        k.stranger.sign_text(&header.to_string(), &c.to_string())
    }),
    ("a critical extension", IdTokenFault::Critical, |k, c| {
        under(k, c, json!({"crit": ["b64"], "b64": false}))
    }),
    ("an empty list of critical extensions", IdTokenFault::Critical, |k, c| under(k, c, json!({"crit": []}))),
    ("an access token", IdTokenFault::Type, |k, c| under(k, c, json!({"typ": "at+jwt"}))),
    ("a logout token", IdTokenFault::Type, |k, c| under(k, c, json!({"typ": "logout+jwt"}))),
    ("typ in a list", IdTokenFault::Type, |k, c| under(k, c, json!({"typ": ["JWT"]}))),
    ("a header member twice", IdTokenFault::Malformed, |k, c| {
        let header = k.es.header().to_string().replacen('{', r#"{"alg":"none","#, 1);
        k.es.sign_text(&header, &c.to_string())
    }),
    ("a header in a list", IdTokenFault::Malformed, |k, c| k.es.sign_text("[]", &c.to_string())),
    ("claims changed afterwards", IdTokenFault::Signature, |k, c| {
        with_parts(&k.es.sign(c), None, Some(&with(c, json!({"sub": "1"})).to_string()))
    }),
    ("header changed afterwards", IdTokenFault::Signature, |k, c| {
        with_parts(&k.es.sign(c), Some(&with(&k.es.header(), json!({"typ": null})).to_string()), None)
    }),
    ("a signature of zeros", IdTokenFault::Signature, |k, c| {
        let token = k.es.sign(c);
        format!("{}.{}", &token[..token.rfind('.').expect("a dot")], encode([0; 64]))
    }),
    ("a short signature", IdTokenFault::Signature, |k, c| {
        let token = k.es.sign(c);
        format!("{}.{}", &token[..token.rfind('.').expect("a dot")], encode([1; 32]))
    }),
    ("a signature with padding", IdTokenFault::Signature, |k, c| format!("{}==", k.es.sign(c))),
    ("four parts", IdTokenFault::Malformed, |k, c| format!("{}.AAAA", k.es.sign(c))),
    ("two parts", IdTokenFault::Malformed, |k, c| {
        let token = k.es.sign(c);
        token[..token.rfind('.').expect("a dot")].to_owned()
    }),
    ("encrypted", IdTokenFault::Malformed, |_, _| {
        format!("{}.AAAA.AAAA.AAAA.AAAA", encode(r#"{"alg":"dir","enc":"A256GCM"}"#))
    }),
    ("JSON serialization", IdTokenFault::Malformed, |k, c| {
        let token = k.es.sign(c);
        let parts: Vec<&str> = token.split('.').collect();
        json!({"protected": parts[0], "payload": parts[1], "signature": parts[2]}).to_string()
    }),
    ("a header with padding", IdTokenFault::Malformed, |k, c| k.es.sign(c).replacen('.', "=.", 1)),
    ("empty", IdTokenFault::Malformed, |_, _| String::new()),
];

/// A scene in which these keys are published, but the stranger's.
fn scene() -> (Scene, Keys) {
    let (scene, keys) = (Scene::new(), Keys::new());
    let mut published = [&keys.es, &keys.ed, &keys.rs, &keys.ps].map(|key| json!(key.public));
    published[3].as_object_mut().expect("a key").remove("alg");
    scene.provider.set_key_set(json!({"keys": published}));
    (scene, keys)
}

#[test]
fn each_forged_token_is_refused_for_its_own_reason() {
    let (scene, keys) = scene();
    let keys = std::sync::Arc::new(keys);
    let mut unlike = Vec::new();
    for (what, fault, forge) in CLAIMS.iter().chain(FORMS).copied() {
        let held = keys.clone();
        scene.provider.set_mint(move |claims| forge(&held, claims));
        let failure = scene.sign_in(ana()).expect_err(what);
        if failure != SignInFailure::Provider(ProviderFault::IdToken(fault)) {
            unlike.push(format!("{what}: {failure:?} instead of {fault:?}"));
        }
        // Nothing else of the scene refuses them.
        let held = keys.clone();
        scene.provider.set_mint(move |claims| held.es.sign(claims));
        scene.sign_in(ana()).expect(what);
    }
    assert!(unlike.is_empty(), "{unlike:#?}");
    assert_eq!(scene.provider.requests("/stranger"), 0, "no header decides where keys come from");
    assert_eq!(scene.provider.requests("/keys"), 1, "unknown keys do not make it ask within a minute");
}

#[test]
fn valid_tokens_of_every_algorithm_and_form_are_accepted() {
    let (scene, keys) = scene();
    let keys = std::sync::Arc::new(keys);
    type Valid = (&'static str, fn(&Keys, &Value) -> String);
    let all: [Valid; 13] = [
        ("ES256", |k, c| k.es.sign(c)),
        // Its at_hash would be made with SHA-512.
        ("EdDSA", |k, c| k.ed.sign(&with(c, json!({"at_hash": null})))),
        ("EdDSA by the name of its curve", |k, c| {
            let header = with(&k.ed.header(), json!({"alg": "Ed25519"}));
            k.ed.sign_text(&header.to_string(), &with(c, json!({"at_hash": null})).to_string())
        }),
        ("RS256", |k, c| k.rs.sign(c)),
        ("PS256", |k, c| k.ps.sign(c)),
        ("no typ", |k, c| under(k, c, json!({"typ": null}))),
        ("no kid where one key fits", |k, c| under(k, c, json!({"kid": null}))),
        ("other members in the header", |k, c| {
            under(k, c, json!({"x5t": "AAAA", "jku": "https://id.example"}))
        }),
        ("an audience in a list", |k, c| saying(k, c, json!({"aud": ["claviger"]}))),
        ("two audiences and us as authorized party", |k, c| {
            saying(k, c, json!({"aud": ["other", "claviger"], "azp": "claviger"}))
        }),
        ("no hash of the access token", |k, c| saying(k, c, json!({"at_hash": null}))),
        ("a clock that is a minute behind", |k, c| {
            let iat = c["iat"].as_i64().expect("a time") - 60;
            saying(k, c, json!({"iat": iat, "exp": iat + 1}))
        }),
        ("a clock that is a minute ahead", |k, c| {
            let iat = c["iat"].as_i64().expect("a time") + 60;
            saying(k, c, json!({"iat": iat, "nbf": iat}))
        }),
    ];
    for (what, mint) in all {
        let held = keys.clone();
        scene.provider.set_mint(move |claims| mint(&held, claims));
        let signed_in = scene.sign_in(ana()).expect(what);
        assert_eq!(signed_in.claims.identity.subject.as_str(), "248289761001", "{what}");
    }
}

#[test]
fn algorithm_that_the_provider_does_not_list_is_refused() {
    let (scene, keys) = scene();
    scene.provider.set_document(json!({"id_token_signing_alg_values_supported": ["RS256"]}));
    scene.provider.set_mint(move |claims| keys.es.sign(claims));
    let failure = scene.sign_in(ana()).expect_err("ES256");
    assert_eq!(failure, SignInFailure::Provider(ProviderFault::IdToken(IdTokenFault::Algorithm)));
}

#[test]
fn old_session_is_refused_where_a_new_sign_in_was_asked_for() {
    let scene = Scene::new();
    let now = claviger_domain::Clock::now(&*scene.clock).epoch_seconds();
    for (auth_time, is_fresh, is_fine) in [
        (json!(now), true, true),
        (json!(now - 61), true, false),
        (json!(now - 61), false, true),
        // Google does not tell it.
        (Value::Null, true, true),
    ] {
        let started = scene.try_start(is_fresh).expect("a start");
        assert_eq!(started.url.query_pairs().any(|(name, _)| name == "prompt"), is_fresh);
        let person = with(&ana(), json!({"auth_time": auth_time}));
        let query = scene.provider.sign_in(started.url.as_str(), person);
        let finished = scene.finish(&started.sealed, &query);
        match finished {
            Ok(signed_in) => assert!(is_fine && signed_in.is_fresh == is_fresh, "{auth_time}"),
            Err(failure) => {
                let old = ProviderFault::IdToken(IdTokenFault::OldSignIn);
                assert!(!is_fine && failure == SignInFailure::Provider(old), "{auth_time} {failure:?}");
            }
        }
    }
}
