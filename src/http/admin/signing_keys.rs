//! `/signing-keys`.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};

use super::caller::administer;
use super::listing::Page;
use crate::administration::list_signing_keys;
use crate::http::AppState;

pub async fn list(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    let page = Page::of(&request);
    administer(request, state, move |state, act| {
        page?.slice(&list_signing_keys(&state.administration, act)?, |key| key.kid.clone())
    })
    .await
}
