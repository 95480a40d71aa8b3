//! Common combinations of scopes, limited to scopes that the realm knows.

use claviger_api::ScopePresetView;
use claviger_contract::Scope;

use crate::administration::error::AdministrationError;
use crate::administration::setting::Administration;
use crate::ledger::{Act, Right};
use claviger_domain::SCOPE_PRESETS;

/// Every member may see the available scopes.
pub fn list_scope_presets(
    administration: &Administration,
    act: &Act,
) -> Result<Vec<ScopePresetView>, AdministrationError> {
    let reading = administration.read(act, Right::ReadOwn)?;
    let shown = SCOPE_PRESETS.iter().filter_map(|preset| {
        let scopes: Option<Vec<Scope>> = preset.scopes.iter().map(|scope| scope.parse().ok()).collect();
        let scopes = scopes.filter(|scopes| scopes.iter().all(|scope| reading.realm.knows(scope)))?;
        Some(ScopePresetView {
            name: preset.name.to_owned(),
            description: preset.description.to_owned(),
            scopes,
        })
    });
    Ok(shown.collect())
}
