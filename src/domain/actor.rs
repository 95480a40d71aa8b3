//! Who did something, as the audit trail and receipts name them.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActorKind {
    /// A person of the realm.
    Member,
    /// A client of the realm that acts on its own tokens.
    Client,
    /// Whoever holds the machine: commands that open the database.
    Operator,
    /// This server itself, when something that somebody has arranged before comes due.
    Server,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actor {
    pub kind: ActorKind,
    /// `None` for the operator and the server, who have no row.
    pub id: Option<Uuid>,
    pub name: String,
}
