//! One registered scope, and the groups that give it.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use claviger_api::ScopeView;
use claviger_console::{ScopeRecord, scope_page};

use crate::administration::Held;
use crate::http::console::directory::held::holder_lines;
use crate::http::console::directory::scopes::found::ENTRY;
use crate::http::console::record::show_one;
use crate::http::console::trail::newest_lines;
use crate::http::state::AppState;
use claviger_domain::TargetKind;

pub async fn detail(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    show_one(request, state, |visit, view: ScopeView| {
        let scope = ScopeRecord {
            holders: holder_lines(visit, ENTRY, &Held::Scope(&view.scope))?,
            events: newest_lines(visit, TargetKind::Scope, view.scope.as_str(), "it")?,
            scope: view.scope.to_string(),
            description: view.description.to_string(),
            created_at: view.created_at,
            updated_at: view.updated_at,
        };
        visit.answer(&scope_page(visit.frame(Some(ENTRY)), scope))
    })
    .await
}
