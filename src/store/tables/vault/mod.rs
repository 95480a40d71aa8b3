//! The tables of the vault.

mod record_table;
pub(crate) mod source_credentials;
pub(crate) mod sources;
