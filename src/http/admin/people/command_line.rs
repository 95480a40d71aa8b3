//! `/personal-access-tokens/exchange`: the end of a sign-in that `claviger login` began in the browser.

use std::sync::Arc;

use actix_web::http::header::CACHE_CONTROL;
use actix_web::web::{self, Data, Payload, post};
use actix_web::{HttpRequest, HttpResponse};
use claviger_api::{ApprovedSignIn, CreatedMemberToken};
use claviger_contract::RealmLabel;

use crate::administration::{AdministrationError, PresentedApproval, exchange_approval};
use crate::http::admin::body::body;
use crate::http::admin::caller::{ensure_no_dry_run, refused};
use crate::http::admin::problem::Problem;
use crate::http::client_address::client_address;
use crate::http::observe::id_of;
use crate::http::openapi::{Operation, Who};
use crate::http::state::AppState;
use crate::issuance::Refusal;

pub fn operations() -> Vec<Operation> {
    vec![
        Operation::new(
            "post",
            "/personal-access-tokens/exchange",
            "exchangeApprovedSignIn",
            Who::Anybody,
            || post().to(exchange),
        )
        .says("Exchange the code of an approved sign-in for a personal access token")
        .more(
            "For `claviger login`, which sends no token: the code and its verifier say who asks. The member approves the \
             sign-in at `/console/{realm}/cli`. The code works once, at every node, and ends with the session that \
             approved it.",
        )
        .takes::<ApprovedSignIn>()
        .made::<CreatedMemberToken>()
        .refuses(&[409])
        .never_refuses(401),
    ]
}

pub async fn exchange(request: HttpRequest, payload: Payload, state: Data<AppState>) -> HttpResponse {
    let presented = body::<ApprovedSignIn>(&request, payload).await;
    let presented = ensure_no_dry_run(&request).and(presented);
    let (instance, realm) = (request.path(), request.match_info().get("realm").unwrap_or_default());
    let (address, request_id) = (client_address(&request, &state), id_of(&request));
    let shared: Arc<AppState> = state.into_inner();
    let label = realm.parse::<RealmLabel>().map_err(|_| Problem::not_found("realm"));
    let done = web::block(move || {
        let (label, presented) = (label?, presented?);
        let approval = PresentedApproval {
            code: presented.code.expose(),
            verifier: presented.verifier.expose(),
            address: Some(address.to_string()),
            request_id,
        };
        let made = exchange_approval(&shared.administration, &label, approval).map_err(|error| {
            let is_guess = matches!(error, AdministrationError::Invalid(_));
            let refusal = is_guess.then(|| shared.issuer.refuse_approval(&label, address));
            match refusal {
                Some(refusal @ Refusal::TooManyFailures { .. }) => refused(&refusal),
                _ => error.into(),
            }
        })?;
        serde_json::to_vec(&made).map_err(|error| Problem::unavailable(error.to_string()))
    });
    let problem = match done.await {
        Ok(Ok(body)) => {
            let mut answer = HttpResponse::Created();
            return answer
                .insert_header((CACHE_CONTROL, "no-store"))
                .content_type("application/json")
                .body(body);
        }
        Ok(Err(problem)) => problem,
        Err(_) => Problem::unavailable("the server is stopping"),
    };
    problem.answer(instance, realm)
}
