//! What acts answer beside their object: the receipt of what they took away, and who did it.

use claviger_domain::{Actor, EffectiveScope, PrincipalId, Receipt};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use claviger_contract::{Scope, Timestamp};

use crate::schema::{Schema, object, one_of, with};

/// A changed object with the receipt of its last restriction, or null.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Edited<T> {
    #[serde(flatten)]
    pub object: T,
    pub receipt: Option<Receipt>,
}

impl<T: Schema> Schema for Edited<T> {
    fn schema() -> Value {
        with(T::schema(), vec![("receipt", Option::<Receipt>::reference())])
    }
}

impl Schema for Actor {
    const NAME: Option<&'static str> = Some("Actor");

    fn schema() -> Value {
        all_required(vec![
            ("kind", one_of(&["member", "client", "operator", "server"])),
            ("id", Option::<PrincipalId>::reference()),
            ("name", String::reference()),
        ])
    }
}

impl Schema for EffectiveScope {
    fn schema() -> Value {
        let origin =
            all_required(vec![("kind", one_of(&["group", "resource"])), ("name", String::reference())]);
        all_required(vec![("scope", Scope::reference()), ("from", list(origin))])
    }
}

impl Schema for Receipt {
    const NAME: Option<&'static str> = Some("Receipt");

    fn schema() -> Value {
        let confirmation = all_required(vec![
            ("nodes", Vec::<String>::reference()),
            ("verifiers", list(json!({"type": "object"}))),
        ]);
        let audience = all_required(vec![
            ("audience", String::reference()),
            ("tier", one_of(&["T0", "T2", "T3"])),
            ("last_heard_at", Option::<Timestamp>::reference()),
        ]);
        let complete = json!({
            "type": "boolean",
            "description": "Whether `audiences` has every container registry for which clients of the realm got a \
                token within 90 days. False if there were more than 100, or if the database could not be queried \
                recently.",
        });
        all_required(vec![
            ("position", u64::reference()),
            ("waited_for", one_of(&["nodes"])),
            ("outcome", one_of(&["confirmed", "waited_out"])),
            ("took_ms", u64::reference()),
            ("durability", one_of(&["single", "synchronous"])),
            ("confirmed", confirmation.clone()),
            ("unconfirmed", confirmation),
            ("audiences", list(audience)),
            ("audiences_complete", complete),
        ])
    }
}

fn all_required(members: Vec<(&'static str, Value)>) -> Value {
    with(object(Vec::new(), &[]), members)
}

fn list(item: Value) -> Value {
    json!({"type": "array", "items": item})
}
