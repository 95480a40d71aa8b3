//! One resource server: how it learns of revocations, and how to use it.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use claviger_api::ResourceServerView;
use claviger_console::{ServerRecord, server_page};

use crate::http::console::directory::resource_servers::found::ENTRY;
use crate::http::console::directory::resource_servers::reach::{kind, observed};
use crate::http::console::record::show_one;
use crate::http::console::trail::newest_lines;
use crate::http::state::AppState;
use claviger_domain::TargetKind;

pub async fn detail(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    show_one(request, state, |visit, view: ResourceServerView| {
        let observed = observed(visit).server(view);
        let (kind, view) = (kind(&observed), &observed.server);
        let realm = &visit.session.realm;
        let successor = realm.servers.iter().find(|other| other.record.replaces == Some(view.id));
        let predecessor = view.replaces.filter(|id| realm.servers.get(*id).is_some());
        let endpoint = |path: &str| format!("{}/oauth2/{path}", realm.issuer);
        let server = ServerRecord {
            id: view.id.to_string(),
            name: view.name.to_string(),
            audience: view.audience.to_string(),
            kind,
            heard_at: observed.last_heard_at,
            instances: observed.instances,
            created_at: view.created_at,
            predecessor: predecessor.map(|id| id.to_string()),
            successor: successor.map(|other| other.record.id.to_string()),
            overlap_ends_at: view.overlap_ends_at,
            introspection_endpoint: endpoint("introspect"),
            jwks_uri: endpoint("jwks"),
            token_endpoint: endpoint("token"),
            events: newest_lines(visit, TargetKind::ResourceServer, &view.id.to_string(), "it")?,
        };
        visit.answer(&server_page(visit.frame(Some(ENTRY)), server))
    })
    .await
}
