//! Requests of every kind to a server: no answer is a 5xx, and the server keeps running.

use std::cell::RefCell;
use std::net::TcpStream;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::bytes::fuzz;
use claviger_testkit::http::{Request, Response};
use claviger_testkit::world::{Database, World};

/// One connection, used for as long as the server keeps it open.
struct Line<'a> {
    world: &'a World,
    open: RefCell<Option<TcpStream>>,
}

impl<'a> Line<'a> {
    fn to(world: &'a World) -> Self {
        Self { world, open: RefCell::new(None) }
    }

    fn ask(&self, request: &Request) -> Response {
        let mut stream = self
            .open
            .borrow_mut()
            .take()
            .unwrap_or_else(|| TcpStream::connect(self.world.address).expect("the server accepts"));
        let answer = request.send_over(&mut stream);
        assert!(answer.status < 500, "{} {}", answer.status, String::from_utf8_lossy(&answer.body));
        if answer.header("connection") != Some("close") && answer.status < 400 {
            *self.open.borrow_mut() = Some(stream);
        }
        answer
    }
}

/// Characters that are allowed in a header value or a request target.
fn visible(bytes: &[u8]) -> String {
    bytes.iter().filter(|byte| (0x21..0x7f).contains(*byte)).map(|byte| char::from(*byte)).collect()
}

#[test]
fn forms_of_the_token_endpoint() {
    let world = World::start(Database::Sqlite);
    let credential = world.credential("c", &[]);
    let right =
        format!("grant_type=client_credentials&client_id={}&client_secret={}", credential.id, credential.key);
    let with_scope = format!("{right}&scope=a%3Ab+c&resource=https%3A%2F%2Fa.example");
    let line = Line::to(&world);
    fuzz("token-forms", &[&right, &with_scope, "grant_type=%ff&a[]=b"], |bytes| {
        for endpoint in ["token", "introspect", "revoke"] {
            line.ask(&Request::raw_form(&world.path(&format!("/oauth2/{endpoint}")), bytes));
        }
    });
}

#[test]
fn authorization_headers() {
    let world = World::start(Database::Sqlite);
    let credential = world.credential("c", &[]);
    let basic = format!("Basic {}", STANDARD.encode(format!("{}:{}", credential.id, credential.key)));
    let bearer = format!("Bearer {}", world.token(&credential));
    let own = format!("Bearer {}", world.owner);
    let line = Line::to(&world);
    fuzz(
        "authorization",
        &[&basic, &bearer, &own, "Digest username=a", "Basic OjpA", "bearer  x"],
        |bytes| {
            let value: String =
                bytes.iter().filter(|b| (0x20..0x7f).contains(*b)).map(|b| char::from(*b)).collect();
            let form = Request::form(&world.path("/oauth2/token"), &[("grant_type", "client_credentials")]);
            line.ask(&form.header("Authorization", &value));
            line.ask(&Request::get(&world.path("/whoami")).header("Authorization", &value));
            line.ask(&Request::get("/api/v1/realms/acme/groups").header("Authorization", &value));
            let forwarded = Request::get(&world.path("/whoami")).header("OSF-TOKEN", &value);
            line.ask(&forwarded.header("X-Forwarded-For", &value).header("X-Request-Id", &value));
        },
    );
}

#[test]
fn bodies_of_the_administration() {
    let world = World::start(Database::Sqlite);
    let samples = [
        r#"{"name":"x","validity_days":30,"token_ttl_seconds":900,"groups":["g"],"resources":[{"resource":"t/n","actions":["a"]}]}"#,
        r#"{"name":"g","description":"d","responsible":"r","scopes":["a:b"],"resources":[]}"#,
        r#"{"email":"a@example.org","name":"A","roles":["member"],"groups":[]}"#,
        r#"{"expires_at":"2099-01-01T00:00:00Z","scopes":["admin:read"]}"#,
        r#"{"alg":"RS256","private_key_pem":"-----BEGIN PRIVATE KEY-----"}"#,
        r#"{"type":"t","name":"n","actions":["a"]}"#,
        r#"{"display_name":"x","default_alg":"ES256"}"#,
    ];
    let line = Line::to(&world);
    let own = format!("Bearer {}", world.owner);
    fuzz("bodies", &samples, |bytes| {
        let send = |method: &str, path: &str, kind: &str| {
            let request =
                Request::new(method, &format!("/api/v1/realms/acme{path}")).header("Content-Type", kind);
            line.ask(&request.header("Authorization", &own).body(bytes));
        };
        for path in [
            "/service-credentials",
            "/groups",
            "/resources",
            "/scopes",
            "/members",
            "/personal-access-tokens",
        ] {
            send("POST", path, "application/json");
        }
        send("POST", "/resource-servers", "application/json");
        send("POST", "/signing-keys", "application/json");
        send("PATCH", "", "application/json");
        send("PATCH", "/groups/g", "application/json");
        send("POST", "/service-credentials/import", "application/jsonl");
    });
}

#[test]
fn targets_and_queries_of_the_administration() {
    let world = World::start(Database::Sqlite);
    world.group("g", &[]).group("h", &[]);
    let page = world.admin("GET", "/groups?limit=1", None).expect(200).json();
    let cursor = format!("groups?limit=1&cursor={}", page["next_cursor"].as_str().expect("a cursor"));
    let samples = [
        cursor.as_str(),
        "service-credentials?q=%C3%A9&status=active&sort=-name&limit=200",
        "audit-events?from=2026-01-01T00:00:00Z&actor=x&target=y&q=%25",
        "groups/a%2Fb%00%ff",
        "resources/t/n%2e%2e",
        "scopes/a%3Ab",
        "service-credentials/0198a1c0-0000-7000-8000-000000000000/usage?days=90",
    ];
    let line = Line::to(&world);
    let own = format!("Bearer {}", world.owner);
    fuzz("targets", &samples, |bytes| {
        let target = format!("/api/v1/realms/acme/{}", visible(bytes).replace('#', "%23"));
        line.ask(
            &Request::get(&target).header("Authorization", &own).header("If-None-Match", &visible(bytes)),
        );
        line.ask(&Request::get(&format!("/{}", visible(bytes).replace('#', "%23"))));
    });
}

/// Requests as proxies describe them and as registry clients send them, with every form of a credential.
#[test]
fn requests_of_proxies_and_registry_clients() {
    let mut world = World::start(Database::Sqlite);
    world.trusted_proxies = vec!["127.0.0.1".parse().expect("an address")];
    world.restart();
    world.scopes(&["containers:read", "source:read"]);
    let (_, token) = world.api_token(&["containers:read", "source:read"]);
    let line = Line::to(&world);
    let samples = [
        "/app.git/info/refs?service=git-receive-pack",
        "/v2/acme/app/blobs/uploads/?mount=sha256:00&from=acme/base",
        "repository:acme/app:pull,push",
        "repository(plugin):host:5000/a/b:*",
    ];
    fuzz("wires", &samples, |bytes| {
        let text = visible(bytes);
        for rules in ["git", "registry"] {
            let ask = Request::get(&world.path(&format!("/forward-auth?rules={rules}"))).bearer(&token);
            let answer = line.ask(&ask.header("X-Original-URI", &text).header("X-Original-Method", "GET"));
            assert!(matches!(answer.status, 200 | 403), "{}", answer.status);
        }
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.append_pair("service", "r").append_pair("scope", &String::from_utf8_lossy(bytes));
        let path = world.path(&format!("/registry/token?{}", query.finish()));
        let answer = line.ask(&Request::get(&path).basic("any", &token));
        if answer.status == 200 {
            let granted = answer.json()["scope"].as_str().expect("a text").to_owned();
            let own = |scope: &str| scope.starts_with("repository:acme/") && scope.ends_with(":pull");
            assert!(granted.split(' ').filter(|scope| !scope.is_empty()).all(own), "{granted}");
        }
        line.ask(&Request::raw_form(&world.path("/registry/token"), bytes));
        line.ask(&Request::raw_form("/oauth/token", bytes));
    });
}
