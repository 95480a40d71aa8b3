//! Opaque tokens: the issuer is asked each time, and what it cannot have said is not believed.

use claviger_verifier::{IntrospectedToken, InvalidToken, Refused, Requirement, Undecided, Verifier};
use serde_json::{Value, json};

use crate::support::fake_issuer::{AUDIENCE, FakeIssuer};
use crate::support::{any, block_on};

const TOKEN: &str = "clva_0123456789abcdefghijklmnopqrstuvwxyzAB";
const CLIENT: &str = "0198c9a1-5f1e-7c3a-9b1d-2f6d1c0a7e11";
const MEMBER: &str = "0198c9a1-5f1e-7c3a-9b1d-2f6d1c0a7e12";

fn ask(verifier: &Verifier, token: &str, needed: &Requirement) -> Result<IntrospectedToken, Refused> {
    block_on(verifier.introspect_opaque_async(token, needed))
}

fn answer(fake: &FakeIssuer) -> Value {
    json!({
        "active": true, "iss": fake.issuer.url(), "aud": fake.issuer.url(), "sub": MEMBER,
        "client_id": CLIENT, "jti": CLIENT, "scope": "ci:read source:read-update",
    })
}

#[test]
fn active_token_has_its_scopes_and_is_asked_about_each_time() {
    let fake = FakeIssuer::start();
    let verifier = fake.verifier();
    fake.told().introspected = Some(answer(&fake));
    for number in 1..=3 {
        let token = ask(&verifier, TOKEN, &Requirement::scopes("source:read").unwrap()).expect("active");
        assert_eq!(
            (token.client_id().to_string(), token.subject().to_string()),
            (CLIENT.into(), MEMBER.into())
        );
        assert_eq!(token.scopes().to_string(), "ci:read source:read-update");
        let asked = fake.requests_of("/introspect");
        assert_eq!(asked.len(), number);
    }
    let needed = Requirement::scopes("ci:read source:create").unwrap();
    let lacking = ask(&verifier, TOKEN, &needed).expect_err("one scope is missing");
    assert_eq!(lacking, Refused::InsufficientScope { needed });
    let mut for_audience = answer(&fake);
    for_audience["aud"] = json!(AUDIENCE);
    fake.told().introspected = Some(for_audience);
    assert!(ask(&verifier, TOKEN, &any()).is_ok());
    fake.told().introspected = Some(json!({"active": false}));
    let ended = ask(&verifier, TOKEN, &any()).expect_err("inactive");
    assert_eq!(ended, Refused::Invalid(InvalidToken::Inactive));
}

#[test]
fn answer_that_cannot_be_right_and_no_answer_decide_nothing() {
    let fake = FakeIssuer::start();
    let verifier = fake.verifier();
    let is_undecided = |what: &str| {
        let refused = ask(&verifier, TOKEN, &any()).expect_err(what);
        assert!(
            matches!(refused, Refused::Undecided { why: Undecided::IssuerUnavailable, .. }),
            "{what}: {refused}"
        );
    };
    is_undecided("503");
    for (member, value) in [
        ("iss", json!("https://other.example/realms/acme")),
        ("iss", json!(null)),
        ("aud", json!("https://other.example")),
        ("aud", json!(null)),
        ("sub", json!(null)),
        ("sub", json!("ada")),
        ("client_id", json!("")),
        ("active", json!("true")),
    ] {
        let mut lie = answer(&fake);
        lie[member] = value.clone();
        fake.told().introspected = Some(lie);
        is_undecided(&format!("{member}: {value}"));
    }
}

#[test]
fn signed_or_garbled_token_is_never_sent_to_the_issuer() {
    let fake = FakeIssuer::start();
    let verifier = fake.verifier();
    fake.told().introspected = Some(answer(&fake));
    let signed = fake.issuer.mint().sign();
    for token in [signed.as_str(), "", "a b", "a\r\nb", "a&token=b", "ü", &"a".repeat(100_000)] {
        let refused = ask(&verifier, token, &any()).expect_err(token);
        assert!(matches!(refused, Refused::Invalid(InvalidToken::NotOurs(_))), "{token}: {refused}");
    }
    assert!(fake.requests_of("/introspect").is_empty());
}
