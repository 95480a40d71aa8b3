//! `/source-credentials/{id}/validate`, `/discover`, and validation of a credential that is not stored.

use actix_web::web::{Data, Payload, post};
use actix_web::{HttpRequest, HttpResponse};
use claviger_api::{Discovery, DiscoveryView, NewSourceCredential, SourceCredentialView, ValidationView};

use crate::administration::{self, revalidate_source_credential, validate_source_credential};
use crate::http::admin::body::body;
use crate::http::admin::caller::administer;
use crate::http::admin::outcome::Outcome;
use crate::http::admin::path::path_id;
use crate::http::openapi::{Operation, Who};
use crate::http::state::AppState;

pub fn operations() -> Vec<Operation> {
    vec![
        Operation::new(
            "post",
            "/source-credentials/validate",
            "validateNewSourceCredential",
            Who::Administrator,
            || post().to(validate_new),
        )
        .says("Ask the provider about a credential without storing it")
        .takes::<NewSourceCredential>()
        .replies::<ValidationView>(),
        Operation::new(
            "post",
            "/source-credentials/{id}/validate",
            "validateSourceCredential",
            Who::Administrator,
            || post().to(validate_stored),
        )
        .says("Ask the provider about a stored credential, and store what it says")
        .more("Whatever comes of it, its sources go on.")
        .refuses(&[409, 422])
        .shows::<SourceCredentialView>(),
        Operation::new(
            "post",
            "/source-credentials/{id}/discover",
            "discoverWithSourceCredential",
            Who::Administrator,
            || post().to(discover),
        )
        .says("List what can be chosen as the answer of a question of the source type")
        .takes::<Discovery>()
        .replies::<DiscoveryView>(),
    ]
}

pub async fn validate_new(request: HttpRequest, payload: Payload, state: Data<AppState>) -> HttpResponse {
    let new = body::<NewSourceCredential>(&request, payload).await;
    administer(request, state, move |state, act| {
        Outcome::ok(&validate_source_credential(&state.administration, act, new?)?)
    })
    .await
}

pub async fn validate_stored(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    let id = path_id(&request, "source credential");
    administer(request, state, move |state, act| {
        Outcome::shown(&revalidate_source_credential(&state.administration, act, id?)?)
    })
    .await
}

pub async fn discover(request: HttpRequest, payload: Payload, state: Data<AppState>) -> HttpResponse {
    let id = path_id(&request, "source credential");
    let asked = body::<Discovery>(&request, payload).await;
    administer(request, state, move |state, act| {
        Outcome::ok(&administration::discover(&state.administration, act, id?, &asked?)?)
    })
    .await
}
