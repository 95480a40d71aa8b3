//! Issues and judges tokens, each from one snapshot: without the database and without contended locks.

mod ahead;
mod attempts;
mod authenticate;
mod bearer;
mod cache;
mod decide;
mod exchange;
mod failures;
mod fair_cache;
mod git_rules;
mod introspect;
mod issuer;
mod mint;
mod publish;
mod refresh;
mod refusal;
mod registry_scope;
mod registry_token;
mod slots;
mod verify;
mod wire_rules;

pub use attempts::Attempts;
pub use authenticate::{AuthenticatedClient, PresentedClient};
pub use bearer::{Bearer, BearerKind};
pub use cache::{TokenCache, TokenCacheCounts};
pub use decide::{Permit, TokenRequest};
pub use failures::{FailureLimits, Failures, Origin};
pub use introspect::Introspection;
pub use issuer::{Issuer, IssuerParts};
pub use mint::IssuedToken;
pub use refusal::Refusal;
pub use registry_token::{RegistryRequest, RegistryToken};
pub use verify::{VerifiedToken, verify, verify_refresh};
pub use wire_rules::{Need, Original, WireRules};
