//! Every way in which an OAuth request is refused: a closed list, given a face only at the front.

use std::time::Duration;

use crate::domain::ClockJumped;
use crate::snapshot::NoLease;

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("{0}")]
    InvalidRequest(&'static str),
    /// One for unknown, revoked, expired and wrong key, with equal work before it: callers must not learn which ids exist.
    #[error("client authentication failed")]
    InvalidClient,
    #[error("too many failed attempts: wait before the next one")]
    TooManyFailures { retry_after: Duration },
    #[error("grant_type is missing: this server takes client_credentials and refresh_token")]
    MissingGrantType,
    #[error(
        "this server takes grant_type=client_credentials, and refresh_token of an application credential"
    )]
    UnsupportedGrantType,
    /// Said to whoever has authenticated, and to nobody else.
    #[error("the realm is suspended: ask whoever runs this server")]
    RealmSuspended,
    #[error("refresh_token is missing")]
    MissingRefreshToken,
    /// Over, revoked, another client's, or none at all: which is nobody's business.
    #[error("the refresh token is not one of this client's that still counts")]
    InvalidGrant,
    #[error("this client may not ask for tokens by this grant")]
    UnauthorizedClient,
    #[error("{0}")]
    InvalidScope(String),
    #[error("{0}")]
    InvalidTarget(&'static str),
    /// Neither active nor inactive can be said.
    #[error("this node has no valid lease on its data: try again, here or at another node")]
    Unavailable,
    /// What a token said of its end would be wrong.
    #[error(transparent)]
    ClockJumped(#[from] ClockJumped),
    #[error("the token could not be signed")]
    Signing,
}

impl From<NoLease> for Refusal {
    fn from(NoLease: NoLease) -> Self {
        Self::Unavailable
    }
}
