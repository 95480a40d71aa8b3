//! The operations of the vault.

mod pipeline;
pub(super) mod resolve;
pub(super) mod source_credentials;
pub(super) mod source_types;
pub(super) mod sources;
pub(super) mod validation;
