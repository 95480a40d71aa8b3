//! The audit trail, its hash chain and its retention.

pub(super) mod chain;
pub(super) mod events;
pub(super) mod gathered;
pub(super) mod retention;
pub(super) mod verification;
