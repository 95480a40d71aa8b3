//! REST: the API of a factory refuses requests while its issuer gives no valid answers.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};

use serde_json::json;
use tempfile::TempDir;

use crate::factory_scene::{BUILDS, DEVICES, Scene, assert_refused, start_api};
use claviger_testkit::http::{Request, Response};
use claviger_testkit::patience::until;

/// O11: what was revoked meanwhile is not accepted for longer than the lease.
#[test]
fn requests_are_refused_while_the_issuer_is_unavailable() {
    let mut scene = Scene::start();
    let devices = Request::get(DEVICES).bearer(&scene.token_with(&["devices:read"]));
    scene.send(&devices).expect(200);
    scene.stop_authority();
    assert_unavailable(&scene.send(&Request::get(BUILDS).bearer("clva_wrong")));
    let mut last = None;
    until("the lease is over", || {
        let answer = scene.send(&devices);
        let is_over = answer.status != 200;
        last = Some(answer);
        is_over
    });
    assert_unavailable(&last.expect("an answer"));
    scene.send(&Request::get(DEVICES)).expect(401);
}

#[track_caller]
fn assert_unavailable(answer: &Response) {
    assert_eq!(answer.status, 503, "{}", answer.text());
    assert_refused(answer, "temporarily_unavailable");
    let seconds = answer.header("retry-after").and_then(|text| text.parse::<u32>().ok());
    assert!(seconds.is_some_and(|seconds| seconds > 0), "{:?}", answer.headers);
}

/// The next question about the token; other requests, such as those for the feed, get 404.
fn question(authority: &TcpListener) -> TcpStream {
    loop {
        let (mut stream, _) = authority.accept().expect("a request");
        match request(&mut stream) {
            Some(request) if request.starts_with(QUESTION) => return stream,
            // Whether the verifier still listens does not matter.
            _ => drop(stream.write_all(b"HTTP/1.1 404 X\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")),
        }
    }
}

const QUESTION: &[u8] = b"POST /realms/demo/oauth2/introspect ";

/// `None` if it breaks off.
fn request(stream: &mut TcpStream) -> Option<Vec<u8>> {
    let mut request = Vec::new();
    let is_whole = |request: &[u8]| match request.starts_with(QUESTION) {
        true => request.ends_with(b"token=clva_x"),
        false => request.ends_with(b"\r\n\r\n"),
    };
    while !is_whole(&request) {
        let mut buffer = [0; 1024];
        let count = stream.read(&mut buffer).ok().filter(|count| *count > 0)?;
        request.extend_from_slice(&buffer[..count]);
    }
    Some(request)
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
    let server = json!({"client_id": "somebody", "client_key": "clvk_0", "audience": "https://api.example"});
    let api = start_api(folder.path(), address, &server);
    let asked = std::thread::spawn(move || {
        for (status, header, body, ..) in answers {
            let mut stream = question(&authority);
            let length = body.len();
            let head = format!("HTTP/1.1 {status}\r\nConnection: close\r\n{header}Content-Length: {length}");
            write!(stream, "{head}\r\n\r\n{body}").expect("it listens");
        }
    });
    for (status, _, body, expected, seconds) in answers {
        let answer = Request::get(DEVICES).bearer("clva_x").send(api.address);
        assert_eq!(answer.status, expected, "{status} {body}: {}", answer.text());
        assert_eq!(answer.header("retry-after").unwrap_or_default(), seconds, "{status} {body}");
    }
    asked.join().expect("one question for each request");
}
