//! `/trace`: what a leaked secret is.

use actix_web::web::{Data, Payload, post};
use actix_web::{HttpRequest, HttpResponse};
use claviger_api::{Trace, TraceView, TracedSecret};

use crate::http::admin::body::body;
use crate::http::admin::caller::{administer, refused};
use crate::http::admin::outcome::Outcome;
use crate::http::admin::problem::Problem;
use crate::http::openapi::{Operation, Who};
use crate::http::state::AppState;
use crate::http::traced::{NotTraced, find_traced};
use crate::issuance::Traced;

pub fn operations() -> Vec<Operation> {
    vec![
        Operation::new("post", "/trace", "traceSecret", Who::Administrator, || post().to(trace))
            .says("Find out what a leaked secret is, and whether it is still accepted")
            .more(
                "Keys of clients, API tokens, personal access tokens, registry refresh tokens, and signed tokens. \
                 A key needs no client id. The secret is neither stored nor logged, and does not count as used. \
                 What ended long ago is not found. A caller may ask 60 times a minute.",
            )
            .takes::<Trace>()
            .replies::<TraceView>(),
    ]
}

pub async fn trace(request: HttpRequest, payload: Payload, state: Data<AppState>) -> HttpResponse {
    let asked = body::<Trace>(&request, payload).await;
    administer(request, state, move |state, act| {
        let found = find_traced(state, act, asked?.secret.expose()).map_err(|not| match not {
            NotTraced::Denied(error) => error.into(),
            NotTraced::Refused(refusal) => refused(&refusal),
        });
        Outcome::ok(&TraceView { found: found.map_err(|problem: Problem| problem)?.map(view) })
    })
    .await
}

fn view(found: Traced) -> TracedSecret {
    let Traced { kind, id, name, owner, status, expires_at, jti } = found;
    TracedSecret { kind, id, name, owner, status, expires_at, jti }
}
