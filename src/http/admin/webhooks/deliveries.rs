//! `/webhooks/{id}/deliveries`.

use actix_web::web::{Data, get, post};
use actix_web::{HttpRequest, HttpResponse};
use claviger_api::WebhookDeliveryView;

use crate::administration::{find_delivery, list_deliveries, resend_delivery};
use crate::http::admin::caller::administer;
use crate::http::admin::listing::{list_operation, page_of};
use crate::http::admin::outcome::Outcome;
use crate::http::admin::path::{PathParts, path_id};
use crate::http::admin::problem::Problem;
use crate::http::openapi::{Operation, Who};
use crate::http::state::AppState;
use claviger_domain::{DeliveryId, WebhookId};

pub fn operations() -> Vec<Operation> {
    const PATH: &str = "/webhooks/{id}/deliveries";
    const ONE: &str = "/webhooks/{id}/deliveries/{delivery}";
    vec![
        list_operation::<WebhookDeliveryView>(Operation::new(
            "get",
            PATH,
            "listWebhookDeliveries",
            Who::Reader,
            || get().to(list),
        ))
        .says("List what was sent to a webhook or waits for it, newest first by default")
        .lists::<WebhookDeliveryView>(),
        Operation::new("get", ONE, "showWebhookDelivery", Who::Reader, || get().to(show))
            .says("Show a delivery with its attempts")
            .shows::<WebhookDeliveryView>(),
        Operation::new(
            "post",
            "/webhooks/{id}/deliveries/{delivery}/resend",
            "resendWebhookDelivery",
            Who::Administrator,
            || post().to(resend),
        )
        .says("Send a delivery again, under the same message id")
        .enables::<WebhookDeliveryView>(),
    ]
}

pub async fn list(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    let id = path_id(&request, "webhook");
    let page = page_of::<WebhookDeliveryView>(&request);
    administer(request, state, move |state, act| {
        let page = page?;
        let found = list_deliveries(&state.administration, act, id?, &page.query(|_| ()))?;
        Outcome::ok(&page.answer(found))
    })
    .await
}

pub async fn show(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    let ids = ids(&request);
    administer(request, state, move |state, act| {
        let (webhook, id) = ids?;
        Outcome::shown(&find_delivery(&state.administration, act, webhook, id)?)
    })
    .await
}

pub async fn resend(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    let ids = ids(&request);
    administer(request, state, move |state, act| {
        let (webhook, id) = ids?;
        Outcome::shown(&resend_delivery(&state.administration, act, webhook, id)?)
    })
    .await
}

/// An invalid id is reported as not found.
fn ids(request: &HttpRequest) -> Result<(WebhookId, DeliveryId), Problem> {
    const WHAT: &str = "webhook delivery";
    let id = PathParts::of(request).delivery.parse().map_err(|_| Problem::not_found(WHAT))?;
    Ok((path_id(request, WHAT)?, id))
}
