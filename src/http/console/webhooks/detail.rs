//! One webhook, and what was sent to it.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use claviger_api::{DeliveryAttemptView, WebhookDeliveryView, WebhookView};
use claviger_console::{DeliveryRow, Entry, WebhookPage, WebhookState};

use crate::administration::{AdministrationError, find_webhook, list_deliveries};
use crate::http::console::record::{Record, show_one};
use crate::http::console::request::path_id;
use crate::http::console::service_credentials::lines::actor_name;
use crate::http::console::stop::Stop;
use crate::http::console::trail::newest_lines;
use crate::http::console::visit::Visit;
use crate::http::state::AppState;
use claviger_domain::{Query, TargetKind, WebhookId};

pub const ENTRY: Entry = Entry::Webhooks;

/// Deliveries that the page lists.
const SHOWN: usize = 25;

pub fn stop(error: AdministrationError) -> Stop {
    Stop::of(error, ENTRY)
}

pub fn find(visit: &Visit, id: WebhookId) -> Result<WebhookView, Stop> {
    find_webhook(&visit.state.administration, &visit.act(), id).map_err(stop)
}

impl Record for WebhookView {
    type Key = WebhookId;

    const ENTRY: Entry = ENTRY;

    fn key(request: &HttpRequest) -> Result<WebhookId, Stop> {
        path_id(request)
    }

    fn find(visit: &Visit, id: WebhookId) -> Result<Self, Stop> {
        find(visit, id)
    }
}

pub fn state_of(view: &WebhookView) -> WebhookState {
    match (view.enabled, &view.disabled_reason) {
        (true, _) => WebhookState::Enabled,
        (false, None) => WebhookState::Paused,
        (false, Some(_)) => WebhookState::Gone,
    }
}

pub async fn detail(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    show_one(request, state, |visit, view: WebhookView| visit.answer(&page(visit, &view)?)).await
}

fn page(visit: &Visit, view: &WebhookView) -> Result<WebhookPage, Stop> {
    let query = Query {
        sort: (),
        descending: true,
        after: None,
        limit: SHOWN,
        search: None,
        status: None,
        expires_before: None,
    };
    let deliveries = list_deliveries(&visit.state.administration, &visit.act(), view.id, &query);
    Ok(WebhookPage {
        frame: visit.frame(Some(ENTRY)),
        id: view.id.to_string(),
        name: view.name.to_string(),
        url: view.url.to_string(),
        events: view.events.iter().map(ToString::to_string).collect(),
        state: state_of(view),
        secret_created_at: view.secret_created_at,
        overlap_ends_at: view.overlap_ends_at,
        deliveries: deliveries.map_err(stop)?.iter().map(row).collect(),
        created_at: view.created_at,
        created_by: actor_name(visit, &view.created_by),
        updated_at: view.updated_at,
        updated_by: actor_name(visit, &view.updated_by),
        log: newest_lines(visit, TargetKind::Webhook, &view.id.to_string(), "it")?,
    })
}

fn row(view: &WebhookDeliveryView) -> DeliveryRow {
    DeliveryRow {
        id: view.id.to_string(),
        event_type: view.event_type.clone(),
        created_at: view.created_at,
        status: view.status,
        attempts: u64::try_from(view.attempts.len()).unwrap_or(u64::MAX),
        answer: view.attempts.last().map(answer).unwrap_or_default(),
        next_attempt_at: view.next_attempt_at,
    }
}

/// `200 in 38 ms`, or why it did not succeed.
pub fn answer(attempt: &DeliveryAttemptView) -> String {
    match (&attempt.error, attempt.response_status) {
        (Some(error), _) => error.clone(),
        (None, Some(status)) => format!("{status} in {} ms", attempt.duration_ms),
        (None, None) => String::new(),
    }
}
