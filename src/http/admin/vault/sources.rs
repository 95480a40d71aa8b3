//! `/sources`.

use actix_web::web::{Data, Payload, delete, get, patch, post};
use actix_web::{HttpRequest, HttpResponse};
use claviger_api::{NewSource, SourceEdit, SourcePullView, SourceView};

use crate::administration::{
    create_source, delete_source, edit_source, find_source, list_sources, pull_source,
};
use crate::http::admin::body::body;
use crate::http::admin::caller::{administer, administer_or_try};
use crate::http::admin::listing::{list_operation, page_of};
use crate::http::admin::outcome::Outcome;
use crate::http::admin::path::path_id;
use crate::http::admin::vault::source_credentials::sort;
use crate::http::openapi::schema::text;
use crate::http::openapi::{Operation, Who};
use crate::http::state::AppState;
use claviger_domain::SourceFilter;

pub fn operations() -> Vec<Operation> {
    const PATH: &str = "/sources";
    const ONE: &str = "/sources/{id}";
    vec![
        list_operation::<SourceView>(Operation::new("get", PATH, "listSources", Who::Reader, || {
            get().to(list)
        }))
        .query("source_type", "Filter by source type", text)
        .query("source_credential_id", "Filter by source credential", text)
        .says("List sources")
        .lists::<SourceView>(),
        Operation::new("post", PATH, "createSource", Who::Administrator, || post().to(create))
            .says("Create a source that uses a source credential")
            .takes::<NewSource>()
            .makes::<SourceView>(),
        Operation::new("get", ONE, "showSource", Who::Reader, || get().to(show))
            .says("Show a source")
            .shows::<SourceView>(),
        Operation::new("patch", ONE, "editSource", Who::Administrator, || patch().to(edit))
            .says("Change a source")
            .more("Once another credential is answered, nobody gets the earlier one for this source.")
            .takes::<SourceEdit>()
            .edits::<SourceView>(),
        Operation::new("delete", ONE, "deleteSource", Who::Administrator, || delete().to(remove))
            .says("Delete a source; it is not resolved any more")
            .ends(),
        Operation::new("post", "/sources/{id}/pull", "pullSource", Who::Administrator, || post().to(pull))
            .says("Read the list of a source from its provider, and record what came of it")
            .more("As the server does at the interval of its setting `vault_pull_minutes`.")
            .refuses(&[409, 422])
            .replies::<SourcePullView>(),
    ]
}

pub async fn create(request: HttpRequest, payload: Payload, state: Data<AppState>) -> HttpResponse {
    let new = body::<NewSource>(&request, payload).await;
    administer(request, state, move |state, act| {
        Outcome::created(&create_source(&state.administration, act, new?)?)
    })
    .await
}

pub async fn list(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    let page = page_of::<SourceView>(&request);
    administer(request, state, move |state, act| {
        let page = page?;
        let other = |name| page.other(name).map(str::to_owned);
        let filter =
            SourceFilter { source_type: other("source_type"), credential: other("source_credential_id") };
        let items = list_sources(&state.administration, act, &filter, &page.query(sort))?;
        Outcome::ok(&page.answer(items))
    })
    .await
}

pub async fn show(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    let id = path_id(&request, "source");
    administer(request, state, move |state, act| {
        Outcome::shown(&find_source(&state.administration, act, id?)?)
    })
    .await
}

pub async fn edit(request: HttpRequest, payload: Payload, state: Data<AppState>) -> HttpResponse {
    let id = path_id(&request, "source");
    let edit = body::<SourceEdit>(&request, payload).await;
    administer_or_try(request, state, move |state, act| {
        let edit = edit?;
        Outcome::edited(state, edit_source(&state.administration, act, id?, edit)?)
    })
    .await
}

pub async fn pull(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    let id = path_id(&request, "source");
    administer(request, state, move |state, act| Outcome::ok(&pull_source(&state.administration, act, id?)?))
        .await
}

pub async fn remove(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    let id = path_id(&request, "source");
    administer_or_try(request, state, move |state, act| {
        let deleted = delete_source(&state.administration, act, id?)?;
        Outcome::ended(state, deleted)
    })
    .await
}
