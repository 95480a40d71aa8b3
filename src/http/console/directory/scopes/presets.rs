//! Presets of scopes: which the realm has, and what they tick.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use claviger_api::{ScopePresetView, ScopeView};
use claviger_console::{PresetRow, ScopeTab, preset_list};

use crate::administration::{Facts, Listable, Shape, list_scope_presets};
use crate::http::console::directory::entity::stop;
use crate::http::console::directory::scopes::found::ENTRY;
use crate::http::console::lists::in_memory::{Narrowing, in_memory};
use crate::http::console::visit::show;
use crate::http::state::AppState;

/// The API answers all of them at once; the page is like that of other lists.
#[derive(serde::Serialize)]
struct Preset(ScopePresetView);

impl Listable for Preset {
    const LIST: Shape = Shape { sorts: &["name"], default_sort: "name", statuses: &[], others: &[] };

    fn facts(&self, _: &str) -> Facts {
        let ScopePresetView { name, description, .. } = &self.0;
        let searched = vec![name.clone(), description.clone()];
        Facts { id: name.clone(), key: name.clone(), status: "", searched }
    }
}

pub async fn list(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    show(request, state, |visit| {
        visit.ensure_opens(ENTRY)?;
        let presets = list_scope_presets(&visit.state.administration, &visit.act());
        let presets = presets.map_err(stop::<ScopeView>)?.into_iter().map(Preset).collect();
        let narrowing = Narrowing {
            list: visit.links().scope_presets(),
            usual_sort: "name",
            tabs: &[ScopeTab::All],
            is_in: &|_, _| true,
            filters: Vec::new(),
        };
        let (state, presets) = in_memory(visit, presets, narrowing);
        let row = |preset: &Preset| PresetRow {
            name: preset.0.name.clone(),
            description: preset.0.description.clone(),
            scopes: preset.0.scopes.iter().map(ToString::to_string).collect(),
        };
        let rows: Vec<PresetRow> = presets.iter().map(row).collect();
        visit.answer(&preset_list(visit.frame(Some(ENTRY)), state, &rows))
    })
    .await
}
