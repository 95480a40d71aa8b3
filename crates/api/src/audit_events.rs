//! Audit events.

use claviger_contract::{Position, Timestamp};
use claviger_domain::{Actor, AuditEventId};
use serde_json::Value;

use crate::macros::answer;

answer! { "AuditEvent" =>
    #[derive(Clone)]
    pub struct AuditEventView {
        /// The id of the event.
        pub id: AuditEventId,
        /// When the operation was done.
        pub at: Timestamp,
        /// Who did it.
        pub actor: Actor,
        /// What was done. For example `group.edit`.
        pub action: String,
        /// The object that it was done to.
        pub target: AuditTargetView,
        /// The object before the act, as the API showed it.
        pub before: Option<Value>,
        /// The object afterwards, without secrets; null if nothing is left or known.
        pub after: Option<Value>,
        /// The address of the client; null for commands on the server. For example `192.0.2.7`.
        pub address: Option<String>,
        /// The id of the request, as in the response header X-Request-Id and in the log. For example `5f0c9a3b7d1e4c62`.
        pub request_id: Option<String>,
        /// Of the row of the log that the act wrote.
        pub position: Position,
        /// About how many access tokens of service and application credentials the act ended, by the hourly counts of
        /// issued tokens: those issued within the lifetime of a token, in whole hours, as far as they were counted. Null
        /// if the act ended none, if it ended a single token, or if the number was not known in time.
        pub tokens_ended_estimate: Option<u64>,
    }
}

answer! {
    #[derive(Clone)]
    pub struct AuditTargetView {
        /// The kind of the object. For example `group`.
        pub kind: String,
        /// The id of the object, or the name that identifies it. For example `builders`.
        pub id: String,
        /// The name of the object at that time. For example `builders`.
        pub name: String,
    }
}
