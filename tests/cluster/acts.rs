//! Every kind of restricting act: its subject, its request, and the answers that it must end.

use serde_json::{Value, json};

use crate::checker::Wire;
use crate::line::Line;
use crate::nodes::client;
use crate::tenant::{GROUP, Tenant};
use claviger_testkit::http::Request;
use claviger_testkit::jwt;
use claviger_testkit::world::Client;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Act {
    CredentialRevoked,
    CredentialEdited,
    CredentialRenewed,
    GroupEdited,
    GroupDeleted,
    ResourceEdited,
    ResourceDeleted,
    ResourceServerDeleted,
    TokenRevoked,
    MemberDisabled,
    MemberEdited,
    ApplicationRevoked,
    ApplicationEdited,
    ApiTokenRevoked,
    PersonalTokenRevoked,
    RegistryTokenRevoked,
    SigningKeyWithdrawn,
    RealmSuspended,
}

pub const ACTS: [Act; 18] = [
    Act::CredentialRevoked,
    Act::CredentialEdited,
    Act::CredentialRenewed,
    Act::GroupEdited,
    Act::GroupDeleted,
    Act::ResourceEdited,
    Act::ResourceDeleted,
    Act::ResourceServerDeleted,
    Act::TokenRevoked,
    Act::MemberDisabled,
    Act::MemberEdited,
    Act::ApplicationRevoked,
    Act::ApplicationEdited,
    Act::ApiTokenRevoked,
    Act::PersonalTokenRevoked,
    Act::RegistryTokenRevoked,
    Act::SigningKeyWithdrawn,
    Act::RealmSuspended,
];

/// A request that is answered as active before the act and never after it.
#[derive(Clone, Debug)]
pub struct Probe {
    pub wire: Wire,
    pub request: Request,
    /// A node that has not yet applied the creation refuses it: only a token that carries its position reveals the lag.
    pub may_lag: bool,
}

pub enum Restriction {
    Request(Request),
    /// A command on the machine, as its arguments.
    Command(Vec<String>),
}

pub struct Subject {
    pub probes: Vec<Probe>,
    pub restriction: Restriction,
}

/// Creates objects at one node, so that each request finds what the previous one created.
pub struct Maker<'a> {
    pub tenant: &'a Tenant<'a>,
    pub lines: &'a mut [Line],
    pub node: usize,
    /// Unique in the realm.
    pub name: String,
}

/// The scope that is requested at the forward-auth endpoint.
const SCOPE: &str = "ci:read";

const END: &str = "2099-01-01T00:00:00Z";

impl Maker<'_> {
    /// `None` if a fault prevents the creation.
    pub fn subject(&mut self, act: Act) -> Option<Subject> {
        match act {
            Act::CredentialRevoked => {
                let credential = self.credential(json!({"groups": [GROUP]}))?;
                let path = format!("/service-credentials/{}/revoke", credential.id);
                let body = json!({"name": credential.name});
                self.of_credential(&credential, SCOPE, true, ("POST", &path, body))
            }
            Act::CredentialEdited => {
                let credential = self.credential(json!({"groups": [GROUP]}))?;
                let path = format!("/service-credentials/{}", credential.id);
                self.of_credential(&credential, SCOPE, false, ("PATCH", &path, json!({"groups": []})))
            }
            Act::CredentialRenewed => {
                let credential = self.credential(json!({"groups": [GROUP]}))?;
                let path = format!("/service-credentials/{}/renew", credential.id);
                let body = json!({"overlap_seconds": 0});
                let subject = self.of_credential(&credential, SCOPE, true, ("POST", &path, body))?;
                let Restriction::Request(renewal) = subject.restriction else { return None };
                let renewal = renewal.header("Idempotency-Key", &self.name);
                Some(Subject { restriction: Restriction::Request(renewal), ..subject })
            }
            Act::GroupEdited => self.of_group(("PATCH", json!({"scopes": ["ci:create"]}))),
            Act::GroupDeleted => self.of_group(("DELETE", Value::Null)),
            Act::ResourceEdited => self.of_resource(("PATCH", json!({"actions": ["view"]}))),
            Act::ResourceDeleted => self.of_resource(("DELETE", Value::Null)),
            Act::ResourceServerDeleted => self.of_resource_server(),
            Act::TokenRevoked => self.of_one_token(),
            Act::MemberDisabled => self.of_member(true),
            Act::MemberEdited => self.of_member(false),
            Act::ApplicationRevoked => {
                let application = self.application(None)?;
                let path = format!("/application-credentials/{}/revoke", application.id);
                let body = json!({"name": application.name});
                self.of_credential(&application, SCOPE, true, ("POST", &path, body))
            }
            Act::ApplicationEdited => {
                let application = self.application(None)?;
                let path = format!("/application-credentials/{}", application.id);
                self.of_credential(
                    &application,
                    SCOPE,
                    false,
                    ("PATCH", &path, json!({"scopes": ["ci:create"]})),
                )
            }
            Act::ApiTokenRevoked => self.of_api_token(),
            Act::PersonalTokenRevoked => self.of_personal_token(),
            Act::RegistryTokenRevoked => self.of_registry_token(),
            Act::SigningKeyWithdrawn => self.of_signing_key(),
            Act::RealmSuspended => self.of_realm(),
        }
    }

    fn ask(&mut self, request: &Request) -> Option<Value> {
        let answer = self.lines[self.node].ask(request, crate::traffic::SOON)?;
        match answer.status {
            200 | 201 => Some(answer.json()),
            // From a node under a fault, or one that has not yet applied the owner's newest token.
            401 | 408 | 503 => None,
            status => panic!("{request:?} answered {status}: {}", answer.text()),
        }
    }

    fn make(&mut self, path: &str, body: Value) -> Option<Value> {
        self.ask(&self.tenant.administration("POST", path, &body))
    }

    fn credential(&mut self, grants: Value) -> Option<Client> {
        let mut body = json!({"name": self.name, "validity_days": 90, "token_ttl_seconds": 3600});
        body.as_object_mut()?.extend(grants.as_object()?.clone());
        self.make("/service-credentials", body).map(|made| client(&made))
    }

    /// Owned by the realm's owner, or by the member with this token.
    fn application(&mut self, member: Option<&str>) -> Option<Client> {
        let scopes = if member.is_some() { json!([SCOPE]) } else { json!([SCOPE, "ci:create"]) };
        let body = json!({"name": self.name, "scopes": scopes});
        let path = "/application-credentials";
        let request = match member {
            Some(token) => self.tenant.administration_as(token, "POST", path, &body),
            None => self.tenant.administration("POST", path, &body),
        };
        self.ask(&request).map(|made| client(&made))
    }

    /// One token from every node that issues one.
    fn tokens(&mut self, client: &Client, parameters: &[(&str, &str)]) -> Vec<String> {
        let request = self.tenant.token_request(client, parameters);
        self.lines.iter_mut().filter_map(|line| line.token(&request)).collect()
    }

    fn of_credential(
        &mut self,
        client: &Client,
        scope: &str,
        ends_issuance: bool,
        (method, path, body): (&str, &str, Value),
    ) -> Option<Subject> {
        let tokens = self.tokens_of(client)?;
        let mut probes = self.of_tokens(&tokens, scope);
        probes.extend(ends_issuance.then(|| self.issuance(client)));
        let restriction = Restriction::Request(self.tenant.administration(method, path, &body));
        Some(Subject { probes, restriction })
    }

    fn tokens_of(&mut self, client: &Client) -> Option<Vec<String>> {
        Some(self.tokens(client, &[])).filter(|tokens| !tokens.is_empty())
    }

    fn of_tokens(&self, tokens: &[String], scope: &str) -> Vec<Probe> {
        let probe = |wire, request| Probe { wire, request, may_lag: false };
        let introspections =
            tokens.iter().map(|token| probe(Wire::Introspection, self.tenant.introspection(token)));
        let forward = |token| probe(Wire::ForwardAuth, self.tenant.forward_auth(token, scope));
        // The service requires this scope alone.
        let offline = tokens.iter().filter(|_| scope == SCOPE);
        let offline = offline.map(|token| probe(Wire::Verifier, Request::get("/verdict").bearer(token)));
        introspections.chain(tokens.iter().map(|token| forward(token))).chain(offline).collect()
    }

    fn issuance(&self, client: &Client) -> Probe {
        Probe { wire: Wire::Issuance, request: self.tenant.token_request(client, &[]), may_lag: true }
    }

    /// An opaque token carries no position.
    fn of_opaque(&self, token: &str) -> Vec<Probe> {
        let probe = |wire, request| Probe { wire, request, may_lag: true };
        vec![
            probe(Wire::Introspection, self.tenant.introspection(token)),
            probe(Wire::ForwardAuth, self.tenant.forward_auth(token, SCOPE)),
        ]
    }

    fn of_group(&mut self, (method, body): (&str, Value)) -> Option<Subject> {
        let name = self.name.clone();
        self.make("/groups", json!({"name": name, "scopes": [SCOPE, "ci:create"]}))?;
        let credential = self.credential(json!({"groups": [name]}))?;
        self.of_credential(&credential, SCOPE, false, (method, &format!("/groups/{name}"), body))
    }

    fn of_resource(&mut self, (method, body): (&str, Value)) -> Option<Subject> {
        let name = self.name.clone();
        self.make("/resources", json!({"type": "job", "name": name, "actions": ["run", "view"]}))?;
        let grant = json!({"resource": format!("job/{name}"), "actions": ["run"]});
        let credential = self.credential(json!({"resources": [grant]}))?;
        let scope = format!("job/{name}:run");
        self.of_credential(&credential, &scope, false, (method, &format!("/resources/job/{name}"), body))
    }

    fn of_resource_server(&mut self) -> Option<Subject> {
        let audience = format!("https://{}.example.org", self.name);
        let made = self.make("/resource-servers", json!({"name": self.name, "audience": audience}))?;
        let credential = self.credential(json!({"groups": [GROUP]}))?;
        let tokens = self.tokens(&credential, &[("resource", &audience)]);
        // Only the deleted server may introspect its tokens.
        let probes =
            self.of_tokens(&tokens, SCOPE).into_iter().filter(|probe| probe.wire == Wire::ForwardAuth);
        let probes: Vec<Probe> = probes.collect();
        let path = format!("/resource-servers/{}", made["id"].as_str()?);
        let restriction = Restriction::Request(self.tenant.administration("DELETE", &path, &Value::Null));
        (!probes.is_empty()).then_some(Subject { probes, restriction })
    }

    fn of_one_token(&mut self) -> Option<Subject> {
        let credential = self.credential(json!({"groups": [GROUP]}))?;
        let token = self.tokens(&credential, &[]).pop()?;
        let revocation = Request::form(&self.tenant.path("/oauth2/revoke"), &[("token", &token)]);
        let restriction = Restriction::Request(revocation.basic(&credential.id, &credential.key));
        Some(Subject { probes: self.of_tokens(&[token], SCOPE), restriction })
    }

    /// A member with an application credential and an API token whose scope comes from the member's group.
    fn of_member(&mut self, disabled: bool) -> Option<Subject> {
        let email = format!("{}@acme.example", self.name);
        let body = json!({"email": email, "name": self.name, "roles": ["member"], "groups": [GROUP]});
        let member = self.make("/members", body)?["id"].as_str()?.to_owned();
        let personal = self.tenant.member_token(&email)?;
        let application = self.application(Some(&personal))?;
        let body = json!({"description": "t", "scopes": [SCOPE], "expires_at": END});
        let made = self.ask(&self.tenant.administration_as(&personal, "POST", "/api-tokens", &body))?;
        let api_token = made["token"].as_str()?.to_owned();
        let tokens = self.tokens_of(&application)?;
        let mut probes = self.of_tokens(&tokens, SCOPE);
        // Without its group the API token is still valid, but it no longer has the scope.
        probes.extend(
            self.of_opaque(&api_token)
                .into_iter()
                .filter(|probe| disabled || probe.wire == Wire::ForwardAuth),
        );
        if disabled {
            probes.push(self.issuance(&application));
            let request = self.tenant.administration_as(&personal, "GET", "/api-tokens", &Value::Null);
            probes.push(Probe { wire: Wire::Administration, request, may_lag: true });
        }
        let restriction = match disabled {
            true => self.tenant.administration("POST", &format!("/members/{member}/disable"), &Value::Null),
            false => {
                self.tenant.administration("PATCH", &format!("/members/{member}"), &json!({"groups": []}))
            }
        };
        Some(Subject { probes, restriction: Restriction::Request(restriction) })
    }

    fn api_token(&mut self, scope: &str) -> Option<(String, String)> {
        let made = self
            .make("/api-tokens", json!({"description": self.name, "scopes": [scope], "expires_at": END}))?;
        Some((made["id"].as_str()?.to_owned(), made["token"].as_str()?.to_owned()))
    }

    fn of_api_token(&mut self) -> Option<Subject> {
        let (id, token) = self.api_token(SCOPE)?;
        let path = format!("/api-tokens/{id}/revoke");
        let restriction = Restriction::Request(self.tenant.administration("POST", &path, &Value::Null));
        Some(Subject { probes: self.of_opaque(&token), restriction })
    }

    fn of_personal_token(&mut self) -> Option<Subject> {
        let body = json!({"description": self.name, "scopes": ["admin:read"], "expires_at": END});
        let made = self.make("/personal-access-tokens", body)?;
        let request = self.tenant.administration_as(made["token"].as_str()?, "GET", "/groups", &Value::Null);
        let path = format!("/personal-access-tokens/{}/revoke", made["id"].as_str()?);
        let restriction = Restriction::Request(self.tenant.administration("POST", &path, &Value::Null));
        let probes = vec![Probe { wire: Wire::Administration, request, may_lag: true }];
        Some(Subject { probes, restriction })
    }

    /// The refresh token that a registry client stores after a login.
    fn of_registry_token(&mut self) -> Option<Subject> {
        let (_, token) = self.api_token("containers:read")?;
        let service = format!("{}.example.org", self.name);
        let path = self
            .tenant
            .path(&format!("/registry/token?service={service}&offline_token=true&scope=repository:app:pull"));
        let login = self.ask(&Request::get(&path).basic("any", &token))?;
        let refresh_token = login["refresh_token"].as_str()?;
        let form = [("grant_type", "refresh_token"), ("refresh_token", refresh_token), ("service", &service)];
        let request = Request::form(&self.tenant.path("/registry/token"), &form);
        let listed = self.ask(&self.tenant.administration(
            "GET",
            "/registry-tokens?sort=-created_at&limit=200",
            &Value::Null,
        ))?;
        let own = listed["items"].as_array()?.iter().find(|item| item["service"] == service.as_str())?;
        let path = format!("/registry-tokens/{}/revoke", own["id"].as_str()?);
        let restriction = Restriction::Request(self.tenant.administration("POST", &path, &Value::Null));
        Some(Subject { probes: vec![Probe { wire: Wire::Registry, request, may_lag: true }], restriction })
    }

    fn of_signing_key(&mut self) -> Option<Subject> {
        let credential = self.credential(json!({"groups": [GROUP]}))?;
        let tokens = self.tokens_of(&credential)?;
        let kid = |token: &String| jwt::header(token)["kid"].as_str().map(str::to_owned);
        let withdrawn = kid(tokens.first()?)?;
        let signed: Vec<String> =
            tokens.into_iter().filter(|token| kid(token).as_deref() == Some(&*withdrawn)).collect();
        let path = format!("/signing-keys/{withdrawn}/withdraw");
        let restriction = Restriction::Request(self.tenant.administration("POST", &path, &Value::Null));
        Some(Subject { probes: self.of_tokens(&signed, SCOPE), restriction })
    }

    fn of_realm(&mut self) -> Option<Subject> {
        let credential = self.credential(json!({"groups": [GROUP]}))?;
        let (_, api_token) = self.api_token(SCOPE)?;
        let tokens = self.tokens_of(&credential)?;
        let mut probes = self.of_tokens(&tokens, SCOPE);
        probes.push(self.issuance(&credential));
        probes.extend(self.of_opaque(&api_token));
        let request = self.tenant.administration("GET", "/groups", &Value::Null);
        probes.push(Probe { wire: Wire::Administration, request, may_lag: true });
        let command = ["realm", "suspend", &self.tenant.label].map(str::to_owned);
        Some(Subject { probes, restriction: Restriction::Command(command.to_vec()) })
    }
}
