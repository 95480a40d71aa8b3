//! A single revoked token.

use claviger_contract::{Position, Timestamp};
use claviger_domain::ClientId;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RevokedToken {
    pub position: Position,
    pub client_id: ClientId,
    /// The expiry of the token. The revocation can be forgotten after it.
    pub forget_after: Timestamp,
}
