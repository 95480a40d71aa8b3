//! `/audit-events`.

use actix_web::web::{Data, get};
use actix_web::{HttpRequest, HttpResponse};
use claviger_api::{AuditEventView, Schema};
use claviger_contract::Timestamp;

use crate::administration::{ListedAuditEvent, audit_filter, list_audit_events};
use crate::http::admin::caller::administer;
use crate::http::admin::listing::{list_operation, page_of};
use crate::http::admin::outcome::Outcome;
use crate::http::admin::problem::Problem;
use crate::http::openapi::{Operation, Who};
use crate::http::state::AppState;

pub fn operations() -> Vec<Operation> {
    vec![
        list_operation::<ListedAuditEvent>(Operation::new(
            "get",
            "/audit-events",
            "listAuditEvents",
            Who::Reader,
            || get().to(list),
        ))
        .says("List audit events, newest first by default")
        .query("actor", "Filter by the actor's id or e-mail address", String::schema)
        .query("action", "Filter by action, such as service_credential.revoke", String::schema)
        .query("target", "Filter by the target's id or name", String::schema)
        .query("from", "Filter by time: at or after this second", Timestamp::schema)
        .query("to", "Filter by time: at or before this second", Timestamp::schema)
        .lists::<AuditEventView>(),
    ]
}

/// Newest first by default.
pub async fn list(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    let page = page_of::<ListedAuditEvent>(&request);
    administer(request, state, move |state, act| {
        let page = page?;
        let filter = audit_filter(&page).map_err(|error| Problem::invalid(vec![error]))?;
        let query = page.query(|_| ());
        let events = list_audit_events(&state.administration, act, &filter, &query)?;
        Outcome::ok(&page.answer(events))
    })
    .await
}
