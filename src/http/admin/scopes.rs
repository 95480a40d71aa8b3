//! `/scopes` and `/scope-presets`.

use actix_web::web::{Data, Payload, delete, get, patch, post};
use actix_web::{HttpRequest, HttpResponse};
use claviger_api::{Items, NewScope, ScopeEdit, ScopePresetView, ScopeView};
use claviger_contract::Scope;

use crate::administration::{
    create_scope, delete_scope, edit_scope, find_scope, list_scope_presets, list_scopes,
};
use crate::http::admin::body::body;
use crate::http::admin::caller::{administer, administer_or_try};
use crate::http::admin::listing::{list_operation, page_of};
use crate::http::admin::outcome::Outcome;
use crate::http::admin::path::PathParts;
use crate::http::admin::problem::Problem;
use crate::http::openapi::{Operation, Who};
use crate::http::state::AppState;

pub fn operations() -> Vec<Operation> {
    vec![
        list_operation::<ScopeView>(Operation::new("get", "/scopes", "listScopes", Who::Owner, || {
            get().to(list)
        }))
        .says("List the registered scopes")
        .lists::<ScopeView>(),
        Operation::new("post", "/scopes", "createScope", Who::Administrator, || post().to(create))
            .says("Register a scope")
            .takes::<NewScope>()
            .makes::<ScopeView>(),
        Operation::new("get", "/scopes/{scope}", "showScope", Who::Owner, || get().to(show))
            .says("Show a scope")
            .shows::<ScopeView>(),
        Operation::new("patch", "/scopes/{scope}", "editScope", Who::Administrator, || patch().to(edit))
            .says("Change a scope's description")
            .takes::<ScopeEdit>()
            .edits::<ScopeView>(),
        Operation::new("delete", "/scopes/{scope}", "deleteScope", Who::Administrator, || {
            delete().to(remove)
        })
        .says("Delete an unused scope")
        .ends(),
        Operation::new("get", "/scope-presets", "listScopePresets", Who::Owner, || get().to(list_presets))
            .says("List common combinations of registered scopes")
            .replies::<Items<ScopePresetView>>(),
    ]
}

pub async fn list_presets(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    administer(request, state, move |state, act| {
        let items = list_scope_presets(&state.administration, act)?;
        Outcome::ok(&Items { items })
    })
    .await
}

pub async fn create(request: HttpRequest, payload: Payload, state: Data<AppState>) -> HttpResponse {
    let new = body::<NewScope>(&request, payload).await;
    administer(request, state, move |state, act| {
        Outcome::created(&create_scope(&state.administration, act, new?)?)
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
    let edit = body::<ScopeEdit>(&request, payload).await;
    administer_or_try(request, state, move |state, act| {
        let edit = edit?;
        Outcome::edited(state, edit_scope(&state.administration, act, &scope?, edit)?)
    })
    .await
}

pub async fn remove(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    let scope = path_scope(&request);
    administer_or_try(request, state, move |state, act| {
        let deleted = delete_scope(&state.administration, act, &scope?)?;
        Outcome::ended(state, deleted)
    })
    .await
}

fn path_scope(request: &HttpRequest) -> Result<Scope, Problem> {
    let parts = PathParts::of(request);
    Scope::parse_for(parts.realm().as_ref(), &parts.scope).map_err(|_| Problem::not_found("scope"))
}
