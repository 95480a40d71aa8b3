//! Operations behind the API, the console and the command line: one file per noun.

mod application_credentials;
mod audit_events;
mod bounds;
mod callers;
mod decision;
mod entity_tag;
mod error;
mod expirations;
mod failed_attempts;
mod groups;
mod holders;
mod key_bodies;
mod list_place;
mod listing;
mod member_tokens;
mod members;
mod nodes;
mod realms;
mod registry_keys;
mod registry_tokens;
mod resource_servers;
mod resources;
mod scopes;
mod service_credentials;
mod setting;
mod sign_in;
mod signing_key_making;
mod signing_keys;
mod tracing_secrets;
mod vault;
mod webhooks;

pub use application_credentials::{
    create_application_credential, edit_application_credential, find_application_credential,
    list_application_credentials, renew_application_credential, revoke_application_credential,
};
pub use audit_events::{ListedAuditEvent, audit_filter, find_audit_event, list_audit_events};
pub use callers::find_caller;
pub use entity_tag::entity_tag;
pub use error::{AdministrationError, ProviderSaid};
pub use expirations::{KIND, list_expirations};
pub use failed_attempts::{denied_actor, record_failed_attempts};
pub use groups::{create_group, delete_group, edit_group, find_group, list_groups};
pub use holders::{Held, HolderCount, Holders, count_group_holders, count_resource_holders, find_holders};
pub use key_bodies::{NewSigningKey, RegistryKeyRotation, SigningKeyRotation};
pub use listing::{
    EXPIRES_BEFORE, Facts, Listable, MAX_PAGE_SIZE, MAX_SEARCH_LENGTH, Page, Shape, end_key, use_key,
};
pub use member_tokens::{
    MemberTokenTotals, create_member_token, find_member_token, list_member_tokens, member_token_totals,
    operator_token, page_of_member_tokens, revoke_member_token,
};
pub use members::{create_member, disable_member, edit_member, enable_member, find_member, list_members};
pub use nodes::list_nodes;
pub use realms::{
    NewRealm, Preset, create_realm, delete_realm, edit_realm, find_realm, remove_deleted_realms,
    suspend_realm,
};
pub use registry_keys::{ensure_registry_keys, list_registry_keys, rotate_registry_keys};
pub use registry_tokens::{
    NewRegistryToken, create_registry_token, list_registry_tokens, revoke_registry_token,
};
pub use resource_servers::{
    create_resource_server, delete_resource_server, find_resource_server, list_resource_servers,
    renew_resource_server,
};
pub use resources::{create_resource, delete_resource, edit_resource, find_resource, list_resources};
pub use scopes::{create_scope, delete_scope, edit_scope, find_scope, list_scope_presets, list_scopes};
pub use service_credentials::{
    CREATED_BY, CredentialTotals, GROUP, MAX_IMPORTED, StillTrying, count_credentials, create_credential,
    credential_match, credential_totals, credential_usage, credentials_created_by, credentials_still_trying,
    edit_credential, ensure_credential_current, field_of_line, find_credential, import_credentials,
    list_credentials, live_tokens, realm_usage, renew_credential,
};
pub use setting::Administration;
pub use sign_in::{
    AtProvider, COMMAND_LINE_CODE_SECONDS, COMMAND_LINE_TOKEN_DAYS, CodeChallenge, CommandLineSignIn,
    Invited, LocalOutcome, LocalSignIn, NewPassword, NewSecondFactor, PasswordProof, PasswordSet,
    PresentedApproval, ProviderSignIn, SESSION_IDLE_SECONDS, SESSION_SECONDS, SecondFactor, SetUpBy,
    SignInClient, SignedIn, SigningBrowser, ToldSignIn, accept_invitation, acknowledge_sign_in,
    approve_command_line, check_sign_in, delete_sign_in, exchange_approval, find_invited, find_sign_in,
    finish_local_sign_in, invite_member, invite_member_at, link_identity, list_own_sessions,
    list_told_sign_ins, put_sign_in, redirect_uri, remove_identity, renew_recovery_codes,
    reset_second_factor, reset_second_factor_at, session_last_used, set_second_factor, sign_in_at_provider,
    sign_in_client, sign_in_locally, would_sign_in,
};
pub use signing_keys::{
    create_signing_key, ensure_signing_keys, forget_ended_keys, list_signing_keys, rotate_signing_keys,
    withdraw_signing_key,
};
pub use tracing_secrets::ensure_may_trace;
pub use vault::{
    NeedsCare, Pipeline, Pulled, REVALIDATION, REVALIDATION_PAUSE_SECONDS, Revalidated, SOURCE_PULL, Trouble,
    create_source, create_source_credential, delete_source, delete_source_credential, discover, edit_source,
    edit_source_credential, find_source, find_source_credential, find_source_type, list_source_credentials,
    list_source_types, list_sources, may_resolve, pull_by_schedule, pull_source, pulled_sources,
    questions_of, report_source, required_permissions, resolve_source, revalidate_by_schedule,
    revalidate_source_credential, revalidation_job, source_credentials_needing_care,
    validate_source_credential,
};
pub use webhooks::{
    DELIVERY, OUTBOX, create_webhook, delete_webhook, deliver_due, delivery_job, edit_webhook, fill_outbox,
    find_delivery, find_webhook, list_deliveries, list_webhooks, outbox_job, prune_outbox, resend_delivery,
    rotate_webhook_secret, tell_endings, test_webhook,
};
