//! Requests to the token endpoint that are too large, badly framed, not text, or of another method.

use std::io::{Read, Write};
use std::net::TcpStream;

use claviger_testkit::http::{Request, Response, send_raw};
use claviger_testkit::world::{Client, Database, World};

const MAX_BODY_BYTES: usize = 64 * 1024;

fn world_with_a_credential() -> (World, Client) {
    let world = World::start(Database::Sqlite);
    let credential = world.credential("nightly", &[]);
    (world, credential)
}

/// The body of a valid request.
fn form_of(credential: &Client) -> String {
    let Client { id, key, .. } = credential;
    format!("grant_type=client_credentials&client_id={id}&client_secret={key}")
}

fn post(world: &World, body: impl Into<Vec<u8>>) -> Request {
    Request::raw_form(&world.path("/oauth2/token"), body)
}

/// A request with custom framing; `framing` is header lines.
fn framed(world: &World, framing: &str, body: &[u8]) -> Response {
    let head = format!(
        "POST /realms/acme/oauth2/token HTTP/1.1\r\nHost: claviger\r\nConnection: close\r\n\
         Content-Type: application/x-www-form-urlencoded\r\n{framing}\r\n"
    );
    send_raw(world.address, &[head.as_bytes(), body].concat(), false)
}

/// Encodes the body in chunks of this many bytes.
fn chunked(body: &[u8], size: usize) -> Vec<u8> {
    let mut chunks = Vec::new();
    for chunk in body.chunks(size) {
        chunks.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
        chunks.extend_from_slice(chunk);
        chunks.extend_from_slice(b"\r\n");
    }
    chunks.extend_from_slice(b"0\r\n\r\n");
    chunks
}

fn padded(credential: &Client, size: usize) -> Vec<u8> {
    let mut body = format!("{}&padding=", form_of(credential)).into_bytes();
    body.resize(size, b'x');
    body
}

/// TE-22, TE-02.
#[test]
fn body_is_limited_to_64_kibibytes() {
    let (world, credential) = world_with_a_credential();
    world.send(&post(&world, padded(&credential, MAX_BODY_BYTES))).expect(200);
    for size in [MAX_BODY_BYTES + 1, 4 * MAX_BODY_BYTES] {
        let body = padded(&credential, size);
        world.send(&post(&world, body.clone())).expect_oauth_error(413, "invalid_request");
        let answer = framed(&world, "Transfer-Encoding: chunked\r\n", &chunked(&body, 8_000));
        answer.expect_oauth_error(413, "invalid_request");
    }
}

/// TE-22.
#[test]
fn header_block_is_limited_to_32_kibibytes() {
    let (world, credential) = world_with_a_credential();
    let good = post(&world, form_of(&credential));
    world.send(&good.clone().header("X-Padding", &"x".repeat(31 * 1024))).expect(200);
    for size in [32 * 1024, 64 * 1024, 300 * 1024] {
        world.send(&good.clone().header("X-Padding", &"x".repeat(size))).expect(431);
    }
    let many = (0..200).fold(good, |request, number| request.header(&format!("X-{number}"), "x"));
    world.send(&many).expect(431);
    let long_address = format!("/realms/acme/oauth2/token?{}", "x".repeat(33 * 1024));
    world.send(&Request::raw_form(&long_address, form_of(&credential))).expect(431);
}

/// TE-22.
#[test]
fn form_is_limited_to_a_hundred_parameters() {
    let (world, credential) = world_with_a_credential();
    let with_more = |count: usize| {
        let more: String = (0..count).map(|number| format!("&p{number}=x")).collect();
        post(&world, form_of(&credential) + &more)
    };
    world.send(&with_more(97)).expect(200);
    for count in [98, 5_000] {
        world.send(&with_more(count)).expect_oauth_error(400, "invalid_request");
    }
    let repeated = "&resource=https://builds.example.org".repeat(98);
    let request = post(&world, form_of(&credential) + &repeated);
    world.send(&request).expect_oauth_error(400, "invalid_request");
}

/// TE-22, TE-18: bytes that are not text are refused everywhere.
#[test]
fn nul_and_invalid_utf_8_are_refused_everywhere() {
    let (world, credential) = world_with_a_credential();
    let good = form_of(&credential);
    for bad in ["%00", "%ff", "%C3%28", "%ED%A0%80", "a%00b", "\0"] {
        for body in [
            format!("{good}&scope={bad}"),
            format!("{good}&resource={bad}"),
            format!("{good}&{bad}=x"),
            good.replace("client_id=", &format!("client_id={bad}")),
            good.replace("client_secret=", &format!("client_secret={bad}")),
            good.replace("grant_type=", &format!("grant_type={bad}")),
        ] {
            world.send(&post(&world, body)).expect_oauth_error(400, "invalid_request");
        }
        let basic = world.token_request(&Client { id: bad.into(), ..credential.clone() }, &[]);
        world.send(&basic).expect_oauth_error(400, "invalid_request");
        let basic = world.token_request(&Client { key: bad.into(), ..credential.clone() }, &[]);
        world.send(&basic).expect_oauth_error(400, "invalid_request");
    }
    let raw = post(&world, [good.as_bytes(), b"&scope=\xff\xfe"].concat());
    world.send(&raw).expect_oauth_error(400, "invalid_request");
    let not_utf_8 = post(&world, "grant_type=client_credentials").header("Authorization", "Basic //8=");
    world.send(&not_utf_8).expect_oauth_error(400, "invalid_request");
}

/// TE-22: paths are input too.
#[test]
fn malformed_realm_in_the_path_is_refused() {
    let (world, credential) = world_with_a_credential();
    for realm in
        ["%00", "%ff", "..", "ACME", "acme%20", "%E2%80%AE", "acme%2f", "'%20OR%201=1", &"a".repeat(9_000)]
    {
        for path in [format!("/realms/{realm}/oauth2/token"), format!("/{realm}/oidc/oauth/token")] {
            let answer = world.send(&Request::raw_form(&path, form_of(&credential)));
            assert!(matches!(answer.status, 400 | 401 | 404), "{path}: {} {}", answer.status, answer.text());
        }
    }
    // The same label in another spelling.
    let encoded = Request::raw_form("/realms/%61cme/oauth2/token", form_of(&credential));
    world.send(&encoded).expect(200);
}

/// TE-22: invalid HTTP and ambiguous HTTP yield neither a token nor a 500.
#[test]
fn chunked_body_is_read_and_ambiguous_framing_refused() {
    let (world, credential) = world_with_a_credential();
    let body = form_of(&credential).into_bytes();
    for size in [1, 7, 4_096] {
        framed(&world, "Transfer-Encoding: chunked\r\n", &chunked(&body, size)).expect(200);
    }
    let length = format!("Content-Length: {}\r\n", body.len());
    for framing in [
        format!("{length}Transfer-Encoding: chunked\r\n"),
        format!("{length}Content-Length: 5\r\n"),
        "Content-Length: -1\r\n".to_owned(),
        "Content-Length: +5\r\n".to_owned(),
        "Content-Length: 99999999999999999999\r\n".to_owned(),
        format!("{length}X-\0: x\r\n"),
        format!("{length}no colon\r\n"),
        format!("{length}X: a\r\n b\r\n"),
    ] {
        assert_eq!(framed(&world, &framing, &body).status, 400, "{framing:?}");
    }
    framed(&world, "Transfer-Encoding: chunked\r\n", b"zz\r\n").expect(400);
    let no_body_length = framed(&world, "", &body);
    no_body_length.expect_oauth_error(401, "invalid_client");
}

/// A network may split a request at any byte.
#[test]
fn request_that_comes_byte_by_byte_is_answered() {
    let (world, credential) = world_with_a_credential();
    let body = form_of(&credential);
    let head = format!(
        "POST /realms/acme/oauth2/token HTTP/1.1\r\nHost: claviger\r\nConnection: close\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    let mut stream = TcpStream::connect(world.address).expect("the server accepts");
    stream.set_nodelay(true).expect("a socket");
    for byte in (head + &body).into_bytes() {
        stream.write_all(&[byte]).expect("the server reads");
    }
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("the server answers");
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
}

/// TE-24, TE-04.
#[test]
fn other_methods_are_refused_and_no_cors_headers_are_sent() {
    let (world, credential) = world_with_a_credential();
    for path in ["/realms/acme/oauth2/token", "/acme/oidc/oauth/token"] {
        for method in ["GET", "HEAD", "PUT", "PATCH", "DELETE", "TRACE", "OPTIONS", "BREW"] {
            let request = Request::new(method, path)
                .header("Content-Type", "application/x-www-form-urlencoded")
                .header("Origin", "https://evil.example")
                .header("Access-Control-Request-Method", "POST")
                .basic(&credential.id, &credential.key);
            let request = match method {
                "PUT" | "PATCH" | "DELETE" => request.body("grant_type=client_credentials"),
                _ => request,
            };
            let answer = world.send(&request).expect(405);
            assert_eq!(answer.header("allow"), Some("POST"), "{method}");
            assert_eq!(answer.header("cache-control"), Some("no-store"), "{method}");
            assert!(!answer.text().contains(&credential.key), "TRACE must not send back what came");
            assert_no_cors(&answer);
        }
    }
    let from_elsewhere = world.token_request(&credential, &[]).header("Origin", "https://evil.example");
    assert_no_cors(&world.send(&from_elsewhere).expect(200));
}

fn assert_no_cors(answer: &Response) {
    let cors = answer.headers.iter().find(|(name, _)| name.starts_with("access-control-"));
    assert_eq!(cors, None);
}
