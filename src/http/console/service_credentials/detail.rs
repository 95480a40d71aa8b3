//! `/console/{realm}/service-credentials/{id}`: one service credential.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use claviger_api::{CredentialView, ObservedCredential};
use claviger_console::{CredentialExamplesPage, CredentialPage, Draft, FirstUseLine};

use crate::http::console::answer::Answer;
use crate::http::console::record::{Record, show_one};
use crate::http::console::service_credentials::add::granted;
use crate::http::console::service_credentials::events::newest_events;
use crate::http::console::service_credentials::found::{ENTRY, usage};
use crate::http::console::service_credentials::lines::{
    actor_name, group_line, lifecycle, resource_line, scope_line,
};
use crate::http::console::stop::Stop;
use crate::http::console::visit::Visit;
use crate::http::coverage::Observed;
use crate::http::state::AppState;

pub async fn detail(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    show_one(request, state, |visit, view: CredentialView| {
        let observed = Observed::of(visit.state.barrier.coverage(&visit.session.realm));
        let ObservedCredential { credential: view, audiences_until_expiry } =
            observed.credential(view, visit.now());
        let page = CredentialPage {
            frame: visit.frame(Some(ENTRY)),
            id: view.id.to_string(),
            name: view.name.to_string(),
            description: view.description.to_string(),
            lifecycle: lifecycle(&view),
            revoked_by: view.revoked_by.as_ref().map(|by| actor_name(visit, by)).unwrap_or_default(),
            successor: successor(visit, &view)?,
            predecessor: view.replaces.map(|id| id.to_string()),
            token_ttl_seconds: view.token_ttl_seconds.as_seconds().unsigned_abs(),
            groups: view.groups.iter().map(|name| group_line(visit, name)).collect(),
            resources: view.resources.iter().map(|grant| resource_line(visit, grant)).collect(),
            scopes: view.effective_scopes.iter().map(|scope| scope_line(visit, scope)).collect(),
            admin_scopes: view.admin_scopes.iter().map(|scope| scope.as_str().to_owned()).collect(),
            updated_at: view.updated_at,
            updated_by: actor_name(visit, &view.updated_by),
            created_by: actor_name(visit, &view.created_by),
            usage: usage(visit, &view)?,
            late_audiences: audiences_until_expiry,
            events: newest_events(visit, view.id)?,
            draft: like_it(&view),
        };
        visit.answer(&page)
    })
    .await
}

/// While both are valid, the successor has the name.
fn successor(visit: &Visit, view: &CredentialView) -> Result<Option<String>, Stop> {
    let named = visit.session.realm.live_names.get(&view.name).filter(|_| view.overlap_ends_at.is_some());
    let Some(named) = named.filter(|id| **id != view.id) else { return Ok(None) };
    let is_next = CredentialView::find(visit, *named)?.replaces == Some(view.id);
    Ok(is_next.then(|| named.to_string()))
}

fn like_it(view: &CredentialView) -> Draft {
    Draft {
        name: view.name.to_string(),
        description: view.description.to_string(),
        days: view.validity_days.as_days().map_or_else(|| "never".to_owned(), |days| days.to_string()),
        ttl: view.token_ttl_seconds.as_seconds().to_string(),
        groups: view.groups.iter().map(ToString::to_string).collect(),
        grants: granted(view),
        resources: Vec::new(),
    }
}

/// Whether its first token was issued, for the page that shows its key.
pub async fn first_use(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    show_one(request, state, |visit, view: CredentialView| {
        let poll = visit.links().first_use(&view.id.to_string());
        let line = FirstUseLine { first_used_at: view.last_used_at, poll };
        Ok(Answer::page(&line, None)?)
    })
    .await
}

pub async fn examples(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    show_one(request, state, |visit, view: CredentialView| {
        let page = CredentialExamplesPage {
            frame: visit.frame(Some(ENTRY)),
            id: view.id.to_string(),
            name: view.name.to_string(),
            token_endpoint: format!("{}/oauth2/token", visit.session.realm.issuer),
            server_url: visit.state.administration.public_url.clone(),
            registry: registry(visit),
        };
        visit.answer(&page)
    })
    .await
}

/// A container registry of the realm.
pub fn registry(visit: &Visit) -> Option<String> {
    visit.session.realm.record.settings.registry_services.first().map(ToString::to_string)
}
