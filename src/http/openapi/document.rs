//! The complete OpenAPI document.

use std::sync::LazyLock;

use claviger_api::Schema;
use serde_json::{Map, Value, json};

use crate::http::openapi::components::{Components, Members, capitalized};
use crate::http::openapi::operation::{
    DRY_RUN, MakeSchema, Operation, Parameter, RefusalBody, Who, path_parameter,
};
use crate::http::openapi::schema;
use crate::http::{admin, oauth};
use claviger_domain::{Actor, DryRun, Receipt, ResourceGrant, RoleRule, Tier};

const TITLE: &str = "Claviger";
const ABOUT: &str = "A self-hosted OAuth 2.0 authorization server for machines. Administrators call `/api/v1` with a personal \
    access token; clients and resource servers call `/realms/{realm}/…` with their id and key.";

/// Description of the security scheme: the header to send.
const BY_TOKEN: &str = "A personal access token with admin:read or admin:read-update";

static DOCUMENT: LazyLock<Value> = LazyLock::new(|| {
    let mut components = components();
    let (mut paths, mut tags) = (Map::new(), Vec::new());
    for (prefix, operations) in [(admin::REALM, admin::operations()), ("", oauth::operations())] {
        for operation in operations {
            let path = format!("{prefix}{}", operation.path);
            let item = paths.entry(path).or_insert_with(|| json!({}));
            let is_administrative = !prefix.is_empty();
            item[operation.method] = described(&operation, is_administrative, &mut components);
            let tag = tag(&operation, is_administrative);
            if !tags.contains(&tag) {
                tags.push(tag);
            }
            if is_administrative {
                item["parameters"] = json!([path_parameter("realm").described()]);
            }
        }
    }
    let tags: Vec<Value> = tags.iter().map(|name| json!({"name": name})).collect();
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": TITLE,
            "version": env!("CARGO_PKG_VERSION"),
            "description": ABOUT,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "tags": tags,
        "paths": paths,
        "components": {
            "schemas": components.into_schemas(),
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

/// Those that several operations share. All but the body of a grant occur only in answers.
fn components() -> Components {
    let mut components = Components::default();
    let shared: [(&str, MakeSchema); 7] = [
        ("Problem", schema::problem),
        ("OAuthError", schema::oauth_error),
        ("Actor", Actor::schema),
        ("ResourceGrant", ResourceGrant::schema),
        ("RoleRule", RoleRule::schema),
        ("Receipt", Receipt::schema),
        ("Tier", Tier::schema),
    ];
    let of_operations = admin::operations().into_iter().flat_map(|operation| operation.schemas);
    for (name, schema) in shared.into_iter().chain(of_operations) {
        components.add(name, schema(), Members::Open);
    }
    components
}

fn described(operation: &Operation, is_administrative: bool, components: &mut Components) -> Value {
    let name = capitalized(operation.id);
    let mut described = json!({
        "operationId": operation.id,
        "tags": [tag(operation, is_administrative)],
        "summary": operation.summary,
        "security": security(operation.who),
        "parameters": operation.parameters.iter().map(Parameter::described).collect::<Vec<_>>(),
        "responses": responses(operation, is_administrative, components),
    });
    if !operation.description.is_empty() {
        described["description"] = json!(operation.description);
    }
    if is_administrative {
        described["x-roles"] = json!(roles(operation.who));
        if let Some(scope) = operation.admin_scope {
            described["x-admin-scope"] = json!(scope);
        }
    }
    if let Some((media_type, schema, required)) = &operation.body {
        let schema = components.reference(&format!("{name}Body"), schema(), Members::Closed);
        described["requestBody"] =
            json!({"required": required, "content": {(*media_type): {"schema": schema}}});
    }
    described
}

/// The noun of the operation.
fn tag(operation: &Operation, is_administrative: bool) -> &'static str {
    if is_administrative {
        let mut segments = operation.path.split('/').filter(|segment| !segment.is_empty());
        return segments.next().filter(|noun| *noun != "whoami").unwrap_or("realm");
    }
    let parts = [
        ("/.well-known/", "metadata"),
        ("/jwks", "metadata"),
        ("/registry/", "registry"),
        ("/forward-auth", "proxies"),
    ];
    parts.into_iter().find(|(part, _)| operation.path.contains(part)).map_or("tokens", |(_, noun)| noun)
}

fn responses(operation: &Operation, is_administrative: bool, components: &mut Components) -> Value {
    let answer = &operation.answer;
    let mut success = json!({
        "description": if answer.status == 201 { "Created" } else { "Success" },
    });
    if let Some(schema) = &answer.schema {
        let name = format!("{}Answer", capitalized(operation.id));
        let schema = components.reference(&name, schema(), Members::Open);
        success["content"] = json!({answer.media_type: {"schema": schema}});
        if answer.dry_run {
            success["content"][DRY_RUN] = json!({"schema": DryRun::reference()});
        }
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
            RefusalBody::Object => json!({media_type: {"schema": schema}}),
            RefusalBody::Sentence => sentence,
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
        431 => "The header block is larger than 32 KiB",
        503 => "Unavailable, or the outcome is unknown: check the state, then retry",
        _ => "Refused",
    }
}

fn security(who: Who) -> Value {
    match who {
        Who::Anybody => json!([]),
        Who::Client => json!([{"client": []}]),
        Who::Bearer => json!([{"accessToken": []}]),
        Who::Reader | Who::AccountHolder | Who::Administrator | Who::Owner => {
            json!([{"personalAccessToken": []}])
        }
    }
}

fn roles(who: Who) -> &'static [&'static str] {
    match who {
        Who::Reader => &["account_holder", "sys_admin", "auditor"],
        Who::AccountHolder => &["account_holder"],
        Who::Administrator => &["account_holder", "sys_admin"],
        Who::Owner | Who::Anybody => &["account_holder", "sys_admin", "auditor", "member"],
        Who::Client | Who::Bearer => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn operations() -> impl Iterator<Item = &'static Value> {
        let items = document()["paths"].as_object().expect("paths").values();
        items
            .flat_map(|item| item.as_object().expect("an item").iter())
            .filter_map(|(name, operation)| (name != "parameters").then_some(operation))
    }

    /// Names and schemas of all members.
    fn members() -> Vec<(String, &'static Value)> {
        let schemas = document()["components"]["schemas"].as_object().expect("schemas");
        let of = |(name, schema): (&String, &'static Value)| {
            let properties = schema["properties"].as_object().into_iter().flatten();
            properties.map(|(member, schema)| (format!("{name}.{member}"), schema)).collect::<Vec<_>>()
        };
        schemas.iter().flat_map(of).collect()
    }

    fn has_example(schema: &Value) -> bool {
        let itself = ["examples", "enum", "$ref"].iter().any(|name| schema.get(name).is_some());
        let choices = schema["anyOf"].as_array().into_iter().flatten();
        let is_free = schema["type"] == "object" || schema.get("type").is_none();
        itself || has_items(schema) || choices.clone().any(has_example) || (is_free && choices.count() == 0)
    }

    fn has_items(schema: &Value) -> bool {
        schema["items"].is_object() && has_example(&schema["items"])
    }

    #[test]
    fn every_member_is_described_with_an_example() {
        let members = members();
        assert!(members.len() > 150, "{}", members.len());
        let lacking = |lacks: &dyn Fn(&Value) -> bool| -> Vec<String> {
            members.iter().filter(|(_, schema)| lacks(schema)).map(|(name, _)| name.clone()).collect()
        };
        assert_eq!(lacking(&|schema| !schema["description"].is_string()), [""; 0]);
        assert_eq!(lacking(&|schema| !has_example(schema)), [""; 0]);
        for parameter in
            operations().flat_map(|operation| operation["parameters"].as_array().expect("a list"))
        {
            assert!(parameter["description"].as_str().is_some_and(|text| !text.is_empty()), "{parameter}");
        }
    }

    #[test]
    fn every_object_has_a_name_and_answers_are_open_to_new_members() {
        for operation in operations() {
            let answers = operation["responses"].as_object().expect("responses").values();
            for body in answers.chain([&operation["requestBody"]]) {
                for content in body["content"].as_object().into_iter().flatten().map(|(_, content)| content) {
                    let schema = &content["schema"];
                    assert!(schema.get("properties").is_none(), "{}: {schema}", operation["operationId"]);
                }
            }
        }
        for (name, schema) in document()["components"]["schemas"].as_object().expect("schemas") {
            let is_closed = schema.get("additionalProperties").is_some();
            assert_eq!(is_closed, name.contains("Body"), "{name}");
        }
        for (name, schema) in members() {
            assert!(
                schema.get("properties").is_none() && schema["items"].get("properties").is_none(),
                "{name}"
            );
        }
    }

    #[test]
    fn tags_are_the_nouns_of_the_paths() {
        let declared: Vec<&str> = document()["tags"]
            .as_array()
            .expect("tags")
            .iter()
            .filter_map(|tag| tag["name"].as_str())
            .collect();
        assert!(operations().all(|operation| declared.iter().any(|tag| operation["tags"] == json!([tag]))));
        for noun in
            ["realm", "service-credentials", "audit-events", "tokens", "metadata", "registry", "proxies"]
        {
            assert_eq!(declared.iter().filter(|tag| **tag == noun).count(), 1, "{noun}: {declared:?}");
        }
    }
}
