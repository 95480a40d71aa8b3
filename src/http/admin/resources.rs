//! `/resources`.

use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};

use super::caller::{administer, path_part};
use super::fields::{Fields, list as texts, text};
use super::listing::Page;
use super::outcome::Outcome;
use super::problem::Problem;
use crate::administration::{
    FieldError, ResourceEdit, create_resource, delete_resource, edit_resource, find_resource, list_resources,
};
use crate::domain::ResourceName;
use crate::http::AppState;

pub async fn create(request: HttpRequest, payload: Payload, state: Data<AppState>) -> HttpResponse {
    let read = |mut fields: Fields| {
        let kind = fields.required("type", text::<String>);
        let name = fields.required("name", text::<String>);
        let description = fields.optional("description", text);
        let actions = fields.required("actions", texts);
        let (kind, name, parts) =
            fields.finish(|| Some((kind?, name?, ResourceEdit { description, actions })))?;
        let name = ResourceName::new(&kind, &name)
            .map_err(|error| Problem::invalid(vec![FieldError::new("name", error)]))?;
        Ok((name, parts))
    };
    let new = Fields::read(&request, payload).await.and_then(read);
    administer(request, state, move |state, act| {
        let (name, parts) = new?;
        Outcome::created(&create_resource(&state.administration, act, name, parts)?)
    })
    .await
}

pub async fn list(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    let page = Page::of(&request);
    administer(request, state, move |state, act| {
        let resources = list_resources(&state.administration, act)?;
        page?.slice(&resources, |resource| format!("{}/{}", resource.kind, resource.name))
    })
    .await
}

pub async fn show(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    let name = name(&request);
    administer(request, state, move |state, act| {
        Outcome::ok(&find_resource(&state.administration, act, &name?)?)
    })
    .await
}

pub async fn edit(request: HttpRequest, payload: Payload, state: Data<AppState>) -> HttpResponse {
    let name = name(&request);
    let read = |mut fields: Fields| {
        let description = fields.optional("description", text);
        let actions = fields.optional("actions", texts);
        fields.finish(|| Some(ResourceEdit { description, actions }))
    };
    let edit = Fields::read(&request, payload).await.and_then(read);
    administer(request, state, move |state, act| {
        let edit = edit?;
        Outcome::edited(state, act, &edit_resource(&state.administration, act, &name?, edit)?)
    })
    .await
}

pub async fn remove(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    let name = name(&request);
    administer(request, state, move |state, act| {
        let deleted = delete_resource(&state.administration, act, &name?)?;
        Outcome::receipt(state, act, deleted.position)
    })
    .await
}

fn name(request: &HttpRequest) -> Result<ResourceName, Problem> {
    ResourceName::new(&path_part(request, "type"), &path_part(request, "name"))
        .map_err(|_| Problem::not_found("resource"))
}
