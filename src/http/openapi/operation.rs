//! One operation: where it is mounted, who may ask, what goes in and what comes out.

use std::collections::BTreeSet;

use actix_web::Route;
use serde_json::{Value, json};

use super::schema::{nullable, text};

/// Who may ask, whatever the request is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    Anybody,
    /// A client by its id and key.
    Client,
    /// Whoever presents an active token of the realm.
    Bearer,
    /// account_holder, sys_admin, auditor.
    Reader,
    /// account_holder, sys_admin.
    Administrator,
    /// Every member, about what is theirs.
    Owner,
}

pub struct Operation {
    pub method: &'static str,
    pub path: &'static str,
    pub id: &'static str,
    pub summary: &'static str,
    pub description: &'static str,
    pub who: Who,
    pub parameters: Vec<Value>,
    /// Media type, schema, and whether there must be one.
    pub body: Option<(&'static str, Value, bool)>,
    pub answer: Answer,
    pub refusals: BTreeSet<u16>,
    /// Whether refusals say it in the header alone (RFC 6750 §3).
    pub refuses_silently: bool,
    /// `None` where a room mounts its routes by itself.
    pub mount: Option<fn() -> Route>,
}

pub struct Answer {
    pub status: u16,
    pub media_type: &'static str,
    pub schema: Value,
    /// Whether the object's tag comes with it.
    pub tagged: bool,
}

const JSON: &str = "application/json";

impl Operation {
    /// An administrative one.
    pub fn new(
        method: &'static str,
        path: &'static str,
        id: &'static str,
        who: Who,
        mount: fn() -> Route,
    ) -> Self {
        let (summary, description) = ("", "");
        let answer = Answer { status: 200, media_type: JSON, schema: json!({}), tagged: false };
        let mut refusals = BTreeSet::from([400, 401, 403, 429, 431, 503]);
        if path.contains('{') {
            refusals.insert(404);
        }
        let parameters = path_parameters(path);
        let (body, mount) = (None, Some(mount));
        Self {
            method,
            path,
            id,
            summary,
            description,
            who,
            parameters,
            body,
            answer,
            refusals,
            refuses_silently: false,
            mount,
        }
    }

    /// One that the OAuth room mounts.
    pub fn of_oauth(method: &'static str, path: &'static str, id: &'static str, who: Who) -> Self {
        let mut parameters = path_parameters(path);
        parameters.push(path_parameter("realm"));
        let (summary, description) = ("", "");
        let answer = Answer { status: 200, media_type: JSON, schema: json!({}), tagged: false };
        let refusals = BTreeSet::from([431, 503]);
        let (body, mount) = (None, None);
        Self {
            method,
            path,
            id,
            summary,
            description,
            who,
            parameters,
            body,
            answer,
            refusals,
            refuses_silently: false,
            mount,
        }
    }

    pub fn says(self, summary: &'static str) -> Self {
        Self { summary, ..self }
    }

    pub fn more(self, description: &'static str) -> Self {
        Self { description, ..self }
    }

    /// A JSON body that must be there.
    pub fn takes(self, schema: Value) -> Self {
        self.takes_as(JSON, schema, true)
    }

    pub fn takes_as(mut self, media_type: &'static str, schema: Value, required: bool) -> Self {
        self.refusals.extend([408, 413, 415, 422]);
        self.body = Some((media_type, schema, required));
        self
    }

    /// One object, with its tag.
    pub fn shows(self, schema: Value) -> Self {
        Self { answer: Answer { schema, tagged: true, ..self.answer }, ..self }.unless_unchanged()
    }

    /// Something that is no object: a receipt, a report.
    pub fn answers(self, schema: Value) -> Self {
        Self { answer: Answer { schema, ..self.answer }, ..self }
    }

    pub fn answers_as(self, media_type: &'static str, schema: Value) -> Self {
        Self { answer: Answer { media_type, schema, ..self.answer }, ..self }
    }

    /// A new object.
    pub fn makes(mut self, schema: Value) -> Self {
        self.refusals.insert(409);
        self.parameters.push(header(
            "Idempotency-Key",
            "Within ten minutes the same caller's retry makes nothing new, and is answered 409 with the id",
        ));
        Self { answer: Answer { status: 201, schema, tagged: true, ..self.answer }, ..self }
    }

    /// Several new objects at once.
    pub fn made(self, schema: Value) -> Self {
        Self { answer: Answer { status: 201, schema, ..self.answer }, ..self }
    }

    /// A changed object with the receipt of what died of the change, or null.
    pub fn edits(self, schema: Value) -> Self {
        self.changes().shows(schema)
    }

    /// Heeds `If-Match`.
    pub fn changes(mut self) -> Self {
        self.refusals.extend([409, 412]);
        self.parameters
            .push(header("If-Match", "The object's ETag; in another state it is left alone, with 412"));
        self
    }

    pub fn refuses(mut self, statuses: &[u16]) -> Self {
        self.refusals.extend(statuses);
        self
    }

    pub fn silently(self) -> Self {
        Self { refuses_silently: true, ..self }
    }

    pub fn query(mut self, name: &str, description: &str, schema: Value) -> Self {
        self.refusals.insert(422);
        self.parameters.push(
            json!({"name": name, "in": "query", "description": description, "required": false, "schema": schema}),
        );
        self
    }

    /// A page of such items.
    pub fn lists(self, item: &Value) -> Self {
        let next = nullable(text());
        self.answers(super::schema::object(&[
            ("items", json!({"type": "array", "items": item})),
            ("next_cursor", next),
        ]))
    }

    fn unless_unchanged(mut self) -> Self {
        if self.method == "get" {
            self.parameters
                .push(header("If-None-Match", "The ETag that the caller has: 304 while nothing has changed"));
        }
        self
    }
}

fn header(name: &str, description: &str) -> Value {
    json!({"name": name, "in": "header", "description": description, "required": false, "schema": {"type": "string"}})
}

fn path_parameters(path: &str) -> Vec<Value> {
    let names = path.split('{').skip(1).filter_map(|rest| rest.split('}').next());
    names.filter(|name| *name != "realm").map(path_parameter).collect()
}

fn path_parameter(name: &str) -> Value {
    json!({"name": name, "in": "path", "required": true, "schema": {"type": "string", "minLength": 1}})
}
