//! The operations on webhooks and on what was sent to them.

pub(super) mod deliveries;
pub(super) mod endpoints;
