//! `/audit-events`.

use actix_web::web::{Data, get};
use actix_web::{HttpRequest, HttpResponse};

use serde_json::{Value, json};

use crate::administration::{AuditEventView, FieldError, Page, list_audit_events};
use crate::http::admin::caller::administer;
use crate::http::admin::listing::{list_operation, page_of};
use crate::http::admin::outcome::Outcome;
use crate::http::admin::problem::Problem;
use crate::http::openapi::schema::{actor, count, named, nullable, object, text as text_of, time, uuid};
use crate::http::openapi::{Operation, Who};
use crate::http::state::AppState;
use claviger_domain::{AuditFilter, composed};

pub fn operations() -> Vec<Operation> {
    vec![
        list_operation::<AuditEventView>(Operation::new(
            "get",
            "/audit-events",
            "listAuditEvents",
            Who::Reader,
            || get().to(list),
        ))
        .says("List audit events, newest first by default")
        .query("actor", "Filter by the actor's id or e-mail address", text_of())
        .query("action", "Filter by action, such as service_credential.revoke", text_of())
        .query("target", "Filter by the target's id or name", text_of())
        .query("from", "Filter by time: at or after this second", time())
        .query("to", "Filter by time: at or before this second", time())
        .lists(&named("AuditEvent")),
    ]
}

pub fn schema() -> Value {
    let target = object(&[("kind", text_of()), ("id", text_of()), ("name", text_of())]);
    object(&[
        ("id", uuid()),
        ("at", time()),
        ("actor", actor()),
        ("action", text_of()),
        ("target", target),
        ("before", json!({})),
        ("after", json!({})),
        ("address", nullable(text_of())),
        ("request_id", nullable(text_of())),
        ("position", count()),
    ])
}

/// Newest first by default.
pub async fn list(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    let page = page_of::<AuditEventView>(&request);
    administer(request, state, move |state, act| {
        let page = page?;
        let filter = filter(&page)?;
        let query = page.query(|_| ());
        let events = list_audit_events(&state.administration, act, &filter, &query)?;
        Outcome::ok(&page.answer(events))
    })
    .await
}

fn filter(page: &Page) -> Result<AuditFilter, Problem> {
    let text = |name| page.other(name).map(|text| composed(text).into_owned());
    let time = |name| {
        let parsed = page.other(name).map(str::parse).transpose();
        parsed.map_err(|error| Problem::invalid(vec![FieldError::new(name, format!("must be {error}"))]))
    };
    Ok(AuditFilter {
        actor: text("actor"),
        action: text("action"),
        target: text("target"),
        from: time("from")?,
        to: time("to")?,
    })
}
