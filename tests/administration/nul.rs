//! U+0000, which PostgreSQL cannot store or compare: refused in every text of every operation, and nothing changes.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use claviger::serve::openapi;
use serde_json::{Map, Value, json};

use crate::operation_samples::{self, Sample, ask, sample};
use crate::tables::Tables;
use claviger_testkit::http::Request;
use claviger_testkit::on_both_databases;
use claviger_testkit::world::World;

const BELOW: &str = "/api/v1/realms/{realm}";

/// As it is sent in a URL, alone and inside another text.
const IN_URL: [&str; 3] = ["%00", "a%00", "%00a"];

fn document() -> Value {
    serde_json::from_str(&openapi()).expect("JSON")
}

/// Path, method and description of every operation.
fn described(document: &Value) -> Vec<(String, String, Value)> {
    let paths = document["paths"].as_object().expect("paths");
    let of_path = |(path, item): (&String, &Value)| {
        let operations = item.as_object().expect("operations").clone();
        operations
            .into_iter()
            .filter(|(_, operation)| operation["operationId"].is_string())
            .map(|(method, operation)| (path.clone(), method.to_uppercase(), operation))
            .collect::<Vec<_>>()
    };
    paths.iter().flat_map(of_path).collect()
}

fn names_in(operation: &Value, place: &str) -> Vec<String> {
    let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
    let named = parameters.iter().filter(|parameter| parameter["in"] == place);
    named.map(|parameter| parameter["name"].as_str().expect("a name").to_owned()).collect()
}

/// `sent` with the segment of one parameter replaced.
fn with_segment(described: &str, sent: &str, name: &str, value: &str) -> String {
    let segments = described.split('/').zip(sent.split('/'));
    let replaced = segments.map(|(pattern, segment)| match pattern == format!("{{{name}}}") {
        true => value,
        false => segment,
    });
    replaced.collect::<Vec<_>>().join("/")
}

/// The members of a body's schema.
fn members(document: &Value, operation: &Value) -> Map<String, Value> {
    let content = operation["requestBody"]["content"].as_object().cloned().unwrap_or_default();
    let Some(schema) = content.values().next().map(|one| one["schema"].clone()) else { return Map::new() };
    let schema = match schema["$ref"].as_str() {
        Some(reference) => document.pointer(reference.trim_start_matches('#')).expect("a schema").clone(),
        None => schema,
    };
    schema["properties"].as_object().cloned().unwrap_or_default()
}

/// The body with one member that contains U+0000, in every shape of a value, and with such a name of a member.
fn bodies(document: &Value, operation: &Value, sent: Option<&Value>) -> Vec<Value> {
    let text = "a\0";
    let mut bodies = Vec::new();
    let sent = sent.and_then(Value::as_object).cloned().unwrap_or_default();
    let mut with = |name: &str, value: Value| {
        let mut body = sent.clone();
        body.insert(name.to_owned(), value);
        bodies.push(Value::Object(body));
    };
    for name in members(document, operation).keys().chain(sent.keys()) {
        let grant = |resource: &str, action: &str| json!([{"resource": resource, "actions": [action]}]);
        for value in [json!(text), json!([text]), grant("t/n\0", "a"), grant("t/n", "a\0"), json!({text: 1})]
        {
            with(name, value);
        }
    }
    with(text, json!("a"));
    bodies
}

/// The cursor of a list's second page, with U+0000 in its key or its id.
fn cursors(world: &World, operation: &str, method: &str, path: &str) -> Vec<String> {
    let first = Sample { path: format!("{path}?limit=1"), body: None };
    let page = ask(world, Some(&world.owner), operation, method, &first).expect(200).json();
    let Some(cursor) = page["next_cursor"].as_str() else { return Vec::new() };
    let parts: [String; 3] =
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(cursor).expect("base64")).expect("three texts");
    let with_nul = |place: usize| {
        let mut parts = parts.clone();
        parts[place].push('\0');
        format!("limit=1&cursor={}", URL_SAFE_NO_PAD.encode(json!(parts).to_string()))
    };
    vec![with_nul(0), with_nul(1)]
}

on_both_databases! {
    fn nul_is_refused_in_every_text_of_the_administration_api(world: World) {
        operation_samples::give_everybody_a_scope(&world);
        let document = document();
        let mut asked = 0;
        for (n, (path, method, operation)) in described(&document).into_iter().enumerate() {
            let Some(below) = path.strip_prefix(BELOW) else { continue };
            let id = operation["operationId"].as_str().expect("an id");
            let valid = sample(&world, id, below, n);
            let before = Tables::of(&world).dump();
            let mut refuse = |path: String, body: Option<Value>| {
                let shown = format!("{id} {path} {body:?}");
                let answer = ask(&world, Some(&world.owner), id, &method, &Sample { path, body });
                // No body of a person is read there.
                let is_for_pipelines = id == "reportSource" && answer.status == 403;
                let is_refused = is_for_pipelines || matches!(answer.status, 400 | 404 | 422);
                assert!(is_refused, "{shown}: {} {}", answer.status, answer.text());
                asked += 1;
            };
            for value in IN_URL {
                for name in names_in(&operation, "query") {
                    refuse(format!("{}?{name}={value}", valid.path), valid.body.clone());
                }
                for name in names_in(&operation, "path").iter().filter(|name| *name != "realm") {
                    refuse(with_segment(below, &valid.path, name, value), valid.body.clone());
                }
            }
            if names_in(&operation, "query").contains(&"cursor".to_owned()) {
                for query in cursors(&world, id, &method, &valid.path) {
                    refuse(format!("{}?{query}", valid.path), None);
                }
            }
            if operation["requestBody"].is_object() {
                for body in bodies(&document, &operation, valid.body.as_ref()) {
                    refuse(valid.path.clone(), Some(body));
                }
            }
            assert_eq!(Tables::of(&world).dump(), before, "{id}");
        }
        assert!(asked > 500, "{asked}");
    }

    /// Some of these endpoints ignore what they do not know, and none of that reaches a database.
    fn nul_at_the_oauth_endpoints_changes_nothing(world: World) {
        let credential = world.group("builders", &["ci:read"]).credential("nightly", &["builders"]);
        let document = document();
        let mut asked = 0;
        for (path, method, operation) in described(&document) {
            if path.starts_with(BELOW) {
                continue;
            }
            let sent = path.replace("{realm}", &world.realm);
            let before = Tables::of(&world).dump();
            let mut ask = |path: &str, form: Option<String>| {
                for with_token in [false, true] {
                    let request = match &form {
                        Some(form) => Request::raw_form(path, form.as_str()),
                        None => Request::new(&method, path),
                    };
                    let request = match with_token {
                        true => request.bearer(&world.owner),
                        false => request.basic(&credential.id, &credential.key),
                    };
                    let answer = world.send(&request);
                    let shown = format!("{method} {path} {form:?}: {} {}", answer.status, answer.text());
                    assert!(answer.status < 500, "{shown}");
                    assert!(form.is_none() || (400..500).contains(&answer.status), "{shown}");
                    asked += 1;
                }
            };
            let form = operation["requestBody"].is_object().then(String::new);
            for value in IN_URL {
                for name in names_in(&operation, "query") {
                    ask(&format!("{sent}?{name}={value}"), form.clone());
                }
                if path.contains("{realm}") {
                    ask(&path.replace("{realm}", value), form.clone());
                }
                for name in members(&document, &operation).keys() {
                    ask(&sent, Some(format!("{name}={value}")));
                }
            }
            assert_eq!(Tables::of(&world).dump(), before, "{method} {path}");
        }
        assert!(asked > 100, "{asked}");
    }
}
