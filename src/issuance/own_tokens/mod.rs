//! Tokens that this issuer has signed: verified, remembered and judged.

mod ahead;
mod cache;
mod seen;
mod signed_tokens;
mod verify;

pub use ahead::{Place, place};
pub use cache::{TokenCache, TokenCacheCounts};
pub use seen::seen;
pub use verify::{Judgment, VerifiedToken, verify, verify_refresh};
