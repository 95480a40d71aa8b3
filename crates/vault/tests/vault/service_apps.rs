//! Service apps: what is stored stays in the vault, and a short-lived token leaves it.

use claviger_vault::{Catalog, Outcome};
use serde_json::json;

use crate::keys::claims;
use crate::provider::{NOW, route};
use crate::table::{all, github_app, okta_app};

#[test]
fn a_token_is_used_until_a_minute_before_its_end() {
    let token = okta_app(&["okta.users.read"]).access_token().unwrap();
    assert_eq!((token.secret(), token.scope.as_str()), ("okta-token-1234", "okta.users.read"));
    assert_eq!(token.usable_until, "2026-11-30T12:59:00Z".parse::<chrono::DateTime<chrono::Utc>>().unwrap());
    assert!(!format!("{token:?}").contains("okta-token"));
}

#[test]
fn a_token_without_an_end_is_not_kept() {
    let answer = json!({ "access_token": "okta-token-1234", "token_type": "Bearer" });
    let provider = okta_app(&[]).with(vec![route("POST acme.okta.com/oauth2/v1/token", 200, answer)]);
    assert!(
        provider.access_token().unwrap().usable_until < NOW.parse::<chrono::DateTime<chrono::Utc>>().unwrap()
    );
}

#[test]
fn a_github_app_gives_a_signed_assertion_and_not_its_key() {
    let token = github_app().access_token().unwrap();
    let claims = claims(token.secret()).unwrap();
    assert_eq!(claims["iss"], "12345");
    assert!(token.usable_until.timestamp() < claims["exp"].as_i64().unwrap());
}

#[test]
fn only_service_apps_have_tokens() {
    let catalog = Catalog::built_in();
    for provider in all() {
        let mode = catalog.source_type(provider.source_type).unwrap().mode(provider.mode).unwrap();
        let has_token = provider.access_token().is_ok();
        assert_eq!(has_token, mode.is_service_app(), "{} {}", provider.source_type, provider.mode);
    }
}

#[test]
fn a_token_endpoint_that_refuses_is_an_outcome_and_a_sentence() {
    for (status, body, outcome) in [
        (401, json!({ "error": "invalid_client" }), Outcome::InvalidCredential),
        (400, json!({ "error": "invalid_grant" }), Outcome::InvalidCredential),
        (400, json!({ "error": "unauthorized_client" }), Outcome::InsufficientPermission),
        (400, json!({ "error": "invalid_scope" }), Outcome::InsufficientPermission),
        (400, json!({ "error": "something_else" }), Outcome::Unknown),
        (200, json!({ "token_type": "Bearer" }), Outcome::InvalidCredential),
        (200, json!("<html>Sign in</html>"), Outcome::InvalidCredential),
        (404, json!({}), Outcome::WrongUrl),
        (429, json!({}), Outcome::RateLimited),
        (503, json!({}), Outcome::ProviderError),
    ] {
        let provider =
            okta_app(&[]).with(vec![route("POST acme.okta.com/oauth2/v1/token", status, body.clone())]);
        let refused = provider.access_token().unwrap_err();
        assert_eq!(refused.outcome, outcome, "{status} {body}");
        assert!(!refused.sentences.is_empty());
    }
}
