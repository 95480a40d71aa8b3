//! `/resources`.

use actix_web::web::{Data, Payload, delete, get, patch, post};
use actix_web::{HttpRequest, HttpResponse};
use claviger_api::{NewResource, ResourceEdit, ResourceView};

use crate::administration::{create_resource, delete_resource, edit_resource, find_resource, list_resources};
use crate::http::admin::body::body;
use crate::http::admin::caller::{administer, administer_or_try};
use crate::http::admin::listing::{list_operation, page_of};
use crate::http::admin::outcome::Outcome;
use crate::http::admin::path::PathParts;
use crate::http::admin::problem::Problem;
use crate::http::openapi::{Operation, Who};
use crate::http::state::AppState;
use claviger_domain::ResourceName;

pub fn operations() -> Vec<Operation> {
    vec![
        list_operation::<ResourceView>(Operation::new(
            "get",
            "/resources",
            "listResources",
            Who::Reader,
            || get().to(list),
        ))
        .says("List resources")
        .lists::<ResourceView>(),
        Operation::new("post", "/resources", "createResource", Who::Administrator, || post().to(create))
            .says("Create a resource")
            .takes::<NewResource>()
            .makes::<ResourceView>(),
        Operation::new("get", "/resources/{type}/{name}", "showResource", Who::Reader, || get().to(show))
            .says("Show a resource")
            .shows::<ResourceView>(),
        Operation::new("patch", "/resources/{type}/{name}", "editResource", Who::Administrator, || {
            patch().to(edit)
        })
        .says("Change a resource")
        .more("A removed action is removed from every grant at once.")
        .takes::<ResourceEdit>()
        .edits::<ResourceView>(),
        Operation::new("delete", "/resources/{type}/{name}", "deleteResource", Who::Administrator, || {
            delete().to(remove)
        })
        .says("Delete a resource")
        .ends(),
    ]
}

pub async fn create(request: HttpRequest, payload: Payload, state: Data<AppState>) -> HttpResponse {
    let new = body::<NewResource>(&request, payload).await;
    administer(request, state, move |state, act| {
        Outcome::created(&create_resource(&state.administration, act, new?)?)
    })
    .await
}

pub async fn list(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    let page = page_of::<ResourceView>(&request);
    administer(request, state, move |state, act| {
        Outcome::ok(&page?.select(list_resources(&state.administration, act)?))
    })
    .await
}

pub async fn show(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    let name = name(&request);
    administer(request, state, move |state, act| {
        Outcome::shown(&find_resource(&state.administration, act, &name?)?)
    })
    .await
}

pub async fn edit(request: HttpRequest, payload: Payload, state: Data<AppState>) -> HttpResponse {
    let name = name(&request);
    let edit = body::<ResourceEdit>(&request, payload).await;
    administer_or_try(request, state, move |state, act| {
        let edit = edit?;
        Outcome::edited(state, edit_resource(&state.administration, act, &name?, edit)?)
    })
    .await
}

pub async fn remove(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    let name = name(&request);
    administer_or_try(request, state, move |state, act| {
        let deleted = delete_resource(&state.administration, act, &name?)?;
        Outcome::ended(state, deleted)
    })
    .await
}

fn name(request: &HttpRequest) -> Result<ResourceName, Problem> {
    let parts = PathParts::of(request);
    ResourceName::new(&parts.r#type, &parts.name).map_err(|_| Problem::not_found("resource"))
}
