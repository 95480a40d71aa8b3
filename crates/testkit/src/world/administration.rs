//! Administration of the realm, by its owner by default.

use serde_json::{Value, json};

use crate::http::{Request, Response};
use crate::world::server::World;

#[derive(Clone, Debug)]
pub struct Client {
    pub id: String,
    pub key: String,
    pub name: String,
}

impl World {
    pub fn admin(&self, method: &str, path: &str, body: Option<Value>) -> Response {
        self.admin_as(&self.owner, method, path, body)
    }

    pub fn admin_as(&self, token: &str, method: &str, path: &str, body: Option<Value>) -> Response {
        let path = format!("/api/v1/realms/{}{path}", self.realm);
        let request = match body {
            Some(body) => Request::json(method, &path, &body),
            None => Request::new(method, &path),
        };
        self.send(&request.bearer(token))
    }

    pub fn scopes(&self, scopes: &[&str]) -> &Self {
        for scope in scopes {
            self.admin("POST", "/scopes", Some(json!({"scope": scope}))).expect(201);
        }
        self
    }

    /// Creates a group and registers its new scopes.
    pub fn group(&self, name: &str, scopes: &[&str]) -> &Self {
        for scope in scopes.iter().filter(|scope| !scope.contains('/')) {
            let answer = self.admin("POST", "/scopes", Some(json!({"scope": scope})));
            assert!(matches!(answer.status, 201 | 409), "{}", answer.text());
        }
        self.admin("POST", "/groups", Some(json!({"name": name, "scopes": scopes}))).expect(201);
        self
    }

    pub fn resource(&self, name: &str, actions: &[&str]) -> &Self {
        let (kind, name) = name.split_once('/').expect("type/name");
        self.admin("POST", "/resources", Some(json!({"type": kind, "name": name, "actions": actions})))
            .expect(201);
        self
    }

    pub fn resource_server(&self, name: &str, audience: &str) -> Client {
        let body = json!({"name": name, "audience": audience});
        client(&self.admin("POST", "/resource-servers", Some(body)).expect(201).json())
    }

    /// Valid for 90 days; its tokens for an hour.
    pub fn credential(&self, name: &str, groups: &[&str]) -> Client {
        self.credential_with(json!({"name": name, "groups": groups}))
    }

    /// `parts` replace the defaults.
    pub fn credential_with(&self, parts: Value) -> Client {
        let mut body = json!({"name": "nightly", "validity_days": 90, "token_ttl_seconds": 3600});
        for (name, value) in parts.as_object().expect("an object") {
            body[name] = value.clone();
        }
        client(&self.admin("POST", "/service-credentials", Some(body)).expect(201).json())
    }

    pub fn revoke(&self, credential: &Client) -> Response {
        let path = format!("/service-credentials/{}/revoke", credential.id);
        self.admin("POST", &path, Some(json!({"name": credential.name})))
    }

    /// A member and its `admin:read-update` token.
    pub fn member(&self, email: &str, roles: &[&str]) -> (String, String) {
        let body = json!({"email": email, "name": email, "roles": roles});
        let id = self.admin("POST", "/members", Some(body)).expect(201).json()["id"]
            .as_str()
            .expect("an id")
            .to_owned();
        let token = self.operator_token(email);
        (id, token)
    }

    /// One hour, `admin:read-update`, as `claviger member token` makes it.
    pub fn operator_token(&self, email: &str) -> String {
        use claviger::administration::operator_token;
        use claviger::ledger::{Act, Caller};
        let act = Act::local(self.realm.parse().expect("a label"), Caller::Operator);
        let email = email.parse().expect("an address");
        let created = operator_token(&self.node().state.administration, &act, &email).expect("a token");
        created.token.expose().to_owned()
    }

    /// A personal access token of the owner with a scope for services and `admin:read-update`.
    pub fn personal_token(&self, scope: &str) -> String {
        let scopes = [scope, "admin:read-update"];
        let body = json!({"expires_at": "2099-01-01T00:00:00Z", "scopes": scopes});
        let made = self.admin("POST", "/personal-access-tokens", Some(body)).expect(201).json();
        made["token"].as_str().expect("a text").to_owned()
    }

    /// An API token of the owner.
    pub fn api_token(&self, scopes: &[&str]) -> (String, String) {
        let body = json!({"expires_at": "2099-01-01T00:00:00Z", "scopes": scopes});
        let made = self.admin("POST", "/api-tokens", Some(body)).expect(201).json();
        let text = |name: &str| made[name].as_str().expect("a text").to_owned();
        (text("id"), text("token"))
    }
}

fn client(json: &Value) -> Client {
    let text = |name: &str| json[name].as_str().unwrap_or_default().to_owned();
    Client { id: text("client_id"), key: text("client_key"), name: text("name") }
}
