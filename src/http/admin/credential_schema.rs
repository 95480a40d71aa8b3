//! OpenAPI operations of service credentials.

use serde_json::{Value, json};

use crate::http::openapi::schema::{
    actor, between, count, description, edited, grant, list, name, named, nullable, object, one_of, partly,
    scope, text, time, uuid, with,
};
use claviger_domain::Status;

pub fn schema() -> Value {
    let origin = object(&[("kind", one_of(&["group", "resource"])), ("name", text())]);
    let effective = object(&[("scope", scope()), ("from", list(origin))]);
    let responsible = object(&[("group", name()), ("responsible", description())]);
    object(&[
        ("id", uuid()),
        ("client_id", uuid()),
        ("name", name()),
        ("description", description()),
        ("realm", text()),
        ("status", one_of(Status::NAMES)),
        ("validity_days", nullable(between(30, 365))),
        ("expires_at", nullable(time())),
        ("token_ttl_seconds", between(900, 86_400)),
        ("groups", list(name())),
        ("resources", list(grant())),
        ("effective_scopes", list(effective)),
        ("responsible", list(responsible)),
        ("replaces", nullable(uuid())),
        ("overlap_ends_at", nullable(time())),
        ("created_at", time()),
        ("created_by", actor()),
        ("updated_at", time()),
        ("updated_by", actor()),
        ("last_used_at", nullable(time())),
        ("revoked_at", nullable(time())),
        ("revoked_by", nullable(actor())),
    ])
}

pub fn new_credential() -> Value {
    let lifetime = json!({"type": "integer", "minimum": 900, "maximum": 86_400, "multipleOf": 60});
    partly(
        &[
            ("name", name()),
            ("description", description()),
            ("validity_days", nullable(between(30, 365))),
            ("token_ttl_seconds", lifetime),
            ("groups", list(name())),
            ("resources", list(grant())),
        ],
        &["name", "validity_days", "token_ttl_seconds"],
    )
}

pub fn created_credential() -> Value {
    with(&schema(), &[("client_key", text()), ("token_endpoint", text()), ("usage_example", text())])
}

pub fn renewed_credential() -> Value {
    with(&created_credential(), &[("receipt", nullable(named("Receipt")))])
}

pub fn edited_credential() -> Value {
    edited(&schema())
}

pub fn imported() -> Value {
    let item = object(&[("name", name()), ("id", uuid()), ("client_id", uuid()), ("client_key", text())]);
    object(&[("items", list(item))])
}

pub fn usage() -> Value {
    let hour = object(&[
        ("hour", time()),
        ("audience", nullable(text())),
        ("issued", count()),
        ("refused", count()),
    ]);
    object(&[
        ("since", time()),
        ("last_used_at", nullable(time())),
        ("issued", count()),
        ("refused", count()),
        ("items", list(hour)),
    ])
}
