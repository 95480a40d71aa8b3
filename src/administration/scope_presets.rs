//! Common combinations of scopes, limited to scopes that the realm knows.

use claviger_contract::Scope;
use serde::Serialize;

use crate::administration::error::AdministrationError;
use crate::administration::setting::Administration;
use crate::ledger::{Act, Right};
use claviger_domain::SCOPE_PRESETS;

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ScopePresetView {
    pub name: &'static str,
    pub description: &'static str,
    pub scopes: Vec<Scope>,
}

/// Every member may see the available scopes.
pub fn list_scope_presets(
    administration: &Administration,
    act: &Act,
) -> Result<Vec<ScopePresetView>, AdministrationError> {
    let reading = administration.read(act, Right::ReadOwn)?;
    let shown = SCOPE_PRESETS.iter().filter_map(|preset| {
        let scopes: Option<Vec<Scope>> = preset.scopes.iter().map(|scope| scope.parse().ok()).collect();
        let scopes = scopes.filter(|scopes| scopes.iter().all(|scope| reading.realm.knows(scope)))?;
        Some(ScopePresetView { name: preset.name, description: preset.description, scopes })
    });
    Ok(shown.collect())
}
