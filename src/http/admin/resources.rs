//! `/resources`.

use actix_web::web::{Data, Payload, delete, get, patch, post};
use actix_web::{HttpRequest, HttpResponse};
use claviger_contract::Scope;
use serde_json::Value;

use crate::administration::{
    ResourceEdit, ResourceView, create_resource, delete_resource, edit_resource, find_resource,
    list_resources,
};
use crate::http::admin::caller::administer;
use crate::http::admin::fields::{Fields, list as texts, text};
use crate::http::admin::listing::{list_operation, page_of};
use crate::http::admin::outcome::Outcome;
use crate::http::admin::path::PathParts;
use crate::http::admin::problem::Problem;
use crate::http::openapi::schema::{
    description, edit as edit_of, edited, list as list_of, named, object, partly, text as text_of, time,
};
use crate::http::openapi::{Operation, Who};
use crate::http::state::AppState;
use claviger_domain::{InvalidResourceName, ResourceName};

pub fn operations() -> Vec<Operation> {
    let parts = [("description", description()), ("actions", list_of(text_of()))];
    let new: Vec<_> = [("type", text_of()), ("name", text_of())].into_iter().chain(parts.clone()).collect();
    vec![
        list_operation::<ResourceView>(Operation::new(
            "get",
            "/resources",
            "listResources",
            Who::Reader,
            || get().to(list),
        ))
        .says("List resources")
        .lists(&named("Resource")),
        Operation::new("post", "/resources", "createResource", Who::Administrator, || post().to(create))
            .says("Create a resource")
            .takes(partly(&new, &["type", "name"]))
            .makes(named("Resource")),
        Operation::new("get", "/resources/{type}/{name}", "showResource", Who::Reader, || get().to(show))
            .says("Show a resource")
            .shows(named("Resource")),
        Operation::new("patch", "/resources/{type}/{name}", "editResource", Who::Administrator, || {
            patch().to(edit)
        })
        .says("Change a resource")
        .more("A removed action is removed from every grant at once.")
        .takes(edit_of(&parts))
        .edits(edited(&schema())),
        Operation::new("delete", "/resources/{type}/{name}", "deleteResource", Who::Administrator, || {
            delete().to(remove)
        })
        .says("Delete a resource")
        .changes()
        .answers(named("Receipt")),
    ]
}

pub fn schema() -> Value {
    object(&[
        ("type", text_of()),
        ("name", text_of()),
        ("description", description()),
        ("actions", list_of(text_of())),
        ("created_at", time()),
        ("updated_at", time()),
    ])
}

pub async fn create(request: HttpRequest, payload: Payload, state: Data<AppState>) -> HttpResponse {
    let read = |mut fields: Fields| {
        let kind = fields.required("type", |value| part(value, Scope::is_word));
        let name = fields.required("name", |value| part(value, Scope::is_resource_name));
        let description = fields.optional("description", text);
        let actions = fields.required("actions", texts);
        fields.finish(|| {
            let name = ResourceName::new(&kind?, &name?).ok()?;
            Some((name, ResourceEdit { description, actions }))
        })
    };
    let new = Fields::read(&request, payload).await.and_then(read);
    administer(request, state, move |state, act| {
        let (name, parts) = new?;
        Outcome::created(&create_resource(&state.administration, act, name, parts)?)
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
    let read = |mut fields: Fields| {
        fields.only_editable(&["description", "actions"]);
        let description = fields.optional("description", text);
        let actions = fields.optional("actions", texts);
        fields.finish(|| Some(ResourceEdit { description, actions }))
    };
    let edit = Fields::read(&request, payload).await.and_then(read);
    administer(request, state, move |state, act| {
        let edit = edit?;
        Outcome::edited(state, edit_resource(&state.administration, act, &name?, edit)?)
    })
    .await
}

pub async fn remove(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    let name = name(&request);
    administer(request, state, move |state, act| {
        let deleted = delete_resource(&state.administration, act, &name?)?;
        Outcome::ended(state, deleted)
    })
    .await
}

/// Both parts are checked, so that each invalid one is reported.
fn part(value: &Value, fits: impl Fn(&str) -> bool) -> Result<String, String> {
    let part = text::<String>(value)?;
    if fits(&part) { Ok(part) } else { Err(InvalidResourceName.to_string()) }
}

fn name(request: &HttpRequest) -> Result<ResourceName, Problem> {
    let parts = PathParts::of(request);
    ResourceName::new(&parts.r#type, &parts.name).map_err(|_| Problem::not_found("resource"))
}
