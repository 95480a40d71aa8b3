//! `/source-credentials`.

use actix_web::web::{Data, Payload, delete, get, patch, post};
use actix_web::{HttpRequest, HttpResponse};
use claviger_api::{FieldError, NewSourceCredential, SourceCredentialEdit, SourceCredentialView};

use crate::administration::{
    create_source_credential, delete_source_credential, edit_source_credential, find_source_credential,
    list_source_credentials,
};
use crate::http::admin::body::body;
use crate::http::admin::caller::{administer, administer_or_try};
use crate::http::admin::listing::{list_operation, page_of};
use crate::http::admin::outcome::Outcome;
use crate::http::admin::path::path_id;
use crate::http::admin::problem::Problem;
use crate::http::openapi::schema::{one_of, text};
use crate::http::openapi::{Operation, Who};
use crate::http::state::AppState;
use claviger_domain::{SourceCredentialFilter, ValidationOutcome, VaultSort};

pub fn operations() -> Vec<Operation> {
    const PATH: &str = "/source-credentials";
    const ONE: &str = "/source-credentials/{id}";
    vec![
        list_operation::<SourceCredentialView>(Operation::new(
            "get",
            PATH,
            "listSourceCredentials",
            Who::Reader,
            || get().to(list),
        ))
        .query("source_type", "Filter by source type", text)
        .query("outcome", "Filter by the outcome of the last validation", || one_of(ValidationOutcome::NAMES))
        .says("List source credentials")
        .lists::<SourceCredentialView>(),
        Operation::new("post", PATH, "createSourceCredential", Who::Administrator, || post().to(create))
            .says("Store a credential of a third party")
            .more("Its provider is asked first, unless `validate` is false. Secrets are never answered.")
            .takes::<NewSourceCredential>()
            .makes::<SourceCredentialView>(),
        Operation::new("get", ONE, "showSourceCredential", Who::Reader, || get().to(show))
            .says("Show a source credential, without its secrets")
            .shows::<SourceCredentialView>(),
        Operation::new("patch", ONE, "editSourceCredential", Who::Administrator, || patch().to(edit))
            .says("Change a source credential for all sources that use it")
            .more("The provider is asked first. Until it has accepted the new secrets, sources get the old ones.")
            .takes::<SourceCredentialEdit>()
            .edits::<SourceCredentialView>(),
        Operation::new("delete", ONE, "deleteSourceCredential", Who::Administrator, || delete().to(remove))
            .says("Delete a source credential and its secrets")
            .more("The sources that use it are stopped. Once this is answered, no server resolves them.")
            .ends(),
    ]
}

pub async fn create(request: HttpRequest, payload: Payload, state: Data<AppState>) -> HttpResponse {
    let new = body::<NewSourceCredential>(&request, payload).await;
    administer(request, state, move |state, act| {
        Outcome::created(&create_source_credential(&state.administration, act, new?)?)
    })
    .await
}

pub async fn list(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    let page = page_of::<SourceCredentialView>(&request);
    administer(request, state, move |state, act| {
        let page = page?;
        let other = |name| page.other(name).map(str::to_owned);
        let outcome = other("outcome").map(known_outcome).transpose()?;
        let filter = SourceCredentialFilter { source_type: other("source_type"), outcome };
        let items = list_source_credentials(&state.administration, act, &filter, &page.query(sort))?;
        Outcome::ok(&page.answer(items))
    })
    .await
}

pub async fn show(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    let id = path_id(&request, "source credential");
    administer(request, state, move |state, act| {
        Outcome::shown(&find_source_credential(&state.administration, act, id?)?)
    })
    .await
}

pub async fn edit(request: HttpRequest, payload: Payload, state: Data<AppState>) -> HttpResponse {
    let id = path_id(&request, "source credential");
    let edit = body::<SourceCredentialEdit>(&request, payload).await;
    administer_or_try(request, state, move |state, act| {
        let edit = edit?;
        Outcome::edited(state, edit_source_credential(&state.administration, act, id?, edit)?)
    })
    .await
}

pub async fn remove(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    let id = path_id(&request, "source credential");
    administer_or_try(request, state, move |state, act| {
        let deleted = delete_source_credential(&state.administration, act, id?)?;
        Outcome::ended(state, deleted)
    })
    .await
}

fn known_outcome(text: String) -> Result<String, Problem> {
    let known = ValidationOutcome::NAMES;
    match known.contains(&text.as_str()) {
        true => Ok(text),
        false => {
            let detail = format!("must be one of {}", known.join(", "));
            Err(Problem::invalid(vec![FieldError::new("outcome", detail)]))
        }
    }
}

pub fn sort(name: &str) -> VaultSort {
    match name {
        "created_at" => VaultSort::CreatedAt,
        "expires_at" => VaultSort::ExpiresAt,
        _ => VaultSort::Name,
    }
}
