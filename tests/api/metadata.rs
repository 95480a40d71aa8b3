//! A realm's metadata (RFC 8414): the same at all its paths, and nothing that the realm does not support.

use std::net::{SocketAddr, TcpListener};

use claviger::config::Settings;
use claviger_domain::Clock;
use serde_json::{Value, json};

use claviger_testkit::http::{Request, Response, send_raw};
use claviger_testkit::world::{Client, Database, World};

/// Paths of the RFC 8414 document.
const OAUTH: [&str; 2] = [
    "/.well-known/oauth-authorization-server/realms/acme",
    "/realms/acme/.well-known/oauth-authorization-server",
];

/// Paths of the document for OpenID clients.
const OPENID: [&str; 2] =
    ["/.well-known/openid-configuration/realms/acme", "/realms/acme/.well-known/openid-configuration"];

fn document(world: &World) -> Value {
    world.send(&Request::get(OAUTH[0])).expect(200).json()
}

fn without_address(world: &World, url: &Value) -> String {
    let base = format!("http://{}", world.address);
    url.as_str().expect("a URL").strip_prefix(&base).expect("a URL of this server").to_owned()
}

/// MD-01, MD-04
#[test]
fn document_lists_only_what_the_realm_supports() {
    let world = World::start(Database::Sqlite);
    let issuer = world.issuer();
    let methods = json!(["client_secret_basic", "client_secret_post"]);
    let mut expected = json!({
        "issuer": issuer,
        "token_endpoint": format!("{issuer}/oauth2/token"),
        "jwks_uri": format!("{issuer}/oauth2/jwks"),
        "response_types_supported": [],
        "grant_types_supported": ["client_credentials", "refresh_token"],
        "token_endpoint_auth_methods_supported": methods,
        "introspection_endpoint": format!("{issuer}/oauth2/introspect"),
        "introspection_endpoint_auth_methods_supported": methods,
        "revocation_endpoint": format!("{issuer}/oauth2/revoke"),
        "revocation_endpoint_auth_methods_supported": methods,
    });
    let answer = world.send(&Request::get(OAUTH[0])).expect(200);
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(answer.json(), expected);

    // Without scopes the member was omitted, because it must not be an empty list.
    world.scopes(&["source:read", "ci:read"]);
    expected["scopes_supported"] = json!(["ci:read", "source:read"]);
    assert_eq!(document(&world), expected);
    let token = world.token(&world.credential("nightly", &[]));
    assert_eq!(claviger_testkit::jwt::claims(&token)["iss"], expected["issuer"]);
}

/// Each specification names the members that a client may rely on, and forbids empty lists.
#[test]
fn each_document_has_the_members_that_its_specification_requires() {
    // Discovery also requires authorization_endpoint. There is none, and RFC 8414 §2 requires it only with a grant that
    // uses it.
    let oauth = ["issuer", "token_endpoint", "response_types_supported"];
    let openid = [
        "issuer",
        "token_endpoint",
        "jwks_uri",
        "response_types_supported",
        "subject_types_supported",
        "id_token_signing_alg_values_supported",
    ];
    let world = World::start(Database::Sqlite);
    for with_scopes in [false, true] {
        if with_scopes {
            world.scopes(&["ci:read"]);
        }
        let common = document(&world);
        for (names, required) in [(OAUTH, &oauth[..]), (OPENID, &openid[..])] {
            let document = world.send(&Request::get(names[0])).expect(200).json();
            for member in required {
                assert!(!document[member].is_null(), "{member} is missing at {}", names[0]);
            }
            for (member, value) in document.as_object().expect("an object") {
                // RFC 8414 requires this member, and there is no value for it.
                let may_be_empty = names == OAUTH && member == "response_types_supported";
                assert!(may_be_empty || *value != json!([]), "{member} is empty at {}", names[0]);
                let is_added = required == openid && !oauth.contains(&member.as_str());
                assert!(
                    is_added || member == "response_types_supported" || *value == common[member],
                    "{member}"
                );
            }
            assert!(document["authorization_endpoint"].is_null(), "there is none");
        }
    }
    let openid = world.send(&Request::get(OPENID[0])).expect(200).json();
    assert_eq!(openid["subject_types_supported"], json!(["public"]));
    assert_eq!(openid["id_token_signing_alg_values_supported"], json!(["ES256", "RS256"]));
    assert_eq!(openid["response_types_supported"], json!(["none"]));
}

/// MD-02, MD-06
#[test]
fn same_document_is_served_at_every_path_and_nowhere_else() {
    let mut world = World::start(Database::Sqlite);
    world.scopes(&["ci:read"]);
    for names in [OAUTH, OPENID] {
        let first = world.send(&Request::get(names[0])).expect(200).without_date();
        for name in names {
            assert_eq!(world.send(&Request::get(name)).without_date(), first, "{name}");
            let head = world.send(&Request::new("HEAD", name)).without_date();
            assert_eq!((head.status, head.headers), (200, first.headers.clone()), "{name}");
            let posted = world.send(&Request::form(name, &[])).expect(405);
            assert_eq!(posted.header("allow"), Some("GET, HEAD"), "{name}");
            world.send(&Request::get(&name.replace("acme", "nobody"))).expect(404);
        }
    }
    for name in [
        "/.well-known/oauth-authorization-server",
        "/.well-known/openid-configuration",
        "/.well-known/oauth-authorization-server/acme",
        "/realms/acme/.well-known/oauth-authorization-server/",
        "/acme/.well-known/openid-configuration",
    ] {
        world.send(&Request::get(name)).expect(404);
    }
    let before = [OAUTH, OPENID].map(|names| world.send(&Request::get(names[0])).expect(200));
    world.restart();
    for (names, before) in [OAUTH, OPENID].iter().zip(&before) {
        let after = world.send(&Request::get(names[1])).expect(200);
        assert_eq!((after.header("etag"), &after.body), (before.header("etag"), &before.body));
    }
    world.create_realm("other");
    for names in [OAUTH, OPENID] {
        let other = world.send(&Request::get(&names[0].replace("acme", "other"))).expect(200).json();
        assert_eq!(other["issuer"], world.issuer().replace("acme", "other"));
    }
}

/// A request that authenticates by `method`; panics for an unknown one.
fn authenticated(path: &str, client: &Client, method: &str, body: &[(&str, &str)]) -> Request {
    let mut parameters = body.to_vec();
    match method {
        "client_secret_basic" => return Request::form(path, &parameters).basic(&client.id, &client.key),
        "client_secret_post" => {
            parameters.extend([("client_id", client.id.as_str()), ("client_secret", client.key.as_str())]);
        }
        "none" => parameters.push(("client_id", client.id.as_str())),
        "private_key_jwt" | "client_secret_jwt" => parameters.extend([
            ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
            ("client_assertion", "eyJhbGciOiJIUzI1NiJ9.e30.AAAA"),
        ]),
        "bearer" => return Request::form(path, &parameters).bearer(&client.key),
        other => panic!("{other} is not known here"),
    }
    Request::form(path, &parameters)
}

/// MD-03
#[test]
fn endpoints_accept_exactly_the_listed_authentication_methods() {
    let world = World::start(Database::Sqlite);
    world.group("builders", &["ci:read"]);
    let credential = world.credential("nightly", &["builders"]);
    let server = world.resource_server("builds", "https://builds.example.org");
    let document = document(&world);
    let token = world.token(&credential);
    let grant = [("grant_type", "client_credentials"), ("scope", "ci:read")];
    let asked = [("token", token.as_str())];
    let endpoints = [
        ("token_endpoint", &credential, &grant[..]),
        ("introspection_endpoint", &server, &asked[..]),
        ("revocation_endpoint", &credential, &asked[..]),
    ];
    for (endpoint, client, body) in endpoints {
        let path = without_address(&world, &document[endpoint]);
        let listed = document[format!("{endpoint}_auth_methods_supported")].as_array().expect("a list");
        for method in ["none", "private_key_jwt", "client_secret_jwt", "bearer"] {
            assert!(!listed.contains(&json!(method)), "{endpoint} {method}");
            let answer = world.send(&authenticated(&path, client, method, body));
            answer.expect_oauth_error(401, "invalid_client");
        }
        for method in listed {
            let method = method.as_str().expect("a name");
            world.send(&authenticated(&path, client, method, body)).expect(200);
        }
    }
    let keys = world.send(&Request::get(&without_address(&world, &document["jwks_uri"]))).expect(200);
    assert_eq!(keys.json()["keys"].as_array().map(Vec::len), Some(2));
    // TE-12
    let path = without_address(&world, &document["token_endpoint"]);
    let refresh = Request::form(&path, &[("grant_type", "refresh_token"), ("refresh_token", "x")]);
    world
        .send(&refresh.basic(&credential.id, &credential.key))
        .expect_oauth_error(400, "unauthorized_client");
    for grant in ["authorization_code", "password", "implicit"] {
        let path = without_address(&world, &document["token_endpoint"]);
        let body = [("grant_type", grant), ("code", "x"), ("username", "x"), ("password", "x")];
        let request = Request::form(&path, &body).basic(&credential.id, &credential.key);
        world.send(&request).expect_oauth_error(400, "unsupported_grant_type");
    }
}

/// MD-05
#[test]
fn document_is_cached_for_five_minutes_and_revalidated_by_etag() {
    let world = World::start(Database::Sqlite);
    let answer = world.send(&Request::get(OAUTH[0])).expect(200);
    assert_eq!(answer.header("cache-control"), Some("public, max-age=300"));
    let tag = answer.header("etag").expect("a tag").to_owned();
    for known in [tag.clone(), format!("W/{tag}"), format!("\"x\", {tag}")] {
        let unchanged = world.send(&Request::get(OAUTH[1]).header("If-None-Match", &known)).expect(304);
        assert_eq!(unchanged.header("etag"), Some(tag.as_str()));
        assert_eq!(unchanged.header("cache-control"), Some("public, max-age=300"));
    }
    world.scopes(&["ci:read"]);
    let changed = world.send(&Request::get(OAUTH[0]).header("If-None-Match", &tag)).expect(200);
    assert_ne!(changed.header("etag"), Some(tag.as_str()));
}

/// MD-05
#[test]
fn forged_host_changes_nothing() {
    let world = World::start(Database::Sqlite);
    let expected = [OAUTH, OPENID].map(|names| world.send(&Request::get(names[0])).expect(200).json());
    let forged = [
        "GET {} HTTP/1.1\r\nHost: evil.example\r\n",
        "GET {} HTTP/1.1\r\nHost: evil.example\r\nX-Forwarded-Host: evil.example\r\nX-Forwarded-Port: 1\r\n",
        "GET {} HTTP/1.1\r\nHost: evil.example\r\nX-Forwarded-Proto: https\r\n",
        "GET {} HTTP/1.1\r\nHost: evil.example\r\nForwarded: host=evil.example;proto=https\r\n",
        "GET {} HTTP/1.1\r\nHost: evil.example\r\nX-Original-Host: evil.example\r\nX-Host: evil.example\r\n",
        "GET http://evil.example{} HTTP/1.1\r\nHost: evil.example\r\n",
    ];
    for head in forged {
        for (name, expected) in
            OAUTH.map(|name| (name, &expected[0])).iter().chain(&OPENID.map(|name| (name, &expected[1])))
        {
            let request = format!("{}Connection: close\r\n\r\n", head.replace("{}", name));
            let answer = send_raw(world.address, request.as_bytes(), false).expect(200);
            assert_eq!(answer.json(), **expected, "{head}");
        }
    }
    let body = "grant_type=client_credentials";
    let credential = world.credential("nightly", &[]);
    let basic = Request::raw_form(&world.path("/oauth2/token"), body).basic(&credential.id, &credential.key);
    let answer = world.send(&basic.header("X-Forwarded-Host", "evil.example")).expect(200).json();
    let token = answer["access_token"].as_str().expect("a token");
    assert_eq!(claviger_testkit::jwt::claims(token)["iss"], expected[0]["issuer"]);
}

/// MD-01: behind a proxy that terminates TLS, where the address is not the one that this server listens on.
#[test]
fn issuer_is_the_configured_https_url() {
    let mut world = World::start(Database::Sqlite);
    world.stop();
    let settings = Settings {
        public_url: "https://id.example.org".into(),
        ..claviger_testkit::world::settings(world.folder.path(), world.address, &world.database_url)
    };
    let clock: std::sync::Arc<dyn Clock> = world.clock.clone();
    let randomness = std::sync::Arc::new(claviger::crypto::SystemRandomness::new());
    let sources = claviger::serve::Sources { clock, randomness };
    let part = claviger::replication::Part::Server { node: "node-1".into(), incarnation: "behind".into() };
    let mut node = claviger::serve::assemble(&settings, &sources, part).expect("a node");
    let metadata = node.state.issuer.metadata("acme").expect("a lease").expect("the realm");
    let document = serde_json::to_value(metadata).expect("JSON");
    assert_eq!(document["issuer"], "https://id.example.org/realms/acme");
    for (name, value) in document.as_object().expect("an object") {
        if name.ends_with("_endpoint") || name == "jwks_uri" {
            let url = value.as_str().expect("a URL");
            assert!(url.starts_with("https://id.example.org/realms/acme/oauth2/"), "{name}: {url}");
        }
    }
    node.stop();
}

/// RFC 8414 §3.1, and every endpoint of the document. A proxy may keep the path of `public_url` or remove it.
#[test]
fn path_of_public_url_comes_after_the_well_known_part() {
    let mut world = World::start(Database::Sqlite);
    world.public_path = "/a/auth".into();
    world.restart();
    let server = world.resource_server("builds", "https://builds.example.org");
    let credential = world.credential("nightly", &[]);
    let issuer = format!("http://{}/a/auth/realms/acme", world.address);
    for name in ["oauth-authorization-server", "openid-configuration"] {
        for path in [
            format!("/.well-known/{name}/a/auth/realms/acme"),
            format!("/a/auth/realms/acme/.well-known/{name}"),
            format!("/.well-known/{name}/realms/acme"),
            format!("/realms/acme/.well-known/{name}"),
        ] {
            let document = world.send(&Request::get(&path)).expect(200).json();
            assert_eq!(document["issuer"], issuer, "{path}");
            for (member, value) in document.as_object().expect("an object") {
                if member.ends_with("_endpoint") || member == "jwks_uri" {
                    let url = value.as_str().expect("a URL");
                    assert!(url.starts_with(&format!("{issuer}/oauth2/")), "{member}: {url}");
                }
            }
        }
    }
    let form = [("grant_type", "client_credentials")];
    for prefix in ["", "/a/auth"] {
        let at = |path: &str| format!("{prefix}/realms/acme/oauth2/{path}");
        let request = Request::form(&at("token"), &form).basic(&credential.id, &credential.key);
        let answer = world.send(&request).expect(200).json();
        let token = answer["access_token"].as_str().expect("a token");
        let request = Request::form(&at("introspect"), &[("token", token)]).basic(&server.id, &server.key);
        let answer = world.send(&request).expect(200).json();
        assert_eq!((&answer["active"], &answer["iss"]), (&json!(true), &json!(issuer)));
        world.send(&Request::get(&at("jwks"))).expect(200);
        world.send(&Request::get(&format!("{prefix}/health/ready"))).expect(200);
        let whoami = Request::get(&format!("{prefix}/realms/acme/whoami")).bearer(token);
        assert_eq!(world.send(&whoami).status, 200);
    }
    for path in
        ["/a/realms/acme/oauth2/jwks", "/a/authx/realms/acme/oauth2/jwks", "/.well-known/a/auth/realms/acme"]
    {
        world.send(&Request::get(path)).expect(404);
    }
}
