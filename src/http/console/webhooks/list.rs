//! The list of webhooks.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use claviger_api::WebhookView;
use claviger_console::{ListTab, WebhookRow, WebhookTab, webhook_list};

use crate::administration::list_webhooks;
use crate::http::console::lists::in_memory::{Narrowing, in_memory};
use crate::http::console::service_credentials::lines::actor_name;
use crate::http::console::visit::{Visit, show};
use crate::http::console::webhooks::detail::{ENTRY, state_of, stop};
use crate::http::state::AppState;

pub async fn list(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    show(request, state, |visit| {
        visit.ensure_opens(ENTRY)?;
        let found = list_webhooks(&visit.state.administration, &visit.act()).map_err(stop)?;
        let narrowing = Narrowing {
            list: visit.links().webhooks(),
            usual_sort: "name",
            tabs: WebhookTab::ALL,
            is_in: &|tab, view: &WebhookView| match tab {
                WebhookTab::All => true,
                WebhookTab::Enabled => view.enabled,
                WebhookTab::Disabled => !view.enabled,
            },
            filters: Vec::new(),
        };
        let (state, found) = in_memory(visit, found, narrowing);
        let rows: Vec<WebhookRow> = found.iter().map(|view| row(visit, view)).collect();
        visit.answer(&webhook_list(visit.frame(Some(ENTRY)), state, &rows))
    })
    .await
}

fn row(visit: &Visit, view: &WebhookView) -> WebhookRow {
    WebhookRow {
        id: view.id.to_string(),
        name: view.name.to_string(),
        url: view.url.to_string(),
        state: state_of(view),
        events: view.events.iter().map(ToString::to_string).collect(),
        updated_at: view.updated_at,
        updated_by: actor_name(visit, &view.updated_by),
    }
}
