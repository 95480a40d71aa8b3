//! `/signing-keys`: list, create, rotate, withdraw.

use actix_web::web::{Data, Payload, get, post};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::Value;

use crate::administration::{
    FieldError, KeyOrder, PemKey, SigningKeyView, create_signing_key, list_signing_keys, rotate_signing_keys,
    withdraw_signing_key,
};
use crate::http::admin::caller::administer;
use crate::http::admin::fields::{Fields, text};
use crate::http::admin::listing::{list_operation, page_of};
use crate::http::admin::outcome::{Outcome, after_its_first};
use crate::http::admin::path::PathParts;
use crate::http::admin::problem::Problem;
use crate::http::openapi::schema::{
    edit as edit_of, named, nullable, object, one_of, partly, text as text_of, time,
};
use crate::http::openapi::{Operation, Who};
use crate::http::state::AppState;
use claviger_domain::Algorithm;

pub fn operations() -> Vec<Operation> {
    let parts = [("alg", algorithm()), ("private_key_pem", text_of())];
    vec![
        list_operation::<SigningKeyView>(Operation::new(
            "get",
            "/signing-keys",
            "listSigningKeys",
            Who::Reader,
            || get().to(list),
        ))
        .says("List the realm's signing keys")
        .lists(&named("SigningKey")),
        Operation::new("post", "/signing-keys", "createSigningKey", Who::Administrator, || post().to(create))
            .says("Create or import a next key that replaces the current one")
            .more("RS256 and PS256 need private_key_pem: PKCS#8 in PEM, 2048 to 4096 bits.")
            .takes(partly(&parts, &["alg"]))
            .makes(named("SigningKey")),
        Operation::new("post", "/signing-keys/rotate", "rotateSigningKeys", Who::Administrator, || {
            post().to(rotate)
        })
        .says("Start signing with the next key")
        .more(
            "Answered with 409 until the next key has been published for five minutes. The body describes \
             the new next key.",
        )
        .takes_as("application/json", edit_of(&parts), false)
        .changes()
        .shows(named("SigningKey")),
        Operation::new(
            "post",
            "/signing-keys/{kid}/withdraw",
            "withdrawSigningKey",
            Who::Administrator,
            || post().to(withdraw),
        )
        .says("Withdraw a key; every token it signed becomes invalid at once")
        .changes()
        .answers(named("Receipt")),
    ]
}

fn algorithm() -> Value {
    one_of(&["ES256", "EdDSA", "RS256", "PS256"])
}

pub fn schema() -> Value {
    object(&[
        ("kid", text_of()),
        ("alg", algorithm()),
        ("status", one_of(&["active", "next", "retired"])),
        ("created_at", time()),
        ("usable_at", time()),
        ("retired_at", nullable(time())),
        ("ends_at", nullable(time())),
    ])
}

pub async fn list(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    let page = page_of::<SigningKeyView>(&request);
    administer(request, state, move |state, act| {
        Outcome::ok(&page?.select(list_signing_keys(&state.administration, act)?))
    })
    .await
}

/// `{alg, private_key_pem?}`.
pub async fn create(request: HttpRequest, payload: Payload, state: Data<AppState>) -> HttpResponse {
    let read = |mut fields: Fields| {
        let algorithm = fields.required("alg", text);
        let private_key = fields.optional("private_key_pem", pem);
        fields.finish(|| Some(KeyOrder { algorithm: algorithm?, private_key }))
    };
    let order = Fields::read(&request, payload).await.and_then(read);
    administer(request, state, move |state, act| {
        let made = after_its_first(state, act, create_signing_key(&state.administration, act, order?))?;
        let (key, _) = made.settle(&state.barrier)?.into_parts();
        Outcome::created(&key)
    })
    .await
}

/// No body, or `{alg, private_key_pem?}` for the new next key.
pub async fn rotate(request: HttpRequest, payload: Payload, state: Data<AppState>) -> HttpResponse {
    let read = |mut fields: Fields| {
        let algorithm: Option<Algorithm> = fields.optional("alg", text);
        let private_key = fields.optional("private_key_pem", pem);
        let order = fields.finish(|| Some((algorithm, private_key)))?;
        match order {
            (Some(algorithm), private_key) => Ok(Some(KeyOrder { algorithm, private_key })),
            (None, None) => Ok(None),
            (None, Some(_)) => Err(Problem::invalid(vec![FieldError::new(
                "alg",
                "is missing: name the algorithm of the key",
            )])),
        }
    };
    let order = match Fields::read_optional(&request, payload).await {
        Ok(Some(fields)) => read(fields),
        Ok(None) => Ok(None),
        Err(problem) => Err(problem),
    };
    administer(request, state, move |state, act| {
        Outcome::shown(&rotate_signing_keys(&state.administration, act, order?)?)
    })
    .await
}

pub async fn withdraw(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    let kid = PathParts::of(&request).kid;
    administer(request, state, move |state, act| {
        let withdrawn = withdraw_signing_key(&state.administration, act, &kid)?;
        Outcome::ended(state, withdrawn)
    })
    .await
}

pub(super) fn pem(value: &Value) -> Result<PemKey, String> {
    value.as_str().map(|text| PemKey::new(text.to_owned())).ok_or_else(|| "must be a string".to_owned())
}
