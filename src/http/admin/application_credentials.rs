//! `/application-credentials`.

use actix_web::web::{Data, Payload, get, patch, post};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::Value;

use crate::administration::{
    ApplicationCredentialEdit, ApplicationCredentialView, NewApplicationCredential,
    create_application_credential, edit_application_credential, find_application_credential,
    list_application_credentials, revoke_application_credential,
};
use crate::http::admin::caller::administer;
use crate::http::admin::fields::{Fields, text};
use crate::http::admin::listing::{list_operation, page_of};
use crate::http::admin::outcome::Outcome;
use crate::http::admin::path::path_id;
use crate::http::admin::problem::Problem;
use crate::http::openapi::schema::{
    description, edit as edit_of, list as list_of, name, named, nullable, object, one_of, partly, scope,
    text as text_of, time, uuid, with,
};
use crate::http::openapi::{Operation, Who};
use crate::http::state::AppState;
use claviger_domain::Status;

const PATH: &str = "/application-credentials";
const ONE: &str = "/application-credentials/{id}";
const NOUN: &str = "application credential";

pub fn operations() -> Vec<Operation> {
    let new = [
        ("name", name()),
        ("description", description()),
        ("scopes", list_of(scope())),
        ("expires_at", nullable(time())),
    ];
    let once = [("client_key", text_of()), ("token_endpoint", text_of())];
    vec![
        list_operation::<ApplicationCredentialView>(Operation::new(
            "get",
            PATH,
            "listApplicationCredentials",
            Who::Owner,
            || get().to(list),
        ))
        .says("List your own application credentials, or those of the whole realm if permitted")
        .lists(&named("ApplicationCredential")),
        Operation::new("post", PATH, "createApplicationCredential", Who::Owner, || post().to(create))
            .says("Create an application credential; its key is shown only once")
            .takes(partly(&new, &["name", "scopes"]))
            .makes(with(&schema(), &once)),
        Operation::new("get", ONE, "showApplicationCredential", Who::Owner, || get().to(show))
            .says("Show an application credential")
            .shows(named("ApplicationCredential")),
        Operation::new("patch", ONE, "editApplicationCredential", Who::Owner, || patch().to(edit))
            .says("Change the description or scopes")
            .more("Removed scopes end at once. Added scopes take effect with the next token.")
            .takes(edit_of(&new[1..3]))
            .edits(with(&schema(), &[("receipt", nullable(named("Receipt")))])),
        Operation::new(
            "post",
            "/application-credentials/{id}/revoke",
            "revokeApplicationCredential",
            Who::Owner,
            || post().to(revoke),
        )
        .says("Revoke an application credential and all of its tokens")
        .changes()
        .answers(named("Receipt")),
    ]
}

pub fn schema() -> Value {
    object(&[
        ("id", uuid()),
        ("client_id", uuid()),
        ("member", uuid()),
        ("name", name()),
        ("description", description()),
        ("scopes", list_of(scope())),
        ("effective_scopes", list_of(scope())),
        ("status", one_of(Status::NAMES)),
        ("created_at", time()),
        ("updated_at", time()),
        ("expires_at", nullable(time())),
        ("last_used_at", nullable(time())),
        ("revoked_at", nullable(time())),
    ])
}

pub async fn create(request: HttpRequest, payload: Payload, state: Data<AppState>) -> HttpResponse {
    let new = Fields::read(&request, payload).await.and_then(new_credential);
    administer(request, state, move |state, act| {
        let created = create_application_credential(&state.administration, act, new?)?;
        let once = [("client_key", created.client_key.expose()), ("token_endpoint", &created.token_endpoint)];
        Outcome::created_with(&created.view, &once)
    })
    .await
}

pub async fn list(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    let page = page_of::<ApplicationCredentialView>(&request);
    administer(request, state, move |state, act| {
        Outcome::ok(&page?.select(list_application_credentials(&state.administration, act)?))
    })
    .await
}

pub async fn show(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    let id = path_id(&request, NOUN);
    administer(request, state, move |state, act| {
        Outcome::shown(&find_application_credential(&state.administration, act, id?)?)
    })
    .await
}

pub async fn edit(request: HttpRequest, payload: Payload, state: Data<AppState>) -> HttpResponse {
    let id = path_id(&request, NOUN);
    let edit = Fields::read(&request, payload).await.and_then(credential_edit);
    administer(request, state, move |state, act| {
        let edited = edit_application_credential(&state.administration, act, id?, edit?)?;
        Outcome::edited(state, edited)
    })
    .await
}

pub async fn revoke(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    let id = path_id(&request, NOUN);
    administer(request, state, move |state, act| {
        let revoked = revoke_application_credential(&state.administration, act, id?)?;
        Outcome::ended(state, revoked)
    })
    .await
}

fn new_credential(mut fields: Fields) -> Result<NewApplicationCredential, Problem> {
    let name = fields.required("name", text);
    let description = fields.optional("description", text).unwrap_or_default();
    let scopes = fields.required("scopes", fields.scopes());
    let expires_at = fields.optional("expires_at", end).flatten();
    fields.finish(|| Some(NewApplicationCredential { name: name?, description, scopes: scopes?, expires_at }))
}

fn end(value: &Value) -> Result<Option<claviger_contract::Timestamp>, String> {
    if value.is_null() { Ok(None) } else { text(value).map(Some) }
}

fn credential_edit(mut fields: Fields) -> Result<ApplicationCredentialEdit, Problem> {
    fields.only_editable(&["description", "scopes"]);
    let description = fields.optional("description", text);
    let scopes = fields.optional("scopes", fields.scopes());
    fields.finish(|| Some(ApplicationCredentialEdit { description, scopes }))
}
