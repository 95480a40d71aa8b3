//! Types and rules of the product: no IO, no clock, no framework, no database.

mod client;
mod cluster;
mod environment;
mod expiration;
mod ids;
mod log;
mod records;
mod sign_in;
mod vault;
mod webhooks;
mod words;

pub use client::{Client, ClientId};
pub use cluster::awaited::{Awaited, AwaitedNames};
pub use cluster::awaited_verifiers::{AwaitedVerifiers, Instances};
pub use cluster::follower_status::{FollowerStatus, Following, Readiness};
pub use cluster::follower_step::{FOLLOWER_STEPS, FollowerStep};
pub use cluster::last_wait::LastWait;
pub use cluster::lease::{LEASE, Lease, Pace, RENEW_EVERY, Tenure, longest_wait};
pub use cluster::leased::{Evaluated, Leased, NoLease};
pub use cluster::looks::{Looks, Ticket};
pub use cluster::membership::{Round, Seen, ServingMember, Verdict, Watch, judge};
pub use cluster::mutants::{APPLIED_TOO_EARLY, LEASE_FROM_REPLY};
pub use cluster::receipt::{
    AudienceTier, Confirmation, ConfirmedVerifier, Durability, Outcome, Receipt, Tier, WaitedFor,
};
pub use cluster::replication::{Replication, needed_standbys};
pub use cluster::roster::{NodeStatus, Roster, SeenNode};
pub use cluster::shared_commit::{SharedCommit, has_room};
pub use cluster::standstill::Standstill;
pub use cluster::verifiers::{
    Absences, InvalidVerifierId, VERIFIER_LEASE, VerifierId, VerifierRow, acknowledged, is_silent,
};
pub use environment::clock::Clock;
pub use environment::clock_drift::{ClockJumped, ClockReading};
pub use environment::database_url::{DatabaseUrl, InvalidDatabaseUrl};
pub use environment::network::{InvalidNetwork, Network};
pub use environment::randomness::Randomness;
#[cfg(feature = "testing")]
pub use environment::stopped_clock::StoppedClock;
pub use environment::trusted_clock::{ClockAlarmed, ClockWatch, Moment, TrustedNow};
pub use expiration::{ExpirationCause, ExpirationKind};
pub use ids::{Id, Is};
pub use log::actor::{Actor, ActorKind, Principal, PrincipalId};
pub use log::affected::{Affected, AffectedEffect, AffectedKind, DryRun};
pub use log::audit_event::{AuditAction, AuditEvent, AuditEventId, AuditTarget, Json, TargetKind};
pub use log::audit_filter::AuditFilter;
pub use log::change::{Change, Key, LogEntry, Record};
pub use log::consequences::{
    Consequences, CredentialConsequence, GrantsChange, GrantsConsequence, GroupConsequence,
    MemberConsequence, OwnedConsequence,
};
pub use log::cut::{Cut, CutKey};
pub use log::entity_tag::{EntityTag, InvalidTagList, TagList};
pub use log::failed_attempt::{Door, FailedAttempt, FailedAttempts, shown};
pub use log::idempotency::{Attempt, IdempotencyKey, InvalidIdempotencyKey, REMEMBERED_SECONDS};
pub use log::listing::{
    After, CredentialFilter, CredentialMatch, CredentialSort, Query, TokenMatch, TokenSort,
};
pub use log::needed_restrictions::needed;
pub use log::restriction::Restriction;
pub use log::subject::{RESTRICTIONS_KEPT_SECONDS, RESTRICTIONS_STORED_SECONDS, Replaced, Subject};
pub use records::application_credential::{
    ApplicationCredential, ApplicationCredentialId, ApplicationCredentialState,
};
pub use records::built_in_scope::{AdminScope, AdminScopes, BuiltInScope};
pub use records::effective_scopes::{EffectiveScope, Origin, effective_scopes, explain_scopes};
pub use records::grant::{GrantSetId, Grants, GrantsDigest, Held, ResourceGrant};
pub use records::group::Group;
pub use records::last_seen::{LAST_SEEN_KEPT_DAYS, MAX_REGISTRIES, SeenAt, SeenName};
pub use records::limits::{Bound, LimitReached, Limits};
pub use records::member::{Member, MemberId, MemberState};
pub use records::member_token::{MemberToken, MemberTokenId, MemberTokenKind, MemberTokenState};
pub use records::names::{Description, EmailAddress, InvalidText, Name};
pub use records::plain_text::{Unseen, composed};
pub use records::realm::{Realm, RealmSettings, ScopeEntry, foundries_preset};
pub use records::registry::{
    InvalidRegistryService, InvalidRegistryTokenLifetime, RegistryHolder, RegistryRefreshToken,
    RegistryRefreshTokenState, RegistryService, RegistryTokenId, RegistryTokenLifetime,
};
pub use records::resource::{InvalidResourceName, Resource, ResourceName};
pub use records::resource_server::{InvalidAudience, ResourceServer, ResourceServerId, ServerAudience};
pub use records::role::Role;
pub use records::scope_presets::{SCOPE_PRESETS, ScopePreset};
pub use records::secrets::secret::{Secret, SecretKind};
pub use records::secrets::secret_digest::SecretDigest;
pub use records::secrets::traced::TracedKind;
pub use records::service_credential::{
    AlreadyRevoked, CredentialRevocation, ServiceCredential, ServiceCredentialId,
};
pub use records::signing_key::{
    Algorithm, KEY_SET_KEPT_SECONDS, KeyPurpose, KeyRole, SealedBytes, SigningKey, UnknownAlgorithm,
};
pub use records::status::{Status, Term, first_end};
pub use records::usage::{USAGE_KEPT_DAYS, UsageBatch, UsageCount, UsageKey, Used, UsedId};
pub use records::validity::{
    InvalidOverlap, InvalidTokenLifetime, InvalidValidity, Overlap, TokenLifetime, Validity,
};
pub use sign_in::claims::{PersonClaims, ProviderIdentity, StatedEmail};
pub use sign_in::decision::{Acquaintance, SignInDecision, SignInRefusal, decide_sign_in};
pub use sign_in::email_domain::{EmailDomain, InvalidEmailDomain};
pub use sign_in::identity_link::{IdentityLink, IdentityLinkId, IdentityLinkState};
pub use sign_in::issuer::{InvalidIssuerUrl, IssuerUrl, is_provider_url};
pub use sign_in::local_account::{Invitation, LocalAccount, SecretSet, SecretSetId};
pub use sign_in::method::SignInMethod;
pub use sign_in::provider::{SignInProvider, SignInProviderId};
pub use sign_in::rule::{ClaimTest, RoleRule, RuleVerdict};
pub use sign_in::settings::{Admission, InvalidSignInSettings, SignInSettings};
pub use sign_in::texts::{ClaimText, InvalidProviderText, ProviderClientId, ProviderSubject};
pub use vault::catalog_id::{CatalogId, InvalidCatalogId};
pub use vault::listing::{SourceCredentialFilter, SourceFilter, VaultSort};
pub use vault::slug::{InvalidSlug, Slug};
pub use vault::source::{Source, SourceId, SourcePull};
pub use vault::source_credential::{SourceCredential, SourceCredentialId};
pub use vault::validation::{StoredValidation, ValidationOutcome};
pub use webhooks::delivery::{Delivery, DeliveryAttempt, DeliveryId, DeliveryStatus};
pub use webhooks::ending::{Ending, EndingKind, Notice, Threshold};
pub use webhooks::event_counts::EventCounts;
pub use webhooks::event_type::EventType;
pub use webhooks::retries::RETRY_SECONDS;
pub use webhooks::url::{InvalidWebhookUrl, WebhookUrl};
pub use webhooks::webhook::{Webhook, WebhookId, WebhookState};
