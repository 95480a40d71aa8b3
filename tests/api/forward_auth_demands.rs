//! A requirement of a proxy is read as it was meant, or access is denied.

use std::net::IpAddr;

use claviger_testkit::http::{Request, send_raw};
use claviger_testkit::world::{Database, World};

/// The token has only `ci:read`.
fn world() -> (World, String) {
    let mut world = World::start(Database::Sqlite);
    world.trusted_proxies = vec!["127.0.0.1".parse().expect("an address")];
    world.restart();
    world.scopes(&["ci:read", "ci:write", "source:read", "source:read-update", "containers:read-update"]);
    let (_, token) = world.api_token(&["ci:read"]);
    (world, token)
}

/// Sends the target unchanged, without a client that normalizes it.
fn status(world: &World, token: &str, method: &str, target: &str, headers: &str) -> u16 {
    let request = format!(
        "{method} {target} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n{headers}Connection: close\r\n\r\n"
    );
    send_raw(world.address, request.as_bytes(), false).status
}

#[test]
fn malformed_requirement_denies_access() {
    let (world, token) = world();
    let ask = |below: &str| status(&world, &token, "GET", &world.path(&format!("/forward-auth{below}")), "");
    for below in [
        "?scopes=ci:read",
        "?scope=",
        "?scope",
        "?scope=%20",
        "?",
        "?rules=",
        "?rules=none",
        "?audience=",
        "?Scope=ci:read",
        "?scope=ci:read&typo=x",
        "?scope=ci:read&scope=",
        "?scope=ci:read,ci:write",
        "/?scope=ci:read",
        "/?scope=ci:write",
        "/?scopes=ci:write",
        "/?rules=git",
        "/?x=y",
        "//?scope=ci:write",
        "/path?scope=ci:write",
        "/path?rules=git",
        "/path?audience=x",
        "/path?%73cope=ci:write",
        "/;x?scope=ci:write",
        "/scope/ci:write",
        "/rules/git",
        "/scope=",
        "/scope=/x",
        "/scopes=ci:read/x",
        "/scope%3Dci:write/x",
        "/scope=ci:read?scope=ci:read",
        "/scope=ci:write/x",
        "/scope=ci:write/scope=ci:read/x",
        "/scope=ci:write/x?scope=ci:read",
        "/scope=ci:read+ci:write/x",
        "/scope=ci:write&scope=ci:read/x",
        "/scope=ci:write/../scope=ci:read/x",
        "/scope=ci:write/%2e%2e/any",
        "/scope=ci:write/..%2fany",
        "%2F?scope=ci:write",
        ";x?scope=ci:write",
        "?scope=ci:write",
        "x?scope=ci:read",
    ] {
        let answered = ask(below);
        assert!(matches!(answered, 401 | 403 | 404), "{below}: {answered}");
    }
    for below in [
        "",
        "?scope=ci:read",
        "/scope=ci:read",
        "/scope=ci:read/",
        "/scope=ci:read/any/path?scope=ci:write&rules=x",
        "/any",
        "/any/path?scope=ci:write",
        "/some/path?a=b",
        "/",
    ] {
        assert_eq!(ask(below), 200, "{below}");
    }
    let spelled = world.path("/forward-auth?scope=ci:write").replace("forward", "%66orward");
    assert_ne!(status(&world, &token, "GET", &spelled, ""), 200);
    let refused = Request::get(&world.path("/forward-auth?scopes=ci:read")).bearer(&token);
    let refused = world.send(&refused).expect(403).text();
    assert!(refused.contains("scopes") && refused.contains("scope="), "{refused}");
}

#[test]
fn whoami_accepts_only_a_requirement_of_scopes() {
    let (world, token) = world();
    let ask = |query: &str| status(&world, &token, "GET", &world.path(&format!("/whoami{query}")), "");
    for query in
        ["?scope=", "?scopes=ci:read", "?", "?scope", "?scope=%20", "?rules=git", "?x=y", "?audience=a"]
    {
        assert_eq!(ask(query), 400, "{query}");
    }
    assert_eq!((ask(""), ask("?scope=ci:read"), ask("?scope=ci:read&scope=ci:write")), (200, 200, 403));
}

/// As Envoy calls it, with the client's path and query appended to its own.
#[test]
fn rules_in_the_path_apply_to_appended_paths_and_headers() {
    let (world, _) = world();
    let (_, reader) = world.api_token(&["source:read"]);
    let (_, writer) = world.api_token(&["source:read-update"]);
    let ask = |token: &str, method: &str, below: &str, headers: &str| {
        status(&world, token, method, &world.path(&format!("/forward-auth/rules=git{below}")), headers)
    };
    let (refs, pushes) =
        ("/a.git/info/refs?service=git-upload-pack", "/a.git/info/refs?service=git-receive-pack");
    for (method, below, by_reader, by_writer) in [
        ("GET", refs, 200, 200),
        ("POST", "/a.git/git-upload-pack", 200, 200),
        ("GET", pushes, 403, 200),
        ("POST", "/a.git/git-receive-pack", 403, 200),
        ("POST", "/a.git/git-receive-pack?rules=registry&scope=source:read", 403, 200),
        ("POST", "/rules=registry/a.git/git-receive-pack", 403, 200),
        ("POST", "/a.git/info//lfs/objects/batch", 403, 200),
        ("PUT", "/a.git/HEAD", 403, 403),
        ("GET", "/a.git/./HEAD", 403, 403),
        ("GET", "/a.git;x/HEAD", 403, 403),
        // Nothing is appended, or only a slash, which is not a repository: headers must name it.
        ("GET", "", 403, 403),
        ("GET", "/", 403, 403),
    ] {
        assert_eq!(ask(&reader, method, below, ""), by_reader, "{method} {below}");
        assert_eq!(ask(&writer, method, below, ""), by_writer, "{method} {below}");
    }
    let original = |uri: &str| format!("X-Original-Method: GET\r\nX-Original-URI: {uri}\r\n");
    assert_eq!(ask(&reader, "GET", "", &original(refs)), 200);
    assert_eq!(ask(&reader, "GET", "", &original(pushes)), 403);
    assert_eq!(ask(&reader, "GET", refs, &original(pushes)), 403);
}

#[test]
fn registry_refuses_forms_that_could_name_another_repository() {
    let (world, _) = world();
    let (_, push) = world.api_token(&["containers:read-update"]);
    let uploads = "X-Original-Method: POST\r\nX-Original-URI: /v2/acme/app/blobs/uploads/\r\n";
    let ask = |content_type: &str| {
        let headers = format!("{uploads}{content_type}");
        status(&world, &push, "GET", &world.path("/forward-auth?rules=registry"), &headers)
    };
    for form in [
        "Content-Type: application/x-www-form-urlencoded\r\n",
        "Content-Type: APPLICATION/X-WWW-Form-Urlencoded; charset=utf-8\r\n",
        "Content-Type: multipart/form-data; boundary=x\r\n",
        "Content-Type: application/octet-stream\r\nContent-Type: application/x-www-form-urlencoded\r\n",
    ] {
        assert_eq!(ask(form), 403, "{form}");
    }
    assert_eq!((ask(""), ask("Content-Type: application/octet-stream\r\n")), (200, 200));
}

/// Failures count against the last address, which the trusted proxy wrote. The client controls those before it.
#[test]
fn client_behind_a_proxy_cannot_choose_its_address() {
    let (world, token) = world();
    let wrong = |lines: &[String]| {
        let with = |request: Request, line: &String| request.header("X-Forwarded-For", line);
        let request = Request::get(&world.path("/whoami")).bearer("clva_wrong");
        world.send(&lines.iter().fold(request, with)).status
    };
    for round in 0..300 {
        let lines = match round % 4 {
            0 => vec![format!("203.0.113.{}, 192.0.2.1", round % 250)],
            1 => vec!["garbage".to_owned(), "192.0.2.1:4711".to_owned()],
            2 => vec![format!("203.0.113.{}", round % 250), "::ffff:192.0.2.1, 127.0.0.1".to_owned()],
            _ => vec![format!("[2001:db8::{round:x}]:80,192.0.2.1")],
        };
        assert_eq!(wrong(&lines), 401);
    }
    assert_eq!(wrong(&["192.0.2.1".to_owned()]), 429);
    assert_eq!(wrong(&["198.51.100.1, unknown, 192.0.2.1".to_owned()]), 429);
    assert_eq!(wrong(&["192.0.2.2".to_owned()]), 401);
    let address: IpAddr = "192.0.2.1".parse().expect("an address");
    let right =
        Request::get(&world.path("/whoami")).bearer(&token).header("X-Forwarded-For", &address.to_string());
    world.send(&right).expect(200);
}
