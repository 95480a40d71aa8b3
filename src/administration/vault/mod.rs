//! The nouns of the vault: source types, source credentials and sources.

mod field_input;
mod needing_care;
mod proof;
mod proposal;
mod pull;
mod report;
mod resolve;
mod revalidation;
mod source_credential_view;
mod source_credentials;
mod source_types;
mod sources;

pub use needing_care::{NeedsCare, Trouble, source_credentials_needing_care};
pub use proof::{discover, validate_source_credential};
pub use pull::{Pulled, SOURCE_PULL, pull_by_schedule, pull_source, pulled_sources};
pub use report::report_source;
pub use resolve::{Pipeline, may_resolve, resolve_source};
pub use revalidation::{
    REVALIDATION, REVALIDATION_PAUSE_SECONDS, Revalidated, revalidate_by_schedule,
    revalidate_source_credential, revalidation_job,
};
pub use source_credentials::{
    create_source_credential, delete_source_credential, edit_source_credential, find_source_credential,
    list_source_credentials,
};
pub use source_types::{find_source_type, list_source_types, questions_of, required_permissions};
pub use sources::{create_source, delete_source, edit_source, find_source, list_sources};
