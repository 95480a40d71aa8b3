//! The tables of the vault.

pub(super) mod record_table;
pub(crate) mod source_credentials;
pub(crate) mod source_pulls;
pub(crate) mod sources;
