//! Reads values from answers for the tests of this folder.

use serde_json::{Map, Value, json};

use claviger_testkit::http::Response;

/// The fields that a problem names, sorted and without duplicates.
pub fn fields_at_fault(problem: &Value) -> Vec<String> {
    let errors = problem["errors"].as_array().expect("errors");
    let mut fields: Vec<String> = errors.iter().map(|error| text(&error["field"])).collect();
    fields.sort();
    fields.dedup();
    fields
}

/// All field errors of a problem as one text.
pub fn faults(problem: &Value) -> String {
    problem["errors"].to_string()
}

pub fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("a text, not {value}")).to_owned()
}

/// One member of every item of a list.
pub fn column(list: &Response, member: &str) -> Vec<String> {
    list.json()["items"].as_array().expect("items").iter().map(|item| text(&item[member])).collect()
}

pub fn items(list: &Response) -> Vec<Value> {
    list.json()["items"].as_array().expect("items").clone()
}

/// Compares a response body with the snapshot in `snapshots/`.
#[track_caller]
pub fn assert_shape(name: &str, body: &Value) {
    let mut settings = insta::Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, shape(body)));
}

/// Indented JSON with sorted members. Values that differ between runs are replaced.
fn shape(body: &Value) -> String {
    serde_json::to_string_pretty(&redacted("", body)).expect("JSON")
}

fn redacted(name: &str, value: &Value) -> Value {
    match value {
        Value::Object(members) => Value::Object(
            members.iter().map(|(name, value)| (name.clone(), redacted(name, value))).collect::<Map<_, _>>(),
        ),
        Value::Array(items) => items.iter().map(|item| redacted(name, item)).collect(),
        Value::Number(_) if matches!(name, "position" | "took_ms") => json!(format!("[{name}]")),
        Value::String(text) => match name {
            "client_key" | "token" | "usage_example" | "token_endpoint" => json!(format!("[{name}]")),
            _ => json!(without_ids(text)),
        },
        other => other.clone(),
    }
}

/// UUIDs are the only runs of 36 hexadecimal digits and dashes.
fn without_ids(text: &str) -> String {
    let mut kept = String::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        match rest.get(..36).filter(|id| uuid::Uuid::try_parse(id).is_ok()) {
            Some(_) => {
                kept.push_str("[id]");
                rest = &rest[36..];
            }
            None => {
                kept.push(first);
                rest = &rest[first.len_utf8()..];
            }
        }
    }
    kept
}
