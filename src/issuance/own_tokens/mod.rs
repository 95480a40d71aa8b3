//! Tokens that this issuer has signed: verified, remembered and judged.

mod ahead;
mod cache;
mod judge;
mod seen;
mod signed_tokens;
mod verify;

pub use ahead::{Place, place};
pub use cache::{TokenCache, TokenCacheCounts};
pub use judge::{DependsOn, Judgment, client_of, judge, may_refresh};
pub use seen::seen;
pub use verify::{verify, verify_refresh};
