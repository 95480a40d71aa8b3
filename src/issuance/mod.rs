//! Issues and judges tokens, each from one snapshot: without the database and without contended locks.

mod ahead;
mod attempts;
mod authenticate;
mod bearer;
mod cache;
mod context;
mod decide;
mod exchange;
mod failures;
mod fair_cache;

mod introspect;
mod issuer;
mod mint;
mod need;
mod publish;
mod refresh;
mod refusal;
mod registry_scope;
mod registry_token;
mod revocable;
mod session;
mod signed_tokens;
mod slots;
mod trace;
mod verify;
mod wires;

pub use attempts::Attempts;
pub use authenticate::{AuthenticatedClient, PresentedClient};
pub use bearer::{Bearer, BearerKind};
pub use cache::{TokenCache, TokenCacheCounts};
pub use context::IssuerParts;
pub use decide::{Permit, TokenRequest};
pub use failures::{FailureLimits, Failures, Origin};
pub use introspect::Introspection;
pub use issuer::Issuer;
pub use mint::IssuedToken;
pub use need::Need;
pub use refusal::Refusal;
pub use registry_token::{RegistryRequest, RegistryToken};
pub use revocable::Revocable;
pub use session::Session;
pub use trace::Traced;
pub use verify::{VerifiedToken, verify, verify_refresh};
pub use wires::wire_rules::{Original, WireRules};
