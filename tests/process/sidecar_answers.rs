//! A sidecar answers each request of a proxy as the server does, and no shape of a demand lets everybody in.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::sidecar_scene::{IDENTITY, Scene, forward_auth};
use claviger_testkit::http::{Request, Response, send_raw};

/// Everything that a proxy or its client sees of an answer.
fn seen(answer: &Response) -> Value {
    let headers = ["www-authenticate", "retry-after", "cache-control", "pragma", "content-type"];
    let headers = headers.into_iter().chain(IDENTITY).chain(["x-content-type-options"]);
    let headers: Vec<_> = headers.map(|name| json!([name, answer.header(name)])).collect();
    json!({"status": answer.status, "headers": headers, "body": answer.text()})
}

/// One request to both, whatever it is answered.
fn same(scene: &Scene, what: &str, request: &Request) -> u16 {
    let [by_server, by_sidecar] = [scene.server_address, scene.address].map(|address| request.send(address));
    assert_eq!(seen(&by_sidecar), seen(&by_server), "{what}");
    by_server.status
}

#[test]
fn answers_are_those_of_the_server() {
    let scene = Scene::start();
    let application = json!({"name": "studio", "scopes": ["ci:read"]});
    let application = scene.administer("POST", "/application-credentials", &application).expect(201).json();
    let text = |name: &str| application[name].as_str().expect("a text");
    let personal = json!({"expires_at": "2099-01-01T00:00:00Z", "scopes": ["ci:read"]});
    let personal = scene.administer("POST", "/personal-access-tokens", &personal).expect(201).json();
    let realm_wide = scene.token(&[]);
    let tokens = [
        ("signed", realm_wide.clone()),
        ("for the audience", scene.token(&[("audience", &scene.audience)])),
        ("of an application", scene.token_of(text("client_id"), text("client_key"), &[])),
        ("opaque", scene.api_token(&["ci:read"]).1),
        ("personal", personal["token"].as_str().expect("a token").to_owned()),
        ("of a member who administers", scene.fact("owner/personal_access_token").to_owned()),
        ("with another signature", format!("{}x", &realm_wide[..realm_wide.len() - 4])),
        ("unknown", "clva_wrong".to_owned()),
        ("a client key", scene.fact("client_key").to_owned()),
        ("of a resource server", scene.fact("resource_server/client_key").to_owned()),
    ];
    let audience = |uri: &str| format!("?audience={}", uri.replace(':', "%3A").replace('/', "%2F"));
    let (own, issuer) = (audience(&scene.audience), audience(&scene.issuer()));
    let mut statuses = BTreeMap::<u16, usize>::new();
    for (name, token) in &tokens {
        for below in [
            "",
            "?scope=ci:read",
            "?scope=ci:read+source:create",
            "/scope=ci:read",
            "/scope=ci:delete/x?y",
            "/any",
            "/any/path?scope=x",
            "/some/path?a=b",
            "/",
            &own,
            &issuer,
            "?rules=git",
            "/rules=git/a.git/info/refs?service=git-upload-pack",
            "?scopes=ci:read",
            "?scope=",
            "?",
            "?rules=svn",
            "?audience=",
            "?scope=ci:read&typo=x",
            "/?scope=ci:read",
            "/scope/ci:read",
            "/scope=ci:read/../any",
            "/scope=ci:write",
            "/scope=ci:read?x",
        ] {
            let status = same(&scene, &format!("{name} {below}"), &forward_auth(below).bearer(token));
            *statuses.entry(status).or_default() += 1;
        }
        for (name, value) in [
            ("X-Original-URI", "/a.git/info/refs?service=git-receive-pack"),
            ("X-Forwarded-Uri", "/a.git/info/refs?service=git-upload-pack"),
        ] {
            let request = forward_auth("?rules=git").header("X-Original-Method", "GET");
            same(&scene, name, &request.header(name, value).basic("x", token));
        }
        same(&scene, name, &forward_auth("").header("OSF-TOKEN", token));
        same(&scene, name, &forward_auth("").header("OSF-TOKEN", token).bearer("another"));
        same(&scene, name, &forward_auth("?access_token=x").bearer(token));
        same(&scene, name, &Request::get("/realms/nowhere/forward-auth").bearer(token));
        for method in ["HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PROPFIND"] {
            let request = Request::new(method, "/realms/demo/forward-auth/any/x").bearer(token);
            same(&scene, method, &request);
        }
    }
    for status in [200, 401, 403] {
        assert!(statuses.get(&status).is_some_and(|count| *count > 20), "{status}: {statuses:?}");
    }
    for below in ["", "?scope=ci:read", "?rules=git", "?rules=registry", "?scopes=x"] {
        assert_eq!(same(&scene, below, &forward_auth(below)), 401, "{below}");
        same(&scene, below, &forward_auth(below).header("Authorization", "Digest x"));
    }
}

#[test]
fn no_shape_of_a_demand_fails_open() {
    let scene = Scene::start();
    let token = scene.token(&[]);
    let ask = |target: &str| {
        let request = format!(
            "GET {target} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n\r\n"
        );
        send_raw(scene.address, request.as_bytes(), false).status
    };
    assert_eq!(ask("/realms/demo/forward-auth?scope=ci:read"), 200);
    for below in [
        "forward-auth?scope=devices:create",
        "forward-auth/?scope=ci:read",
        "forward-auth//?scope=ci:read",
        "forward-auth?",
        "forward-auth?scope",
        "forward-auth?Scope=ci:read",
        "forward-auth?scope=ci:read,ci:write",
        "forward-auth?scope=ci:read&scope=",
        "forward-auth/scope%3Ddevices:create/x",
        "forward-auth/scope=devices:create/../any",
        "forward-auth/scope=devices:create/%2e%2e/any",
        "forward-auth;x?scope=ci:read",
        "forward-auth%2F?scope=ci:read",
        "forward-authx?scope=ci:read",
        "%66orward-auth?scope=devices:create",
        "forward-auth?scope=ci:read&audience=",
        "forward-auth?rules=registry",
    ] {
        let status = ask(&format!("/realms/demo/{below}"));
        assert!(matches!(status, 401 | 403 | 404), "{below}: {status}");
    }
    for target in
        ["/", "/forward-auth", "/realms/demo", "/realms//forward-auth", "//realms/demo/forward-auth"]
    {
        assert!(matches!(ask(target), 401 | 404), "{target}");
    }
}
