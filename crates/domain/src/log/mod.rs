//! Contents of the change log and the audit trail, and actors.

pub(crate) mod actor;
pub(crate) mod affected;
pub(crate) mod audit_event;
pub(crate) mod audit_filter;
pub(crate) mod change;
pub(crate) mod consequences;
pub(crate) mod cut;
pub(crate) mod deletion;
pub(crate) mod entity_tag;
pub(crate) mod failed_attempt;
pub(crate) mod idempotency;
pub(crate) mod listing;
pub(crate) mod needed_restrictions;
pub(crate) mod restriction;
pub(crate) mod subject;
