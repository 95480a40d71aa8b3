//! REST: what the API of a factory does with valid and invalid requests.

use serde_json::{Value, json};

use crate::factory_scene::{BUILDS, CONFIG, DEVICES, ROBOT, Scene, TARGETS, assert_refused};
use claviger_testkit::http::Request;

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
