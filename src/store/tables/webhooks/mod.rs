//! The tables of webhooks, and of the ends that were told.

pub(crate) mod deliveries;
pub(crate) mod endings;
pub(crate) mod endpoints;
pub(crate) mod notices;
pub(crate) mod outbox;
