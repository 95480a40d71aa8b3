//! HTTP responses (RFC 6750 §3 for refusals of the guard).

use actix_web::http::StatusCode;
use actix_web::http::header::{ALLOW, LOCATION, RETRY_AFTER, WWW_AUTHENTICATE};
use actix_web::{HttpRequest, HttpResponse};
use claviger_verifier::RealmLabel;
use serde_json::json;

use crate::call::{Done, Problem};
use crate::guard::Refusal;

pub fn done(done: Done) -> HttpResponse {
    match done {
        Done::Shown(what) => HttpResponse::Ok().json(what),
        Done::Created { at, what } => HttpResponse::Created().insert_header((LOCATION, at)).json(what),
        Done::Gone => HttpResponse::NoContent().finish(),
    }
}

pub fn problem(problem: &Problem) -> HttpResponse {
    let (status, error) = match problem {
        Problem::NotFound => (StatusCode::NOT_FOUND, "not_found"),
        Problem::Exists => (StatusCode::CONFLICT, "conflict"),
        Problem::Malformed(_) => (StatusCode::BAD_REQUEST, "invalid_request"),
        Problem::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "too_large"),
    };
    HttpResponse::build(status).json(body(error, &problem.to_string()))
}

pub fn wrong_method(allowed: &str) -> HttpResponse {
    let text = format!("the methods here are {allowed}");
    let mut answer = HttpResponse::MethodNotAllowed();
    answer.insert_header((ALLOW, allowed)).json(body("method_not_allowed", &text))
}

pub fn refused(request: &HttpRequest, refusal: &Refusal) -> HttpResponse {
    let challenged = |status: StatusCode, parameters: &str, error: &str, text: &str| {
        let challenge = format!("Bearer realm=\"{}\"{parameters}", protected_space(request));
        let mut answer = HttpResponse::build(status);
        answer.insert_header((WWW_AUTHENTICATE, challenge)).json(body(error, text))
    };
    match refusal {
        // A request without a token gets no error code (RFC 6750 §3.1).
        Refusal::NoToken => {
            let text = "send a token: `Authorization: Bearer TOKEN` or `OSF-TOKEN: TOKEN`";
            challenged(StatusCode::UNAUTHORIZED, "", "unauthorized", text)
        }
        Refusal::Unclear(unclear) => challenged(
            StatusCode::BAD_REQUEST,
            ", error=\"invalid_request\"",
            "invalid_request",
            &unclear.to_string(),
        ),
        Refusal::Inactive => challenged(
            StatusCode::UNAUTHORIZED,
            ", error=\"invalid_token\"",
            "invalid_token",
            "the token is expired, revoked, or none of this issuer's",
        ),
        Refusal::OtherFactory => problem(&Problem::NotFound),
        Refusal::MissingScope(scope) => challenged(
            StatusCode::FORBIDDEN,
            &format!(", error=\"insufficient_scope\", scope=\"{scope}\""),
            "insufficient_scope",
            &format!("the token lacks the scope {scope}"),
        ),
        Refusal::Unavailable(unavailable) => {
            let text = "whether the token is active cannot be told now: try again";
            let mut answer = HttpResponse::ServiceUnavailable();
            answer.insert_header((RETRY_AFTER, unavailable.retry_after.to_string()));
            answer.json(body("temporarily_unavailable", text))
        }
    }
}

/// The factory in the path, if its name is valid in a header.
fn protected_space(request: &HttpRequest) -> String {
    let named = request.match_info().get("factory").and_then(|named| named.parse::<RealmLabel>().ok());
    named.map_or_else(|| "api".to_owned(), |factory| factory.to_string())
}

fn body(error: &str, description: &str) -> serde_json::Value {
    json!({"error": error, "error_description": description})
}
