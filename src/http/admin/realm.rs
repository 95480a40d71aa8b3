//! The realm itself: its settings.

use actix_web::web::{Data, Payload, get, patch};
use actix_web::{HttpRequest, HttpResponse};
use claviger_api::{CallerView, RealmEdit, RealmView};

use crate::administration::{edit_realm, find_caller, find_realm};
use crate::http::admin::body::body;
use crate::http::admin::caller::{administer, administer_or_try};
use crate::http::admin::outcome::Outcome;
use crate::http::openapi::{Operation, Who};
use crate::http::state::AppState;

pub fn operations() -> Vec<Operation> {
    vec![
        Operation::new("get", "", "showRealm", Who::Reader, || get().to(show))
            .says("Show the realm and its settings")
            .shows::<RealmView>(),
        Operation::new("patch", "", "editRealm", Who::Administrator, || patch().to(edit))
            .says("Change settings of the realm")
            .takes::<RealmEdit>()
            .more("Once a stricter setting is answered, no node applies the previous one.")
            .edits::<RealmView>(),
        Operation::new("get", "/whoami", "showCaller", Who::Owner, || get().to(caller))
            .says("Show the member as whom the request acts, and its token")
            .shows::<CallerView>(),
    ]
}

pub async fn show(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    administer(request, state, |state, act| Outcome::shown(&find_realm(&state.administration, act)?)).await
}

pub async fn caller(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    administer(request, state, |state, act| Outcome::shown(&find_caller(&state.administration, act)?)).await
}

pub async fn edit(request: HttpRequest, payload: Payload, state: Data<AppState>) -> HttpResponse {
    let edit = body::<RealmEdit>(&request, payload).await;
    administer_or_try(request, state, move |state, act| {
        Outcome::edited(state, edit_realm(&state.administration, act, edit?)?)
    })
    .await
}
