//! The tables of the vault.

mod list;
pub(crate) mod source_credentials;
pub(crate) mod sources;
