//! REST: what each scope allows in the API of a factory, and what it does not.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::factory_scene::{FACTORY, Scene, start_api};
use claviger_testkit::http::{Request, Response};
use claviger_testkit::process::run;

const SCOPES: [&str; 14] = [
    "source:read",
    "source:read-update",
    "source:delete",
    "source:create",
    "containers:read",
    "containers:read-update",
    "ci:read",
    "ci:read-update",
    "devices:read",
    "devices:read-update",
    "devices:create",
    "devices:delete",
    "targets:read",
    "targets:read-update",
];

const PROJECT: &str = "/projects/demo/lmp/";
const BUILDS: &str = "/projects/demo/lmp/builds/";
const BUILD: &str = "/projects/demo/lmp/builds/1/";
const DEVICES: &str = "/ota/devices/";
const ROBOT: &str = "/ota/devices/robot/";
const CONFIG: &str = "/ota/devices/robot/config/";
const TARGETS: &str = "/ota/factories/demo/targets/";

struct Row {
    method: &'static str,
    path: &'static str,
    body: Option<Value>,
    status: u16,
    /// The first scope is the one that a refusal names.
    opened_by: &'static [&'static str],
}

impl Row {
    fn request(&self, token: &str) -> Request {
        let request = match &self.body {
            Some(body) => Request::json(self.method, self.path, body),
            None => Request::new(self.method, self.path),
        };
        request.bearer(token)
    }
}

/// Every route, in an order in which each finds what it needs: `robot` exists until it is deleted.
fn rows() -> Vec<Row> {
    let row = |method, path, body, status, opened_by| Row { method, path, body, status, opened_by };
    let reads_ci = &["ci:read", "ci:read-update"];
    let reads_devices = &["devices:read", "devices:read-update"];
    let reads_targets = &["targets:read", "targets:read-update"];
    vec![
        row("GET", PROJECT, None, 200, reads_ci),
        row("GET", BUILDS, None, 200, reads_ci),
        row("GET", BUILD, None, 200, reads_ci),
        row("POST", BUILDS, Some(json!({"reason": "by hand"})), 201, &["ci:read-update"]),
        row("GET", DEVICES, None, 200, reads_devices),
        row("GET", ROBOT, None, 200, reads_devices),
        row("GET", CONFIG, None, 200, reads_devices),
        row("PATCH", CONFIG, Some(json!({"arms": 2})), 200, &["devices:read-update"]),
        row("POST", DEVICES, Some(json!({"name": "newcomer"})), 201, &["devices:create"]),
        row("DELETE", ROBOT, None, 204, &["devices:delete"]),
        row("GET", TARGETS, None, 200, reads_targets),
        row("PUT", TARGETS, Some(json!({"a": 1})), 200, &["targets:read-update"]),
        row("PATCH", TARGETS, Some(json!({"b": 2})), 200, &["targets:read-update"]),
    ]
}

/// The refusal names the missing scope (RFC 6750 §3.1).
#[track_caller]
fn assert_lacks(answer: &Response, scope: &str) {
    assert_eq!(answer.status, 403, "{scope}: {}", answer.text());
    let challenge = answer.header("www-authenticate").expect("a challenge");
    let named = format!("error=\"insufficient_scope\", scope=\"{scope}\"");
    assert!(challenge.starts_with("Bearer realm=\"") && challenge.ends_with(&named), "{challenge}");
    assert_refused(answer, "insufficient_scope");
}

#[track_caller]
fn assert_inactive(answer: &Response) {
    assert_eq!(answer.status, 401, "{}", answer.text());
    let challenge = answer.header("www-authenticate").expect("a challenge");
    assert!(challenge.ends_with(", error=\"invalid_token\""), "{challenge}");
    assert_refused(answer, "invalid_token");
}

/// A JSON error that must not be cached, with no members other than its description.
#[track_caller]
fn assert_refused(answer: &Response, error: &str) {
    let body = answer.json();
    assert_eq!(body["error"], error, "{body}");
    assert!(body["error_description"].is_string() && body.as_object().is_some_and(|all| all.len() == 2));
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
}

/// O10, O22, O23, O25, O26, O27, O28, O29, O30, O35, S7
#[test]
fn each_scope_allows_only_its_routes() {
    let scene = Scene::start();
    let keeper = scene.token_with(&["devices:create", "devices:delete", "devices:read"]);
    let watcher = scene.token_with(&["ci:read-update", "targets:read"]);
    scene.send(&Request::json("POST", BUILDS, &json!({})).bearer(&watcher)).expect(201);
    let tokens = SCOPES.map(|scope| (scope, scene.token_with(&[scope])));
    let everything = || {
        let read = |path, token| scene.send(&Request::get(path).bearer(token)).expect(200).json();
        [read(BUILDS, &watcher), read(DEVICES, &keeper), read(TARGETS, &watcher)]
    };
    for row in rows() {
        for (scope, token) in &tokens {
            // Each request finds the same devices, regardless of the previous ones.
            scene.send(&Request::new("DELETE", "/ota/devices/newcomer/").bearer(&keeper));
            scene.send(&Request::json("POST", DEVICES, &json!({"name": "robot"})).bearer(&keeper));
            let before = everything();
            let answer = scene.send(&row.request(token));
            if row.opened_by.contains(scope) {
                assert_eq!(answer.status, row.status, "{} {} {scope}", row.method, row.path);
                assert_eq!(answer.header("cache-control"), Some("no-store"));
            } else {
                assert_lacks(&answer, row.opened_by[0]);
                assert_eq!(everything(), before, "{} {} with {scope} alone", row.method, row.path);
            }
        }
    }
}

/// O13, O14
#[test]
fn common_presets_allow_only_reading_or_reading_and_updating() {
    let scene = Scene::start();
    let keeper = scene.token_with(&["devices:create", "ci:read-update"]);
    scene.send(&Request::json("POST", BUILDS, &json!({})).bearer(&keeper)).expect(201);
    scene.send(&Request::json("POST", DEVICES, &json!({"name": "robot"})).bearer(&keeper)).expect(201);
    let reading = ["targets:read", "devices:read", "ci:read"];
    let updating = ["targets:read-update", "devices:read-update", "ci:read"];
    let updates = [("PATCH", CONFIG), ("PUT", TARGETS), ("PATCH", TARGETS)];
    for (preset, may_update) in [(reading, false), (updating, true)] {
        let token = scene.token_with(&preset);
        for row in rows() {
            let answer = scene.send(&row.request(&token));
            if row.method == "GET" || may_update && updates.contains(&(row.method, row.path)) {
                answer.expect(row.status);
            } else {
                assert_lacks(&answer, row.opened_by[0]);
            }
        }
    }
}

/// O2, O3
#[test]
fn token_is_accepted_in_both_headers_and_both_encodings() {
    let scene = Scene::start();
    let token = scene.token_with(&["devices:read"]);
    let devices = || Request::get(DEVICES);
    for encoded in [STANDARD.encode(&token), STANDARD_NO_PAD.encode(&token), token.clone()] {
        scene.send(&devices().bearer(&encoded)).expect(200);
        scene.send(&devices().header("aUTHORIZATION", &format!("bearer {encoded}"))).expect(200);
        scene.send(&devices().bearer(&encoded).header("OSF-TOKEN", &token)).expect(200);
    }
    for name in ["OSF-TOKEN", "osf-token", "Osf-Token"] {
        scene.send(&devices().header(name, &token)).expect(200);
        assert_inactive(&scene.send(&devices().header(name, "clva_wrong")));
        assert_inactive(&scene.send(&devices().header(name, &format!("{token}x"))));
    }
    assert_inactive(&scene.send(&devices().bearer("wrong")));
    assert_inactive(&scene.send(&devices().bearer(&STANDARD.encode("wrong"))));
}

#[test]
fn request_without_a_token_gets_a_challenge_without_an_error() {
    let scene = Scene::start();
    for (path, space) in [(DEVICES, "api"), (BUILDS, FACTORY), ("/projects/%22x/lmp/", "api")] {
        let answer = scene.send(&Request::get(path)).expect(401);
        assert_eq!(answer.header("www-authenticate"), Some(format!("Bearer realm=\"{space}\"").as_str()));
        assert_refused(&answer, "unauthorized");
    }
}

/// O4
#[test]
fn two_different_credentials_are_refused_even_if_both_are_valid() {
    let scene = Scene::start();
    let (one, other) = (scene.token_with(&["devices:read"]), scene.token_with(&["devices:delete"]));
    let devices = || Request::get(DEVICES);
    for unclear in [
        devices().header("OSF-TOKEN", &one).bearer(&other),
        devices().header("OSF-TOKEN", &other).bearer(&one),
        devices().header("OSF-TOKEN", "wrong").bearer(&one),
        devices().bearer(&one).bearer(&one),
        devices().header("OSF-TOKEN", &one).header("OSF-TOKEN", &other),
        devices().header("OSF-TOKEN", "a b"),
        devices().header("Authorization", "Bearer"),
    ] {
        let answer = scene.send(&unclear).expect(400);
        let challenge = answer.header("www-authenticate").expect("a challenge");
        assert_eq!(challenge, "Bearer realm=\"api\", error=\"invalid_request\"");
        assert_refused(&answer, "invalid_request");
    }
}

/// O32
#[test]
fn no_token_reaches_the_factory_of_another_realm() {
    let scene = Scene::start();
    let ours = scene.token_with(&["ci:read-update", "targets:read-update"]);
    let of_other_scope = scene.token_with(&["source:read"]);
    let theirs = scene.token_of_another_realm("acme", &["ci:read-update", "targets:read", "devices:read"]);
    scene.send(&Request::json("POST", BUILDS, &json!({"reason": "ours"})).bearer(&ours)).expect(201);
    for path in [BUILDS, "/projects/acme/lmp/builds/", TARGETS, DEVICES] {
        assert_inactive(&scene.send(&Request::get(path).bearer(&theirs)));
    }
    for path in ["/projects/acme/lmp/builds/", "/projects/DEMO/lmp/builds/", "/ota/factories/acme/targets/"] {
        for token in [&ours, &of_other_scope] {
            assert_refused(&scene.send(&Request::get(path).bearer(token)).expect(404), "not_found");
        }
    }
    let start = Request::json("POST", "/projects/acme/lmp/builds/", &json!({}));
    scene.send(&start.bearer(&ours)).expect(404);
    let seen = scene.send(&Request::get(BUILDS).bearer(&ours)).expect(200).json();
    assert_eq!(seen["builds"].as_array().map(Vec::len), Some(1));
}

/// O11, at this interface
#[test]
fn revoked_credential_is_refused_at_the_next_request() {
    let scene = Scene::start();
    let credential = scene.credential(&["devices:read"]);
    let devices = Request::get(DEVICES).bearer(&scene.token(&credential));
    scene.send(&devices).expect(200);
    scene.revoke(&credential);
    assert_inactive(&scene.send(&devices));
}

#[test]
fn requests_are_refused_while_introspection_is_unavailable() {
    let mut scene = Scene::start();
    let devices = Request::get(DEVICES).bearer(&scene.token_with(&["devices:read"]));
    scene.send(&devices).expect(200);
    scene.stop_authority();
    for request in [&devices, &Request::get(BUILDS).bearer("wrong")] {
        let answer = scene.send(request).expect(503);
        assert_refused(&answer, "temporarily_unavailable");
        let seconds = answer.header("retry-after").and_then(|text| text.parse::<u32>().ok());
        assert!(seconds.is_some_and(|seconds| seconds > 0), "{:?}", answer.headers);
    }
    scene.send(&Request::get(DEVICES)).expect(401);
}

/// Any response other than a plain answer: rate limiting, a wrong key, a proxy's page, half an answer.
#[test]
fn requests_are_refused_on_invalid_introspection_answers() {
    let good = r#"{"active":true,"realm":"demo","scope":"devices:read"}"#;
    let answers = [
        ("429 Too Many Requests", "Retry-After: 7\r\n", good, 503, "7"),
        ("503 Service Unavailable", "Retry-After: 9\r\n", good, 503, "9"),
        ("401 Unauthorized", "", good, 503, "5"),
        ("302 Found", "Location: /realms/demo/oauth2/introspect\r\n", good, 503, "5"),
        ("201 Created", "", good, 503, "5"),
        ("200 OK", "", "<html>", 503, "5"),
        ("200 OK", "", r#"{"active":true,"scope":"devices:read"}"#, 503, "5"),
        ("200 OK", "", r#"{"scope":"devices:read","realm":"demo"}"#, 503, "5"),
        ("200 OK", "", good, 200, ""),
    ];
    let authority = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = authority.local_addr().expect("an address");
    let folder = TempDir::new().expect("a temporary folder");
    let api = start_api(folder.path(), address, "somebody", "clvk_0");
    let asked = std::thread::spawn(move || {
        for (status, header, body, ..) in answers {
            let (mut stream, _) = authority.accept().expect("a question");
            let mut question = Vec::new();
            while !question.ends_with(b"token=x") {
                let mut buffer = [0; 1024];
                let count = stream.read(&mut buffer).expect("a question");
                assert!(count > 0, "half a question");
                question.extend_from_slice(&buffer[..count]);
            }
            let length = body.len();
            let head = format!("HTTP/1.1 {status}\r\nConnection: close\r\n{header}Content-Length: {length}");
            write!(stream, "{head}\r\n\r\n{body}").expect("it listens");
        }
    });
    for (status, _, body, expected, seconds) in answers {
        let answer = Request::get(DEVICES).bearer("x").send(api.address);
        assert_eq!(answer.status, expected, "{status} {body}: {}", answer.text());
        assert_eq!(answer.header("retry-after").unwrap_or_default(), seconds, "{status} {body}");
    }
    asked.join().expect("one question for each request");
}

/// S7
#[test]
fn every_factory_resource_can_be_created_changed_and_deleted() {
    let scene = Scene::start();
    let token = scene.token_with(&[
        "ci:read-update",
        "devices:read-update",
        "devices:create",
        "devices:delete",
        "targets:read-update",
    ]);
    let ask = |method: &str, path: &str| scene.send(&Request::new(method, path).bearer(&token));
    let send = |method: &str, path: &str, body: &Value| {
        scene.send(&Request::json(method, path, body).bearer(&token))
    };
    let made = send("POST", "/ota/devices", &json!({"name": "robot"})).expect(201);
    assert_eq!(made.header("location"), Some(ROBOT));
    send("POST", DEVICES, &json!({"name": "robot"})).expect(409);
    let config = json!({"files": [{"name": "wifi", "value": "x"}]});
    assert_eq!(send("PATCH", CONFIG, &config).expect(200).json(), config);
    assert_eq!(ask("GET", "/ota/devices/robot/config").expect(200).json(), config);
    let listed = ask("GET", DEVICES).expect(200).json();
    assert_eq!(listed, json!({"devices": [{"name": "robot", "config": config}]}));
    ask("DELETE", ROBOT).expect(204);
    ask("DELETE", ROBOT).expect(404);
    ask("GET", ROBOT).expect(404);
    send("PATCH", CONFIG, &config).expect(404);

    send("PUT", TARGETS, &json!({"a": 1, "b": 2})).expect(200);
    let changed = send("PATCH", TARGETS, &json!({"b": null, "c": {"d": 3}})).expect(200).json();
    assert_eq!(changed, json!({"a": 1, "c": {"d": 3}}));
    assert_eq!(ask("GET", TARGETS).expect(200).json(), changed);

    ask("POST", BUILDS).expect(201);
    let made = send("POST", BUILDS, &json!({"ref": "refs/heads/main"})).expect(201);
    assert_eq!(made.json(), json!({"number": 2, "status": "queued", "ref": "refs/heads/main"}));
    let place = made.header("location").expect("its place");
    assert_eq!(ask("GET", place).expect(200).json(), made.json());
    for number in ["0", "3", "01", "+1", "-1", "x", "99999999999999999999", "%00"] {
        ask("GET", &format!("{BUILDS}{number}/")).expect(404);
    }
}

#[test]
fn invalid_requests_get_a_reason_and_change_nothing() {
    let scene = Scene::start();
    let token =
        scene.token_with(&["ci:read-update", "devices:create", "devices:read-update", "targets:read-update"]);
    let send = |method: &str, path: &str, body: &[u8]| {
        scene.send(&Request::new(method, path).bearer(&token).body(body))
    };
    send("POST", DEVICES, br#"{"name":"robot"}"#).expect(201);
    let deep = "[".repeat(100_000);
    let long_name = "x".repeat(65);
    for name in ["", "a/b", "a b", "..", ".", "ä", "a\\u0000", &long_name] {
        send("POST", DEVICES, format!(r#"{{"name":"{name}"}}"#).as_bytes()).expect(400);
    }
    for body in ["", "{", "null", "[]", "{}", r#"{"name":7}"#, r#"{"name":"a","more":1}"#, &deep] {
        assert_refused(&send("POST", DEVICES, body.as_bytes()).expect(400), "invalid_request");
    }
    for body in ["", "[]", "7", "{", "\u{0}", &deep] {
        for (method, path) in [("PATCH", CONFIG), ("PUT", TARGETS), ("PATCH", TARGETS)] {
            send(method, path, body.as_bytes()).expect(400);
        }
    }
    send("PUT", TARGETS, b"\xff\xfe").expect(400);
    send("PUT", TARGETS, &vec![b' '; 1024 * 1024 + 1]).expect(413);
    let long = format!(r#"{{"reason":"{}"}}"#, "x".repeat(257));
    for body in ["[1]", r#"{"ref":1}"#, r#"{"reason":"a\nb"}"#, r#"{"branch":"main"}"#, &long] {
        send("POST", BUILDS, body.as_bytes()).expect(400);
    }
    for path in ["/", "/ota", "/projects/demo/", "/projects/demo/lmp/builds/1/log/", "/ota//devices/", "/%ff"]
    {
        assert_refused(&send("GET", path, b"").expect(404), "not_found");
    }
    for path in ["/ota/devices/%2e%2e/", "/ota/devices/%ff/", "/ota/devices/a%2fb/config/"] {
        assert_refused(&send("GET", path, b"").expect(404), "not_found");
    }
    for (method, path, allowed) in [
        ("DELETE", BUILDS, "GET, POST"),
        ("PUT", ROBOT, "GET, DELETE"),
        ("POST", TARGETS, "GET, PUT, PATCH"),
        ("BREW", "/projects/demo/lmp", "GET"),
    ] {
        let answer = send(method, path, b"").expect(405);
        assert_eq!(answer.header("allow"), Some(allowed));
        assert_refused(&answer, "method_not_allowed");
    }
    let listed = send("GET", DEVICES, b"").expect(200).json();
    assert_eq!(listed, json!({"devices": [{"name": "robot", "config": {}}]}));
    assert_eq!(send("GET", TARGETS, b"").expect(200).json(), json!({}));
    assert_eq!(send("GET", BUILDS, b"").expect(200).json(), json!({"builds": []}));
}

/// Runs in this folder of the scene, with its profile and this `claviger`; returns what git prints.
#[track_caller]
fn git(scene: &Scene, folder: &str, arguments: &[&str]) -> String {
    let mut git = Command::new("git");
    let ours = |name: &str| name.starts_with("CLAVIGER_") || name.starts_with("GIT_");
    for (name, _) in std::env::vars().filter(|(name, _)| ours(name)) {
        git.env_remove(name);
    }
    let bin = Path::new(env!("CARGO_BIN_EXE_claviger")).parent().expect("its folder");
    let path = std::env::var("PATH").unwrap_or_default();
    git.env("PATH", format!("{}:{path}", bin.display()));
    git.env("HOME", scene.folder.path()).env("CLAVIGER_PROFILE", scene.profile());
    git.args(["-c", "user.name=ada", "-c", "user.email=ada@example.org"]).args(arguments);
    let (status, output, errors) = run(git.current_dir(scene.folder.path().join(folder)));
    assert!(status.success(), "{arguments:?}: {output}{errors}");
    errors
}

/// O24, the build: a pusher needs no scope for it, because the hook has its own credential.
#[test]
fn hook_starts_a_build_for_every_pushed_branch() {
    let scene = Scene::start();
    let starter = scene.credential(&["ci:read-update"]);
    let key = scene.folder.path().join("starter.key");
    std::fs::write(&key, &starter.key).expect("a file");
    let mut login = scene.claviger();
    login.args(["login", "--realm", FACTORY, "--client-id", &starter.id]);
    login.args(["--url", &format!("http://{}", scene.authority_address)]);
    let (status, _, errors) = run(login.stdin(std::fs::File::open(&key).expect("the key")));
    assert!(status.success(), "{errors}");
    git(&scene, "", &["init", "--quiet", "--bare", "origin.git"]);
    git(&scene, "", &["init", "--quiet", "--initial-branch=main", "work"]);
    let hook = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/factory-api/post-receive");
    let place = scene.folder.path().join("origin.git/hooks/post-receive");
    std::fs::copy(hook, &place).expect("the hook");
    assert_eq!(place.metadata().expect("the hook").permissions().mode() & 0o111, 0o111);
    let push = |message: &str, what: &[&str]| {
        git(&scene, "work", &["commit", "--quiet", "--allow-empty", "-m", message]);
        git(&scene, "work", &[&["push", "../origin.git"], what].concat())
    };

    let told = push("first", &["main"]);
    assert!(told.contains("git config factory.builds-url"), "{told}");
    let url = format!("http://{}{BUILDS}", scene.api.address);
    git(&scene, "origin.git", &["config", "factory.builds-url", &url]);
    let told = push("second", &["main", "HEAD:refs/tags/v1", "HEAD:refs/heads/with\"mark"]);
    assert!(told.contains("refs/heads/main is built") && !told.contains("Bearer"), "{told}");
    push("third", &["--delete", "with\"mark"]);
    let reader = scene.token_with(&["ci:read"]);
    let seen = scene.send(&Request::get(BUILDS).bearer(&reader)).expect(200).json();
    let builds = seen["builds"].as_array().expect("builds");
    let mut references: Vec<&str> = builds.iter().filter_map(|build| build["ref"].as_str()).collect();
    references.sort_unstable();
    assert_eq!(references, ["refs/heads/main", "refs/heads/with\"mark"]);

    scene.revoke(&starter);
    let told = push("fourth", &["main"]);
    assert!(told.contains("no build was started"), "{told}");
}
