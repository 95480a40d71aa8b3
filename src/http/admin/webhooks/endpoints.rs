//! `/webhooks`.

use actix_web::web::{Data, Payload, delete, get, patch, post};
use actix_web::{HttpRequest, HttpResponse};
use claviger_api::{
    NewWebhook, WebhookDeliveryView, WebhookEdit, WebhookRotation, WebhookView, WebhookWithSecret,
};

use crate::administration::{
    create_webhook, delete_webhook, edit_webhook, find_webhook, list_webhooks, rotate_webhook_secret,
    test_webhook,
};
use crate::http::admin::body::body;
use crate::http::admin::caller::{administer, administer_or_try};
use crate::http::admin::listing::{list_operation, page_of};
use crate::http::admin::outcome::Outcome;
use crate::http::admin::path::path_id;
use crate::http::openapi::{Operation, Who};
use crate::http::state::AppState;

const WHAT: &str = "webhook";

pub fn operations() -> Vec<Operation> {
    const PATH: &str = "/webhooks";
    const ONE: &str = "/webhooks/{id}";
    vec![
        list_operation::<WebhookView>(Operation::new("get", PATH, "listWebhooks", Who::Reader, || {
            get().to(list)
        }))
        .says("List webhooks")
        .lists::<WebhookView>(),
        Operation::new("post", PATH, "createWebhook", Who::Administrator, || post().to(create))
            .says("Create a webhook; its secret is shown only once")
            .more("It is told of events from then on, signed by the Standard Webhooks specification.")
            .takes::<NewWebhook>()
            .makes::<WebhookWithSecret>(),
        Operation::new("get", ONE, "showWebhook", Who::Reader, || get().to(show))
            .says("Show a webhook, without its secret")
            .shows::<WebhookView>(),
        Operation::new("patch", ONE, "editWebhook", Who::Administrator, || patch().to(edit))
            .says("Change a webhook")
            .takes::<WebhookEdit>()
            .edits::<WebhookView>(),
        Operation::new("delete", ONE, "deleteWebhook", Who::Administrator, || delete().to(remove))
            .says("Delete a webhook, with everything that waits for it and its delivery log")
            .ends(),
        Operation::new("post", "/webhooks/{id}/rotate", "rotateWebhookSecret", Who::Administrator, || {
            post().to(rotate)
        })
        .says("Create another secret, which is shown only once")
        .more(
            "Until the end of the overlap both secrets sign. Answered with 409 while two sign, unless \
             `overlap_seconds` is 0.",
        )
        .takes::<WebhookRotation>()
        .makes::<WebhookWithSecret>(),
        Operation::new("post", "/webhooks/{id}/test", "testWebhook", Who::Administrator, || post().to(test))
            .says("Send an event of the type webhook.test now, and tell what happened")
            .more("It is attempted once, also if the webhook is disabled.")
            .replies::<WebhookDeliveryView>(),
    ]
}

pub async fn create(request: HttpRequest, payload: Payload, state: Data<AppState>) -> HttpResponse {
    let new = body::<NewWebhook>(&request, payload).await;
    administer(request, state, move |state, act| {
        let created = create_webhook(&state.administration, act, new?)?;
        Outcome::created_with(&created, &created.webhook)
    })
    .await
}

pub async fn list(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    let page = page_of::<WebhookView>(&request);
    administer(request, state, move |state, act| {
        Outcome::ok(&page?.select(list_webhooks(&state.administration, act)?))
    })
    .await
}

pub async fn show(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    let id = path_id(&request, WHAT);
    administer(request, state, move |state, act| {
        Outcome::shown(&find_webhook(&state.administration, act, id?)?)
    })
    .await
}

pub async fn edit(request: HttpRequest, payload: Payload, state: Data<AppState>) -> HttpResponse {
    let id = path_id(&request, WHAT);
    let edit = body::<WebhookEdit>(&request, payload).await;
    administer_or_try(request, state, move |state, act| {
        let edit = edit?;
        Outcome::edited(state, edit_webhook(&state.administration, act, id?, edit)?)
    })
    .await
}

pub async fn remove(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    let id = path_id(&request, WHAT);
    administer_or_try(request, state, move |state, act| {
        Outcome::ended(state, delete_webhook(&state.administration, act, id?)?)
    })
    .await
}

pub async fn rotate(request: HttpRequest, payload: Payload, state: Data<AppState>) -> HttpResponse {
    let id = path_id(&request, WHAT);
    let rotation = body::<WebhookRotation>(&request, payload).await;
    administer(request, state, move |state, act| {
        let (id, overlap) = (id?, rotation?.overlap_seconds);
        let rotated = rotate_webhook_secret(&state.administration, act, id, overlap)?;
        Outcome::created_with(&rotated, &rotated.webhook)
    })
    .await
}

pub async fn test(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    let id = path_id(&request, WHAT);
    administer(request, state, move |state, act| Outcome::ok(&test_webhook(&state.administration, act, id?)?))
        .await
}
