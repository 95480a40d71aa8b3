//! The bodies of the administration API, each defined once: its type, how it is read, and its JSON schema.
//!
//! Servers read requests and build answers of them; clients build requests and read answers. A body is in the file of
//! its noun. `body!` defines a request, `edit!` the request of an edit, `answer!` an answer.

mod macros;
pub mod schema;
mod value;

mod act;
mod application_credentials;
mod audit_events;
mod callers;
mod expirations;
mod groups;
mod list;
mod nodes;
mod people;
mod reading;
mod realm;
mod registry_keys;
mod registry_tokens;
mod resource_servers;
mod resources;
mod scopes;
mod secrets;
mod service_credentials;
mod signing_keys;
mod trace;
mod vault;
mod webhooks;

pub use act::Edited;
pub use application_credentials::{
    ApplicationCredentialEdit, ApplicationCredentialView, CreatedApplicationCredential,
    NewApplicationCredential, RenewedApplicationCredential,
};
pub use audit_events::{AuditEventView, AuditTargetView};
pub use callers::CallerView;
pub use expirations::ExpirationView;
pub use groups::{GroupEdit, GroupView, NewGroup};
pub use list::{Items, Listed};
pub use nodes::NodeView;
pub use people::identities::{IdentityStatus, MemberIdentity, NewIdentity};
pub use people::member_tokens::{
    ApiToken, ApprovedSignIn, CreatedMemberToken, MemberTokenView, NewMemberToken, PersonalAccessToken,
};
pub use people::members::{MemberEdit, MemberStatus, MemberView, NewMember, SignInLink};
pub use people::sign_in::{SignInCheck, SignInProviderSettings, SignInProviderView};
pub use reading::{Body, BodyReader, Faults, FieldError};
pub use realm::{RealmEdit, RealmView};
pub use registry_keys::RegistryKeyView;
pub use registry_tokens::RegistryTokenView;
pub use resource_servers::{
    CreatedResourceServer, NewResourceServer, ObservedResourceServer, RenewedResourceServer,
    ResourceServerView,
};
pub use resources::{NewResource, ResourceEdit, ResourcePart, ResourceType, ResourceView};
pub use schema::Schema;
pub use scopes::{NewScope, ScopeEdit, ScopePresetView, ScopeView};
pub use secrets::given_secret::GivenSecret;
pub use secrets::leaked_text::LeakedText;
pub use secrets::shown_once::ShownOnce;
pub use service_credentials::{
    CreatedCredential, CredentialEdit, CredentialRenewal, CredentialRevocation, CredentialUsageView,
    CredentialView, ImportedCredential, NewCredential, ObservedCredential, RenewedCredential,
    ResponsibleView, UsageHourView,
};
pub use signing_keys::SigningKeyView;
pub use trace::{Trace, TraceView, TracedSecret};
pub use value::RequestValue;
pub use vault::{
    Answers, AuthModeView, Discovery, DiscoveryView, FieldValues, FoundAnswerView, NewSource,
    NewSourceCredential, PermissionView, ProfileView, QuestionView, Reported, ResolvedSource,
    SourceCredentialEdit, SourceCredentialStatus, SourceCredentialView, SourceEdit, SourceFieldView,
    SourcePullView, SourceReport, SourceReportView, SourceStatus, SourceTypeView, SourceView, ValidationView,
};
pub use webhooks::{
    DeliveryAttemptView, NewWebhook, WebhookDeliveryView, WebhookEdit, WebhookRotation, WebhookView,
    WebhookWithSecret,
};
