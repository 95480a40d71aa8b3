//! Is this JWT ours, and does it count: the pure rules, without IO, clock or state.

mod public_key;
mod signed_token;

pub use public_key::{PublicKey, UnusableKey};
pub(crate) use signed_token::parse;
pub use signed_token::{Expected, Keys, KnownState, NotOurs, SignedToken, TokenKind};
