//! `/scopes`.

use actix_web::web::{Data, Payload, delete, get, patch, post};
use actix_web::{HttpRequest, HttpResponse};
use claviger_contract::Scope;

use serde_json::Value;

use crate::administration::{ScopeView, create_scope, delete_scope, edit_scope, find_scope, list_scopes};
use crate::http::admin::caller::administer;
use crate::http::admin::fields::{Fields, text};
use crate::http::admin::listing::{list_operation, page_of};
use crate::http::admin::outcome::Outcome;
use crate::http::admin::path::{PathParts, scope_of};
use crate::http::admin::problem::Problem;
use crate::http::openapi::schema::{
    description, edit as edit_of, edited, named, object, partly, scope, time,
};
use crate::http::openapi::{Operation, Who};
use crate::http::state::AppState;

pub fn operations() -> Vec<Operation> {
    vec![
        list_operation::<ScopeView>(Operation::new("get", "/scopes", "listScopes", Who::Owner, || {
            get().to(list)
        }))
        .says("List the registered scopes")
        .lists(&named("Scope")),
        Operation::new("post", "/scopes", "createScope", Who::Administrator, || post().to(create))
            .says("Register a scope")
            .takes(partly(&[("scope", scope()), ("description", description())], &["scope"]))
            .makes(named("Scope")),
        Operation::new("get", "/scopes/{scope}", "showScope", Who::Owner, || get().to(show))
            .says("Show a scope")
            .shows(named("Scope")),
        Operation::new("patch", "/scopes/{scope}", "editScope", Who::Administrator, || patch().to(edit))
            .says("Change a scope's description")
            .takes(edit_of(&[("description", description())]))
            .edits(edited(&schema())),
        Operation::new("delete", "/scopes/{scope}", "deleteScope", Who::Administrator, || {
            delete().to(remove)
        })
        .says("Delete an unused scope")
        .changes()
        .answers(named("Receipt")),
    ]
}

pub fn schema() -> Value {
    object(&[
        ("scope", scope()),
        ("description", description()),
        ("created_at", time()),
        ("updated_at", time()),
    ])
}

pub async fn create(request: HttpRequest, payload: Payload, state: Data<AppState>) -> HttpResponse {
    let read = |mut fields: Fields| {
        let scope = fields.required("scope", fields.scope());
        let description = fields.optional("description", text).unwrap_or_default();
        fields.finish(|| Some((scope?, description)))
    };
    let new = Fields::read(&request, payload).await.and_then(read);
    administer(request, state, move |state, act| {
        let (scope, description) = new?;
        Outcome::created(&create_scope(&state.administration, act, scope, description)?)
    })
    .await
}

pub async fn list(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    let page = page_of::<ScopeView>(&request);
    administer(request, state, move |state, act| {
        Outcome::ok(&page?.select(list_scopes(&state.administration, act)?))
    })
    .await
}

pub async fn show(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    let scope = path_scope(&request);
    administer(request, state, move |state, act| {
        Outcome::shown(&find_scope(&state.administration, act, &scope?)?)
    })
    .await
}

pub async fn edit(request: HttpRequest, payload: Payload, state: Data<AppState>) -> HttpResponse {
    let scope = path_scope(&request);
    let read = |mut fields: Fields| {
        fields.only_editable(&["description"]);
        let description = fields.required("description", text);
        fields.finish(|| description)
    };
    let description = Fields::read(&request, payload).await.and_then(read);
    administer(request, state, move |state, act| {
        let description = description?;
        Outcome::edited(state, edit_scope(&state.administration, act, &scope?, description)?)
    })
    .await
}

pub async fn remove(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    let scope = path_scope(&request);
    administer(request, state, move |state, act| {
        let deleted = delete_scope(&state.administration, act, &scope?)?;
        Outcome::ended(state, deleted)
    })
    .await
}

fn path_scope(request: &HttpRequest) -> Result<Scope, Problem> {
    let parts = PathParts::of(request);
    scope_of(parts.realm().as_ref(), &parts.scope).map_err(|_| Problem::not_found("scope"))
}
