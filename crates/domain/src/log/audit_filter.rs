//! Filter for audit events; an absent member matches everything.

use claviger_contract::Timestamp;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// By id or by name.
    pub actor: Option<String>,
    pub action: Option<String>,
    /// By id or by name.
    pub target: Option<String>,
    pub from: Option<Timestamp>,
    /// Inclusive.
    pub to: Option<Timestamp>,
}
