//! `/registry-tokens`.

use actix_web::web::{Data, get, post};
use actix_web::{HttpRequest, HttpResponse};
use claviger_api::RegistryTokenView;

use crate::administration::{list_registry_tokens, revoke_registry_token};
use crate::http::admin::caller::{administer, administer_or_try};
use crate::http::admin::listing::{list_operation, page_of};
use crate::http::admin::outcome::Outcome;
use crate::http::admin::path::path_id;
use crate::http::openapi::{Operation, Who};
use crate::http::state::AppState;

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
        .lists::<RegistryTokenView>(),
        Operation::new("post", "/registry-tokens/{id}/revoke", "revokeRegistryToken", Who::Owner, || {
            post().to(revoke)
        })
        .says("Revoke the refresh token of a registry client")
        .more("Registry tokens issued with it stay valid until they expire.")
        .ends(),
    ]
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
    administer_or_try(request, state, move |state, act| {
        let revoked = revoke_registry_token(&state.administration, act, id?)?;
        Outcome::ended(state, revoked)
    })
    .await
}
