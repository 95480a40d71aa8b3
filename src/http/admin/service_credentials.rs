//! `/service-credentials`: create, list, show, edit, revoke, renew, usage.

use actix_web::web::{Data, Payload, get, patch, post};
use actix_web::{HttpRequest, HttpResponse};
use claviger_api::{
    CreatedCredential, CredentialEdit, CredentialRenewal, CredentialRevocation, CredentialUsageView,
    CredentialView, FieldError, NewCredential, ObservedCredential, RenewedCredential,
};

use crate::administration::{
    CREATED_BY, GROUP, create_credential, credential_match, credential_usage, edit_credential,
    ensure_credential_current, find_credential, list_credentials, renew_credential,
};
use crate::http::admin::body::body;
use crate::http::admin::caller::{administer, administer_or_try};
use crate::http::admin::credential_import;
use crate::http::admin::listing::{list_operation, page_of};
use crate::http::admin::outcome::Outcome;
use crate::http::admin::path::path_id;
use crate::http::admin::problem::Problem;
use crate::http::coverage::Observed;
use crate::http::openapi::schema::{between, text};
use crate::http::openapi::{Operation, Who};
use crate::http::renewal::renewed;
use crate::http::state::AppState;
use crate::revocation::revoke_credential;
use claviger_domain::{CredentialSort, Replaced, USAGE_KEPT_DAYS};

const PATH: &str = "/service-credentials";
const ONE: &str = "/service-credentials/{id}";

pub fn operations() -> Vec<Operation> {
    vec![
        list_operation::<CredentialView>(Operation::new(
            "get",
            PATH,
            "listServiceCredentials",
            Who::Reader,
            || get().to(list),
        ))
        .says("List service credentials")
        .query(GROUP, "Only those that have this group", text)
        .query(CREATED_BY, "Only those that this member has created", text)
        .lists::<CredentialView>(),
        Operation::new("post", PATH, "createServiceCredential", Who::Administrator, || post().to(create))
            .says("Create a service credential; its key is shown only once")
            .takes::<NewCredential>()
            .makes::<CreatedCredential>(),
        credential_import::operation(),
        Operation::new("get", ONE, "showServiceCredential", Who::Reader, || get().to(show))
            .says("Show a service credential, and who learns late of its revocation")
            .more("The entity tag does not cover `audiences_until_expiry`, which is observed.")
            .shows::<ObservedCredential>(),
        Operation::new("patch", ONE, "editServiceCredential", Who::Administrator, || patch().to(edit))
            .says("Change the groups or resources")
            .more("What is removed ends at once. What is added takes effect with the next token.")
            .takes::<CredentialEdit>()
            .edits::<CredentialView>(),
        Operation::new(
            "post",
            "/service-credentials/{id}/revoke",
            "revokeServiceCredential",
            Who::Administrator,
            || post().to(revoke),
        )
        .says("Revoke a service credential and all of its tokens")
        .more("The body must contain the exact name. Once this is answered, no node accepts its tokens.")
        .takes::<CredentialRevocation>()
        .ends(),
        Operation::new(
            "post",
            "/service-credentials/{id}/renew",
            "renewServiceCredential",
            Who::Administrator,
            || post().to(renew),
        )
        .says("Create a successor with a new id and key")
        .more("The old credential is refused from the end of the overlap.")
        .takes::<CredentialRenewal>()
        .changes()
        .makes::<RenewedCredential>(),
        Operation::new("get", "/service-credentials/{id}/usage", "showUsage", Who::Reader, || {
            get().to(usage)
        })
        .says("Show how many tokens were issued and refused, by hour and audience")
        .query("days", "Number of past days; default 30", || between(1, USAGE_KEPT_DAYS))
        .replies::<CredentialUsageView>(),
    ]
}

pub async fn create(request: HttpRequest, payload: Payload, state: Data<AppState>) -> HttpResponse {
    let new = body::<NewCredential>(&request, payload).await;
    administer(request, state, move |state, act| {
        let created = create_credential(&state.administration, act, new?)?;
        Outcome::created_with(&created, &created.credential)
    })
    .await
}

/// Without overlap, every node refuses the old key before the new one is returned.
pub async fn renew(request: HttpRequest, payload: Payload, state: Data<AppState>) -> HttpResponse {
    let id = path_id(&request, "service credential");
    let renewal = body::<CredentialRenewal>(&request, payload).await;
    administer(request, state, move |state, act| {
        let (id, overlap) = (id?, renewal?.overlap_seconds);
        let successor = renew_credential(&state.administration, act, id, overlap);
        let (created, receipt) = renewed(state, act, Replaced::Credential(id), overlap, successor)?;
        let renewed = RenewedCredential { created, receipt };
        Outcome::created_with(&renewed, &renewed.created.credential)
    })
    .await
}

pub async fn usage(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    let id = path_id(&request, "service credential");
    let days = days(&request);
    administer(request, state, move |state, act| {
        Outcome::ok(&credential_usage(&state.administration, act, id?, days?)?)
    })
    .await
}

/// `?days=` 1 to 90, default 30.
fn days(request: &HttpRequest) -> Result<i64, Problem> {
    let asked = form_urlencoded::parse(request.query_string().as_bytes()).find(|(name, _)| name == "days");
    let Some((_, value)) = asked else { return Ok(30) };
    value.parse().ok().filter(|days| (1..=USAGE_KEPT_DAYS).contains(days)).ok_or_else(|| {
        let detail = format!("must be a whole number from 1 to {USAGE_KEPT_DAYS}");
        Problem::invalid(vec![FieldError::new("days", detail)])
    })
}

pub async fn list(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    let page = page_of::<CredentialView>(&request);
    administer(request, state, move |state, act| {
        let page = page?;
        let matching = credential_match(&page).map_err(|error| Problem::invalid(vec![error]))?;
        let query = page.query(CredentialSort::named);
        let items = list_credentials(&state.administration, act, &query, &matching)?;
        Outcome::ok(&page.answer(items))
    })
    .await
}

pub async fn show(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    let id = path_id(&request, "service credential");
    administer(request, state, move |state, act| {
        let found = find_credential(&state.administration, act, id?)?;
        let now = state.administration.ledger.now();
        let shown = Observed::in_realm(state, act).credential(found, now);
        Outcome::shown_with(&shown, &shown.credential)
    })
    .await
}

pub async fn edit(request: HttpRequest, payload: Payload, state: Data<AppState>) -> HttpResponse {
    let id = path_id(&request, "service credential");
    let edit = body::<CredentialEdit>(&request, payload).await;
    administer_or_try(request, state, move |state, act| {
        let edit = edit?;
        let edited = edit_credential(&state.administration, act, id?, edit)?;
        Outcome::edited(state, edited)
    })
    .await
}

pub async fn revoke(request: HttpRequest, payload: Payload, state: Data<AppState>) -> HttpResponse {
    let id = path_id(&request, "service credential");
    let revocation = body::<CredentialRevocation>(&request, payload).await;
    administer_or_try(request, state, move |state, act| {
        let (id, CredentialRevocation { name }) = (id?, revocation?);
        ensure_credential_current(&state.administration, act, id)?;
        Outcome::ended(state, revoke_credential(&state.administration.ledger, act, id, &name)?)
    })
    .await
}
