//! The tables of the vault.

mod record_table;
pub(crate) mod source_credentials;
pub(crate) mod source_pulls;
pub(crate) mod sources;
