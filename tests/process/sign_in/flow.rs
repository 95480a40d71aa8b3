//! From the start of a sign-in to its end, at one node or two.

use claviger::sign_in::{Carried, ProviderAnswer, ProviderFault, SignInFailure};
use claviger_domain::{Acquaintance, Role, SignInDecision, decide_sign_in};
use claviger_testkit::third_party::Answer;
use serde_json::{Value, json};
use url::Url;

use crate::sign_in::scene::{Scene, ana, secret, with};

fn stale(result: Result<claviger::sign_in::Identified, SignInFailure>) {
    assert_eq!(result.expect_err("refused"), SignInFailure::Stale);
}

#[test]
fn person_comes_back_with_claims_and_what_was_carried() {
    let scene = Scene::new();
    let started = scene.start();
    assert!(started.sealed.len() < 1_024, "{}", started.sealed.len());
    let query: Vec<_> = started.url.query_pairs().into_owned().collect();
    let parameter = |name: &str| {
        let found: Vec<&str> =
            query.iter().filter(|(known, _)| known == name).map(|(_, value)| value.as_str()).collect();
        assert_eq!(found.len(), 1, "{name}");
        found[0].to_owned()
    };
    assert_eq!(parameter("redirect_uri"), scene.redirect_uri.as_str());
    let (state, nonce, challenge) = (parameter("state"), parameter("nonce"), parameter("code_challenge"));
    for secret in [&state, &nonce, &challenge] {
        assert_eq!(secret.len(), 43);
        assert!(!started.sealed.contains(secret.as_str()));
    }
    let signed_in = scene.finish(&started.sealed, &scene.provider.sign_in(started.url.as_str(), ana()));
    let signed_in = signed_in.expect("signed in");
    assert_eq!(signed_in.carried.as_str(), "/console/acme/groups");
    assert_eq!(signed_in.sent["sub"], "248289761001");
    assert_eq!(signed_in.claims.identity.issuer, scene.settings.issuer);
    assert_eq!(scene.settings.fitting_rule(&signed_in.claims), Some(0));
    let decided = decide_sign_in(&scene.settings, &signed_in.claims, Acquaintance::Stranger);
    let email = "ana@acme.example".parse().expect("an address");
    let name = "Ana Souza".parse().expect("a name");
    assert_eq!(decided, SignInDecision::Create { email, name, roles: vec![Role::SysAdmin] });
    // No two sign-ins share anything.
    let other = scene.start();
    let others: Vec<_> = other.url.query_pairs().into_owned().collect();
    for name in ["state", "nonce", "code_challenge"] {
        let of = |query: &[(String, String)]| query.iter().find(|(known, _)| known == name).cloned();
        assert_ne!(of(&query), of(&others), "{name}");
    }
}

#[test]
fn sign_in_is_finished_once_at_whatever_node() {
    let scene = Scene::new();
    let other = scene.another_node();
    let started = scene.start();
    let query = scene.provider.sign_in(started.url.as_str(), ana());
    scene.finish_at(&other, &started.sealed, &query).expect("another node finishes it");
    stale(scene.finish_at(&other, &started.sealed, &query));
    assert_eq!(scene.provider.requests("/token"), 1, "the node remembers");
    // A node that does not know of it asks the provider, which knows the code.
    stale(scene.finish(&started.sealed, &query));
    assert_eq!(scene.provider.requests("/token"), 2);
}

#[test]
fn sign_in_ends_after_ten_minutes() {
    let scene = Scene::new();
    for (seconds, is_live) in [(600, true), (601, false)] {
        let started = scene.start();
        scene.clock.advance_seconds(seconds);
        let query = scene.provider.sign_in(started.url.as_str(), ana());
        let finished = scene.finish(&started.sealed, &query);
        match is_live {
            true => drop(finished.expect("in time")),
            false => stale(finished),
        }
    }
}

#[test]
fn answer_to_another_sign_in_is_refused_before_the_provider_is_asked() {
    let mut scene = Scene::new();
    let (first, second) = (scene.start(), scene.start());
    let query = scene.provider.sign_in(first.url.as_str(), ana());
    stale(scene.finish(&second.sealed, &query));
    stale(scene.finish("", &query));
    stale(scene.finish(&"x".repeat(10_000), &query));
    stale(scene.finish(&format!("{}A", first.sealed), &query));
    let answer = ProviderAnswer::read(&query).expect("an answer");
    let altered = [
        format!("code={}", answer.code.as_deref().expect("a code")),
        query.replace("state=", "state=A"),
        format!("code=x&state={}x", answer.state),
    ];
    for query in altered {
        stale(scene.finish(&first.sealed, &query));
    }
    // Of another realm, client or address.
    let mut change = |change: fn(&mut Scene)| {
        let (realm, settings, address) =
            (scene.realm.clone(), scene.settings.clone(), scene.redirect_uri.clone());
        change(&mut scene);
        stale(scene.finish(&first.sealed, &query));
        (scene.realm, scene.settings, scene.redirect_uri) = (realm, settings, address);
    };
    change(|scene| scene.realm = "other".parse().expect("a label"));
    change(|scene| scene.settings.client_id = "other".parse().expect("an id"));
    change(|scene| scene.settings.issuer = "https://id.example".parse().expect("an issuer"));
    change(|scene| scene.redirect_uri = Url::parse("https://other.example/").expect("a URL"));
    assert_eq!(scene.provider.requests("/token"), 0);
    scene.finish(&first.sealed, &query).expect("it was not used up");
}

#[test]
fn provider_that_declines_is_told_by_its_code_alone() {
    let scene = Scene::new();
    let state = |started: &claviger::sign_in::Started| {
        started.url.query_pairs().find(|(name, _)| name == "state").expect("a state").1.into_owned()
    };
    for (answer, said) in [
        ("error=access_denied&error_description=<b>no</b>", "access_denied"),
        ("error=login_required&code=abc", "login_required"),
        ("error=%3Cscript%3Ealert(1)", "scriptalert1"),
    ] {
        let started = scene.start();
        let failure = scene.finish(&started.sealed, &format!("{answer}&state={}", state(&started)));
        let failure = failure.expect_err("declined");
        assert_eq!(failure, SignInFailure::Declined(said.to_owned()));
        let told = failure.for_person(&scene.settings.provider_name);
        assert_eq!(told, "Acme SSO has not confirmed who you are.");
    }
    let started = scene.start();
    let failure = scene.finish(&started.sealed, &format!("state={}", state(&started)));
    assert!(matches!(failure, Err(SignInFailure::Provider(ProviderFault::Malformed(..)))), "{failure:?}");
    assert_eq!(scene.provider.requests("/token"), 0);
}

#[test]
fn answer_of_another_issuer_is_refused() {
    let scene = Scene::new();
    let issuer = scene.provider.issuer();
    for (is_promised, iss, is_fine) in [
        (false, None, true),
        (false, Some(issuer.as_str()), true),
        (false, Some("https://id.example"), false),
        (true, Some(issuer.as_str()), true),
        (true, None, false),
        (true, Some(""), false),
    ] {
        scene.provider.set_document(json!({"authorization_response_iss_parameter_supported": is_promised}));
        // Read anew.
        scene.clock.advance_boot(std::time::Duration::from_secs(3_600));
        let started = scene.start();
        let mut query = scene.provider.sign_in(started.url.as_str(), ana());
        if let Some(iss) = iss {
            query = form_urlencoded::Serializer::new(query).append_pair("iss", iss).finish();
        }
        let finished = scene.finish(&started.sealed, &query);
        match is_fine {
            true => drop(finished.expect("of the issuer")),
            false => assert_eq!(
                finished.expect_err("of another"),
                SignInFailure::Provider(ProviderFault::AnswerOfOtherIssuer)
            ),
        }
    }
}

#[test]
fn client_authenticates_as_the_provider_wants() {
    let mut scene = Scene::new();
    let original = scene.secret.take();
    let unknown = SignInFailure::Provider(ProviderFault::ClientAuthentication);
    let refused = SignInFailure::Provider(ProviderFault::ClientRefused);
    for (methods, secret, expected) in [
        (Value::Null, original.as_ref().map(|secret| secret.expose()), None),
        (json!(["client_secret_post"]), original.as_ref().map(|secret| secret.expose()), None),
        (
            json!(["private_key_jwt", "client_secret_basic", "client_secret_post"]),
            original.as_ref().map(|secret| secret.expose()),
            None,
        ),
        (json!(["none"]), None, None),
        (json!(["private_key_jwt"]), Some("any"), Some(&unknown)),
        (Value::Null, Some("wrong"), Some(&refused)),
        (json!(["client_secret_post"]), Some("wrong"), Some(&refused)),
        (Value::Null, None, Some(&refused)),
    ] {
        scene.secret = secret.and_then(self::secret);
        let methods_text = methods.to_string();
        scene.provider.set_document(match methods {
            Value::Null => json!({}),
            methods => json!({"token_endpoint_auth_methods_supported": methods}),
        });
        scene.clock.advance_boot(std::time::Duration::from_secs(3_600));
        let failure = scene.sign_in(ana()).err();
        assert_eq!(failure.as_ref(), expected, "{methods_text}");
        let probed = scene.node.providers.probe(scene.registration()).err();
        assert_eq!(probed.as_ref(), expected, "{methods_text}");
    }
}

#[test]
fn what_the_id_token_lacks_is_asked_at_the_user_info_endpoint() {
    let scene = Scene::new();
    let groups = json!(["/it/platform"]);
    let thin = |info: Value| json!({"sub": "1", "user_info": with(&json!({"sub": "1"}), info)});
    let email = |signed: &claviger::sign_in::Identified| {
        signed.claims.verified_email().map(|email| email.as_str().to_owned())
    };
    let full = json!({"email": "ana@acme.example", "email_verified": true, "groups": groups});
    let signed = scene.sign_in(thin(full)).expect("signed in");
    assert_eq!(email(&signed).as_deref(), Some("ana@acme.example"));
    assert_eq!(scene.settings.fitting_rule(&signed.claims), Some(0));

    // An address is verified only by the answer that has it.
    let mut mixed = thin(json!({"email": "other@acme.example", "email_verified": true, "groups": groups}));
    mixed["email"] = json!("ana@acme.example");
    let signed = scene.sign_in(mixed).expect("signed in");
    assert_eq!(email(&signed).as_deref(), Some("other@acme.example"));
    let mut mixed = thin(json!({"email_verified": true, "groups": groups}));
    mixed["email"] = json!("ana@acme.example");
    assert_eq!(email(&scene.sign_in(mixed).expect("signed in")), None);
    let mut mixed = thin(json!({"email": "other@acme.example", "email_verified": true, "groups": groups}));
    mixed["email"] = json!("ana@acme.example");
    mixed["email_verified"] = json!(false);
    let signed = scene.sign_in(mixed).expect("signed in");
    assert_eq!((email(&signed), signed.claims.groups.is_some()), (None, true));

    // What is signed counts more, and is enough if it is complete.
    let before = scene.provider.requests("/user-info");
    scene.sign_in(ana()).expect("signed in");
    let overage = with(&ana(), json!({"groups": null, "_claim_names": {"groups": "src1"}}));
    assert_eq!(scene.sign_in(overage).expect("signed in").claims.groups, None);
    assert_eq!(scene.provider.requests("/user-info"), before);

    let other = json!({"sub": "2", "email": "ana@acme.example", "email_verified": true});
    for (answer, fault) in [
        (Answer::json(200, other), ProviderFault::OtherPerson),
        (Answer::json(200, json!({"email": "ana@acme.example"})), ProviderFault::OtherPerson),
        (Answer::json(503, json!({})), ProviderFault::Status(claviger::sign_in::Endpoint::UserInfo, 503)),
    ] {
        scene.provider.set_user_info(Some(answer));
        let failure = scene.sign_in(thin(json!({}))).expect_err("refused");
        assert_eq!(failure, SignInFailure::Provider(fault));
    }
    // Without that endpoint there is what the token says.
    scene.provider.set_document(json!({"userinfo_endpoint": null}));
    scene.clock.advance_boot(std::time::Duration::from_secs(3_600));
    assert_eq!(scene.sign_in(thin(json!({}))).expect("signed in").claims.email, None);
}

#[test]
fn what_is_carried_is_bounded_and_fits_a_cookie() {
    assert_eq!(Carried::new(&"x".repeat(Carried::MAX_BYTES + 1)), None);
    assert_eq!(Carried::new("a\nb"), None);
    let mut scene = Scene::new();
    scene.settings.client_id = "c".repeat(256).parse().expect("an id");
    let carried = Carried::new(&"\"".repeat(Carried::MAX_BYTES / 2)).expect("short");
    let started = scene.start_carrying(carried, true).expect("a start");
    assert!(started.sealed.len() <= claviger::sign_in::MAX_SEALED_BYTES, "{}", started.sealed.len());
}
