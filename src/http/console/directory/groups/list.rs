//! The list of groups.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use claviger_api::GroupView;
use claviger_console::{GroupRow, ListTab, UseTab, group_list};

use crate::administration::{HolderCount, count_group_holders, list_groups};
use crate::http::console::directory::entity::stop;
use crate::http::console::directory::groups::draft::scopes_of;
use crate::http::console::directory::groups::found::ENTRY;
use crate::http::console::lists::in_memory::{Narrowing, count, in_memory};
use crate::http::console::visit::show;
use crate::http::state::AppState;

pub async fn list(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    show(request, state, |visit| {
        visit.ensure_opens(ENTRY)?;
        let (administration, act) = (&visit.state.administration, visit.act());
        let groups = list_groups(administration, &act).map_err(stop::<GroupView>)?;
        let counts = count_group_holders(administration, &act).map_err(stop::<GroupView>)?;
        let held = |view: &GroupView| counts.get(&view.name).copied().unwrap_or_default();
        let narrowing = Narrowing {
            list: visit.links().groups(),
            usual_sort: "name",
            tabs: UseTab::ALL,
            is_in: &|tab, view| match tab {
                UseTab::All => true,
                UseTab::Used => held(view).is_used(),
                UseTab::Unused => !held(view).is_used(),
            },
            filters: Vec::new(),
        };
        let (state, groups) = in_memory(visit, groups, narrowing);
        let rows: Vec<GroupRow> = groups.iter().map(|view| row(view, held(view))).collect();
        visit.answer(&group_list(visit.frame(Some(ENTRY)), state, &rows))
    })
    .await
}

fn row(view: &GroupView, held: HolderCount) -> GroupRow {
    GroupRow {
        name: view.name.to_string(),
        description: view.description.to_string(),
        scopes: scopes_of(view),
        members: count(held.members),
        credentials: count(held.credentials),
        updated_at: view.updated_at,
    }
}
