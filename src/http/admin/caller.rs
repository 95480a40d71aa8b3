//! Who calls the administration, by which token.

use std::sync::Arc;

use actix_web::http::header::{CACHE_CONTROL, HeaderName, HeaderValue};
use actix_web::web::{self, Data};
use actix_web::{HttpRequest, HttpResponse};

use super::outcome::Outcome;
use super::problem::Problem;
use crate::http::AppState;
use crate::http::bearer_header::presented_token;
use crate::http::client_address::client_address;
use crate::issuance::{BearerKind, Refusal};
use crate::ledger::{Act, Caller};

/// A member by a personal access token; a service credential can never administer.
fn act(request: &HttpRequest, state: &AppState) -> Result<Act, Problem> {
    let token = presented_token(request)
        .map_err(|_| Problem::malformed_authorization())?
        .ok_or_else(Problem::not_signed_in)?;
    let address = client_address(request, state);
    let realm = request.match_info().get("realm").unwrap_or_default();
    let bearer = state.issuer.recognise(realm, &token, address).map_err(|refusal| match refusal {
        Refusal::TooManyFailures { retry_after } => Problem::too_many_failures(retry_after.as_secs() + 1),
        Refusal::Unavailable => Problem::unavailable(refusal.to_string()),
        _ => Problem::invalid_token(),
    })?;
    let caller = match &bearer.kind {
        BearerKind::PersonalAccessToken { token, member } => {
            Caller::Member { member: member.id, token: token.id }
        }
        BearerKind::ServiceCredential => {
            return Err(Problem::forbidden(
                "a service credential cannot administer: use a personal access token",
            ));
        }
    };
    Ok(Act {
        realm: bearer.realm.record.label.clone(),
        caller,
        address: Some(address.to_string()),
        request_id: Some(state.administration.new_request_id().to_string()),
    })
}

/// The answer to whoever may not ask at all, for requests whose body is worth reading only after that.
pub fn refused_caller(request: &HttpRequest, state: &AppState) -> Option<HttpResponse> {
    let realm = request.match_info().get("realm").unwrap_or_default();
    act(request, state).err().map(|problem| problem.answer(request.path(), realm))
}

/// Recognises the caller, does the work where it may wait for the database, and gives whatever comes of it its face.
pub async fn administer(
    request: HttpRequest,
    state: Data<AppState>,
    work: impl FnOnce(&AppState, &Act) -> Result<Outcome, Problem> + Send + 'static,
) -> HttpResponse {
    let instance = request.path();
    let realm = request.match_info().get("realm").unwrap_or_default();
    let act = match act(&request, &state) {
        Ok(act) => act,
        Err(problem) => return problem.answer(instance, realm),
    };
    let request_id = act.request_id.clone().unwrap_or_default();
    let shared: Arc<AppState> = state.clone().into_inner();
    let done = web::block(move || work(&shared, &act)).await;
    let mut answer = match done {
        Ok(Ok(outcome)) => HttpResponse::build(outcome.status)
            .insert_header((CACHE_CONTROL, "no-store"))
            .content_type("application/json")
            .body(outcome.body),
        Ok(Err(problem)) => problem.answer(instance, realm),
        Err(_) => Problem::unavailable("the server is stopping").answer(instance, realm),
    };
    if !request.method().is_safe() {
        // What this node has applied by now, its own write included.
        let position = state.administration.ledger.latest().position.as_u64();
        answer.headers_mut().insert(POSITION, HeaderValue::from(position));
    }
    if let Ok(value) = HeaderValue::from_str(&request_id) {
        answer.headers_mut().insert(REQUEST_ID, value);
    }
    answer
}

const POSITION: HeaderName = HeaderName::from_static("claviger-position");
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
