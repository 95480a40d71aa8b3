//! `/expirations`: everything in the realm that ends by itself.

use actix_web::web::{Data, get};
use actix_web::{HttpRequest, HttpResponse};
use claviger_api::ExpirationView;

use crate::administration::{KIND, list_expirations};
use crate::http::admin::caller::administer;
use crate::http::admin::listing::{list_operation, page_of};
use crate::http::admin::outcome::Outcome;
use crate::http::openapi::schema::one_of;
use crate::http::openapi::{Operation, Who};
use crate::http::state::AppState;
use claviger_domain::ExpirationKind;

pub fn operations() -> Vec<Operation> {
    vec![
        list_operation::<ExpirationView>(Operation::new(
            "get",
            "/expirations",
            "listExpirations",
            Who::Owner,
            || get().to(list),
        ))
        .query(KIND, "Filter by the kind of object", || one_of(ExpirationKind::NAMES))
        .says("List everything active that ends by itself, the next end first")
        .more(
            "Credentials, tokens, keys and certificates, of the kinds that the caller may read; members \
             without an administrative role see what they own. An object that never ends is not listed. \
             Registry refresh tokens are not listed, because docker login obtains new ones.",
        )
        .lists::<ExpirationView>(),
    ]
}

pub async fn list(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    let page = page_of::<ExpirationView>(&request);
    administer(request, state, move |state, act| {
        Outcome::ok(&list_expirations(&state.administration, act, &page?)?)
    })
    .await
}
