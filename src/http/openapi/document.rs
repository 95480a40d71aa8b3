//! The complete OpenAPI document.

use std::sync::LazyLock;

use claviger_api::Schema;
use serde_json::{Map, Value, json};

use crate::http::openapi::operation::{MakeSchema, Operation, Parameter, RefusalBody, Who};
use crate::http::openapi::schema;
use crate::http::{admin, oauth};
use claviger_domain::{Actor, Receipt, ResourceGrant};

const TITLE: &str = "Claviger";
const ABOUT: &str = "A self-hosted OAuth 2.0 authorization server for machines. Administrators call `/api/v1` with a personal \
    access token; clients and resource servers call `/realms/{realm}/…` with their id and key.";

/// Description of the security scheme: the header to send.
const BY_TOKEN: &str = "A personal access token with admin:read or admin:read-update";

static DOCUMENT: LazyLock<Value> = LazyLock::new(|| {
    let mut paths = Map::new();
    for (prefix, tag, operations) in
        [(admin::REALM, "administration", admin::operations()), ("", "oauth", oauth::operations())]
    {
        for operation in operations {
            let path = format!("{prefix}{}", operation.path);
            let item = paths.entry(path).or_insert_with(|| json!({}));
            let is_administrative = !prefix.is_empty();
            item[operation.method] = described(&operation, tag, is_administrative);
            if is_administrative {
                let realm =
                    json!({"name": "realm", "in": "path", "required": true, "schema": {"type": "string"}});
                item["parameters"] = json!([realm]);
            }
        }
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": TITLE,
            "version": env!("CARGO_PKG_VERSION"),
            "description": ABOUT,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "tags": [
            {"name": "administration", "description": "Settings and objects of a realm"},
            {"name": "oauth", "description": "Issue, introspect and revoke tokens"},
        ],
        "paths": paths,
        "components": {
            "schemas": schemas(),
            "securitySchemes": {
                "personalAccessToken": {"type": "http", "scheme": "bearer", "description": BY_TOKEN},
                "accessToken": {"type": "http", "scheme": "bearer", "description": "Any active token of the realm"},
                "client": {"type": "http", "scheme": "basic", "description": "Client id and client key"},
            },
        },
    })
});

/// The same for every server of this version.
pub fn document() -> &'static Value {
    &DOCUMENT
}

fn schemas() -> Value {
    let mut schemas = Map::new();
    let shared: [(&str, MakeSchema); 5] = [
        ("Problem", schema::problem),
        ("OAuthError", schema::oauth_error),
        ("Actor", Actor::schema),
        ("ResourceGrant", ResourceGrant::schema),
        ("Receipt", Receipt::schema),
    ];
    let of_operations = admin::operations().into_iter().flat_map(|operation| operation.schemas);
    for (name, schema) in shared.into_iter().chain(of_operations) {
        schemas.insert(name.to_owned(), schema());
    }
    Value::Object(schemas)
}

fn described(operation: &Operation, tag: &str, is_administrative: bool) -> Value {
    let mut described = json!({
        "operationId": operation.id,
        "tags": [tag],
        "summary": operation.summary,
        "security": security(operation.who),
        "parameters": operation.parameters.iter().map(Parameter::described).collect::<Vec<_>>(),
        "responses": responses(operation, is_administrative),
    });
    if !operation.description.is_empty() {
        described["description"] = json!(operation.description);
    }
    if is_administrative {
        described["x-roles"] = json!(roles(operation.who));
    }
    if let Some((media_type, schema, required)) = &operation.body {
        described["requestBody"] =
            json!({"required": required, "content": {(*media_type): {"schema": schema()}}});
    }
    described
}

fn responses(operation: &Operation, is_administrative: bool) -> Value {
    let answer = &operation.answer;
    let mut success = json!({
        "description": if answer.status == 201 { "Created" } else { "Success" },
    });
    if let Some(schema) = &answer.schema {
        success["content"] = json!({answer.media_type: {"schema": schema()}});
    }
    if answer.tagged {
        let tag = json!({"description": "Entity tag of the object's state", "schema": {"type": "string"}});
        success["headers"] = json!({"ETag": tag});
    }
    let mut responses = Map::new();
    responses.insert(answer.status.to_string(), success);
    if answer.tagged && operation.method == "get" {
        responses.insert("304".to_owned(), json!({"description": "Not modified"}));
    }
    let (media_type, schema) = match is_administrative {
        true => ("application/problem+json", schema::named("Problem")),
        false => ("application/json", schema::named("OAuthError")),
    };
    for status in &operation.refusals {
        let sentence = json!({"text/plain": {"schema": {"type": "string"}}});
        let content = match operation.refusal_body {
            RefusalBody::Object if *status != 431 => json!({media_type: {"schema": schema}}),
            RefusalBody::Object | RefusalBody::Sentence => sentence,
        };
        let refusal = json!({"description": meaning(*status), "content": content});
        responses.insert(status.to_string(), refusal);
    }
    Value::Object(responses)
}

fn meaning(status: u16) -> &'static str {
    match status {
        400 => "The request is malformed",
        401 => "Not authenticated, or the credential is not active",
        403 => "Authenticated, but not authorized",
        404 => "No such object in this realm",
        408 => "The body did not arrive within 15 seconds",
        409 => "The request conflicts with the current state",
        412 => "The object's ETag does not match If-Match",
        413 => "The body is too large",
        415 => "The media type of the body is not supported",
        422 => "Fields are invalid; the body lists each of them",
        429 => "Too many failed attempts: wait for the time in Retry-After",
        431 => "The header block is larger than 16 KiB",
        503 => "Unavailable, or the outcome is unknown: check the state, then retry",
        _ => "Refused",
    }
}

fn security(who: Who) -> Value {
    match who {
        Who::Anybody => json!([]),
        Who::Client => json!([{"client": []}]),
        Who::Bearer => json!([{"accessToken": []}]),
        Who::Reader | Who::Administrator | Who::Owner => json!([{"personalAccessToken": []}]),
    }
}

fn roles(who: Who) -> &'static [&'static str] {
    match who {
        Who::Reader => &["account_holder", "sys_admin", "auditor"],
        Who::Administrator => &["account_holder", "sys_admin"],
        Who::Owner => &["account_holder", "sys_admin", "auditor", "member"],
        Who::Anybody | Who::Client | Who::Bearer => &[],
    }
}
