//! What acts answer beside their object: the receipt of what they took away, and who did it.

use claviger_domain::{
    Actor, AffectedEffect, AffectedKind, DryRun, EffectiveScope, PrincipalId, Receipt, Tier, WaitedFor,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use claviger_contract::{Scope, Timestamp};

use crate::schema::{Schema, described, member, object, one_of, with};

/// A changed object with the receipt of its last restriction, or null.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Edited<T> {
    #[serde(flatten)]
    pub object: T,
    pub receipt: Option<Receipt>,
}

impl<T: Schema> Schema for Edited<T> {
    fn schema() -> Value {
        let receipt = member::<Option<Receipt>>(&[
            "The receipt of what the change took away; null if it took nothing.",
        ]);
        with(T::schema(), vec![("receipt", receipt)])
    }
}

impl Schema for Actor {
    const NAME: Option<&'static str> = Some("Actor");

    fn schema() -> Value {
        all_required(vec![
            ("kind", one_of(&["member", "client", "operator", "server"]), "Who acted."),
            (
                "id",
                Option::<PrincipalId>::reference(),
                "The id of the member or client; null for the others.",
            ),
            ("name", String::reference(), "The name at that time. For example `ada@example.com`."),
        ])
    }
}

impl Schema for EffectiveScope {
    fn schema() -> Value {
        let origin = all_required(vec![
            ("kind", one_of(&["group", "resource"]), "What grants the scope."),
            (
                "name",
                String::reference(),
                "The name of the group, or the resource as type/name. For example `builders`.",
            ),
        ]);
        all_required(vec![
            ("scope", Scope::reference(), "A scope of the next token."),
            ("from", list(origin), "All that grant it, or a scope that implies it."),
        ])
    }
}

impl Schema for Receipt {
    const NAME: Option<&'static str> = Some("Receipt");

    fn schema() -> Value {
        let instances = all_required(vec![
            ("resource_server", String::reference(), "Its name. For example `builds`."),
            ("instances", u64::reference(), "How many processes of it. For example `2`."),
        ]);
        let confirmation = all_required(vec![
            ("nodes", Vec::<String>::reference(), "Names of servers. For example `node-1`."),
            ("verifiers", list(instances), "Resource servers that follow revocations."),
        ]);
        let audience = all_required(vec![
            (
                "audience",
                String::reference(),
                "A resource server or container registry. For example `https://builds.example.com`.",
            ),
            ("tier", Tier::reference(), "How soon it refuses a revoked token."),
            ("last_heard_at", Option::<Timestamp>::reference(), "When it was last seen; null if it was not."),
        ]);
        let confirmed = "Who has applied it.";
        let after = json!({
            "type": "object", "additionalProperties": {"type": "integer", "minimum": 0}, "examples": [{"node-1": 3}],
        });
        let after_text = "Milliseconds from the commit until the server that answers saw the confirmation of each of \
            `confirmed.nodes`; each confirmed earlier than that. Measured from the request, if the server that answers \
            does not know when the commit was.";
        let unconfirmed = "Who has not, and can no longer answer or accept from the state before.";
        let complete = "Whether `audiences` has every container registry for which clients of the realm got a token \
            within 90 days. False if there were more than 100, or if the database could not be queried recently.";
        all_required(vec![
            ("position", u64::reference(), "The position in the change log."),
            (
                "waited_for",
                one_of(WaitedFor::NAMES),
                "Who had to confirm before the answer. nodes: servers alone, on request or because no resource server \
                 follows revocations.",
            ),
            (
                "outcome",
                one_of(&["confirmed", "waited_out"]),
                "confirmed: all have applied it. waited_out: those that have not can no longer answer.",
            ),
            ("took_ms", u64::reference(), "Milliseconds from the commit to the answer."),
            (
                "durability",
                one_of(&["single", "synchronous"]),
                "synchronous: a standby of the database has it too. single: only the primary.",
            ),
            ("confirmed", confirmation.clone(), confirmed),
            ("confirmed_after_ms", after, after_text),
            ("unconfirmed", confirmation, unconfirmed),
            ("audiences", list(audience), "Who accepts tokens of the realm, and how soon each refuses them."),
            ("audiences_complete", bool::reference(), complete),
        ])
    }
}

impl Schema for Tier {
    const NAME: Option<&'static str> = Some("Tier");

    fn schema() -> Value {
        described(
            one_of(&["T0", "T1", "T2", "T3"]),
            "T0: introspects each token, and refuses it at once. T1: follows revocations, and refuses it when the \
             revocation is answered, or within seconds if it was not waited for. T2: a registry, which accepts tokens \
             issued before until they expire, within five minutes. T3: was not seen lately, and may accept tokens issued \
             before until they expire.",
        )
    }
}

impl Schema for DryRun {
    const NAME: Option<&'static str> = Some("DryRun");

    fn schema() -> Value {
        let affected = all_required(vec![
            ("kind", one_of(AffectedKind::NAMES), "The kind of the objects."),
            (
                "effect",
                one_of(AffectedEffect::NAMES),
                "ends: deleted, or no longer accepted. loses_tokens: access tokens become invalid, and the next one has \
                 the access that is left. loses_access: fewer scopes, groups, roles or actions. stops: a source that \
                 can no longer be resolved.",
            ),
            ("count", u64::reference(), "How many there are."),
            (
                "names",
                Vec::<String>::reference(),
                "The names of at most 20 of them, or the descriptions of tokens; empty if the caller may not read them. \
                 For example `nightly-builds`.",
            ),
        ]);
        all_required(vec![
            ("dry_run", bool::reference(), "Always true: nothing was changed."),
            ("affected", list(affected), "The object of the request, and everything that depends on it."),
        ])
    }
}

fn all_required(members: Vec<(&'static str, Value, &str)>) -> Value {
    let members = members.into_iter().map(|(name, schema, text)| (name, described(schema, text)));
    with(object(Vec::new(), &[]), members.collect())
}

fn list(item: Value) -> Value {
    json!({"type": "array", "items": item})
}
