//! What a restricting act returns: the proof that nobody accepts the dead tokens any more.

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
    /// Everyone said so.
    Confirmed,
    /// Whoever did not say so has no lease any more, and answers nothing.
    WaitedOut,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Durability {
    /// One copy of the database: what its disk loses is lost.
    Single,
    /// A commit is acknowledged when another machine has it too.
    Synchronous,
}

/// How soon a revocation reaches those who receive tokens for an audience.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Tier {
    /// Asks this server per request: at once.
    T0,
    /// A container registry: when the registry tokens end, and its leeway of 60 s.
    T2,
    /// Reads nothing but the key set: until `exp`.
    T3,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AudienceTier {
    pub audience: String,
    pub tier: Tier,
    /// When it last introspected; `None` is never, or not since this node started.
    pub last_heard_at: Option<Timestamp>,
}

/// Verifiers that follow the feed; none can attach yet.
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
    /// Of the act in the log: tokens from before it are dead.
    pub position: Position,
    pub waited_for: WaitedFor,
    pub outcome: Outcome,
    pub took_ms: u64,
    pub durability: Durability,
    pub confirmed: Confirmation,
    pub unconfirmed: Confirmation,
    pub audiences: Vec<AudienceTier>,
}
