//! Bodies of the vault: source types, source credentials and sources.

mod field_values;
mod source_credentials;
mod source_types;
mod sources;

pub use field_values::{Answers, FieldValues};
pub use source_credentials::{
    Discovery, DiscoveryView, FoundAnswerView, NewSourceCredential, PermissionView, SourceCredentialEdit,
    SourceCredentialStatus, SourceCredentialView, ValidationView,
};
pub use source_types::{AuthModeView, ProfileView, QuestionView, SourceFieldView, SourceTypeView};
pub use sources::{
    NewSource, Reported, ResolvedSource, SourceEdit, SourcePullView, SourceReport, SourceReportView,
    SourceStatus, SourceView,
};
