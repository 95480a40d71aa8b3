//! A new secret for a webhook, which the answer to the POST shows once.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};
use claviger_api::WebhookView;
use claviger_console::RotateWebhookPage;

use crate::administration::{AdministrationError, rotate_webhook_secret};
use crate::http::console::answer::Answer;
use crate::http::console::record::{act_on, show_form};
use crate::http::console::visit::Visit;
use crate::http::console::webhooks::detail::{ENTRY, stop};
use crate::http::console::webhooks::shown_once::{again_page, secret_page};
use crate::http::state::AppState;
use crate::ledger::Act;
use claviger_domain::Overlap;

pub async fn ask(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    show_form(request, state, |visit, view| {
        visit.ensure_recent()?;
        visit.answer(&page(visit, &view, false))
    })
    .await
}

pub async fn rotate(request: HttpRequest, payload: Payload, state: Data<AppState>) -> HttpResponse {
    act_on(request, payload, state, |visit, form, view: WebhookView| {
        visit.ensure_recent_or(&visit.links().rotate_webhook(&view.id.to_string()))?;
        let refused = || {
            let page = page(visit, &view, true);
            Ok(Answer::page_with(StatusCode::UNPROCESSABLE_ENTITY, &page, None)?)
        };
        let overlap = form.text("overlap").parse().ok().and_then(|seconds| Overlap::seconds(seconds).ok());
        let Some(overlap) = overlap else { return refused() };
        let attempt = visit.attempt(&format!("POST webhooks/{}/rotate", view.id), form)?;
        let act = Act { attempt: Some(attempt), ..visit.act() };
        match rotate_webhook_secret(&visit.state.administration, &act, view.id, overlap) {
            Ok(made) => secret_page(visit, &made),
            Err(AdministrationError::AlreadyMade(id)) => again_page(visit, view.name.as_str(), &id),
            Err(AdministrationError::Conflict(_)) => refused(),
            Err(error) => Err(stop(error)),
        }
    })
    .await
}

fn page(visit: &Visit, view: &WebhookView, wrong_overlap: bool) -> RotateWebhookPage {
    RotateWebhookPage {
        frame: visit.frame(Some(ENTRY)),
        id: view.id.to_string(),
        name: view.name.to_string(),
        overlap_ends_at: view.overlap_ends_at,
        idempotency_key: visit.new_attempt(),
        wrong_overlap,
    }
}
