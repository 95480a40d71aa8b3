//! The list of registered scopes.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use claviger_api::{GroupView, ScopeView};
use claviger_console::{ListTab, ScopeRow, ScopeTab, scope_list};

use crate::administration::{list_groups, list_scopes};
use crate::http::console::directory::entity::stop;
use crate::http::console::directory::scopes::found::ENTRY;
use crate::http::console::lists::in_memory::{Narrowing, in_memory};
use crate::http::console::visit::show;
use crate::http::state::AppState;

pub async fn list(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    show(request, state, |visit| {
        visit.ensure_opens(ENTRY)?;
        let (administration, act) = (&visit.state.administration, visit.act());
        let scopes = list_scopes(administration, &act).map_err(stop::<ScopeView>)?;
        let groups = list_groups(administration, &act).map_err(stop::<ScopeView>)?;
        let gives = |view: &ScopeView, group: &GroupView| group.scopes.contains(&view.scope);
        let is_given = |view: &ScopeView| groups.iter().any(|group| gives(view, group));
        let narrowing = Narrowing {
            list: visit.links().scopes(),
            usual_sort: "scope",
            tabs: ScopeTab::ALL,
            is_in: &|tab, view| match tab {
                ScopeTab::All => true,
                ScopeTab::Given => is_given(view),
                ScopeTab::Free => !is_given(view),
            },
            filters: Vec::new(),
        };
        let (state, scopes) = in_memory(visit, scopes, narrowing);
        let row = |view: &ScopeView| ScopeRow {
            scope: view.scope.to_string(),
            description: view.description.to_string(),
            groups: groups
                .iter()
                .filter(|group| gives(view, group))
                .map(|group| group.name.to_string())
                .collect(),
            updated_at: view.updated_at,
        };
        let rows: Vec<ScopeRow> = scopes.iter().map(row).collect();
        visit.answer(&scope_list(visit.frame(Some(ENTRY)), state, &rows))
    })
    .await
}
