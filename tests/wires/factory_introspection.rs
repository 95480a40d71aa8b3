//! REST: the API of a factory refuses requests while it gets no valid introspection answer.

use std::io::{Read, Write};
use std::net::TcpListener;

use tempfile::TempDir;

use crate::factory_scene::{BUILDS, DEVICES, Scene, assert_refused, start_api};
use claviger_testkit::http::Request;

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
