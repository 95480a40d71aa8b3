//! Every reason to refuse an OAuth request: a closed list, mapped to responses only in the HTTP layer.

use std::time::Duration;

use claviger_domain::{ClockAlarmed, NoLease};

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("{0}")]
    InvalidRequest(&'static str),
    /// The same for unknown, revoked, expired and wrong key, after equal work: callers must not learn which ids exist.
    #[error("client authentication failed")]
    InvalidClient,
    #[error("too many failed attempts: wait before the next one")]
    TooManyFailures { retry_after: Duration },
    #[error("grant_type is missing: this server supports client_credentials and refresh_token")]
    MissingGrantType,
    #[error("grant_type must be client_credentials, or refresh_token for an application credential")]
    UnsupportedGrantType,
    /// Disclosed only to an authenticated client.
    #[error("the realm is suspended: ask the operator of this server")]
    RealmSuspended,
    #[error("refresh_token is missing")]
    MissingRefreshToken,
    /// Expired, revoked, issued to another client, or not a token: the client does not learn which.
    #[error("the refresh token is invalid, expired, revoked or of another client")]
    InvalidGrant,
    /// Disclosed only to an authenticated client.
    #[error("this grant needs {needed}, and this client is {kind}")]
    UnauthorizedClient { needed: &'static str, kind: &'static str },
    /// Disclosed only to an authenticated client.
    #[error("this endpoint needs {needed}, and this client is {kind}")]
    UnsuitableClient { needed: &'static str, kind: &'static str },
    #[error("{0}")]
    InvalidScope(String),
    #[error("{0}")]
    InvalidTarget(&'static str),
    /// Disclosed only to a holder of an active token.
    #[error("the token is for another audience: present one for the whole realm or for this service")]
    ForeignAudience,
    /// The token can be called neither active nor inactive.
    #[error("this node has no valid lease on its data: retry here or at another node")]
    Unavailable,
    /// The expiry written into a token would be wrong.
    #[error(transparent)]
    ClockAlarmed(#[from] ClockAlarmed),
    #[error("the token could not be signed")]
    Signing,
}

impl From<NoLease> for Refusal {
    fn from(NoLease: NoLease) -> Self {
        Self::Unavailable
    }
}
