//! Types and rules of the product: no IO, no clock, no framework, no database.

mod actor;
mod application_credential;
mod audit_event;
mod audit_filter;
mod built_in_scope;
mod change;
mod clock;
mod clock_drift;
mod database_url;
mod effective_scopes;
mod entity_tag;
mod grant;
mod group;
mod idempotency;
mod lease;
mod listing;
mod member;
mod member_token;
mod membership;
mod mutants;
mod names;
mod network;
mod randomness;
mod realm;
mod receipt;
mod registry;
mod resource;
mod resource_server;
mod restriction;
mod role;
mod scope_presets;
mod secret;
mod service_credential;
mod signing_key;
mod standing;
mod standstill;
mod usage;
mod validity;

pub use actor::{Actor, ActorKind};
pub use application_credential::{ApplicationCredential, ApplicationCredentialState};
pub use audit_event::{AuditAction, AuditEvent, AuditTarget};
pub use audit_filter::AuditFilter;
pub use built_in_scope::BuiltInScope;
pub use change::{
    Change, Consequences, CredentialConsequence, GroupConsequence, LogEntry, MemberConsequence,
};
pub use clock::Clock;
pub use clock_drift::{ClockJumped, ClockReading};
pub use database_url::{DatabaseUrl, InvalidDatabaseUrl};
pub use effective_scopes::{EffectiveScope, Origin, effective_scopes, explain_scopes};
pub use entity_tag::{EntityTag, InvalidTagList, TagList};
pub use grant::ResourceGrant;
pub use group::Group;
pub use idempotency::{Attempt, IdempotencyKey, InvalidIdempotencyKey, REMEMBERED_SECONDS};
pub use lease::{LEASE, Lease, Pace, RENEW_EVERY, Tenure};
pub use listing::{After, CredentialSort, Query};
pub use member::{Member, MemberState};
pub use member_token::{MemberToken, MemberTokenKind, MemberTokenState};
pub use membership::{Round, Seen, ServingMember, Verdict, Watch, judge, longest_wait};
pub use mutants::{APPLIED_TOO_EARLY, LEASE_FROM_REPLY};
pub use names::{Description, EmailAddress, InvalidText, Name};
pub use network::{InvalidNetwork, Network};
pub use randomness::Randomness;
pub use realm::{Realm, RealmSettings, ScopeEntry, foundries_preset};
pub use receipt::{AudienceTier, Confirmation, Durability, Outcome, Receipt, Tier, WaitedFor};
pub use registry::{
    InvalidRegistryService, InvalidRegistryTokenLifetime, RegistryHolder, RegistryRefreshToken,
    RegistryRefreshTokenState, RegistryService, RegistryTokenLifetime,
};
pub use resource::{InvalidResourceName, Resource, ResourceName};
pub use resource_server::{InvalidAudience, ResourceServer, ServerAudience};
pub use restriction::Restriction;
pub use role::Role;
pub use scope_presets::{SCOPE_PRESETS, ScopePreset};
pub use secret::{Secret, SecretKind};
pub use service_credential::{AlreadyRevoked, CredentialRevocation, CredentialState, ServiceCredential};
pub use signing_key::{
    Algorithm, KEY_SET_KEPT_SECONDS, KeyPurpose, KeyRole, SealedBytes, SecretDigest, SigningKey,
    UnknownAlgorithm,
};
pub use standing::{Following, Readiness, Standing};
pub use standstill::Standstill;
pub use usage::{USAGE_KEPT_DAYS, UsageBatch, UsageCount, UsageKey};
pub use validity::{InvalidOverlap, InvalidTokenLifetime, InvalidValidity, Overlap, TokenLifetime, Validity};
