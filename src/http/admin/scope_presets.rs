//! `/scope-presets`.

use actix_web::web::{Data, get};
use actix_web::{HttpRequest, HttpResponse};
use claviger_api::{Items, ScopePresetView};

use crate::administration::list_scope_presets;
use crate::http::admin::caller::administer;
use crate::http::admin::outcome::Outcome;
use crate::http::openapi::{Operation, Who};
use crate::http::state::AppState;

pub fn operations() -> Vec<Operation> {
    vec![
        Operation::new("get", "/scope-presets", "listScopePresets", Who::Owner, || get().to(list))
            .says("List common combinations of registered scopes")
            .replies::<Items<ScopePresetView>>(),
    ]
}

pub async fn list(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    administer(request, state, move |state, act| {
        let items = list_scope_presets(&state.administration, act)?;
        Outcome::ok(&Items { items })
    })
    .await
}
