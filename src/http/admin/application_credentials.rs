//! `/application-credentials`.

use actix_web::web::{Data, Payload, get, patch, post};
use actix_web::{HttpRequest, HttpResponse};
use claviger_api::{
    ApplicationCredentialEdit, ApplicationCredentialView, CreatedApplicationCredential, CredentialRenewal,
    NewApplicationCredential, RenewedApplicationCredential,
};

use crate::administration::{
    create_application_credential, edit_application_credential, find_application_credential,
    list_application_credentials, renew_application_credential, revoke_application_credential,
};
use crate::http::admin::body::body;
use crate::http::admin::caller::{administer, administer_or_try};
use crate::http::admin::listing::{list_operation, page_of};
use crate::http::admin::outcome::Outcome;
use crate::http::admin::path::path_id;
use crate::http::openapi::{Operation, Who};
use crate::http::renewal::renewed;
use crate::http::state::AppState;
use claviger_domain::Replaced;

const PATH: &str = "/application-credentials";
const ONE: &str = "/application-credentials/{id}";
const NOUN: &str = "application credential";

pub fn operations() -> Vec<Operation> {
    vec![
        list_operation::<ApplicationCredentialView>(Operation::new(
            "get",
            PATH,
            "listApplicationCredentials",
            Who::Owner,
            || get().to(list),
        ))
        .says("List your own application credentials, or those of the whole realm if permitted")
        .lists::<ApplicationCredentialView>(),
        Operation::new("post", PATH, "createApplicationCredential", Who::Owner, || post().to(create))
            .says("Create an application credential; its key is shown only once")
            .takes::<NewApplicationCredential>()
            .makes::<CreatedApplicationCredential>(),
        Operation::new("get", ONE, "showApplicationCredential", Who::Owner, || get().to(show))
            .says("Show an application credential")
            .shows::<ApplicationCredentialView>(),
        Operation::new("patch", ONE, "editApplicationCredential", Who::Owner, || patch().to(edit))
            .says("Change the description or scopes")
            .more("Removed scopes end at once. Added scopes take effect with the next token.")
            .takes::<ApplicationCredentialEdit>()
            .edits::<ApplicationCredentialView>(),
        Operation::new(
            "post",
            "/application-credentials/{id}/revoke",
            "revokeApplicationCredential",
            Who::Owner,
            || post().to(revoke),
        )
        .says("Revoke an application credential and all of its tokens")
        .ends(),
        Operation::new(
            "post",
            "/application-credentials/{id}/renew",
            "renewApplicationCredential",
            Who::Owner,
            || post().to(renew),
        )
        .says("Create a successor with a new id and key")
        .more("Only the owner may renew it. The old credential is refused from the end of the overlap.")
        .takes::<CredentialRenewal>()
        .changes()
        .makes::<RenewedApplicationCredential>(),
    ]
}

pub async fn create(request: HttpRequest, payload: Payload, state: Data<AppState>) -> HttpResponse {
    let new = body::<NewApplicationCredential>(&request, payload).await;
    administer(request, state, move |state, act| {
        let created = create_application_credential(&state.administration, act, new?)?;
        Outcome::created_with(&created, &created.credential)
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
    let edit = body::<ApplicationCredentialEdit>(&request, payload).await;
    administer_or_try(request, state, move |state, act| {
        let edited = edit_application_credential(&state.administration, act, id?, edit?)?;
        Outcome::edited(state, edited)
    })
    .await
}

pub async fn revoke(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    let id = path_id(&request, NOUN);
    administer_or_try(request, state, move |state, act| {
        let revoked = revoke_application_credential(&state.administration, act, id?)?;
        Outcome::ended(state, revoked)
    })
    .await
}

pub async fn renew(request: HttpRequest, payload: Payload, state: Data<AppState>) -> HttpResponse {
    let id = path_id(&request, NOUN);
    let renewal = body::<CredentialRenewal>(&request, payload).await;
    administer(request, state, move |state, act| {
        let (id, overlap) = (id?, renewal?.overlap_seconds);
        let successor = renew_application_credential(&state.administration, act, id, overlap);
        let (created, receipt) = renewed(state, act, Replaced::Application(id), overlap, successor)?;
        let renewed = RenewedApplicationCredential { created, receipt };
        Outcome::created_with(&renewed, &renewed.created.credential)
    })
    .await
}
