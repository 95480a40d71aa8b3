//! Issuing and judging tokens, from one snapshot each: no database, no lock that others hold.

mod authenticate;
mod bearer;
mod cache;
mod clock_alarm;
mod decide;
mod exchange;
mod failures;
mod introspect;
mod issuer;
mod mint;
mod publish;
mod refresh;
mod refusal;
mod registry_scope;
mod registry_token;
mod verify;
mod wire_rules;

pub use authenticate::{AuthenticatedClient, PresentedClient};
pub use bearer::{Bearer, BearerKind};
pub use clock_alarm::ClockAlarm;
pub use decide::{Permit, TokenRequest};
pub use failures::{FailureLimits, Failures};
pub use introspect::Introspection;
pub use issuer::{Issuer, IssuerParts};
pub use mint::IssuedToken;
pub use refusal::Refusal;
pub use registry_token::{RegistryRequest, RegistryToken};
pub use verify::{VerifiedToken, verify, verify_refresh};
pub use wire_rules::{Need, WireRules};
