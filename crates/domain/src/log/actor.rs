//! The author of an act, as named in the audit trail and receipts.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActorKind {
    /// A person of the realm.
    Member,
    /// A client of the realm that acts on its own tokens.
    Client,
    /// The operator of the machine, through commands that open the database.
    Operator,
    /// The server itself, when a scheduled act is due.
    Server,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Actor {
    pub kind: ActorKind,
    /// `None` for the operator and the server, which have no row.
    pub id: Option<Uuid>,
    pub name: String,
}

impl Actor {
    pub fn member(id: Uuid, name: String) -> Self {
        Self { kind: ActorKind::Member, id: Some(id), name }
    }

    pub fn client(id: Uuid, name: String) -> Self {
        Self { kind: ActorKind::Client, id: Some(id), name }
    }
}
