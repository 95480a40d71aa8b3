//! `/registry-keys`: the certificate that container registries trust, and the key that signs for them.

use actix_web::web::{Data, Payload, get, post};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::{Value, json};

use crate::administration::{KeyOrder, RegistryKeyOrder, list_registry_keys, rotate_registry_keys};
use crate::http::admin::caller::administer;
use crate::http::admin::fields::{Fields, flag, text};
use crate::http::admin::outcome::Outcome;
use crate::http::admin::problem::Problem;
use crate::http::admin::signing_keys::pem;
use crate::http::openapi::schema::{
    flag as flag_of, list as list_of, named, object, one_of, partly, text as text_of, time,
};
use crate::http::openapi::{Operation, Who};
use crate::http::state::AppState;
use claviger_domain::Algorithm;

pub fn operations() -> Vec<Operation> {
    let parts =
        [("alg", one_of(&["ES256", "RS256"])), ("private_key_pem", text_of()), ("authority", flag_of())];
    vec![
        Operation::new("get", "/registry-keys", "listRegistryKeys", Who::Reader, || get().to(list))
            .says("List the keys for container registries: the authority and the signing key")
            .answers(object(&[("items", list_of(named("RegistryKey")))])),
        Operation::new("post", "/registry-keys/rotate", "rotateRegistryKeys", Who::Administrator, || {
            post().to(rotate)
        })
        .says("Rotate the signing key for container registries")
        .more(
            "Registries need no change. With `authority`, they refuse tokens until they have the new \
             certificate. RS256 needs private_key_pem.",
        )
        .takes(partly(&parts, &[]))
        .makes(named("RegistryKey")),
    ]
}

pub fn schema() -> Value {
    object(&[
        ("kid", text_of()),
        ("purpose", one_of(&["registry", "registry_authority"])),
        ("alg", one_of(&["ES256", "RS256"])),
        ("certificate", text_of()),
        ("created_at", time()),
    ])
}

pub async fn list(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    administer(request, state, |state, act| {
        Outcome::ok(&json!({"items": list_registry_keys(&state.administration, act)?}))
    })
    .await
}

pub async fn rotate(request: HttpRequest, payload: Payload, state: Data<AppState>) -> HttpResponse {
    let order = Fields::read(&request, payload).await.and_then(order);
    administer(request, state, move |state, act| {
        Outcome::created(&rotate_registry_keys(&state.administration, act, order?)?)
    })
    .await
}

fn order(mut fields: Fields) -> Result<RegistryKeyOrder, Problem> {
    let algorithm = fields.optional("alg", text).unwrap_or(Algorithm::Es256);
    let private_key = fields.optional("private_key_pem", pem);
    let authority = fields.optional("authority", flag).unwrap_or(false);
    fields.finish(|| Some(RegistryKeyOrder { key: KeyOrder { algorithm, private_key }, authority }))
}
