//! `/console/{realm}/organization`: what the realm is set to.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use claviger_console::{Entry, NodeRow, NodeStanding, OrganizationPage};

use crate::administration::credential_totals;
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
            nodes: vec![this_node(visit)],
            live_credentials: totals.active,
            active_members: active_members(visit),
            sign_in: sign_in(visit),
        };
        visit.answer(&page)
    })
    .await
}

/// This node alone: others answer for themselves at `/health/ready`.
fn this_node(visit: &Visit) -> NodeRow {
    let readiness = visit.state.issuer.readiness();
    let state = if readiness.is_ready() { NodeStanding::InStep } else { NodeStanding::Behind };
    NodeRow { name: visit.state.node.clone(), state, position: readiness.position.as_u64() }
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
