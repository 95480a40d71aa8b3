//! The list of resource servers.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use claviger_api::{ObservedResourceServer, ResourceServerView};
use claviger_console::{ListTab, ReachKind, ServerRow, ServerTab, server_list};

use crate::administration::list_resource_servers;
use crate::http::console::directory::entity::stop;
use crate::http::console::directory::resource_servers::found::ENTRY;
use crate::http::console::directory::resource_servers::reach::{is_standing, kind, observed};
use crate::http::console::lists::in_memory::{Narrowing, in_memory};
use crate::http::console::visit::show;
use crate::http::state::AppState;

pub async fn list(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    show(request, state, |visit| {
        visit.ensure_opens(ENTRY)?;
        let servers = list_resource_servers(&visit.state.administration, &visit.act());
        let servers = servers.map_err(stop::<ResourceServerView>)?;
        let observed = observed(visit);
        let has = |view: &ResourceServerView, wanted: ServerTab| {
            is_standing(view)
                && wanted
                    == match kind(&observed.server(view.clone())) {
                        ReachKind::AsksEveryTime => ServerTab::Asking,
                        ReachKind::FollowsFeed => ServerTab::Following,
                        ReachKind::OwnTokens { .. } | ReachKind::ReadsKeysOnly { .. } => ServerTab::KeysOnly,
                    }
        };
        let narrowing = Narrowing {
            list: visit.links().resource_servers(),
            usual_sort: "name",
            tabs: ServerTab::ALL,
            is_in: &|tab, view: &ResourceServerView| match tab {
                ServerTab::All => true,
                ServerTab::Replaced => !is_standing(view),
                kind => has(view, kind),
            },
            filters: Vec::new(),
        };
        let (state, servers) = in_memory(visit, servers, narrowing);
        let rows: Vec<ServerRow> = servers.into_iter().map(|view| row(observed.server(view))).collect();
        visit.answer(&server_list(visit.frame(Some(ENTRY)), state, &rows))
    })
    .await
}

fn row(observed: ObservedResourceServer) -> ServerRow {
    let kind = kind(&observed);
    let ObservedResourceServer { server, last_heard_at, instances, .. } = observed;
    ServerRow {
        id: server.id.to_string(),
        name: server.name.to_string(),
        audience: server.audience.to_string(),
        kind,
        heard_at: last_heard_at,
        instances,
        overlap_ends_at: server.overlap_ends_at,
        created_at: server.created_at,
    }
}
