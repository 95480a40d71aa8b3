//! Commands of the vault.

pub mod report;
pub mod resolve;
pub mod source;
pub mod source_credential;
pub mod source_credential_flags;
pub mod source_type;
