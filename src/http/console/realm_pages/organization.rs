//! `/console/{realm}/organization`: what the realm is set to.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use claviger_api::NodeView;
use claviger_console::{Entry, NodeRow, OrganizationPage};

use crate::administration::{Listable, MAX_PAGE_SIZE, Page, credential_totals, list_nodes};
use crate::http::console::stop::Stop;
use crate::http::console::visit::{Visit, show};
use crate::http::state::AppState;

pub const ENTRY: Entry = Entry::Organization;

pub async fn organization(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    show(request, state, |visit| {
        visit.ensure_opens(ENTRY)?;
        let totals = credential_totals(&visit.state.administration, &visit.act());
        let totals = totals.map_err(|error| Stop::of(error, ENTRY))?;
        let realm = &visit.session.realm;
        let settings = &realm.record.settings;
        let page = OrganizationPage {
            frame: visit.frame(Some(ENTRY)),
            issuer: realm.issuer.to_string(),
            service_credentials_allowed: settings.service_credentials,
            resource_required: settings.require_resource,
            default_algorithm: settings.default_alg.as_str().to_owned(),
            registry_services: settings.registry_services.iter().map(ToString::to_string).collect(),
            audit_kept_days: visit.state.audit_retention_days.map(u64::from),
            nodes: nodes(visit)?,
            live_credentials: totals.active,
            active_members: active_members(visit),
            sign_in: sign_in(visit),
        };
        visit.answer(&page)
    })
    .await
}

fn nodes(visit: &Visit) -> Result<Vec<NodeRow>, Stop> {
    let all = Page::first(&NodeView::LIST, MAX_PAGE_SIZE);
    let listed = list_nodes(&visit.state.administration, &visit.act(), &all);
    let listed = listed.map_err(|error| Stop::of(error, ENTRY))?;
    let row = |node: NodeView| NodeRow {
        name: node.name,
        status: node.status,
        position: node.position.as_u64(),
        version: node.version,
        last_seen_at: node.last_seen_at,
        answers: node.answers,
    };
    Ok(listed.items.into_iter().map(row).collect())
}

fn active_members(visit: &Visit) -> u64 {
    let active = visit.session.realm.members.values().filter(|member| member.is_active());
    u64::try_from(active.count()).unwrap_or(u64::MAX)
}

fn sign_in(visit: &Visit) -> String {
    let realm = &visit.session.realm;
    let accounts = realm.local_accounts.values().filter(|account| account.password_set_at.is_some()).count();
    let accounts = match accounts {
        1 => "1 local account".to_owned(),
        many => format!("{many} local accounts"),
    };
    match &realm.sign_in_provider {
        Some(provider) => format!("{}, and {accounts} for emergencies.", provider.settings.provider_name),
        None => format!("{accounts}; no identity provider."),
    }
}
