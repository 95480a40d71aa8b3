//! Tokens with a valid signature, and an invalid type or invalid claims: every claim is checked.

use serde_json::{Value, json};

use crate::forger::{Confusion, Forger};
use claviger_testkit::http::Request;
use claviger_testkit::jwt;

/// JK-09
#[test]
fn times_are_whole_seconds_and_expiry_has_no_leeway() {
    let confusion = Confusion::start();
    let now = confusion.claims["iat"].as_i64().expect("a time");
    let with_text = |name: &str, value: &str| {
        let payload = confusion.claims_with(json!({name: "PLACE"})).to_string();
        let payload = payload.replace("\"PLACE\"", value);
        confusion.forger.sign(&confusion.forger.header().to_string(), &payload)
    };
    let later = now + 600;
    confusion.accepted(&with_text("exp", &later.to_string()));
    confusion.accepted(&with_text("exp", &(now + 1).to_string()));
    let wrong = [
        format!("\"{later}\""),
        format!("{later}.0"),
        format!("{later}.5"),
        "2.0e9".into(),
        "9223372036854775808".into(),
        "18446744073709551616".into(),
        "1e400".into(),
        "-1".into(),
        "-9223372036854775808".into(),
        "0".into(),
        "null".into(),
        "true".into(),
        "[]".into(),
        format!("[{later}]"),
        "{}".into(),
        now.to_string(),
        (now - 1).to_string(),
        "NaN".into(),
        format!("0{later}"),
        format!("+{later}"),
        String::new(),
    ];
    for exp in &wrong {
        confusion.refused(&with_text("exp", exp));
    }
    confusion.refused(&confusion.forger.sign_claims(&confusion.claims_with(json!({"exp": null}))));
    for iat in ["null", "\"0\"", "1.0", "9223372036854775808", &(now + 61).to_string()] {
        confusion.refused(&with_text("iat", iat));
    }
    confusion.accepted(&with_text("iat", &(now + 60).to_string()));
    // No leeway at the end: the token that had one second left has expired one second later.
    let last = with_text("exp", &(now + 1).to_string());
    confusion.world.clock.advance_seconds(1);
    confusion.refused(&last);
}

/// BC-04: only an access token is accepted as one, at every endpoint (RFC 9068 §2.1, by `typ`).
#[test]
fn no_other_kind_of_jwt_is_accepted_as_an_access_token() {
    let confusion = Confusion::start();
    let typed = |typ: Option<&str>| {
        let mut header = confusion.forger.header();
        match typ {
            Some(typ) => header["typ"] = json!(typ),
            None => drop(header.as_object_mut().expect("a header").remove("typ")),
        }
        confusion.forger.sign(&header.to_string(), &confusion.claims.to_string())
    };
    let own = |token: &str| {
        let path = confusion.world.path("/oauth2/revoke");
        let client = &confusion.credential;
        let request = Request::form(&path, &[("token", token)]).basic(&client.id, &client.key);
        confusion.world.send(&request).expect(200).text()
    };
    let kinds = [
        "dpop+jwt",
        "secevent+jwt",
        "token-introspection+jwt",
        "statuslist+jwt",
        "client-authentication+jwt",
        "rt+jwt",
        "logout+jwt",
        "oauth-authz-req+jwt",
        "JWT",
        "jwt",
        "JOSE",
        "JOSE+JSON",
        "AT+JWT",
        "at+jwt ",
        "application/at+jwt",
        "at+jwt\u{0}",
        "",
    ];
    for kind in kinds.map(Some).into_iter().chain([None]) {
        let token = typed(kind);
        confusion.refused(&token);
        assert_eq!(own(&token), "{}", "{kind:?}");
    }
    for odd in [json!(null), json!(["at+jwt"]), json!(1)] {
        let mut header = confusion.forger.header();
        header["typ"] = odd;
        confusion.refused(&confusion.forger.sign(&header.to_string(), &confusion.claims.to_string()));
    }
    let right = typed(Some("at+jwt"));
    confusion.accepted(&right);
    assert_ne!(own(&right), "{}");
}

/// BC-04, BC-05: an access token does not authenticate its client, however it is presented.
#[test]
fn access_token_is_not_accepted_as_a_client_assertion() {
    let confusion = Confusion::start();
    let world = &confusion.world;
    let kind = ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
    let endpoint = format!("{}/oauth2/token", world.issuer());
    let id = confusion.credential.id.as_str();
    let mut assertions = vec![confusion.token.clone()];
    for aud in [world.issuer(), endpoint, "https://another.example".into()] {
        for typ in ["client-authentication+jwt", "JWT", "at+jwt"] {
            let mut header = confusion.forger.header();
            header["typ"] = json!(typ);
            let claims = confusion.claims_with(json!({"iss": id, "aud": aud}));
            assertions.push(confusion.forger.sign(&header.to_string(), &claims.to_string()));
        }
    }
    for assertion in &assertions {
        let own = ("client_assertion", assertion.as_str());
        let grant = ("grant_type", "client_credentials");
        for parameters in [&[grant, kind, own][..], &[grant, kind, own, ("client_id", id)][..]] {
            let request = Request::form(&world.path("/oauth2/token"), parameters);
            world.send(&request).expect_oauth_error(401, "invalid_client");
        }
        let request = Request::form(&world.path("/oauth2/introspect"), &[kind, own, ("token", assertion)]);
        world.send(&request).expect_oauth_error(401, "invalid_client");
        let grant = ("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer");
        let client = &confusion.credential;
        let request = Request::form(&world.path("/oauth2/token"), &[grant, ("assertion", assertion)]);
        let answer = world.send(&request.basic(&client.id, &client.key));
        answer.expect_oauth_error(400, "unsupported_grant_type");
    }
}

const NOBODY: &str = "00000000-0000-0000-0000-000000000000";

/// BC-05
#[test]
fn issuer_subject_and_audience_are_checked() {
    let confusion = Confusion::start();
    let world = &confusion.world;
    let other = world.credential("other", &["builders"]).id;
    let issuer = world.issuer();
    let wrong = [
        json!({"iss": null}),
        json!({"iss": format!("{issuer}/")}),
        json!({"iss": issuer.replace("acme", "other")}),
        json!({"iss": "https://evil.example/realms/acme"}),
        json!({"iss": issuer.to_uppercase()}),
        json!({"iss": [issuer]}),
        json!({"iss": ""}),
        json!({"sub": null}),
        json!({"sub": other}),
        json!({"client_id": other}),
        json!({"client_id": null}),
        json!({"sub": NOBODY, "client_id": NOBODY}),
        json!({"sub": confusion.server.id, "client_id": confusion.server.id}),
        json!({"sub": "holder@acme.example"}),
        json!({"aud": null}),
        json!({"aud": ""}),
        json!({"aud": "https://nobody.example"}),
        json!({"aud": [issuer]}),
        json!({"aud": [issuer, "https://builds.example.org"]}),
        json!({"aud": []}),
        json!({"aud": issuer.replace("acme", "other")}),
        json!({"realm": null}),
        json!({"realm": "other"}),
        json!({"jti": null}),
        json!({"jti": 1}),
        json!({"pos": null}),
        json!({"pos": "1"}),
        json!({"pos": -1}),
        json!({"pos": 0}),
        json!({"scope": ["ci:read"]}),
        json!({"scope": 1}),
        json!({"cnf": {"jkt": "x"}}),
        json!({"act": {"sub": other}}),
        json!({"unknown": true}),
    ];
    for parts in wrong {
        let mut claims = confusion.claims_with(parts.clone());
        confusion.refused(&confusion.forger.sign_claims(&claims));
    }
    confusion.accepted(&confusion.forger.sign_claims(&confusion.claims));
    for payload in ["", "{}", "[]", "null", "\"x\"", "1", "{\"iss\":"] {
        confusion.refused(&confusion.forger.sign(&confusion.forger.header().to_string(), payload));
    }
}

/// BC-05: a realm's key is valid for that realm alone.
#[test]
fn key_of_another_realm_is_not_accepted() {
    let mut confusion = Confusion::start();
    let acme_owner = confusion.world.owner.clone();
    confusion.world.owner = confusion.world.create_realm("other");
    confusion.world.realm = "other".into();
    let foreign = Forger::of(&confusion.world);
    let credential = confusion.world.credential("nightly", &[]);
    let server = confusion.world.resource_server("builds", "https://builds.example.org");
    let theirs = confusion.world.token(&credential);
    confusion.world.assert_active(&server, &theirs);
    confusion.world.realm = "acme".into();
    confusion.world.owner = acme_owner;

    confusion.refused(&theirs);
    confusion.refused(&foreign.sign_claims(&confusion.claims));
    // With the id of the accepted key.
    confusion.refused(&foreign.sign(&confusion.forger.header().to_string(), &confusion.claims.to_string()));
    // The accepted key with another realm's claims, at either realm.
    let crossed = confusion.forger.sign_claims(&jwt::claims(&theirs));
    confusion.refused(&crossed);
    confusion.world.realm = "other".into();
    confusion.world.assert_inactive(&server, &crossed);
    confusion.world.assert_inactive(&server, &confusion.token);
    confusion.world.assert_active(&server, &theirs);
}
