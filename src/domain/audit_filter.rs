//! Which audit events somebody asks for; what is not said is not asked.

use claviger_contract::Timestamp;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// By id or by name.
    pub actor: Option<String>,
    pub action: Option<String>,
    /// By id or by name.
    pub target: Option<String>,
    pub from: Option<Timestamp>,
    /// The last second that counts.
    pub to: Option<Timestamp>,
}
