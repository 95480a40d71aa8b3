//! One group: what it gives, and who has it.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use claviger_api::GroupView;
use claviger_console::{GroupRecord, ScopeLine, group_page};

use crate::administration::Held;
use crate::http::console::directory::groups::found::ENTRY;
use crate::http::console::directory::held::holder_lines;
use crate::http::console::record::show_one;
use crate::http::console::service_credentials::lines::scope_line;
use crate::http::console::trail::newest_lines;
use crate::http::state::AppState;
use claviger_domain::{EffectiveScope, TargetKind, explain_scopes};

pub async fn detail(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    show_one(request, state, |visit, view: GroupView| {
        let realm = &visit.session.realm;
        // All of them come from this group.
        let given_scope = |scope: &EffectiveScope| ScopeLine { from: Vec::new(), ..scope_line(visit, scope) };
        let given = realm.groups.get(&view.name).map(|group| explain_scopes([&**group], &[]));
        let group = GroupRecord {
            scopes: given.unwrap_or_default().iter().map(given_scope).collect(),
            holders: holder_lines(visit, ENTRY, &Held::Group(&view.name))?,
            credentials_allowed: realm.record.settings.service_credentials,
            events: newest_lines(visit, TargetKind::Group, view.name.as_str(), "it")?,
            name: view.name.to_string(),
            description: view.description.to_string(),
            responsible: view.responsible.to_string(),
            created_at: view.created_at,
            updated_at: view.updated_at,
        };
        visit.answer(&group_page(visit.frame(Some(ENTRY)), group))
    })
    .await
}
