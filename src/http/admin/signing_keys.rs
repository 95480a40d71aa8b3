//! `/signing-keys`: list, create, rotate, withdraw.

use actix_web::web::{Data, Payload, get, post};
use actix_web::{HttpRequest, HttpResponse};
use claviger_api::SigningKeyView;

use crate::administration::{
    NewSigningKey, SigningKeyRotation, create_signing_key, list_signing_keys, rotate_signing_keys,
    withdraw_signing_key,
};
use crate::http::admin::body::{body, optional_body};
use crate::http::admin::caller::{administer, administer_or_try};
use crate::http::admin::listing::{list_operation, page_of};
use crate::http::admin::outcome::{Outcome, after_its_first};
use crate::http::admin::path::PathParts;
use crate::http::openapi::{Operation, Who};
use crate::http::state::AppState;

pub fn operations() -> Vec<Operation> {
    vec![
        list_operation::<SigningKeyView>(Operation::new(
            "get",
            "/signing-keys",
            "listSigningKeys",
            Who::Reader,
            || get().to(list),
        ))
        .says("List the realm's signing keys")
        .lists::<SigningKeyView>(),
        Operation::new("post", "/signing-keys", "createSigningKey", Who::Administrator, || post().to(create))
            .says("Create or import a next key that replaces the current one")
            .more("RS256 and PS256 need private_key_pem: PKCS#8 in PEM, 2048 to 4096 bits.")
            .takes::<NewSigningKey>()
            .makes::<SigningKeyView>(),
        Operation::new("post", "/signing-keys/rotate", "rotateSigningKeys", Who::Administrator, || {
            post().to(rotate)
        })
        .says("Start signing with the next key")
        .more(
            "Answered with 409 until the next key has been published for five minutes. The body describes \
             the new next key.",
        )
        .may_take::<SigningKeyRotation>()
        .changes()
        .shows::<SigningKeyView>(),
        Operation::new(
            "post",
            "/signing-keys/{kid}/withdraw",
            "withdrawSigningKey",
            Who::Administrator,
            || post().to(withdraw),
        )
        .says("Withdraw a key; every token it signed becomes invalid at once")
        .ends(),
    ]
}

pub async fn list(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    let page = page_of::<SigningKeyView>(&request);
    administer(request, state, move |state, act| {
        Outcome::ok(&page?.select(list_signing_keys(&state.administration, act)?))
    })
    .await
}

pub async fn create(request: HttpRequest, payload: Payload, state: Data<AppState>) -> HttpResponse {
    let new = body::<NewSigningKey>(&request, payload).await;
    administer(request, state, move |state, act| {
        let made = after_its_first(state, act, create_signing_key(&state.administration, act, new?))?;
        let (key, _) = made.settle(&state.barrier)?.into_parts();
        Outcome::created(&key)
    })
    .await
}

pub async fn rotate(request: HttpRequest, payload: Payload, state: Data<AppState>) -> HttpResponse {
    let rotation = optional_body::<SigningKeyRotation>(&request, payload).await;
    administer(request, state, move |state, act| {
        let rotation = rotation?.unwrap_or_default();
        Outcome::shown(&rotate_signing_keys(&state.administration, act, rotation)?)
    })
    .await
}

pub async fn withdraw(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    let kid = PathParts::of(&request).kid;
    administer_or_try(request, state, move |state, act| {
        let withdrawn = withdraw_signing_key(&state.administration, act, &kid)?;
        Outcome::ended(state, withdrawn)
    })
    .await
}
