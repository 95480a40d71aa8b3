//! The list of resource servers.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use claviger_api::ResourceServerView;
use claviger_console::{ListTab, ServerRow, ServerTab, server_list};

use crate::administration::list_resource_servers;
use crate::http::console::directory::entity::stop;
use crate::http::console::directory::resource_servers::found::ENTRY;
use crate::http::console::directory::resource_servers::reach::Observed;
use crate::http::console::lists::in_memory::{Narrowing, in_memory};
use crate::http::console::visit::show;
use crate::http::state::AppState;

pub async fn list(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    show(request, state, |visit| {
        visit.ensure_opens(ENTRY)?;
        let servers = list_resource_servers(&visit.state.administration, &visit.act());
        let servers = servers.map_err(stop::<ResourceServerView>)?;
        let observed = Observed::now(visit);
        let asks = |view: &ResourceServerView| observed.of(view).0.at_once();
        let narrowing = Narrowing {
            list: visit.links().resource_servers(),
            usual_sort: "name",
            tabs: ServerTab::ALL,
            is_in: &|tab, view: &ResourceServerView| match tab {
                ServerTab::All => true,
                ServerTab::Asking => view.overlap_ends_at.is_none() && asks(view),
                ServerTab::KeysOnly => view.overlap_ends_at.is_none() && !asks(view),
                ServerTab::Replaced => view.overlap_ends_at.is_some(),
            },
            filters: Vec::new(),
        };
        let (state, servers) = in_memory(visit, servers, narrowing);
        let rows: Vec<ServerRow> = servers.iter().map(|view| row(view, &observed)).collect();
        visit.answer(&server_list(visit.frame(Some(ENTRY)), state, &rows))
    })
    .await
}

fn row(view: &ResourceServerView, observed: &Observed) -> ServerRow {
    let (kind, heard_at) = observed.of(view);
    ServerRow {
        id: view.id.to_string(),
        name: view.name.to_string(),
        audience: view.audience.to_string(),
        kind,
        heard_at,
        overlap_ends_at: view.overlap_ends_at,
        created_at: view.created_at,
    }
}
