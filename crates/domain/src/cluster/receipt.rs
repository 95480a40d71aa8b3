//! The receipt of a restricting act: proof that no node accepts the revoked tokens any more.

use claviger_contract::{Position, Timestamp};
use serde::Serialize;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum WaitedFor {
    Nodes,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Every node confirmed.
    Confirmed,
    /// Nodes that did not confirm no longer have a lease and respond to no request.
    WaitedOut,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Durability {
    /// One copy of the database: data lost with its disk is lost.
    Single,
    /// A commit is acknowledged once another machine has it too.
    Synchronous,
}

/// How soon a revocation takes effect at the recipients of an audience's tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Tier {
    /// Introspects each request: immediately.
    T0,
    /// A container registry: when its tokens expire, plus its leeway of 60 s.
    T2,
    /// Uses only the key set: at `exp`.
    T3,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AudienceTier {
    pub audience: String,
    pub tier: Tier,
    /// When it last introspected, or a client last got a token for it, at any node; `None` means never.
    pub last_heard_at: Option<Timestamp>,
}

/// Verifiers that follow the change feed; none can attach yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub enum ConfirmedVerifier {}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Confirmation {
    /// Node names.
    pub nodes: Vec<String>,
    pub verifiers: Vec<ConfirmedVerifier>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Receipt {
    /// Log position of the act: earlier tokens are revoked.
    pub position: Position,
    pub waited_for: WaitedFor,
    pub outcome: Outcome,
    pub took_ms: u64,
    pub durability: Durability,
    pub confirmed: Confirmation,
    pub unconfirmed: Confirmation,
    pub audiences: Vec<AudienceTier>,
    /// Whether the list has every registry for which clients of the realm got a token within 90 days.
    pub audiences_complete: bool,
}
