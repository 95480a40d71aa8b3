//! Audit events.

use claviger_contract::{Position, Timestamp};
use claviger_domain::{Actor, AuditEventId};
use serde_json::Value;

use crate::macros::answer;

answer! { "AuditEvent" =>
    #[derive(Clone)]
    pub struct AuditEventView {
        pub id: AuditEventId,
        pub at: Timestamp,
        pub actor: Actor,
        pub action: String,
        pub target: AuditTargetView,
        /// The object before the act, as the API showed it.
        pub before: Option<Value>,
        pub after: Option<Value>,
        pub address: Option<String>,
        pub request_id: Option<String>,
        /// Of the row of the log that the act wrote.
        pub position: Position,
    }
}

answer! {
    #[derive(Clone)]
    pub struct AuditTargetView {
        pub kind: String,
        pub id: String,
        pub name: String,
    }
}
