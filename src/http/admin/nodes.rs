//! `/nodes`: the servers that answer for the realm.

use actix_web::web::{Data, get};
use actix_web::{HttpRequest, HttpResponse};
use claviger_api::NodeView;

use crate::administration::list_nodes;
use crate::http::admin::caller::administer;
use crate::http::admin::listing::{list_operation, page_of};
use crate::http::admin::outcome::Outcome;
use crate::http::openapi::{Operation, Who};
use crate::http::state::AppState;

pub fn operations() -> Vec<Operation> {
    vec![
        list_operation::<NodeView>(Operation::new("get", "/nodes", "listNodes", Who::Reader, || {
            get().to(list)
        }))
        .says("List the servers that must confirm a revocation, and how far each has applied the log")
        .more(
            "As the answering server saw them at its last renewal, about a second ago at most. A server that \
             stopped without leaving is listed as silent for an hour, unless one of its name joins.",
        )
        .lists::<NodeView>(),
    ]
}

pub async fn list(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    let page = page_of::<NodeView>(&request);
    administer(request, state, move |state, act| {
        Outcome::ok(&list_nodes(&state.administration, act, &page?)?)
    })
    .await
}
