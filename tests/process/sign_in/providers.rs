//! Providers that are down, wrong or hostile, and what is kept of those that are not.

use std::sync::Arc;
use std::time::Duration;

use claviger::sign_in::{Endpoint, IdTokenFault, ProviderFault, SignInFailure};
use claviger_domain::Algorithm;
use claviger_testkit::identity_keys::IdentityKey;
use claviger_vault::{OutboundSettings, SendFailure};
use serde_json::{Value, json};

use crate::sign_in::scene::{Node, Scene, ana};

const HOUR: Duration = Duration::from_secs(3_600);

fn fault(scene: &Scene) -> ProviderFault {
    match scene.try_start(false) {
        Err(SignInFailure::Provider(fault)) => fault,
        other => panic!("{other:?}"),
    }
}

#[test]
fn document_is_refused_unless_it_is_that_of_the_issuer() {
    let scene = Scene::new();
    let issuer = scene.provider.issuer();
    let malformed = |what| ProviderFault::Malformed(Endpoint::Discovery, what);
    for (members, expected) in [
        (
            json!({"issuer": "https://id.example"}),
            ProviderFault::OtherIssuer("https://id.example".to_owned()),
        ),
        (json!({"issuer": format!("{issuer}/")}), ProviderFault::OtherIssuer(format!("{issuer}/"))),
        (
            json!({"issuer": format!("{issuer}/{{tenantid}}")}),
            ProviderFault::OtherIssuer(format!("{issuer}/{{tenantid}}")),
        ),
        (json!({"issuer": null}), ProviderFault::OtherIssuer(String::new())),
        (json!({"authorization_endpoint": null}), malformed("has no usable authorization_endpoint")),
        (
            json!({"authorization_endpoint": "javascript:alert(1)"}),
            malformed("has no usable authorization_endpoint"),
        ),
        (
            json!({"authorization_endpoint": "http://id.example/"}),
            malformed("has no usable authorization_endpoint"),
        ),
        (json!({"token_endpoint": "http://10.0.0.1/token"}), malformed("has no usable token_endpoint")),
        (json!({"token_endpoint": "https://a:b@id.example/"}), malformed("has no usable token_endpoint")),
        (json!({"jwks_uri": "file:///etc/passwd"}), malformed("has no usable jwks_uri")),
        (json!({"jwks_uri": 1}), malformed("has no usable jwks_uri")),
        (json!({"userinfo_endpoint": "ftp://id.example"}), malformed("has an unusable userinfo_endpoint")),
        (
            json!({"id_token_signing_alg_values_supported": ["HS256", "none", "RS512"]}),
            ProviderFault::Algorithms,
        ),
        (json!({"jwks_uri": format!("{issuer}/nothing")}), ProviderFault::Status(Endpoint::Keys, 404)),
        (json!({"padding": "x".repeat(256 * 1024)}), malformed("is larger than 256 KiB")),
        (
            json!({"padding": "x".repeat(1024 * 1024)}),
            ProviderFault::NotSent(Endpoint::Discovery, SendFailure::BodyRefused),
        ),
    ] {
        scene.provider.set_document(members.clone());
        let shown: String = members.to_string().chars().take(80).collect();
        assert_eq!(fault(&scene), expected, "{shown}");
    }
    scene.provider.set_document(json!({}));
    scene.start();
}

#[test]
fn keys_of_no_use_are_none() {
    let scene = Scene::new();
    let usable = |algorithm| serde_json::to_value(IdentityKey::new(algorithm, "k").public).expect("JSON");
    let changed = |mut key: Value, name: &str, value: Value| {
        key[name] = value;
        key.as_object_mut().expect("a key").retain(|_, value| !value.is_null());
        key
    };
    let es = usable(Algorithm::Es256);
    for (keys, is_usable) in [
        (vec![], false),
        (vec![es.clone()], true),
        (vec![changed(es.clone(), "use", Value::Null)], true),
        (vec![changed(es.clone(), "alg", Value::Null)], true),
        (vec![changed(es.clone(), "key_ops", json!(["verify"]))], true),
        (vec![changed(es.clone(), "use", json!("enc"))], false),
        (vec![changed(es.clone(), "key_ops", json!(["sign"]))], false),
        (vec![changed(es.clone(), "alg", json!("ES384"))], false),
        (vec![changed(es.clone(), "alg", json!("RS256"))], false),
        (vec![changed(es.clone(), "crv", json!("P-384"))], false),
        (vec![changed(es.clone(), "kty", json!("RSA"))], false),
        (vec![changed(es.clone(), "x", Value::Null)], false),
        (vec![changed(es.clone(), "y", json!("+/"))], false),
        (vec![json!({"kty": "oct", "k": "AAAA", "alg": "HS256", "kid": "k"})], false),
        (vec![json!(1), json!(null), json!("k")], false),
        (vec![json!({"kty": "oct", "k": "AAAA"}), es], true),
    ] {
        scene.provider.set_key_set(json!({"keys": keys}));
        match is_usable {
            true => scene.node.providers.probe(scene.registration()).expect("usable"),
            false => assert_eq!(
                scene.node.providers.probe(scene.registration()).err(),
                Some(SignInFailure::Provider(ProviderFault::NoKey)),
                "{keys:?}"
            ),
        }
    }
}

#[test]
fn provider_that_does_not_answer_is_told_so() {
    let scene = Scene::new();
    let told = |failure: SignInFailure| failure.for_person(&scene.settings.provider_name);
    let sentence = "Acme SSO does not answer. Try again, or use the local account.";
    scene.provider.server.set_down(true);
    assert_eq!(fault(&scene), ProviderFault::Status(Endpoint::Discovery, 502));
    assert_eq!(told(scene.try_start(false).expect_err("down")), sentence);
    scene.provider.server.set_down(false);
    let started = scene.start();
    let query = scene.provider.sign_in(started.url.as_str(), ana());
    scene.provider.server.set_silent(true);
    let failure = scene.finish(&started.sealed, &query).expect_err("silent");
    scene.provider.server.set_silent(false);
    let unreachable = ProviderFault::NotSent(Endpoint::Token, SendFailure::Unreachable);
    assert_eq!(failure, SignInFailure::Provider(unreachable));
    assert_eq!(told(failure), sentence);
    assert_eq!(told(SignInFailure::Stale), "This sign-in took too long or was opened twice. Start again.");
}

#[test]
fn private_address_is_asked_only_if_the_operator_lists_it() {
    let mut scene = Scene::new();
    let settings = OutboundSettings::default();
    scene.node = Node::new(scene.clock.clone(), settings, &scene.keys);
    let refused = ProviderFault::NotSent(Endpoint::Discovery, SendFailure::PlainHttp);
    assert_eq!(fault(&scene), refused);
    scene.settings.issuer = "https://127.0.0.1:1".parse().expect("an issuer");
    let refused = ProviderFault::NotSent(Endpoint::Discovery, SendFailure::Unreachable);
    assert_eq!(fault(&scene), refused);
    assert_eq!(scene.provider.server.requests(), 0);
}

#[test]
fn document_and_keys_are_read_once_an_hour_for_each_realm() {
    let mut scene = Scene::new();
    let document = "/.well-known/openid-configuration";
    for _ in 0..5 {
        scene.start();
        scene.sign_in(ana()).expect("signed in");
    }
    let asked = |scene: &Scene| (scene.provider.requests(document), scene.provider.requests("/keys"));
    assert_eq!(asked(&scene), (1, 1));
    scene.realm = "other".parse().expect("a label");
    scene.start();
    assert_eq!(asked(&scene), (2, 2));
    scene.clock.advance_boot(HOUR - Duration::from_secs(1));
    scene.start();
    assert_eq!(asked(&scene), (2, 2));
    scene.clock.advance_boot(Duration::from_secs(1));
    scene.start();
    assert_eq!(asked(&scene), (3, 3));
}

#[test]
fn new_key_of_the_provider_is_found_once_a_minute() {
    let scene = Scene::new();
    scene.sign_in(ana()).expect("signed in");
    let unknown = SignInFailure::Provider(ProviderFault::IdToken(IdTokenFault::UnknownKey));
    let sign_with = |key: &Arc<IdentityKey>| {
        let held = key.clone();
        scene.provider.set_mint(move |claims| held.sign(claims));
    };
    let second = Arc::new(IdentityKey::new(Algorithm::Es256, "second"));
    sign_with(&second);
    scene.provider.publish(vec![second.public.clone()]);
    assert_eq!(scene.sign_in(ana()).expect_err("too soon after the first"), unknown);
    scene.clock.advance_boot(Duration::from_secs(60));
    scene.sign_in(ana()).expect("the key set is read again");
    assert_eq!(scene.provider.requests("/keys"), 2);
    // Made-up keys are asked for once a minute.
    sign_with(&Arc::new(IdentityKey::new(Algorithm::Es256, "third")));
    for minute in 1..=3 {
        scene.clock.advance_boot(Duration::from_secs(60));
        for _ in 0..3 {
            assert_eq!(scene.sign_in(ana()).expect_err("not published"), unknown);
        }
        assert_eq!(scene.provider.requests("/keys"), 2 + minute);
    }
    sign_with(&second);
    scene.sign_in(ana()).expect("known keys stay");
    assert_eq!(scene.provider.requests("/.well-known/openid-configuration"), 1);
}
