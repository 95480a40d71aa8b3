//! The realm itself: its settings.

use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};

use super::caller::administer;
use super::fields::{Fields, flag, text};
use super::outcome::Outcome;
use crate::administration::{RealmEdit, edit_realm, find_realm};
use crate::http::AppState;

pub async fn show(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    administer(request, state, |state, act| Outcome::shown(&find_realm(&state.administration, act)?)).await
}

pub async fn edit(request: HttpRequest, payload: Payload, state: Data<AppState>) -> HttpResponse {
    let read = |mut fields: Fields| {
        fields.only_editable(&["display_name", "service_credentials", "require_resource", "default_alg"]);
        let edit = RealmEdit {
            display_name: fields.optional("display_name", text),
            service_credentials: fields.optional("service_credentials", flag),
            require_resource: fields.optional("require_resource", flag),
            default_alg: fields.optional("default_alg", text),
        };
        fields.finish(|| Some(edit))
    };
    let edit = Fields::read(&request, payload).await.and_then(read);
    administer(request, state, move |state, act| {
        Outcome::shown(&edit_realm(&state.administration, act, edit?)?)
    })
    .await
}
