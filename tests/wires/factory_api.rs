//! REST: what each scope allows in the API of a factory, and what it does not.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use serde_json::{Value, json};

use crate::factory_scene::{
    BUILD, BUILDS, CONFIG, DEVICES, FACTORY, PROJECT, ROBOT, Scene, TARGETS, assert_refused,
};
use claviger_testkit::http::{Request, Response};

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
