//! What is done with one webhook: testing, sending again, pausing, enabling, removing.

use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};
use claviger_api::{WebhookEdit, WebhookView};
use claviger_console::{ActPage, ImpactLine, Tone};

use crate::administration::{
    AdministrationError, delete_webhook, edit_webhook, resend_delivery, test_webhook,
};
use crate::http::console::answer::Answer;
use crate::http::console::done::{go_on, settle_and_go_on};
use crate::http::console::record::{act_on, show_form};
use crate::http::console::request::path_id;
use crate::http::console::stop::Stop;
use crate::http::console::visit::{Visit, act};
use crate::http::console::webhooks::detail::{ENTRY, answer, find, stop};
use crate::http::state::AppState;
use claviger_domain::DeliveryStatus;

/// Sends one event now, and says what came of it.
pub async fn test(request: HttpRequest, payload: Payload, state: Data<AppState>) -> HttpResponse {
    act_on(request, payload, state, |visit, _, view: WebhookView| {
        let (tone, words) = match test_webhook(&visit.state.administration, &visit.act(), view.id) {
            Ok(sent) => {
                let said = sent.attempts.last().map(answer).unwrap_or_default();
                match sent.status {
                    DeliveryStatus::Delivered => (Tone::Ok, format!("The test was delivered: {said}.")),
                    _ => (Tone::Bad, format!("The test was not delivered: {said}.")),
                }
            }
            Err(AdministrationError::Busy(_)) => {
                (Tone::Warn, "Too many requests are being sent now. Try again in a moment.".to_owned())
            }
            Err(error) => return Err(stop(error)),
        };
        Ok(go_on(visit, visit.links().webhook(&view.id.to_string()), tone, &words))
    })
    .await
}

pub async fn resend(request: HttpRequest, payload: Payload, state: Data<AppState>) -> HttpResponse {
    act_on(request, payload, state, |visit, form, view: WebhookView| {
        let delivery = form.text("delivery").parse().map_err(|_| Stop::NotFound)?;
        let sent = resend_delivery(&visit.state.administration, &visit.act(), view.id, delivery);
        let (tone, words) = match sent {
            Ok(_) => (Tone::Ok, "It is sent again, under the same id."),
            Err(AdministrationError::Conflict(_)) => {
                (Tone::Warn, "Not sent again: it was attempted meanwhile, or the webhook is paused.")
            }
            Err(error) => return Err(stop(error)),
        };
        Ok(go_on(visit, visit.links().webhook(&view.id.to_string()), tone, words))
    })
    .await
}

pub async fn ask_to_disable(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    show_form(request, state, |visit, view: WebhookView| {
        let sentence = "It is told of nothing until it is enabled again.";
        let line = ImpactLine {
            tone: Tone::Warn,
            icon: "out",
            words: "What waits for it is not sent".to_owned(),
            more: "Events of the meantime are in the audit trail alone.".to_owned(),
        };
        let action = visit.links().disable_webhook(&view.id.to_string());
        visit.answer(&ActPage { lines: vec![line], action, ..page(visit, &view, "Pause", sentence) })
    })
    .await
}

pub async fn disable(request: HttpRequest, payload: Payload, state: Data<AppState>) -> HttpResponse {
    switch(request, payload, state, false).await
}

/// It brings back what an administrator had set up, so it asks for no recent sign-in.
pub async fn enable(request: HttpRequest, payload: Payload, state: Data<AppState>) -> HttpResponse {
    switch(request, payload, state, true).await
}

async fn switch(
    request: HttpRequest,
    payload: Payload,
    state: Data<AppState>,
    enabled: bool,
) -> HttpResponse {
    act_on(request, payload, state, move |visit, _, view: WebhookView| {
        let edit = WebhookEdit { name: None, url: None, events: None, enabled: Some(enabled) };
        let edited = edit_webhook(&visit.state.administration, &visit.act(), view.id, edit).map_err(stop)?;
        let words = format!("{} is {}.", view.name, if enabled { "enabled" } else { "paused" });
        Ok(settle_and_go_on(visit, edited, visit.links().webhook(&view.id.to_string()), &words, ""))
    })
    .await
}

pub async fn ask_to_remove(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    show_form(request, state, |visit, view: WebhookView| {
        let sentence = "Its secret is destroyed, and it is told of nothing any more.";
        let line = ImpactLine {
            tone: Tone::Warn,
            icon: "out",
            words: "What waits for it, and the log of what was sent, go too".to_owned(),
            more: String::new(),
        };
        let action = visit.links().remove_webhook(&view.id.to_string());
        visit.answer(&ActPage { lines: vec![line], action, ..page(visit, &view, "Remove", sentence) })
    })
    .await
}

pub async fn remove(request: HttpRequest, payload: Payload, state: Data<AppState>) -> HttpResponse {
    let id = path_id(&request);
    act(request, payload, state, |visit, _| {
        visit.ensure_changes(ENTRY)?;
        let list = visit.links().webhooks();
        let view = match find(visit, id?) {
            Err(Stop::NotFound) => return Ok(go_on(visit, list, Tone::Ok, "It was already removed.")),
            found => found?,
        };
        let removed = delete_webhook(&visit.state.administration, &visit.act(), view.id).map_err(stop)?;
        Ok::<Answer, Stop>(settle_and_go_on(visit, removed, list, &format!("{} was removed.", view.name), ""))
    })
    .await
}

fn page(visit: &Visit, view: &WebhookView, verb: &'static str, sentence: &str) -> ActPage {
    let (links, own) = (visit.links(), visit.links().webhook(&view.id.to_string()));
    ActPage {
        frame: visit.frame(Some(ENTRY)),
        up: (links.webhooks(), "Webhooks"),
        of: Some((own.clone(), view.name.to_string())),
        verb,
        name: view.name.to_string(),
        sentence: sentence.to_owned(),
        lines: Vec::new(),
        type_name: false,
        wrong_name: false,
        action: own.clone(),
        fields: Vec::new(),
        back: own,
        destroys: true,
    }
}
