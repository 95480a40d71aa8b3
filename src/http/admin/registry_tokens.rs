//! `/registry-tokens`.

use actix_web::web::{Data, get, post};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::Value;

use crate::administration::{RegistryTokenView, list_registry_tokens, revoke_registry_token};
use crate::http::admin::caller::administer;
use crate::http::admin::listing::{list_operation, page_of};
use crate::http::admin::outcome::Outcome;
use crate::http::admin::path::path_id;
use crate::http::openapi::schema::{named, nullable, object, one_of, text, time, uuid};
use crate::http::openapi::{Operation, Who};
use crate::http::state::AppState;
use claviger_domain::Status;

const PATH: &str = "/registry-tokens";

pub fn operations() -> Vec<Operation> {
    vec![
        list_operation::<RegistryTokenView>(Operation::new(
            "get",
            PATH,
            "listRegistryTokens",
            Who::Owner,
            || get().to(list),
        ))
        .says("List the refresh tokens of container registry clients")
        .lists(&named("RegistryToken")),
        Operation::new("post", "/registry-tokens/{id}/revoke", "revokeRegistryToken", Who::Owner, || {
            post().to(revoke)
        })
        .says("Revoke the refresh token of a registry client")
        .more("Registry tokens issued with it stay valid until they expire.")
        .changes()
        .answers(named("Receipt")),
    ]
}

pub fn schema() -> Value {
    object(&[
        ("id", uuid()),
        ("client_id", nullable(uuid())),
        ("member", nullable(uuid())),
        ("service", text()),
        ("status", one_of(Status::NAMES)),
        ("created_at", time()),
        ("expires_at", time()),
        ("last_used_at", nullable(time())),
        ("revoked_at", nullable(time())),
    ])
}

pub async fn list(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    let page = page_of::<RegistryTokenView>(&request);
    administer(request, state, move |state, act| {
        Outcome::ok(&page?.select(list_registry_tokens(&state.administration, act)?))
    })
    .await
}

pub async fn revoke(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    let id = path_id(&request, "registry token");
    administer(request, state, move |state, act| {
        let revoked = revoke_registry_token(&state.administration, act, id?)?;
        Outcome::ended(state, revoked)
    })
    .await
}
