//! The API reference page: readable without scripts; with them, every operation can be tried.

use serde_json::Value;

use crate::http::openapi::document::document;
use crate::http::openapi::fields::{example, kind, rows};
use crate::http::openapi::html::Escaped;

/// `assets` is the path of the style and the script, relative to the page.
pub fn render(assets: &str) -> String {
    let document = document();
    let info = &document["info"];
    let (title, about) = (text(&info["title"]), prose(&info["description"]));
    let mut page = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>{title} API</title>\
         <link rel=\"stylesheet\" href=\"{assets}reference.css\">\
         <script defer src=\"{assets}reference.js\"></script></head><body>\
         <header><h1>{title} API</h1><p>{about}</p>\
         <p>This page is generated from <a href=\"{}\">openapi.json</a> (OpenAPI 3.1), version {}.</p>\
         {SIGN_IN}</header>",
        if assets == "./" { "../openapi.json" } else { "openapi.json" },
        text(&info["version"]),
    );
    page.push_str(&contents(document));
    page.push_str("<main>");
    for tag in list(&document["tags"]) {
        page.push_str(&format!("<h2>{}</h2>", text(&tag["name"])));
        for (path, method, item) in operations(document, &tag["name"]) {
            page.push_str(&operation(path, method, item));
        }
    }
    page.push_str("<h2>Schemas</h2>");
    for (name, schema) in document["components"]["schemas"].as_object().into_iter().flatten() {
        page.push_str(&format!("<section id=\"schema-{0}\"><h3>{0}</h3>", Escaped(name)));
        page.push_str(&table(schema));
        page.push_str("</section>");
    }
    page.push_str("</main></body></html>");
    page
}

/// Realm and token for every trial request. The script shows the form.
const SIGN_IN: &str = "<form id=\"sign-in\" hidden><label>Realm <input name=\"realm\" autocomplete=\"off\"></label>\
    <label>Token <input name=\"token\" type=\"password\" autocomplete=\"off\"></label>\
    <label>Client id <input name=\"client-id\" autocomplete=\"off\"></label>\
    <label>Client key <input name=\"client-key\" type=\"password\" autocomplete=\"off\"></label>\
    <p>Kept only in this page, until it is closed.</p></form>";

const METHODS: [&str; 5] = ["get", "post", "patch", "put", "delete"];

fn operations<'a>(
    document: &'a Value,
    tag: &'a Value,
) -> impl Iterator<Item = (&'a str, &'static str, &'a Value)> {
    document["paths"].as_object().into_iter().flatten().flat_map(move |(path, item)| {
        METHODS.into_iter().filter_map(move |method| {
            let is_tagged = list(&item[method]["tags"]).any(|one| one == tag);
            is_tagged.then_some((path.as_str(), method, item))
        })
    })
}

fn contents(document: &Value) -> String {
    let mut nav = "<nav aria-label=\"Operations\"><ul>".to_owned();
    for tag in list(&document["tags"]) {
        for (_, method, item) in operations(document, &tag["name"]) {
            let operation = &item[method];
            nav.push_str(&format!(
                "<li><a href=\"#{}\">{}</a></li>",
                text(&operation["operationId"]),
                text(&operation["summary"])
            ));
        }
    }
    nav + "</ul></nav>"
}

fn operation(path: &str, method: &str, item: &Value) -> String {
    let operation = &item[method];
    let parameters: Vec<&Value> = list(&item["parameters"]).chain(list(&operation["parameters"])).collect();
    let mut section = format!(
        "<section id=\"{}\"><h3>{}</h3><p><code><b>{}</b> {}</code></p><p>{}</p>",
        text(&operation["operationId"]),
        text(&operation["summary"]),
        method.to_uppercase(),
        Escaped(path),
        prose(&operation["description"]),
    );
    if !parameters.is_empty() {
        section.push_str("<h4>Parameters</h4><table><tbody>");
        for parameter in &parameters {
            section.push_str(&format!(
                "<tr><td><code>{}</code></td><td>in the {}, {}</td><td>{}</td><td>{}</td></tr>",
                text(&parameter["name"]),
                text(&parameter["in"]),
                kind(&parameter["schema"]),
                if parameter["required"] == true { "required" } else { "" },
                text(&parameter["description"]),
            ));
        }
        section.push_str("</tbody></table>");
    }
    let body = operation["requestBody"]["content"].as_object().and_then(|content| content.iter().next());
    if let Some((media_type, content)) = body {
        let table = table(resolved(&content["schema"]));
        section.push_str(&format!("<h4>Body: {}</h4>{table}", Escaped(media_type)));
    }
    section.push_str("<h4>Answers</h4><table><tbody>");
    for (status, answer) in operation["responses"].as_object().into_iter().flatten() {
        let schema = answer["content"]
            .as_object()
            .and_then(|content| content.values().next())
            .map_or(&Value::Null, |content| &content["schema"]);
        let body = match schema {
            Value::Null => String::new(),
            schema if schema["properties"].is_object() => {
                format!("<details><summary>Members</summary>{}</details>", table(schema))
            }
            schema => kind(schema),
        };
        section.push_str(&format!(
            "<tr><td><code>{}</code></td><td>{}</td><td>{body}</td></tr>",
            Escaped(status),
            text(&answer["description"]),
        ));
    }
    section.push_str("</tbody></table>");
    section.push_str(&attempt(path, method, operation, &parameters, body));
    section + "</section>"
}

/// The form of a trial request. The script shows and sends it.
fn attempt(
    path: &str,
    method: &str,
    operation: &Value,
    parameters: &[&Value],
    body: Option<(&String, &Value)>,
) -> String {
    let scheme = list(&operation["security"])
        .filter_map(Value::as_object)
        .find_map(|needed| needed.keys().next())
        .map_or("", String::as_str);
    let mut form = format!(
        "<form class=\"attempt\" hidden data-method=\"{}\" data-path=\"{}\" data-scheme=\"{}\">",
        method.to_uppercase(),
        Escaped(path),
        Escaped(scheme)
    );
    for parameter in parameters.iter().filter(|parameter| parameter["name"] != "realm") {
        form.push_str(&format!(
            "<label>{0} <input name=\"{0}\" data-in=\"{1}\" autocomplete=\"off\"></label>",
            text(&parameter["name"]),
            text(&parameter["in"])
        ));
    }
    if let Some((media_type, content)) = body {
        let schema = resolved(&content["schema"]);
        let start = match media_type.as_str() {
            "application/json" => serde_json::to_string_pretty(&example(schema)).unwrap_or_default(),
            "application/x-www-form-urlencoded" => form_example(schema),
            _ => String::new(),
        };
        form.push_str(&format!(
            "<label>Body <textarea name=\"body\" data-type=\"{}\" rows=\"8\" spellcheck=\"false\">{}</textarea></label>",
            Escaped(media_type),
            Escaped(&start)
        ));
    }
    form + "<button>Send</button><output></output></form>"
}

/// Example with the required parameters.
fn form_example(schema: &Value) -> String {
    let required = list(&schema["required"]).filter_map(Value::as_str);
    let pairs = required.map(|name| {
        let value = example(&schema["properties"][name]);
        (name, value.as_str().unwrap_or_default().to_owned())
    });
    form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

fn table(schema: &Value) -> String {
    let rows = rows(schema);
    if rows.is_empty() {
        format!("<p>{}</p>", kind(schema))
    } else {
        format!("<table><tbody>{rows}</tbody></table>")
    }
}

/// The named schema that a reference names.
fn resolved(schema: &Value) -> &Value {
    match schema["$ref"].as_str().and_then(|target| target.rsplit('/').next()) {
        Some(name) => &document()["components"]["schemas"][name],
        None => schema,
    }
}

fn text(value: &Value) -> Escaped<'_> {
    Escaped(value.as_str().unwrap_or_default())
}

/// Renders text between backquotes as code.
fn prose(value: &Value) -> String {
    let parts = value.as_str().unwrap_or_default().split('`').enumerate();
    parts
        .map(|(index, part)| match index % 2 {
            0 => Escaped(part).to_string(),
            _ => format!("<code>{}</code>", Escaped(part)),
        })
        .collect()
}

fn list(value: &Value) -> std::slice::Iter<'_, Value> {
    value.as_array().map_or(&[][..], Vec::as_slice).iter()
}
