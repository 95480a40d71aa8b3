//! The nouns of the vault: source types, source credentials and sources.

mod field_input;
mod proof;
mod proposal;
mod resolve;
mod source_credential_view;
mod source_credentials;
mod source_types;
mod sources;

pub use proof::{discover, validate_source_credential};
pub use resolve::{Pipeline, may_resolve, resolve_source};
pub use source_credentials::{
    create_source_credential, delete_source_credential, edit_source_credential, find_source_credential,
    list_source_credentials, revalidate_source_credential,
};
pub use source_types::{find_source_type, list_source_types};
pub use sources::{create_source, delete_source, edit_source, find_source, list_sources};
