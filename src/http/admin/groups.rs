//! `/groups`.

use actix_web::web::{Data, Payload, delete, get, patch, post};
use actix_web::{HttpRequest, HttpResponse};
use claviger_api::{GroupEdit, GroupView, NewGroup};

use crate::administration::{create_group, delete_group, edit_group, find_group, list_groups};
use crate::http::admin::body::body;
use crate::http::admin::caller::{administer, administer_or_try};
use crate::http::admin::listing::{list_operation, page_of};
use crate::http::admin::outcome::Outcome;
use crate::http::admin::path::PathParts;
use crate::http::admin::problem::Problem;
use crate::http::openapi::{Operation, Who};
use crate::http::state::AppState;
use claviger_domain::Name;

pub fn operations() -> Vec<Operation> {
    vec![
        list_operation::<GroupView>(Operation::new("get", "/groups", "listGroups", Who::Reader, || {
            get().to(list)
        }))
        .says("List groups")
        .lists::<GroupView>(),
        Operation::new("post", "/groups", "createGroup", Who::Administrator, || post().to(create))
            .says("Create a group")
            .takes::<NewGroup>()
            .makes::<GroupView>(),
        Operation::new("get", "/groups/{name}", "showGroup", Who::Reader, || get().to(show))
            .says("Show a group")
            .shows::<GroupView>(),
        Operation::new("patch", "/groups/{name}", "editGroup", Who::Administrator, || patch().to(edit))
            .says("Change a group")
            .more("A removed scope ends at once in every token that has it only through this group.")
            .takes::<GroupEdit>()
            .edits::<GroupView>(),
        Operation::new("delete", "/groups/{name}", "deleteGroup", Who::Administrator, || delete().to(remove))
            .says("Delete a group")
            .more("Allowed while in use. Its members and credentials lose what it grants at once.")
            .ends(),
    ]
}

pub async fn create(request: HttpRequest, payload: Payload, state: Data<AppState>) -> HttpResponse {
    let new = body::<NewGroup>(&request, payload).await;
    administer(request, state, move |state, act| {
        Outcome::created(&create_group(&state.administration, act, new?)?)
    })
    .await
}

pub async fn list(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    let page = page_of::<GroupView>(&request);
    administer(request, state, move |state, act| {
        Outcome::ok(&page?.select(list_groups(&state.administration, act)?))
    })
    .await
}

pub async fn show(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    let name = path_name(&request);
    administer(request, state, move |state, act| {
        Outcome::shown(&find_group(&state.administration, act, &name?)?)
    })
    .await
}

pub async fn edit(request: HttpRequest, payload: Payload, state: Data<AppState>) -> HttpResponse {
    let name = path_name(&request);
    let edit = body::<GroupEdit>(&request, payload).await;
    administer_or_try(request, state, move |state, act| {
        let edit = edit?;
        Outcome::edited(state, edit_group(&state.administration, act, &name?, edit)?)
    })
    .await
}

pub async fn remove(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    let name = path_name(&request);
    administer_or_try(request, state, move |state, act| {
        let deleted = delete_group(&state.administration, act, &name?)?;
        Outcome::ended(state, deleted)
    })
    .await
}

fn path_name(request: &HttpRequest) -> Result<Name, Problem> {
    Name::existing(&PathParts::of(request).name).map_err(|_| Problem::not_found("group"))
}
