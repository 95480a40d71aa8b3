//! `/scope-presets`.

use actix_web::web::{Data, get};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::json;

use crate::administration::list_scope_presets;
use crate::http::admin::caller::administer;
use crate::http::admin::outcome::Outcome;
use crate::http::openapi::schema::{list as list_of, object, scope, text};
use crate::http::openapi::{Operation, Who};
use crate::http::state::AppState;

pub fn operations() -> Vec<Operation> {
    let preset = object(&[("name", text()), ("description", text()), ("scopes", list_of(scope()))]);
    vec![
        Operation::new("get", "/scope-presets", "listScopePresets", Who::Owner, || get().to(list))
            .says("List common combinations of registered scopes")
            .answers(object(&[("items", list_of(preset))])),
    ]
}

pub async fn list(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    administer(request, state, move |state, act| {
        Outcome::ok(&json!({"items": list_scope_presets(&state.administration, act)?}))
    })
    .await
}
