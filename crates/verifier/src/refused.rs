//! Why a request is refused.

use std::time::Duration;

use crate::requirement::Requirement;
use crate::token::NotOurs;

/// Why a token does not let a request in. Each kind has one status (RFC 6750 §3.1).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// 401, `invalid_token`. The client should get a new token and try again, once. The reason is for logs.
    #[error("the token is not accepted: {0}")]
    Invalid(InvalidToken),
    /// 403, `insufficient_scope`. The token is active.
    #[error("the token lacks a scope of: {needed}")]
    InsufficientScope { needed: Requirement },
    /// 503 with `Retry-After`. Whether the token is active cannot be told now, so it is not accepted.
    #[error("whether the token is active cannot be told now: {why}")]
    Undecided { why: Undecided, retry_after: Duration },
}

/// Why a token is invalid. Not for clients: it would tell strangers what they have guessed right.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidToken {
    #[error(transparent)]
    NotOurs(#[from] NotOurs),
    #[error("issued for another audience")]
    OtherAudience,
    #[error("expired")]
    Expired,
    #[error("issued in the future")]
    NotYetValid,
    #[error("revoked, or something that it depends on is")]
    Revoked,
    #[error("the issuer calls it inactive")]
    Inactive,
}

/// Why a token cannot be decided on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Undecided {
    #[error("no answer of the feed is recent enough")]
    NoLease,
    #[error("the issuer's keys are not known")]
    NoKeys,
    #[error("its key is being fetched")]
    KeyInFlight,
    #[error("its key is not known, and the keys were fetched just now")]
    KeyFetchedTooRecently,
    #[error("the wall clock was set back")]
    ClockSetBack,
    #[error("too many tokens wait for the issuer")]
    Busy,
    #[error("the issuer could not be asked")]
    IssuerUnavailable,
}

impl Refused {
    pub(crate) fn undecided(why: Undecided) -> Self {
        Self::Undecided { why, retry_after: Duration::from_secs(1) }
    }
}

impl From<NotOurs> for Refused {
    fn from(why: NotOurs) -> Self {
        Self::Invalid(InvalidToken::NotOurs(why))
    }
}
