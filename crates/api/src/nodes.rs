//! The servers on the same database.

use claviger_contract::{Position, Timestamp};
use claviger_domain::NodeStatus;

use crate::macros::answer;

answer! { "Node" =>
    #[derive(Clone)]
    pub struct NodeView {
        /// As its setting node_name says. For example `node-b`.
        pub name: String,
        /// Identifies one run of the server. For example `7d0c3f5a-0`.
        pub incarnation: String,
        /// Whether it follows the change log: in_step, behind, or silent, which accepts nothing.
        pub status: NodeStatus,
        /// How far it has applied the change log. For example `48211`.
        pub position: Position,
        /// The version of its program; null if it is too old to tell. For example `0.1.0`.
        pub version: Option<String>,
        /// When it last renewed its lease, as the answering server saw it.
        pub last_seen_at: Timestamp,
        /// Its lease lasts no longer than this; 0 if it is over. For example `2310`.
        pub lease_ms_left: u64,
        /// Whether it is the server that answers.
        pub answers: bool,
    }
}
