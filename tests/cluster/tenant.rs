//! A realm of the cluster with what its clients need: an owner, scopes, a group, and a resource server.

use std::net::SocketAddr;
use std::sync::Mutex;

use serde_json::{Value, json};

use crate::nodes::{Cluster, client};
use claviger_testkit::http::{Request, Response};
use claviger_testkit::world::Client;

pub const OWNER: &str = "holder@acme.example";

/// Every credential of the fault-injection run gets its scope from this group.
pub const GROUP: &str = "builders";

/// Of the resource server.
pub const AUDIENCE: &str = "https://builds.example.org";

pub struct Tenant<'a> {
    pub label: String,
    cluster: &'a Cluster,
    owner: Mutex<String>,
    pub server: Client,
}

impl<'a> Tenant<'a> {
    /// Requires a cluster that is not under a fault.
    pub fn create(cluster: &'a Cluster, label: &str) -> Self {
        let (created, token, errors) =
            cluster.run_operator(&["realm", "create", label, "--owner", OWNER, "--json"]);
        assert!(created, "{errors}");
        let owner = Mutex::new(personal_token(&token));
        let server = Client { id: String::new(), key: String::new(), name: String::new() };
        let mut tenant = Self { label: label.to_owned(), cluster, owner, server };
        let make = |path: &str, body: Value| {
            cluster.patiently(0, &tenant.administration("POST", path, &body)).expect(201).json()
        };
        for scope in ["ci:read", "ci:create", "containers:read"] {
            make("/scopes", json!({ "scope": scope }));
        }
        make("/groups", json!({"name": GROUP, "scopes": ["ci:read"]}));
        let server = make("/resource-servers", json!({"name": "builds", "audience": AUDIENCE}));
        tenant.server = client(&server);
        tenant
    }

    pub fn address(&self, node: usize) -> SocketAddr {
        self.cluster.addresses[node]
    }

    pub fn path(&self, path: &str) -> String {
        format!("/realms/{}{path}", self.label)
    }

    /// As the owner.
    pub fn administration(&self, method: &str, path: &str, body: &Value) -> Request {
        let owner = self.owner.lock().expect("a token").clone();
        self.administration_as(&owner, method, path, body)
    }

    pub fn administration_as(&self, token: &str, method: &str, path: &str, body: &Value) -> Request {
        let path = format!("/api/v1/realms/{}{path}", self.label);
        let request = match body {
            Value::Null => Request::new(method, &path),
            body => Request::json(method, &path, body),
        };
        request.bearer(token)
    }

    pub fn introspection(&self, token: &str) -> Request {
        let request = Request::form(&self.path("/oauth2/introspect"), &[("token", token)]);
        request.basic(&self.server.id, &self.server.key)
    }

    pub fn token_request(&self, client: &Client, parameters: &[(&str, &str)]) -> Request {
        let mut form = vec![("grant_type", "client_credentials")];
        form.extend_from_slice(parameters);
        Request::form(&self.path("/oauth2/token"), &form).basic(&client.id, &client.key)
    }

    pub fn forward_auth(&self, token: &str, scope: &str) -> Request {
        Request::get(&self.path(&format!("/forward-auth?scope={scope}"))).bearer(token)
    }

    /// A member's personal access token, from the command on the machine. `None` if the database is down.
    pub fn member_token(&self, email: &str) -> Option<String> {
        let (made, token, _) =
            self.cluster.run_operator(&["member", "token", email, "--realm", &self.label, "--json"]);
        made.then(|| personal_token(&token))
    }

    /// Resumes a suspended realm, and gets a new token for its owner.
    pub fn resume(&self) -> bool {
        let (resumed, ..) = self.cluster.run_operator(&["realm", "resume", &self.label]);
        let token = resumed.then(|| self.member_token(OWNER)).flatten();
        let done = token.is_some();
        if let Some(token) = token {
            *self.owner.lock().expect("a token") = token;
        }
        done
    }
}

fn personal_token(output: &str) -> String {
    let shown: Value = serde_json::from_str(output).unwrap_or_else(|error| panic!("{error}: {output:?}"));
    shown["token"].as_str().unwrap_or_else(|| panic!("no token in {output:?}")).to_owned()
}

pub fn text(answer: &Response, name: &str) -> Option<String> {
    answer.json()[name].as_str().map(str::to_owned)
}
