//! `/registry-keys`: the certificate that container registries trust, and the key that signs for them.

use actix_web::web::{Data, Payload, get, post};
use actix_web::{HttpRequest, HttpResponse};
use claviger_api::{Items, RegistryKeyView};

use crate::administration::{RegistryKeyRotation, list_registry_keys, rotate_registry_keys};
use crate::http::admin::body::body;
use crate::http::admin::caller::administer;
use crate::http::admin::outcome::Outcome;
use crate::http::openapi::{Operation, Who};
use crate::http::state::AppState;

pub fn operations() -> Vec<Operation> {
    vec![
        Operation::new("get", "/registry-keys", "listRegistryKeys", Who::Reader, || get().to(list))
            .says("List the keys for container registries: the authority and the signing key")
            .replies::<Items<RegistryKeyView>>(),
        Operation::new("post", "/registry-keys/rotate", "rotateRegistryKeys", Who::Administrator, || {
            post().to(rotate)
        })
        .says("Rotate the signing key for container registries")
        .more(
            "Registries need no change. With `authority`, they refuse tokens until they have the new \
             certificate. RS256 needs private_key_pem.",
        )
        .takes::<RegistryKeyRotation>()
        .makes::<RegistryKeyView>(),
    ]
}

pub async fn list(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    administer(request, state, |state, act| {
        let items = list_registry_keys(&state.administration, act)?;
        Outcome::ok(&Items { items })
    })
    .await
}

pub async fn rotate(request: HttpRequest, payload: Payload, state: Data<AppState>) -> HttpResponse {
    let rotation = body::<RegistryKeyRotation>(&request, payload).await;
    administer(request, state, move |state, act| {
        Outcome::created(&rotate_registry_keys(&state.administration, act, rotation?)?)
    })
    .await
}
