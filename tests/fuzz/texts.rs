//! Texts in requests, tokens and settings: what was parsed is written out with the same meaning.

use std::fmt::Display;
use std::str::FromStr;

use claviger_contract::{CompactJwt, RealmLabel, Scope, Timestamp, UnverifiedAccessToken};
use claviger_domain::{
    Algorithm, DatabaseUrl, Description, EmailAddress, IdempotencyKey, Name, Network, ResourceGrant,
    ResourceName, Role, SecretDigest, ServerAudience, TagList,
};

use crate::bytes::fuzz_text;

/// A parsed value is the same after it is written out and parsed again.
fn round_trip<T: FromStr + Display + PartialEq + std::fmt::Debug>(text: &str) {
    if let Ok(value) = text.parse::<T>() {
        let again = value.to_string().parse::<T>();
        assert!(again.as_ref().is_ok_and(|again| *again == value), "{value} is written and not read");
    }
}

#[test]
fn scopes() {
    let samples =
        ["source:read-update", "studio/studio-1:view", "word", "acme:source:read", "a:b:c:d", "x/y/z:w"];
    fuzz_text("scopes", &samples, |text| {
        round_trip::<Scope>(text);
        let realm: RealmLabel = "acme".parse().unwrap();
        if let Ok(scope) = Scope::parse_in(&realm, text) {
            assert_eq!(Scope::parse_in(&realm, &scope.to_string()), Ok(scope));
        }
    });
}

#[test]
fn names_and_addresses() {
    let samples = ["acme", "Tech Products", "ada@example.org", "studio/studio-1", "夜間", "a-b-c", "xn--a"];
    fuzz_text("names", &samples, |text| {
        round_trip::<RealmLabel>(text);
        round_trip::<Name>(text);
        round_trip::<Description>(text);
        round_trip::<EmailAddress>(text);
        round_trip::<ResourceName>(text);
        let _ = text.parse::<Role>();
        let _ = text.parse::<Algorithm>();
    });
}

#[test]
fn times() {
    let samples =
        ["2026-01-31T12:00:00Z", "1970-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "2026-02-30T00:00:00+01:00"];
    fuzz_text("times", &samples, round_trip::<Timestamp>);
}

#[test]
fn networks_and_urls() {
    let samples = [
        "10.0.0.0/8",
        "fd00::/8",
        "127.0.0.1",
        "https://api.example/x",
        "sqlite://data/c.db",
        "postgres://u:p@h/d",
    ];
    fuzz_text("networks", &samples, |text| {
        let _ = text.parse::<Network>();
        round_trip::<ServerAudience>(text);
        if let Ok(url @ DatabaseUrl::Postgres(_)) = text.parse::<DatabaseUrl>() {
            let shown = format!("{url} {url:?}");
            let password =
                text.split_once("://").and_then(|(_, rest)| rest.rsplit_once('@')).map(|(user, _)| user);
            if let Some((_, password)) =
                password.and_then(|user| user.split_once(':')).filter(|(_, pw)| pw.len() > 8)
            {
                assert!(!shown.contains(password), "{shown}");
            }
        }
    });
}

#[test]
fn headers_of_conditional_requests() {
    let samples = ["*", "\"abc\"", "W/\"abc\", \"def\"", "attempt-1"];
    fuzz_text("conditions", &samples, |text| {
        let _ = text.parse::<TagList>();
        round_trip::<IdempotencyKey>(text);
        round_trip::<SecretDigest>(text);
    });
}

#[test]
fn tokens() {
    let samples = [
        "eyJ0eXAiOiJhdCtqd3QiLCJhbGciOiJFUzI1NiIsImtpZCI6ImEifQ.eyJpc3MiOiJhIn0.c2ln",
        "eyJhbGciOiJub25lIn0..",
        "a.b.c",
    ];
    fuzz_text("tokens", &samples, |text| {
        let _ = UnverifiedAccessToken::parse(text);
        if let Ok(compact) = CompactJwt::split(text) {
            assert!(text.starts_with(compact.signed) && text.ends_with(compact.signature));
        }
    });
}

#[test]
fn grants() {
    let samples = [r#"[{"resource":"studio/studio-1","actions":["view"]}]"#, "[]", r#"{"resource":1}"#];
    fuzz_text("grants", &samples, |text| {
        if let Ok(grants) = serde_json::from_str::<Vec<ResourceGrant>>(text) {
            let normal = ResourceGrant::normalize(grants);
            assert_eq!(ResourceGrant::normalize(normal.clone()), normal, "normal stays normal");
        }
    });
}
