//! `/source-types`.

use actix_web::web::{Data, get};
use actix_web::{HttpRequest, HttpResponse};
use claviger_api::SourceTypeView;

use crate::administration::{find_source_type, list_source_types};
use crate::http::admin::caller::administer;
use crate::http::admin::listing::{list_operation, page_of};
use crate::http::admin::outcome::Outcome;
use crate::http::admin::path::PathParts;
use crate::http::openapi::schema::text;
use crate::http::openapi::{Operation, Who};
use crate::http::state::AppState;

pub fn operations() -> Vec<Operation> {
    vec![
        list_operation::<SourceTypeView>(Operation::new(
            "get",
            "/source-types",
            "listSourceTypes",
            Who::Reader,
            || get().to(list),
        ))
        .query("category", "Filter by category", text)
        .says("List the types of third-party credentials, with the fields and permissions of each")
        .lists::<SourceTypeView>(),
        Operation::new("get", "/source-types/{id}", "showSourceType", Who::Reader, || get().to(show))
            .says("Show a source type")
            .shows::<SourceTypeView>(),
    ]
}

pub async fn list(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    let page = page_of::<SourceTypeView>(&request);
    administer(request, state, move |state, act| {
        let page = page?;
        let items = list_source_types(&state.administration, act, page.other("category"))?;
        Outcome::ok(&page.select(items))
    })
    .await
}

pub async fn show(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    let id = PathParts::of(&request).id;
    administer(request, state, move |state, act| {
        Outcome::shown(&find_source_type(&state.administration, act, &id)?)
    })
    .await
}
