//! One resource: its actions, and who has one.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use claviger_api::ResourceView;
use claviger_console::{ResourceRecord, resource_page};

use crate::administration::Held;
use crate::http::console::directory::entity::stop;
use crate::http::console::directory::held::holder_lines;
use crate::http::console::directory::resources::found::{ENTRY, full_name, name_of};
use crate::http::console::record::show_one;
use crate::http::console::trail::newest_lines;
use crate::http::state::AppState;
use claviger_domain::TargetKind;

pub async fn detail(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    show_one(request, state, |visit, view: ResourceView| {
        let known = name_of(&view).map_err(stop::<ResourceView>)?;
        let name = full_name(&view);
        let resource = ResourceRecord {
            holders: holder_lines(visit, ENTRY, &Held::Resource(&known))?,
            events: newest_lines(visit, TargetKind::Resource, &name, "it")?,
            resource: name,
            description: view.description.to_string(),
            actions: view.actions,
            created_at: view.created_at,
            updated_at: view.updated_at,
        };
        visit.answer(&resource_page(visit.frame(Some(ENTRY)), resource))
    })
    .await
}
