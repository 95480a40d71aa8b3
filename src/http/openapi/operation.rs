//! One operation: its route, its allowed callers, its input and output.

use std::collections::BTreeSet;

use actix_web::Route;
use claviger_api::{Edited, Listed, Schema};
use serde_json::{Value, json};

use crate::http::openapi::schema::{one_of, text};
use claviger_domain::{AdminScope, DryRun, Receipt, WaitedFor};

/// Callers that are allowed, regardless of the object of the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    Anybody,
    /// A client with its id and key.
    Client,
    /// The bearer of an active token of the realm.
    Bearer,
    /// account_holder, sys_admin, auditor.
    Reader,
    /// account_holder alone.
    AccountHolder,
    /// account_holder, sys_admin.
    Administrator,
    /// Every member, for objects that they own.
    Owner,
}

pub struct Operation {
    pub method: &'static str,
    pub path: &'static str,
    pub id: &'static str,
    pub summary: &'static str,
    pub description: &'static str,
    pub who: Who,
    /// What a service credential needs to call it; `None` if none may.
    pub admin_scope: Option<AdminScope>,
    pub parameters: Vec<Parameter>,
    /// Media type, schema, and whether a body is required.
    pub body: Option<(&'static str, MakeSchema, bool)>,
    pub answer: Answer,
    pub refusals: BTreeSet<u16>,
    pub refusal_body: RefusalBody,
    /// What is mounted at its path.
    pub mounts: Vec<fn() -> Route>,
    /// Further paths at which the same is mounted.
    pub also_at: &'static [&'static str],
    /// Named schemas that it refers to.
    pub schemas: Vec<(&'static str, MakeSchema)>,
}

/// Called only for the description: a server that starts builds no schema.
pub type MakeSchema = fn() -> Value;

pub struct Parameter {
    pub name: &'static str,
    /// `path`, `query` or `header`.
    pub place: &'static str,
    pub description: &'static str,
    pub schema: MakeSchema,
}

/// The body of a refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefusalBody {
    Object,
    /// One human-readable sentence.
    Sentence,
}

pub struct Answer {
    pub status: u16,
    pub media_type: &'static str,
    /// `None` if the body is empty.
    pub schema: Option<MakeSchema>,
    /// Whether the response has the object's entity tag.
    pub tagged: bool,
    /// Whether the request may be a dry run, which has an answer of its own.
    pub dry_run: bool,
}

pub const JSON: &str = "application/json";

/// Of the answer to a dry run, which generated clients thereby tell from the answer of the operation.
pub const DRY_RUN: &str = "application/vnd.claviger.dry-run+json";
pub const DRY_RUN_PARAMETER: &str = "dry_run";

impl Operation {
    /// An administrative operation.
    pub fn new(
        method: &'static str,
        path: &'static str,
        id: &'static str,
        who: Who,
        mount: fn() -> Route,
    ) -> Self {
        let mut operation = Self::bare(method, path, id, who);
        operation.refusals.extend([400, 401, 403, 429]);
        if path.contains('{') {
            operation.refusals.insert(404);
        }
        Self { mounts: vec![mount], ..operation }
    }

    /// An OAuth operation of a realm. A `HEAD` beside a `GET` is mounted, and not described.
    pub fn of_oauth(
        method: &'static str,
        path: &'static str,
        id: &'static str,
        who: Who,
        mounts: &[fn() -> Route],
    ) -> Self {
        let mut operation = Self { mounts: mounts.to_vec(), ..Self::bare(method, path, id, who) };
        operation.parameters.push(path_parameter("realm"));
        operation
    }

    fn bare(method: &'static str, path: &'static str, id: &'static str, who: Who) -> Self {
        Self {
            method,
            path,
            id,
            summary: "",
            description: "",
            who,
            admin_scope: None,
            parameters: path_parameters(path),
            body: None,
            answer: Answer {
                status: 200,
                media_type: JSON,
                schema: Some(any),
                tagged: false,
                dry_run: false,
            },
            refusals: BTreeSet::from([431, 503]),
            refusal_body: RefusalBody::Object,
            mounts: Vec::new(),
            also_at: &[],
            schemas: Vec::new(),
        }
    }

    /// What is mounted for it: a second route beside `GET` is its `HEAD`.
    pub fn methods(&self) -> impl Iterator<Item = String> {
        let head = self.method == "get" && self.mounts.len() > 1;
        [self.method.to_uppercase()].into_iter().chain(head.then(|| "HEAD".to_owned()))
    }

    pub fn also_at(self, also_at: &'static [&'static str]) -> Self {
        Self { also_at, ..self }
    }

    pub fn says(self, summary: &'static str) -> Self {
        Self { summary, ..self }
    }

    pub fn more(self, description: &'static str) -> Self {
        Self { description, ..self }
    }

    /// For an object that has no id, and may not exist.
    pub fn may_find_none(mut self) -> Self {
        self.refusals.insert(404);
        self
    }

    /// Requires a JSON body.
    pub fn takes<T: Schema>(self) -> Self {
        self.takes_as(JSON, T::reference, true)
    }

    /// Accepts a JSON body, or none.
    pub fn may_take<T: Schema>(self) -> Self {
        self.takes_as(JSON, T::reference, false)
    }

    pub fn takes_as(mut self, media_type: &'static str, schema: MakeSchema, required: bool) -> Self {
        self.refusals.extend([408, 413, 415, 422]);
        self.body = Some((media_type, schema, required));
        self
    }

    /// Returns one object with its entity tag.
    pub fn shows<T: Schema>(self) -> Self {
        let shown = self.replies::<T>();
        Self { answer: Answer { tagged: true, ..shown.answer }, ..shown }.unless_unchanged()
    }

    /// Returns a page of objects.
    pub fn lists<T: Schema>(self) -> Self {
        self.replies::<Listed<T>>().naming::<T>()
    }

    /// Returns something other than an object of the API: a report, a list that is answered whole.
    pub fn replies<T: Schema>(self) -> Self {
        self.answers(T::reference).naming::<T>()
    }

    pub fn answers(self, schema: MakeSchema) -> Self {
        Self { answer: Answer { schema: Some(schema), ..self.answer }, ..self }
    }

    pub fn answers_as(self, media_type: &'static str, schema: MakeSchema) -> Self {
        Self { answer: Answer { media_type, schema: Some(schema), ..self.answer }, ..self }
    }

    /// Carried out once, however often it is sent with the same key.
    pub fn once(mut self) -> Self {
        self.refusals.insert(409);
        self.parameters.push(header(
            "Idempotency-Key",
            "A retry by the same caller within ten minutes creates nothing and is answered with 409 and the id",
        ));
        self
    }

    /// Returns a new object.
    pub fn makes<T: Schema>(self) -> Self {
        let made = self.once().made::<T>();
        Self { answer: Answer { tagged: true, ..made.answer }, ..made }
    }

    /// Returns several new objects.
    pub fn made<T: Schema>(self) -> Self {
        let replied = self.replies::<T>();
        Self { answer: Answer { status: 201, ..replied.answer }, ..replied }
    }

    /// Returns a changed object with the receipt of the revocation that the change caused, or null.
    pub fn edits<T: Schema>(self) -> Self {
        self.changes().shows::<Edited<T>>().tries()
    }

    /// Takes nothing away, and returns the changed object with its entity tag.
    pub fn enables<T: Schema>(mut self) -> Self {
        self.refusals.extend([409, 412]);
        self.parameters.push(if_match());
        self.shows::<T>()
    }

    /// Takes something away, and returns the receipt.
    pub fn ends(self) -> Self {
        self.changes().replies::<Receipt>().tries()
    }

    fn naming<T: Schema>(mut self) -> Self {
        self.schemas.extend(T::NAME.map(|name| (name, T::schema as MakeSchema)));
        self
    }

    /// Accepts `If-Match` and `wait`.
    pub fn changes(mut self) -> Self {
        self.refusals.extend([409, 412]);
        self.parameters.push(if_match());
        let description = "Who must confirm a restriction before the answer: nodes means all servers; \
            verifiers adds the resource servers that follow revocations, if any";
        self.query("wait", description, || one_of(WaitedFor::NAMES))
    }

    /// Accepts `dry_run`.
    fn tries(self) -> Self {
        let description =
            "true: decide whether the request is permitted and whom it affects, and change nothing";
        let mut tries = self.query(DRY_RUN_PARAMETER, description, bool::schema).naming::<DryRun>();
        tries.answer.dry_run = true;
        tries
    }

    pub fn refuses(mut self, statuses: &[u16]) -> Self {
        self.refusals.extend(statuses);
        self
    }

    pub fn never_refuses(mut self, status: u16) -> Self {
        self.refusals.remove(&status);
        self
    }

    pub fn refuses_with(self, refusal_body: RefusalBody) -> Self {
        Self { refusal_body, ..self }
    }

    /// Returns an empty body.
    pub fn answers_nothing(self) -> Self {
        Self { answer: Answer { schema: None, ..self.answer }, ..self }
    }

    pub fn query(mut self, name: &'static str, description: &'static str, schema: MakeSchema) -> Self {
        self.refusals.insert(422);
        self.parameters.push(Parameter { name, place: "query", description, schema });
        self
    }

    fn unless_unchanged(mut self) -> Self {
        if self.method == "get" {
            self.parameters.push(header(
                "If-None-Match",
                "The caller's ETag; the answer is 304 if the object is unchanged",
            ));
        }
        self
    }
}

impl Parameter {
    pub fn described(&self) -> Value {
        json!({
            "name": self.name,
            "in": self.place,
            "required": self.place == "path",
            "description": self.description,
            "schema": (self.schema)(),
        })
    }
}

fn any() -> Value {
    json!({})
}

fn header(name: &'static str, description: &'static str) -> Parameter {
    Parameter { name, place: "header", description, schema: text }
}

fn if_match() -> Parameter {
    header("If-Match", "The object's ETag; if it does not match, nothing is changed and the answer is 412")
}

fn path_parameters(path: &'static str) -> Vec<Parameter> {
    let names = path.split('{').skip(1).filter_map(|rest| rest.split('}').next());
    names.filter(|name| *name != "realm").map(path_parameter).collect()
}

pub fn path_parameter(name: &'static str) -> Parameter {
    let description = match name {
        "realm" => "The label of the realm",
        "id" => "The id of the object",
        "kid" => "The key id",
        "type" => "The type of the resource",
        "scope" => "The scope",
        "delivery" => "The id of the delivery",
        "identity" => "The id of the link or request",
        _ => "The name of the object",
    };
    Parameter { name, place: "path", description, schema: || json!({"type": "string", "minLength": 1}) }
}
