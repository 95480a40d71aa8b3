//! `/groups`.

use actix_web::web::{Data, Payload, delete, get, patch, post};
use actix_web::{HttpRequest, HttpResponse};

use serde_json::Value;

use crate::administration::{
    GroupEdit, GroupView, create_group, delete_group, edit_group, find_group, list_groups,
};
use crate::http::admin::caller::administer;
use crate::http::admin::fields::{Fields, grants, text};
use crate::http::admin::listing::{list_operation, page_of};
use crate::http::admin::outcome::Outcome;
use crate::http::admin::path::PathParts;
use crate::http::admin::problem::Problem;
use crate::http::openapi::schema::{
    description, edit as edit_of, edited, grant, list as list_of, name, named, object, partly, scope, time,
};
use crate::http::openapi::{Operation, Who};
use crate::http::state::AppState;
use claviger_domain::Name;

pub fn operations() -> Vec<Operation> {
    let parts = [
        ("description", description()),
        ("responsible", description()),
        ("scopes", list_of(scope())),
        ("resources", list_of(grant())),
    ];
    let new: Vec<_> = [("name", name())].into_iter().chain(parts.clone()).collect();
    vec![
        list_operation::<GroupView>(Operation::new("get", "/groups", "listGroups", Who::Reader, || {
            get().to(list)
        }))
        .says("List groups")
        .lists(&named("Group")),
        Operation::new("post", "/groups", "createGroup", Who::Administrator, || post().to(create))
            .says("Create a group")
            .takes(partly(&new, &["name"]))
            .makes(named("Group")),
        Operation::new("get", "/groups/{name}", "showGroup", Who::Reader, || get().to(show))
            .says("Show a group")
            .shows(named("Group")),
        Operation::new("patch", "/groups/{name}", "editGroup", Who::Administrator, || patch().to(edit))
            .says("Change a group")
            .more("A removed scope ends at once in every token that has it only through this group.")
            .takes(edit_of(&parts))
            .edits(edited(&schema())),
        Operation::new("delete", "/groups/{name}", "deleteGroup", Who::Administrator, || delete().to(remove))
            .says("Delete a group")
            .more("Allowed while in use. Its members and credentials lose what it grants at once.")
            .changes()
            .answers(named("Receipt")),
    ]
}

pub fn schema() -> Value {
    object(&[
        ("name", name()),
        ("description", description()),
        ("responsible", description()),
        ("scopes", list_of(scope())),
        ("resources", list_of(grant())),
        ("created_at", time()),
        ("updated_at", time()),
    ])
}

pub async fn create(request: HttpRequest, payload: Payload, state: Data<AppState>) -> HttpResponse {
    let read = |mut fields: Fields| {
        let name = fields.required("name", text);
        let parts = parts(&mut fields);
        fields.finish(|| Some((name?, parts)))
    };
    let new = Fields::read(&request, payload).await.and_then(read);
    administer(request, state, move |state, act| {
        let (name, parts) = new?;
        Outcome::created(&create_group(&state.administration, act, name, parts)?)
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
    let read = |mut fields: Fields| {
        fields.only_editable(&["description", "responsible", "scopes", "resources"]);
        let parts = parts(&mut fields);
        fields.finish(|| Some(parts))
    };
    let edit = Fields::read(&request, payload).await.and_then(read);
    administer(request, state, move |state, act| {
        let edit = edit?;
        Outcome::edited(state, edit_group(&state.administration, act, &name?, edit)?)
    })
    .await
}

pub async fn remove(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    let name = path_name(&request);
    administer(request, state, move |state, act| {
        let deleted = delete_group(&state.administration, act, &name?)?;
        Outcome::ended(state, deleted)
    })
    .await
}

fn parts(fields: &mut Fields) -> GroupEdit {
    GroupEdit {
        description: fields.optional("description", text),
        responsible: fields.optional("responsible", text),
        scopes: fields.optional("scopes", fields.scopes()),
        resources: fields.optional("resources", grants),
    }
}

fn path_name(request: &HttpRequest) -> Result<Name, Problem> {
    Name::existing(&PathParts::of(request).name).map_err(|_| Problem::not_found("group"))
}
