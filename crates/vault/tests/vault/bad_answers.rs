//! Answers that no provider should give: each is a clear outcome, in bounded time, and shows no secret (T-10).

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use base64::Engine;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use claviger_vault::{OutboundClient, OutboundSettings, Outcome, Validation};
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::json;

use crate::provider::{Provider, SECRET, route};
use crate::stub::{Incoming, Reply, Stub, settings_for};
use crate::table::github;

const HOSTS: [&str; 1] = ["api.github.com"];

fn raw(write: impl FnOnce(&mut TcpStream) + 'static) -> Reply {
    Reply::Raw(Box::new(write))
}

/// A head without length, and a body that is whatever follows.
fn endless(stream: &mut TcpStream, headers: &str) {
    let _ = stream.write_all(format!("HTTP/1.1 200 OK\r\nconnection: close\r\n{headers}\r\n").as_bytes());
}

/// Until the client closes the connection.
fn wait_for_end(stream: &mut TcpStream) {
    let _ = stream.read(&mut [0]);
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn answer(body: Vec<u8>) -> Reply {
    Reply::Answer { status: 200, headers: vec![], body }
}

fn validate_against(reply: impl Fn(&Incoming) -> Reply + Send + Sync + 'static) -> Validation {
    validate_within(OutboundSettings::default().total_timeout, reply)
}

fn validate_within(
    total_timeout: Duration,
    reply: impl Fn(&Incoming) -> Reply + Send + Sync + 'static,
) -> Validation {
    let stub = Stub::start(reply);
    let settings = OutboundSettings { total_timeout, ..settings_for(stub.port(), &HOSTS) };
    github("repo").validate_through(&OutboundClient::new(settings))
}

type Case = (&'static str, Outcome, fn() -> Reply);

#[test]
fn a_bad_answer_is_a_clear_outcome_in_bounded_time() {
    let cases: [Case; 19] = [
        ("100 MB", Outcome::ProviderError, || {
            raw(|stream| {
                endless(stream, "");
                let chunk = vec![b' '; 1024 * 1024];
                for _ in 0..100 {
                    if stream.write_all(&chunk).is_err() {
                        return;
                    }
                }
            })
        }),
        ("a length of 100 MB", Outcome::Unreachable, || {
            raw(|stream| {
                endless(stream, "content-length: 104857600\r\n");
                wait_for_end(stream);
            })
        }),
        ("one byte more than 1 MiB", Outcome::ProviderError, || answer(vec![b' '; 1024 * 1024 + 1])),
        ("a gzip bomb", Outcome::ProviderError, || {
            answer(gzip(&vec![0; 64 * 1024 * 1024])).with("content-encoding", "gzip")
        }),
        ("truncated gzip", Outcome::ProviderError, || {
            let whole = gzip(br#"{"login":"bot"}"#);
            answer(whole[..whole.len() / 2].to_vec()).with("content-encoding", "gzip")
        }),
        ("an unknown encoding", Outcome::ProviderError, || answer(vec![1, 2]).with("content-encoding", "br")),
        ("a slow body", Outcome::Unreachable, || {
            raw(|stream| {
                endless(stream, "");
                while stream.write_all(b" ").is_ok() {
                    thread::sleep(Duration::from_millis(100));
                }
            })
        }),
        ("a slow head", Outcome::Unreachable, || {
            raw(|stream| {
                let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nx: ");
                while stream.write_all(b"a").is_ok() {
                    thread::sleep(Duration::from_millis(100));
                }
            })
        }),
        ("no answer", Outcome::Unreachable, || raw(wait_for_end)),
        ("a closed connection", Outcome::Unreachable, || raw(|_| {})),
        ("no HTTP", Outcome::Unreachable, || {
            raw(|stream| drop(stream.write_all(b"220 smtp.acme.io ESMTP\r\n")))
        }),
        ("a head of 1 MB", Outcome::Unreachable, || {
            raw(|stream| endless(stream, &format!("x: {}\r\n", "a".repeat(1024 * 1024))))
        }),
        ("a broken chunk", Outcome::ProviderError, || {
            raw(|stream| {
                endless(stream, "transfer-encoding: chunked\r\n");
                let _ = stream.write_all(b"zz\r\n{}\r\n0\r\n\r\n");
            })
        }),
        ("invalid UTF-8", Outcome::InvalidCredential, || answer(b"{\"login\":\"\xff\xfe\"}".to_vec())),
        ("an HTML page", Outcome::InvalidCredential, || Reply::html(200)),
        ("an empty body", Outcome::InvalidCredential, || answer(vec![])),
        ("deep JSON", Outcome::InvalidCredential, || answer("[".repeat(500_000).into_bytes())),
        ("another shape", Outcome::InvalidCredential, || Reply::json(200, json!([1, null, { "login": [] }]))),
        ("a status of nobody", Outcome::Unknown, || Reply::json(418, json!({ "message": "teapot" }))),
    ];
    let runs: Vec<_> = cases
        .into_iter()
        .map(|(name, expected, reply)| {
            thread::spawn(move || {
                // What never ends is ended by the client; the rest must not depend on how busy this machine is.
                let limit = if expected == Outcome::Unreachable { 2 } else { 15 };
                let begun = Instant::now();
                let validation = validate_within(Duration::from_secs(limit), move |_| reply());
                let took = begun.elapsed();
                assert_eq!(validation.outcome, expected, "{name}: {validation:#?}");
                assert!(!validation.sentences.is_empty() && !validation.is_valid(), "{name}");
                assert!(took < Duration::from_secs(limit + 10), "{name} took {took:?}");
            })
        })
        .collect();
    let failed = runs.into_iter().map(thread::JoinHandle::join).filter(Result::is_err).count();
    assert_eq!(failed, 0, "the output has the assertions");
}

#[test]
fn a_compressed_answer_is_read() {
    let validation = validate_against(|incoming| match incoming.path.as_str() {
        "api.github.com/user" => answer(gzip(br#"{"login":"bot"}"#))
            .with("content-encoding", "gzip")
            .with("x-oauth-scopes", "repo, read:org, read:user"),
        _ => Reply::json(200, json!([])),
    });
    assert_eq!(validation.outcome, Outcome::Ok, "{validation:#?}");
}

#[test]
fn a_redirect_is_not_followed() {
    let canary = TcpListener::bind("127.0.0.1:0").unwrap();
    canary.set_nonblocking(true).unwrap();
    let target = format!("http://127.0.0.1:{}/user", canary.local_addr().unwrap().port());
    for status in [301, 302, 303, 307, 308] {
        let target = target.clone();
        let validation = validate_against(move |_| Reply::html(status).with("location", &target));
        assert_eq!(validation.outcome, Outcome::InvalidCredential, "{status}");
    }
    assert!(canary.accept().is_err(), "nothing connects to the target of a redirect");
}

fn with_organizations(next: impl Fn(&Incoming) -> String + Send + Sync + 'static) -> (Validation, usize) {
    let pages = Arc::new(AtomicUsize::new(0));
    let counted = pages.clone();
    let validation = validate_against(move |incoming| match incoming.path.as_str() {
        "api.github.com/user" => {
            Reply::json(200, json!({ "login": "bot" })).with("x-oauth-scopes", "repo, read:org, read:user")
        }
        _ => {
            let page = counted.fetch_add(1, Ordering::Relaxed);
            Reply::json(200, json!([{ "login": format!("org-{page}") }])).with("link", &next(incoming))
        }
    });
    (validation, pages.load(Ordering::Relaxed))
}

#[test]
fn endless_pages_end_at_the_fiftieth() {
    let count = AtomicUsize::new(1);
    let (validation, pages) = with_organizations(move |_| {
        let page = count.fetch_add(1, Ordering::Relaxed);
        format!(r#"<https://api.github.com/user/orgs?page={page}>; rel="next""#)
    });
    assert_eq!(pages, 50);
    let found = &validation.discoveries[0];
    assert!(found.truncated && found.items.len() == 50, "{found:#?}");
    assert_eq!(validation.outcome, Outcome::Ok);
}

#[test]
fn a_page_that_names_itself_is_read_once() {
    let (validation, pages) =
        with_organizations(|_| r#"<https://api.github.com/user/orgs?page=2>; rel="next""#.to_owned());
    assert_eq!(pages, 2);
    assert!(validation.discoveries[0].truncated);
}

#[test]
fn pages_keep_the_origin_so_that_the_credential_stays_with_its_provider() {
    let canary = TcpListener::bind("127.0.0.1:0").unwrap();
    canary.set_nonblocking(true).unwrap();
    let port = canary.local_addr().unwrap().port();
    for next in [
        format!("http://127.0.0.1:{port}/orgs"),
        "https://api.github.com.example.org/orgs".to_owned(),
        "http://api.github.com/orgs".to_owned(),
        "https://api.github.com:8443/orgs".to_owned(),
        "https://user@api.github.com/orgs".to_owned(),
        format!("//127.0.0.1:{port}/orgs"),
    ] {
        let link = format!(r#"<{next}>; rel="next""#);
        let (validation, pages) = with_organizations(move |_| link.clone());
        assert_eq!(pages, 1, "{next}");
        assert!(validation.discoveries[0].truncated, "{next}");
    }
    assert!(canary.accept().is_err());
}

#[test]
fn a_reflected_secret_is_shown_in_no_form() {
    let percent: String = url::form_urlencoded::byte_serialize(SECRET.as_bytes()).collect();
    let forms = [
        SECRET.to_owned(),
        SECRET[..14].to_owned(),
        percent,
        BASE64_STANDARD.encode(SECRET),
        BASE64_STANDARD.encode(format!(":{SECRET}")),
        BASE64_URL_SAFE_NO_PAD.encode(format!("bot:{SECRET}")),
        SECRET.replace('/', "\\/"),
    ];
    for form in forms {
        let text = format!("Bad credentials: '{form}'.");
        let refusing = text.clone();
        let refused = validate_against(move |_| Reply::json(401, json!({ "message": refusing })));
        // The identity, the scopes and the items of a list are texts of the provider as well.
        let accepted = validate_against(move |incoming| match incoming.path.as_str() {
            "api.github.com/user" => {
                Reply::json(200, json!({ "login": text })).with("x-oauth-scopes", &text.replace(',', ""))
            }
            _ => Reply::json(200, json!([{ "login": text }, { "login": "acme" }])),
        });
        assert_eq!(accepted.discoveries[0].items.len(), 1, "an id with a secret is not offered");
        for validation in [refused, accepted] {
            let shown = serde_json::to_string(&validation).unwrap();
            let inner = &form[4..form.len() - 4];
            assert!(!shown.contains(inner), "{form}: {shown}");
            assert!(shown.contains("***"), "{form}: {shown}");
        }
    }
}

#[test]
fn a_token_that_was_fetched_on_the_way_is_hidden_too() {
    let users = route(
        "GET acme.okta.com/api/v1/groups",
        200,
        json!([{ "id": "g1", "profile": { "name": "okta-token-1234" } }]),
    );
    let provider: Provider = crate::table::okta_app(&["okta.users.read"]).with(vec![users]);
    let shown = serde_json::to_string(&provider.validate()).unwrap();
    assert!(!shown.contains("okta-token-1234") && shown.contains("***"), "{shown}");
}
