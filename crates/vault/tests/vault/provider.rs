//! A provider as a table: its routes, what it takes for a credential, and how it refuses others.

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use claviger_vault::{
    AccessToken, Answers, Catalog, Clock, Discovery, Environment, Outbound, Refused, Subject, Validation,
    check_fields,
};
use ring::rand::SystemRandom;
use serde_json::{Map, Value, json};

use crate::stub::{Incoming, Reply, Stub, settings_for};

/// Of every credential here; long enough to be searched for.
pub const SECRET: &str = "s3cret-0f-the-Stub/+8472";
pub const WRONG: &str = "wr0ng-s3cret-0f-n0b0dy";
pub const NOW: &str = "2026-11-30T12:00:00Z";

type Proof = Arc<dyn Fn(&Incoming) -> bool + Send + Sync>;

#[derive(Clone)]
pub struct Route {
    pub method: &'static str,
    pub path: String,
    /// Query parameters or headers that must be there, as `name=value`.
    pub when: Vec<(String, String)>,
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Value,
    pub is_open: bool,
}

/// A row of a table: `"GET host/path?query"`, and the answer.
pub fn route(target: &str, status: u16, body: Value) -> Route {
    let (method, target) = target.split_once(' ').unwrap();
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let when = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    let method = if method == "GET" { "GET" } else { "POST" };
    Route { method, path: path.to_owned(), when, status, headers: vec![], body, is_open: false }
}

impl Route {
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub fn when(mut self, name: &str, value: &str) -> Self {
        self.when.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Answered to anyone.
    pub fn open(mut self) -> Self {
        self.is_open = true;
        self
    }

    fn fits(&self, incoming: &Incoming) -> bool {
        let has = |(name, value): &(String, String)| {
            let in_form = incoming.body.contains(&format!("{name}={value}"));
            let in_json = incoming.body.contains(&format!("\"{name}\":\"{value}\""));
            incoming.query(name) == value || incoming.header(name) == value || in_form || in_json
        };
        incoming.method == self.method && incoming.path == self.path && self.when.iter().all(has)
    }

    fn reply(&self) -> Reply {
        let answer = match &self.body {
            Value::String(text) if text.starts_with('<') => Reply::html(self.status),
            body => Reply::json(self.status, body.clone()),
        };
        self.headers.iter().fold(answer, |answer, (name, value)| answer.with(name, value))
    }
}

#[derive(Clone)]
pub struct Provider {
    pub source_type: &'static str,
    pub mode: &'static str,
    pub profile: Option<&'static str>,
    pub fields: Map<String, Value>,
    pub answers: Answers,
    pub routes: Vec<Route>,
    proof: Proof,
    refusal: Route,
    /// What replaces routes for a credential that lacks something, and the permissions that are then missing.
    pub weak: Vec<Route>,
    pub missing: Vec<&'static str>,
    pub unknown: Vec<&'static str>,
    pub identity: Option<&'static str>,
    wrong_fields: Value,
}

impl Provider {
    pub fn new(source_type: &'static str, mode: &'static str, fields: Value, routes: Vec<Route>) -> Self {
        Self {
            source_type,
            mode,
            profile: None,
            fields: fields.as_object().unwrap().clone(),
            answers: Answers::new(),
            routes,
            proof: Arc::new(|incoming| incoming.header("authorization") == format!("Bearer {SECRET}")),
            refusal: route("GET *", 401, json!({ "message": "Bad credentials" })),
            weak: vec![],
            missing: vec![],
            unknown: vec![],
            identity: None,
            wrong_fields: Value::Null,
        }
    }

    pub fn proof(mut self, proof: impl Fn(&Incoming) -> bool + Send + Sync + 'static) -> Self {
        self.proof = Arc::new(proof);
        self
    }

    pub fn header_proof(self, name: &'static str, value: String) -> Self {
        self.proof(move |incoming| incoming.header(name) == value)
    }

    pub fn basic(self, user: &str, pass: &str) -> Self {
        use base64::Engine;
        let pair = base64::prelude::BASE64_STANDARD.encode(format!("{user}:{pass}"));
        self.header_proof("authorization", format!("Basic {pair}"))
    }

    pub fn refusal(mut self, status: u16, body: Value) -> Self {
        self.refusal = route("GET *", status, body);
        self
    }

    pub fn weak(mut self, routes: Vec<Route>, missing: &[&'static str]) -> Self {
        self.weak = routes;
        self.missing = missing.to_vec();
        self
    }

    pub fn unknown(mut self, unknown: &[&'static str]) -> Self {
        self.unknown = unknown.to_vec();
        self
    }

    pub fn identity(mut self, identity: &'static str) -> Self {
        self.identity = Some(identity);
        self
    }

    /// What a wrong credential differs in, besides the secret.
    pub fn wrong(mut self, fields: Value) -> Self {
        self.wrong_fields = fields;
        self
    }

    pub fn profile(mut self, profile: &'static str) -> Self {
        self.profile = Some(profile);
        self
    }

    pub fn answer(mut self, question: &str, answers: &[&str]) -> Self {
        self.answers.insert(question.to_owned(), answers.iter().map(|answer| (*answer).to_owned()).collect());
        self
    }

    /// Puts routes before those that there are.
    pub fn with(mut self, routes: Vec<Route>) -> Self {
        self.routes.splice(0..0, routes);
        self
    }

    pub fn field(mut self, name: &str, value: Value) -> Self {
        self.fields.insert(name.to_owned(), value);
        self
    }

    /// The same credential with less.
    pub fn weakened(self) -> Self {
        let weak = self.weak.clone();
        self.with(weak)
    }

    pub fn with_wrong_credential(mut self) -> Self {
        let wrong = self.wrong_fields.clone();
        for (name, value) in &mut self.fields {
            if value.as_str() == Some(SECRET) {
                *value = json!(WRONG);
            }
            if let Some(other) = wrong.get(name) {
                *value = other.clone();
            }
        }
        self
    }

    pub fn hosts(&self) -> BTreeSet<String> {
        self.routes.iter().map(|route| route.path.split('/').next().unwrap().to_owned()).collect()
    }

    pub fn stub(&self) -> Stub {
        let provider = self.clone();
        Stub::start(move |incoming| provider.reply(incoming))
    }

    fn reply(&self, incoming: &Incoming) -> Reply {
        assert!(!incoming.header("user-agent").is_empty(), "a User-Agent is always sent");
        let found = self.routes.iter().find(|route| route.fits(incoming));
        match found {
            Some(route) if route.is_open || (self.proof)(incoming) => route.reply(),
            _ if !(self.proof)(incoming) => self.refusal.reply(),
            _ => Reply::json(404, json!({ "message": "Not Found" })),
        }
    }

    pub fn validate(&self) -> Validation {
        self.validate_at(&self.stub())
    }

    pub fn validate_at(&self, stub: &Stub) -> Validation {
        self.validate_through(&self.client(stub.port()))
    }

    pub fn client(&self, port: u16) -> claviger_vault::OutboundClient {
        let hosts = self.hosts();
        let hosts: Vec<&str> = hosts.iter().map(String::as_str).collect();
        claviger_vault::OutboundClient::new(settings_for(port, &hosts))
    }

    pub fn validate_through(&self, outbound: &dyn Outbound) -> Validation {
        self.validate_in(&Catalog::built_in(), outbound)
    }

    pub fn validate_in(&self, catalog: &Catalog, outbound: &dyn Outbound) -> Validation {
        let validation = self.within(catalog, outbound, claviger_vault::validate);
        let shown = format!("{} {validation:?}", serde_json::to_string(&validation).unwrap());
        for (_, value) in
            self.fields.iter().filter(|(_, value)| [SECRET, WRONG].map(Value::from).contains(value))
        {
            assert!(
                !shown.contains(value.as_str().unwrap()),
                "{}: the secret is in {shown}",
                self.source_type
            );
        }
        validation
    }

    /// Reads the list of one question.
    pub fn discover(&self, question: &str) -> Result<Discovery, Refused> {
        let client = self.client(self.stub().port());
        self.within(&Catalog::built_in(), &client, |subject, environment| {
            claviger_vault::discover(subject, environment, question)
        })
    }

    pub fn access_token(&self) -> Result<AccessToken, Refused> {
        let client = self.client(self.stub().port());
        self.within(&Catalog::built_in(), &client, claviger_vault::access_token)
    }

    fn within<T>(
        &self,
        catalog: &Catalog,
        outbound: &dyn Outbound,
        act: impl FnOnce(&Subject<'_>, &Environment<'_>) -> T,
    ) -> T {
        let random = SystemRandom::new();
        let source_type = catalog.source_type(self.source_type).unwrap();
        let mode = source_type.mode(self.mode).unwrap();
        let fields = check_fields(source_type, mode, &self.fields, &random)
            .unwrap_or_else(|faults| panic!("{}: {faults:?}", self.source_type));
        let subject =
            Subject::new(catalog, self.source_type, self.mode, self.profile, &fields, &self.answers).unwrap();
        let clock = StandingClock(NOW.parse().unwrap());
        let environment =
            Environment { outbound, clock: &clock, random: &random, user_agent: "claviger-test" };
        act(&subject, &environment)
    }
}

struct StandingClock(DateTime<Utc>);

impl Clock for StandingClock {
    fn now(&self) -> DateTime<Utc> {
        self.0
    }
}
