//! The middleware and the extractor for actix-web answer as RFC 6750 §3 says.

use actix_web::dev::ServiceResponse;
use actix_web::http::header::HeaderMap;
use actix_web::test::{TestRequest, call_service, init_service, read_body};
use actix_web::{App, web};
use claviger_verifier::actix::{Guard, metadata};
use claviger_verifier::testing::Issuer;
use claviger_verifier::{ProtectedResource, Protection, Requirement, ScopeSet, VerifiedToken};

const ISSUER: &str = "https://tokens.test/realms/acme";
const AUDIENCE: &str = "https://api.test/v1";
const METADATA: &str = "https://api.test/.well-known/oauth-protected-resource/v1";

async fn handler(token: VerifiedToken) -> String {
    token.client_id().to_string()
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).map(|value| value.to_str().unwrap())
}

async fn told(answer: ServiceResponse<impl actix_web::body::MessageBody>) -> (u16, Option<String>, String) {
    let challenge = text(answer.headers(), "www-authenticate").map(str::to_owned);
    let status = answer.status().as_u16();
    (status, challenge, String::from_utf8(read_body(answer).await.to_vec()).unwrap())
}

fn protection(issuer: &Issuer) -> Protection {
    let verifier = issuer.verifier(AUDIENCE);
    let scopes: ScopeSet = ["ci:read".parse().unwrap()].into_iter().collect();
    let resource = ProtectedResource::new(AUDIENCE, &verifier, &scopes).unwrap();
    Protection::new(verifier).with_resource(resource)
}

#[actix_web::test]
async fn guard_lets_in_or_says_why_not() {
    let issuer = Issuer::new(ISSUER);
    let protection = protection(&issuer);
    let guard = Guard::new(protection.clone(), Requirement::scopes("ci:read").unwrap());
    let guarded = web::scope("/builds").wrap(guard).route("", web::get().to(handler));
    let document = metadata(protection.resource().unwrap());
    let app = init_service(App::new().service(guarded).service(document)).await;
    let send = |header: Option<String>| {
        let mut request = TestRequest::get().uri("/builds?access_token=x");
        if let Some(header) = header {
            request = request.insert_header(("Authorization", header));
        }
        call_service(&app, request.to_request())
    };
    let token = issuer.mint().scope("ci:read-update").sign();
    assert_eq!(told(send(Some(format!("bEARER {token}"))).await).await.0, 200);

    let (status, challenge, _) = told(send(None).await).await;
    assert_eq!(status, 401);
    assert_eq!(challenge.unwrap(), format!("Bearer realm=\"api\", resource_metadata=\"{METADATA}\""));

    let (status, challenge, _) = told(send(Some("Bearer a b".to_owned())).await).await;
    assert_eq!(status, 400);
    assert!(challenge.unwrap().contains("error=\"invalid_request\""));

    let expired = issuer.mint().scope("ci:read").issued_ago(900).sign();
    let garbled = format!("{token}x");
    let mut answers = Vec::new();
    for token in [expired, garbled, "clva_opaque".to_owned()] {
        answers.push(told(send(Some(format!("Bearer {token}"))).await).await);
    }
    issuer.revoke(&token);
    answers.push(told(send(Some(format!("Bearer {token}"))).await).await);
    assert!(answers.iter().all(|answer| *answer == answers[0]), "all reasons look the same: {answers:?}");
    assert_eq!(answers[0].0, 401);
    assert!(answers[0].1.as_ref().unwrap().contains("error=\"invalid_token\""));

    let narrow = issuer.mint().scope("ci:create").sign();
    let (status, challenge, body) = told(send(Some(format!("Bearer {narrow}"))).await).await;
    assert_eq!(status, 403);
    assert!(challenge.unwrap().contains("error=\"insufficient_scope\", scope=\"ci:read\""));
    assert!(body.contains("ci:read"));

    issuer.lose_lease();
    let answer = send(Some(format!("Bearer {narrow}"))).await;
    assert_eq!(answer.status().as_u16(), 503);
    assert_eq!(text(answer.headers(), "retry-after"), Some("1"));
    assert_eq!(text(answer.headers(), "cache-control"), Some("no-store"));

    let document = TestRequest::get().uri("/.well-known/oauth-protected-resource/v1").to_request();
    let (status, _, body) = told(call_service(&app, document).await).await;
    assert_eq!(status, 200);
    let document: serde_json::Value = serde_json::from_str(&body).unwrap();
    let expected = serde_json::json!({
        "resource": AUDIENCE,
        "authorization_servers": [ISSUER],
        "scopes_supported": ["ci:read"],
        "bearer_methods_supported": ["header"],
    });
    assert_eq!(document, expected);
}

#[actix_web::test]
async fn extractor_verifies_by_itself_where_no_guard_is() {
    let issuer = Issuer::new(ISSUER);
    let app = App::new().app_data(protection(&issuer)).route("/", web::get().to(handler));
    let app = init_service(app).await;
    let token = issuer.mint().audience(AUDIENCE).sign();
    let with = TestRequest::get().uri("/").insert_header(("OSF-TOKEN", token)).to_request();
    assert_eq!(call_service(&app, with).await.status().as_u16(), 200);
    let without = call_service(&app, TestRequest::get().uri("/").to_request()).await;
    let (status, challenge, _) = told(without).await;
    assert_eq!(status, 401);
    assert!(challenge.unwrap().contains(METADATA));
}

#[actix_web::test]
async fn guard_around_the_whole_app_serves_the_metadata() {
    let issuer = Issuer::new(ISSUER);
    let guard = Guard::new(protection(&issuer), Requirement::any_token());
    let app = init_service(App::new().wrap(guard).route("/", web::get().to(handler))).await;
    let document = TestRequest::get().uri("/.well-known/oauth-protected-resource/v1").to_request();
    assert_eq!(call_service(&app, document).await.status().as_u16(), 200);
    assert_eq!(call_service(&app, TestRequest::get().uri("/").to_request()).await.status().as_u16(), 401);
}
