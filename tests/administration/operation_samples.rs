//! Every administrative operation of the OpenAPI document, with a valid request for each.

use claviger::administration::{CommandLineSignIn, approve_command_line};
use claviger::ledger::{Act, Caller};
use claviger::serve::openapi;
use serde_json::{Value, json};

use claviger_testkit::http::{Request, Response};
use claviger_testkit::world::World;

const METHODS: [&str; 5] = ["get", "post", "patch", "put", "delete"];

pub struct DescribedOperation {
    pub id: String,
    pub method: String,
    /// Below the realm.
    pub path: String,
    /// The roles that the document allows.
    pub roles: Value,
    /// The scope that the document requires of a service credential.
    pub admin_scope: Option<String>,
    /// Whether it asks for no token, and ignores one.
    pub is_for_anybody: bool,
}

/// Id, method and path of every administrative operation in the OpenAPI document, with the roles that it allows.
pub fn described() -> Vec<(String, String, String, Value)> {
    let described = described_operations().into_iter();
    described.map(|operation| (operation.id, operation.method, operation.path, operation.roles)).collect()
}

/// Every administrative operation in the OpenAPI document.
pub fn described_operations() -> Vec<DescribedOperation> {
    let document: Value = serde_json::from_str(&openapi()).expect("JSON");
    let mut operations = Vec::new();
    for (path, item) in document["paths"].as_object().expect("paths") {
        let Some(below) = path.strip_prefix("/api/v1/realms/{realm}") else { continue };
        for method in METHODS.iter().filter(|method| item.get(**method).is_some()) {
            let id = item[*method]["operationId"].as_str().expect("an id").to_owned();
            operations.push(DescribedOperation {
                id,
                method: method.to_uppercase(),
                path: below.to_owned(),
                roles: item[*method]["x-roles"].clone(),
                admin_scope: item[*method]["x-admin-scope"].as_str().map(str::to_owned),
                is_for_anybody: item[*method]["security"] == json!([]),
            });
        }
    }
    operations
}

/// A valid request about an object of its own. An operation without a sample fails here.
pub struct Sample {
    pub path: String,
    pub body: Option<Value>,
}

pub fn sample(world: &World, operation: &str, path: &str, n: usize) -> Sample {
    let new = |noun: &str, body: Value| {
        let made = world.admin("POST", &format!("/{noun}"), Some(body)).expect(201).json();
        made["id"].as_str().map(str::to_owned).unwrap_or_default()
    };
    let credential = || {
        let body = json!({"name": format!("c{n}"), "validity_days": 30, "token_ttl_seconds": 900});
        new("service-credentials", body)
    };
    let member = || {
        let email = format!("m{n}@acme.example");
        new("members", json!({"email": email, "name": "M", "roles": ["member"]}))
    };
    let server = || {
        new("resource-servers", json!({"name": format!("s{n}"), "audience": format!("https://{n}.example")}))
    };
    let plain = |noun: &str, body: Value| of_a_plain_member(world, n, noun, body);
    let application =
        || plain("application-credentials", json!({"name": format!("a{n}"), "scopes": ["everybodys"]}));
    let source_credential = || new("source-credentials", source_credential_body(&format!("sc{n}")));
    let source = || {
        let body = json!({"name": format!("s{n}"), "source_credential_id": source_credential()});
        new("sources", body)
    };
    let webhook = || new("webhooks", webhook_body(&format!("w{n}")));
    let at_id = |id: String| path.replace("{id}", &id);
    let (path, body) = match operation {
        "showRealm"
        | "showCaller"
        | "listExpirations"
        | "listNodes"
        | "listGroups"
        | "listResources"
        | "listScopes"
        | "listMembers"
        | "listPersonalAccessTokens"
        | "listApiTokens"
        | "listApplicationCredentials"
        | "listScopePresets"
        | "listRegistryTokens"
        | "listRegistryKeys"
        | "listResourceServers"
        | "listSigningKeys"
        | "listAuditEvents"
        | "listSourceTypes"
        | "listSourceCredentials"
        | "listSources"
        | "listWebhooks"
        | "listServiceCredentials" => (path.to_owned(), None),
        "traceSecret" => (path.to_owned(), Some(json!({"secret": "clvk_none"}))),
        "editRealm" => (path.to_owned(), Some(json!({"display_name": format!("n{n}")}))),
        "createServiceCredential" => {
            let body = json!({"name": format!("new{n}"), "validity_days": 30, "token_ttl_seconds": 900});
            (path.to_owned(), Some(body))
        }
        "importServiceCredentials" => {
            let line = json!({"name": format!("line{n}"), "validity_days": 30, "token_ttl_seconds": 900});
            (path.to_owned(), Some(line))
        }
        "showServiceCredential" | "showUsage" => (at_id(credential()), None),
        "editServiceCredential" => (at_id(credential()), Some(json!({"groups": []}))),
        "revokeServiceCredential" => (at_id(credential()), Some(json!({"name": format!("c{n}")}))),
        "renewServiceCredential" => (at_id(credential()), Some(json!({"overlap_seconds": 2_592_000}))),
        "createGroup" => (path.to_owned(), Some(json!({"name": format!("new{n}")}))),
        "showGroup" | "editGroup" | "deleteGroup" => {
            new("groups", json!({"name": format!("g{n}")}));
            let body = (operation == "editGroup").then(|| json!({"description": "new"}));
            (path.replace("{name}", &format!("g{n}")), body)
        }
        "createResource" => {
            (path.to_owned(), Some(json!({"type": "t", "name": format!("new{n}"), "actions": ["a"]})))
        }
        "showResource" | "editResource" | "deleteResource" => {
            new("resources", json!({"type": "t", "name": format!("r{n}"), "actions": ["a"]}));
            let body = (operation == "editResource").then(|| json!({"description": "new"}));
            (path.replace("{type}", "t").replace("{name}", &format!("r{n}")), body)
        }
        "createScope" => (path.to_owned(), Some(json!({"scope": format!("new{n}:a")}))),
        "showScope" | "editScope" | "deleteScope" => {
            new("scopes", json!({"scope": format!("s{n}:a")}));
            let body = (operation == "editScope").then(|| json!({"description": "new"}));
            (path.replace("{scope}", &format!("s{n}:a")), body)
        }
        "createMember" => {
            let email = format!("new{n}@acme.example");
            (path.to_owned(), Some(json!({"email": email, "name": "N", "roles": ["member"]})))
        }
        "showMember" => (at_id(member()), None),
        "editMember" => (at_id(member()), Some(json!({"name": "New"}))),
        "disableMember" | "inviteMember" | "resetSecondFactor" => (at_id(member()), None),
        "linkIdentity" => (at_id(member()), Some(identity_body(n))),
        "removeIdentity" => {
            let id = member();
            let linked = world.admin("POST", &format!("/members/{id}/identities"), Some(identity_body(n)));
            let linked = linked.expect(201).json();
            (at_id(id).replace("{identity}", linked["id"].as_str().expect("an id")), None)
        }
        "enableMember" => {
            let id = member();
            world.admin("POST", &format!("/members/{id}/disable"), None).expect(200);
            (at_id(id), None)
        }
        "createPersonalAccessToken" => {
            (path.to_owned(), Some(json!({"expires_at": "2098-01-01T00:00:00Z", "scopes": ["admin:read"]})))
        }
        "exchangeApprovedSignIn" => (path.to_owned(), Some(approved_sign_in(world))),
        "createApiToken" => {
            let body = json!({"expires_at": "2098-01-01T00:00:00Z", "scopes": ["everybodys"]});
            (path.to_owned(), Some(body))
        }
        "revokeApiToken" => {
            let body = json!({"expires_at": "2098-01-01T00:00:00Z", "scopes": ["everybodys"]});
            (at_id(plain("api-tokens", body)), None)
        }
        "createApplicationCredential" => {
            (path.to_owned(), Some(json!({"name": format!("new{n}"), "scopes": ["everybodys"]})))
        }
        "showApplicationCredential" | "revokeApplicationCredential" => (at_id(application()), None),
        "renewApplicationCredential" => (at_id(application()), Some(json!({"overlap_seconds": 2_592_000}))),
        "editApplicationCredential" => (at_id(application()), Some(json!({"description": "new"}))),
        // A token of another plain member. Other tests cover one's own tokens and those of an account holder.
        "revokePersonalAccessToken" => {
            let body = json!({"expires_at": "2098-01-01T00:00:00Z", "scopes": ["admin:read"]});
            (at_id(plain("personal-access-tokens", body)), None)
        }
        "createResourceServer" => (
            path.to_owned(),
            Some(json!({"name": format!("new{n}"), "audience": format!("https://new{n}.example")})),
        ),
        "showResourceServer" | "deleteResourceServer" => (at_id(server()), None),
        "renewResourceServer" => (at_id(server()), Some(json!({"overlap_seconds": 2_592_000}))),
        "rotateRegistryKeys" => (path.to_owned(), Some(json!({}))),
        "revokeRegistryToken" => (at_id(registry_token(world, n)), None),
        "createSigningKey" => (path.to_owned(), Some(json!({"alg": "ES256"}))),
        "rotateSigningKeys" => {
            world.clock.advance_seconds(300);
            (path.to_owned(), None)
        }
        "withdrawSigningKey" => {
            let kid = next_key(world);
            (path.replace("{kid}", &kid), None)
        }
        "showSourceType" => (path.replace("{id}", "github"), None),
        "createSourceCredential" | "validateNewSourceCredential" => {
            (path.to_owned(), Some(source_credential_body(&format!("new{n}"))))
        }
        "showSourceCredential" | "deleteSourceCredential" | "validateSourceCredential" => {
            (at_id(source_credential()), None)
        }
        "editSourceCredential" => {
            (at_id(source_credential()), Some(json!({"name": format!("n{n}"), "validate": false})))
        }
        "discoverWithSourceCredential" => (at_id(source_credential()), Some(json!({"question": "groups"}))),
        "createSource" => {
            let body = json!({"name": format!("new{n}"), "source_credential_id": source_credential()});
            (path.to_owned(), Some(body))
        }
        "showSource" | "deleteSource" | "resolveSource" | "pullSource" => (at_id(source()), None),
        "reportSource" => (at_id(source()), Some(json!({"version": 1}))),
        "editSource" => (at_id(source()), Some(json!({"name": format!("n{n}")}))),
        "setSignInProvider" => (path.to_owned(), Some(sign_in_body(&format!("n{n}")))),
        "showSignInProvider" | "deleteSignInProvider" | "testSignInProvider" => {
            world.admin("PUT", "/sign-in", Some(sign_in_body("n"))).expect(200);
            (path.to_owned(), None)
        }
        "createWebhook" => (path.to_owned(), Some(webhook_body(&format!("new{n}")))),
        "showWebhook" | "deleteWebhook" | "testWebhook" | "listWebhookDeliveries" => (at_id(webhook()), None),
        "editWebhook" => (at_id(webhook()), Some(json!({"name": format!("n{n}")}))),
        "rotateWebhookSecret" => (at_id(webhook()), Some(json!({"overlap_seconds": 3600}))),
        "showWebhookDelivery" | "resendWebhookDelivery" => {
            let id = webhook();
            let sent = world.admin("POST", &format!("/webhooks/{id}/test"), None).expect(200).json();
            (at_id(id).replace("{delivery}", sent["id"].as_str().expect("an id")), None)
        }
        other => panic!("{other} is a new operation: say here how it is asked for, then review its row"),
    };
    Sample { path, body }
}

/// Created by a new plain member in the group that holds the scope.
/// Of a host that no server may connect to: its provider is never asked.
fn source_credential_body(name: &str) -> Value {
    json!({
        "name": name, "source_type": "gitlab_self_managed", "validate": false,
        "fields": {"url": "https://127.0.0.1:9", "token": "glpat-x"},
    })
}

/// A code that the owner has approved, with its verifier: the example of RFC 7636, appendix B.
fn approved_sign_in(world: &World) -> Value {
    let caller = world.admin("GET", "/whoami", None).expect(200).json();
    let id = |pointer: &str| caller.pointer(pointer).and_then(Value::as_str).expect("an id").to_owned();
    let member = id("/member/id").parse().expect("an id");
    let token = id("/token/id").parse().expect("an id");
    let act = Act::local(world.realm.parse().expect("a label"), Caller::Member { member, token });
    let asked = CommandLineSignIn {
        challenge: "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM".parse().expect("a challenge"),
        device: "laptop".parse().expect("a name"),
    };
    let code = approve_command_line(&world.node().state.administration, &act, &asked).expect("a code");
    json!({"code": code, "verifier": "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"})
}

fn identity_body(n: usize) -> Value {
    json!({"issuer": "https://login.acme.example", "subject": format!("person-{n}")})
}

/// Of a host that no server may connect to.
fn sign_in_body(name: &str) -> Value {
    json!({
        "provider_name": name, "issuer": "https://127.0.0.1:9", "client_id": "claviger", "public_client": true,
        "check": false,
    })
}

/// Of a host that no server may connect to.
fn webhook_body(name: &str) -> Value {
    json!({"name": name, "url": "https://127.0.0.1:9/", "events": ["service_credential.revoked"]})
}

fn of_a_plain_member(world: &World, n: usize, noun: &str, body: Value) -> String {
    made_by(world, &plain_member(world, n), noun, body)
}

pub fn plain_member(world: &World, n: usize) -> String {
    let (id, token) = world.member(&format!("plain{n}@acme.example"), &["member"]);
    let groups = json!({"groups": ["everybody"]});
    world.admin("PATCH", &format!("/members/{id}"), Some(groups)).expect(200);
    token
}

pub fn made_by(world: &World, token: &str, noun: &str, body: Value) -> String {
    let made = world.admin_as(token, "POST", &format!("/{noun}"), Some(body)).expect(201).json();
    made["id"].as_str().expect("an id").to_owned()
}

/// A token of a registry client that a plain member has logged in.
fn registry_token(world: &World, n: usize) -> String {
    registry_token_of(world, &plain_member(world, n))
}

pub fn registry_token_of(world: &World, token: &str) -> String {
    let body = json!({"expires_at": "2098-01-01T00:00:00Z", "scopes": ["everybodys"]});
    let made = world.admin_as(token, "POST", "/api-tokens", Some(body)).expect(201).json();
    let query = "/registry/token?service=registry.example&offline_token=true";
    let login = Request::get(&world.path(query)).basic("any", made["token"].as_str().expect("a token"));
    world.send(&login).expect(200);
    let listed = world.admin("GET", "/registry-tokens?sort=-created_at&limit=1", None).expect(200).json();
    listed["items"][0]["id"].as_str().expect("an id").to_owned()
}

fn next_key(world: &World) -> String {
    let keys = world.admin("GET", "/signing-keys?status=next", None).expect(200).json();
    keys["items"][0]["kid"].as_str().expect("a next key").to_owned()
}

pub fn ask(world: &World, token: Option<&str>, operation: &str, method: &str, sample: &Sample) -> Response {
    let path = format!("/api/v1/realms/{}{}", world.realm, sample.path);
    let request = match &sample.body {
        Some(line) if operation == "importServiceCredentials" => {
            Request::new(method, &path).header("Content-Type", "application/jsonl").body(line.to_string())
        }
        Some(body) => Request::json(method, &path, body),
        None => Request::new(method, &path),
    };
    world.send(&match token {
        Some(token) => request.bearer(token),
        None => request,
    })
}

/// Registers the scope `everybodys`, and grants it to every member.
pub fn give_everybody_a_scope(world: &World) {
    world.group("everybody", &["everybodys"]);
    let members = world.admin("GET", "/members", None).expect(200).json();
    for member in members["items"].as_array().expect("members") {
        let path = format!("/members/{}", member["id"].as_str().expect("an id"));
        world.admin("PATCH", &path, Some(json!({"groups": ["everybody"]}))).expect(200);
    }
}
