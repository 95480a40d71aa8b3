//! The author of an act, as named in the audit trail and receipts.

use serde::{Deserialize, Serialize};

use crate::client::Client;
use crate::ids::{Id, Is};
use crate::records::member::{Member, MemberId};
use crate::records::usage::{Used, UsedId};

/// The kind of ids of those who act with a credential: a member, a client, or an opaque token for itself.
pub enum Principal {}

pub type PrincipalId = Id<Principal>;

impl Is<Principal> for Member {}
impl Is<Principal> for Client {}
impl Is<Principal> for Used {}

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
    pub id: Option<PrincipalId>,
    pub name: String,
}

impl Actor {
    pub fn member(id: MemberId, name: String) -> Self {
        Self { kind: ActorKind::Member, id: Some(id.widen()), name }
    }

    /// A client, or an opaque token that may not act as its member.
    pub fn client(id: UsedId, name: String) -> Self {
        Self { kind: ActorKind::Client, id: Some(id.widen()), name }
    }
}
