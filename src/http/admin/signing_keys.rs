//! `/signing-keys`.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};

use super::caller::administer;
use super::listing::{Facts, Page, Shape};
use crate::administration::{SigningKeyView, list_signing_keys};
use crate::http::AppState;

pub const LIST: Shape =
    Shape { sorts: &["created_at"], default_sort: "created_at", statuses: &[], others: &[] };

pub async fn list(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    let page = Page::of(&request, &LIST);
    administer(request, state, move |state, act| {
        page?.select(list_signing_keys(&state.administration, act)?, facts)
    })
    .await
}

fn facts(key: &SigningKeyView, _: &str) -> Facts {
    Facts {
        id: key.kid.to_string(),
        key: key.created_at.to_string(),
        status: "",
        searched: vec![key.kid.to_string()],
    }
}
