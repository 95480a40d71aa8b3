//! The list of resources.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use claviger_api::ResourceView;
use claviger_console::{ListTab, ResourceRow, ResourceTab, resource_list};

use crate::administration::{HolderCount, count_resource_holders, list_resources};
use crate::http::console::directory::entity::stop;
use crate::http::console::directory::resources::found::{ENTRY, full_name, name_of};
use crate::http::console::lists::in_memory::{Filter, Narrowing, count, in_memory};
use crate::http::console::visit::show;
use crate::http::state::AppState;

/// Types to choose from.
const MAX_TYPES: usize = 200;

pub async fn list(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    show(request, state, |visit| {
        visit.ensure_opens(ENTRY)?;
        let (administration, act) = (&visit.state.administration, visit.act());
        let resources = list_resources(administration, &act).map_err(stop::<ResourceView>)?;
        let counts = count_resource_holders(administration, &act).map_err(stop::<ResourceView>)?;
        let held = |view: &ResourceView| {
            name_of(view).ok().and_then(|name| counts.get(&name).copied()).unwrap_or_default()
        };
        let mut types: Vec<String> = resources.iter().map(|view| view.r#type.clone()).collect();
        types.dedup();
        types.truncate(MAX_TYPES);
        let kind = Filter {
            key: "type",
            label: "Type",
            any: "Any type",
            choices: types.into_iter().map(|kind| (kind.clone(), kind)).collect(),
            has: &|view: &ResourceView, kind| view.r#type == kind,
        };
        let narrowing = Narrowing {
            list: visit.links().resources(),
            usual_sort: "name",
            tabs: ResourceTab::ALL,
            is_in: &|tab, view| match tab {
                ResourceTab::All => true,
                ResourceTab::Used => held(view).is_used(),
                ResourceTab::Unused => !held(view).is_used(),
            },
            filters: vec![kind],
        };
        let (state, resources) = in_memory(visit, resources, narrowing);
        let rows: Vec<ResourceRow> = resources.iter().map(|view| row(view, held(view))).collect();
        visit.answer(&resource_list(visit.frame(Some(ENTRY)), state, &rows))
    })
    .await
}

fn row(view: &ResourceView, held: HolderCount) -> ResourceRow {
    ResourceRow {
        resource: full_name(view),
        description: view.description.to_string(),
        actions: view.actions.clone(),
        groups: count(held.groups),
        credentials: count(held.credentials),
        updated_at: view.updated_at,
    }
}
