//! The receipt of a restricting act: proof that no node accepts the revoked tokens any more.

use std::collections::BTreeMap;
use std::fmt;

use claviger_contract::{Position, Timestamp};
use serde::{Deserialize, Serialize};

use crate::words::words;

words! {
    /// Whom an answer waits for.
    #[derive(Default)]
    WaitedFor {
        Nodes = "nodes",
        /// Also the verifiers of the realm.
        #[default]
        Verifiers = "verifiers",
    }
}

impl WaitedFor {
    pub fn find(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|known| known.as_str() == name)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Everyone confirmed.
    Confirmed,
    /// Nodes and verifiers that did not confirm no longer have a lease, and accept nothing from before.
    WaitedOut,
}

impl Outcome {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Confirmed => "confirmed",
            Self::WaitedOut => "waited_out",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Durability {
    /// One copy of the database: data lost with its disk is lost.
    Single,
    /// A commit is acknowledged once another machine has it too.
    Synchronous,
}

impl Durability {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Single => "single",
            Self::Synchronous => "synchronous",
        }
    }
}

/// How soon a revocation takes effect at the recipients of an audience's tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Tier {
    /// Introspects each request: immediately.
    T0,
    /// Verifiers of it follow revocations: when the revocation is answered.
    T1,
    /// A container registry: when its tokens expire, plus its leeway of 60 s.
    T2,
    /// Uses only the key set: at `exp`.
    T3,
}

impl Tier {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::T0 => "T0",
            Self::T1 => "T1",
            Self::T2 => "T2",
            Self::T3 => "T3",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AudienceTier {
    pub audience: String,
    pub tier: Tier,
    /// When it last introspected or asked for revocations, or a client last got a token for it, at any node; `None`
    /// means never.
    pub last_heard_at: Option<Timestamp>,
}

/// Verifiers of one resource server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConfirmedVerifier {
    /// Its name.
    pub resource_server: String,
    pub instances: u64,
}

/// As in `2 verifiers of builds`.
impl fmt::Display for ConfirmedVerifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.instances {
            1 => write!(f, "a verifier of {}", self.resource_server),
            instances => write!(f, "{instances} verifiers of {}", self.resource_server),
        }
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confirmation {
    /// Node names.
    pub nodes: Vec<String>,
    pub verifiers: Vec<ConfirmedVerifier>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// Log position of the act: earlier tokens are revoked.
    pub position: Position,
    pub waited_for: WaitedFor,
    pub outcome: Outcome,
    pub took_ms: u64,
    pub durability: Durability,
    pub confirmed: Confirmation,
    /// By the name of a node that confirmed: the time from the commit until the answering node saw it. The answering
    /// node measures from its request if it does not know the time of the commit. A receipt of an older server does
    /// not say it.
    #[serde(default)]
    pub confirmed_after_ms: BTreeMap<String, u64>,
    pub unconfirmed: Confirmation,
    pub audiences: Vec<AudienceTier>,
    /// Whether the list has every registry for which clients of the realm got a token within 90 days. A receipt
    /// of an older server does not say it, and is read as incomplete.
    #[serde(default)]
    pub audiences_complete: bool,
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn receipt_of_an_older_server_is_read() {
        let nobody = json!({"nodes": [], "verifiers": []});
        let older = json!({
            "position": 7, "waited_for": "nodes", "outcome": "confirmed", "took_ms": 1, "durability": "single",
            "confirmed": nobody, "unconfirmed": nobody, "audiences": [],
        });
        let receipt: Receipt = serde_json::from_value(older).expect("a receipt");
        assert!(!receipt.audiences_complete, "a receipt must not say more than the server did");
        assert!(receipt.confirmed_after_ms.is_empty());
    }

    #[test]
    fn names_are_those_of_the_json() {
        for durability in [Durability::Single, Durability::Synchronous] {
            assert_eq!(json!(durability), durability.as_str());
        }
        for outcome in [Outcome::Confirmed, Outcome::WaitedOut] {
            assert_eq!(json!(outcome), outcome.as_str());
        }
        for tier in [Tier::T0, Tier::T1, Tier::T2, Tier::T3] {
            assert_eq!(json!(tier), tier.as_str());
        }
    }
}
