//! Commands of webhooks.

pub mod listen;
pub mod received;
pub mod webhook;
pub mod webhook_flags;
