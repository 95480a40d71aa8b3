//! Verifies access tokens of Claviger offline, in a resource server, and refuses a revoked one from the moment its
//! revocation was answered.
//!
//! A [`Verifier`] follows the revocation feed of a realm. While it has a lease, it decides on a token without a request:
//! it checks the signature, the claims (RFC 9068 §4) and everything that was revoked. A revocation that waits for
//! verifiers is answered only when this one has applied it, or when its lease is over. Without a lease nothing is
//! accepted offline.

#[cfg(feature = "actix")]
pub mod actix;
mod clock;
mod counts;
mod following;
mod introspected_token;
mod io;
mod keys;
mod mutants;
mod refused;
mod requirement;
mod responses;
mod revocations;
mod seen_tokens;
mod settings;
mod state;
mod status;
#[cfg(feature = "testing")]
pub mod testing;
pub mod token;
#[cfg(feature = "tower")]
pub mod tower;
#[cfg(all(test, feature = "testing"))]
mod vectors;
mod verified_token;
mod verifier;

pub use claviger_contract::{
    AccessTokenClaims, InvalidScope, Position, PresentedToken, RealmLabel, Scope, ScopeSet, TOKEN_HEADER,
    Unclear,
};
pub use clock::{Clock, SystemClock};
pub use introspected_token::IntrospectedToken;
pub use refused::{InvalidToken, Refused, Undecided};
pub use requirement::Requirement;
pub use responses::{Answer, InvalidResource, NotPresented, ProtectedResource, Protection, Refusal};
pub use settings::{Builder, ConnectError};
pub use status::Status;
pub use verified_token::VerifiedToken;
pub use verifier::Verifier;

/// The examples of the guide compile, and its tests run.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/guides/protect-a-service-rust.md")]
struct Guide;
