//! Signing in with the browser, and signing out. The server is a stub, and the browser a script that notes the address.

use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::scene::{ID, SECRET, Scene, said};
use crate::terminal::at_terminal;

const EXCHANGE: &str = "POST /api/v1/realms/demo/personal-access-tokens/exchange HTTP/1.1";

/// Its answers are the description of the API and a new token at once.
fn scene() -> Scene {
    let token = json!({
        "operationId": "exchangeApprovedSignIn", "id": ID, "member": ID, "description": "claviger login on here",
        "scopes": ["admin:read-update"], "status": "active", "created_at": "2027-01-01T00:00:00Z",
        "expires_at": "2027-04-01T00:00:00Z", "last_used_at": null, "revoked_at": null,
        "token": format!("clvp_{SECRET}"), "items": [], "next_cursor": null, "access_token": "eyJ.x.y",
    });
    let scene = Scene::answering("200 OK", &token.to_string());
    fs::create_dir(scene.at("bin")).expect("a folder");
    let browser = scene.at("bin/xdg-open");
    let address = scene.at("address");
    let script = format!("#!/bin/sh\nprintf %s \"$1\" > {0}.new && mv {0}.new {0}\n", address.display());
    fs::write(&browser, script).expect("a file");
    fs::set_permissions(&browser, fs::Permissions::from_mode(0o755)).expect("a file");
    scene
}

/// With the browser of the scene, and without what the environment says already.
fn login(scene: &Scene, arguments: &[&str]) -> Command {
    let mut command = scene.command(&[&["login"], arguments].concat());
    let path = std::env::var("PATH").expect("a path");
    command.env("PATH", format!("{}:{path}", scene.at("bin").display())).env_remove("CLAVIGER_TOKEN");
    command
}

fn value(address: &str, name: &str) -> Option<String> {
    let query = address.split_once('?').expect("a query").1;
    let mut values = query.split('&').filter_map(|pair| pair.split_once('='));
    values.find(|(known, _)| *known == name).map(|(_, value)| value.to_owned())
}

/// What the browser was asked to open.
fn opened(file: &Path) -> String {
    let begun = Instant::now();
    loop {
        if let Ok(address) = fs::read_to_string(file) {
            return address;
        }
        assert!(begun.elapsed() < Duration::from_secs(60), "the browser was not opened");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// The status line and the page.
fn visited(port: &str, line: &str) -> String {
    let address: SocketAddr = format!("127.0.0.1:{port}").parse().expect("an address");
    let mut stream = TcpStream::connect(address).expect("it listens");
    stream.write_all(format!("{line} HTTP/1.1\r\nHost: {address}\r\n\r\n").as_bytes()).expect("it is read");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("it is answered");
    answer
}

fn profile(scene: &Scene) -> Value {
    let file = scene.at(".config/claviger/profile.json");
    let mode = fs::metadata(&file).expect("the profile").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    serde_json::from_str(&fs::read_to_string(file).expect("text")).expect("JSON")
}

/// Runs it at a terminal while `browse` acts as the person with the browser. The end of `browse` is awaited.
fn with_browser(
    scene: &Scene,
    arguments: &[&str],
    browse: impl FnOnce(&str) + Send + 'static,
) -> (Option<i32>, String) {
    let file = scene.at("address");
    let browser = std::thread::spawn(move || browse(&opened(&file)));
    let ended = at_terminal(login(scene, arguments), 200, "");
    browser.join().expect("the browser found what it expects");
    fs::remove_file(scene.at("address")).expect("an address");
    ended
}

#[test]
fn browser_brings_the_code_of_this_sign_in_alone() {
    let scene = scene();
    let (url, asked) = (scene.url(), scene.asked().len());
    let (code, screen) = with_browser(&scene, &[], move |address| {
        assert!(address.starts_with(&format!("{url}/console/demo/cli?challenge=")), "{address}");
        assert_eq!(value(address, "challenge").expect("a challenge").len(), 43);
        assert!(value(address, "name").is_some_and(|name| !name.is_empty()), "{address}");
        let (port, state) =
            (value(address, "port").expect("a port"), value(address, "state").expect("a state"));
        let silent = TcpStream::connect(format!("127.0.0.1:{port}")).expect("it listens");
        assert!(visited(&port, "GET /favicon.ico").starts_with("HTTP/1.1 404 "));
        for (line, status) in [
            (format!("GET /?code=k.c&state=x{state}"), 400),
            ("GET /?code=k.c".to_owned(), 400),
            (format!("GET /?error=access_denied&state={state}x"), 400),
            (format!("POST /?code=k.c&state={state}"), 400),
        ] {
            let answer = visited(&port, &line);
            assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{line}: {answer}");
        }
        let answer = visited(&port, &format!("GET /?code=k.c&state={state}"));
        assert!(answer.starts_with("HTTP/1.1 200 ") && answer.contains("<h1>Signed in</h1>"), "{answer}");
        for header in ["Cache-Control: no-store", "Referrer-Policy: no-referrer", "default-src 'none'"] {
            assert!(answer.contains(header), "{answer}");
        }
        drop(silent);
    });
    assert_eq!(code, Some(0), "{screen}");
    assert!(screen.contains("Signed in to demo at ") && screen.contains("until 2027-04-01."), "{screen}");
    assert!(!screen.contains(SECRET) && !screen.contains("k.c"), "{screen}");
    let asked: Vec<String> = scene.asked().split_off(asked);
    assert_eq!(asked.iter().filter(|line| *line == EXCHANGE).count(), 1, "{asked:?}");
    let saved = profile(&scene);
    assert_eq!(saved["personal_access_token"], format!("clvp_{SECRET}"));
    assert_eq!(saved["personal_access_token_id"], ID);
}

#[test]
fn cancel_saves_nothing() {
    let scene = scene();
    let (code, screen) = with_browser(&scene, &[], |address| {
        let (port, state) =
            (value(address, "port").expect("a port"), value(address, "state").expect("a state"));
        let answer = visited(&port, &format!("GET /?error=access_denied&state={state}"));
        assert!(answer.contains("<h1>Canceled</h1>"), "{answer}");
    });
    assert_eq!(code, Some(5), "{screen}");
    assert!(screen.contains("canceled in the browser: nothing was saved"), "{screen}");
    assert!(!scene.at(".config").exists());
    assert!(!scene.asked().iter().any(|line| line == EXCHANGE));
}

#[test]
fn code_of_the_page_is_pasted_where_there_is_no_browser() {
    let scene = scene();
    for (ssh, arguments) in [(false, &["--no-browser"][..]), (true, &[])] {
        let mut command = login(&scene, arguments);
        if ssh {
            command.env("SSH_CONNECTION", "192.0.2.1 50000 192.0.2.2 22");
        }
        let (code, screen) = at_terminal(command, 400, "k.pasted\n");
        assert_eq!(code, Some(0), "{screen}");
        let address = screen.split_whitespace().find(|word| word.contains("/console/demo/cli?"));
        let address = address.expect("the address is shown");
        assert_eq!((value(address, "port"), value(address, "state")), (None, None), "{address}");
        assert!(!scene.at("address").exists(), "no browser is opened");
        assert_eq!(profile(&scene)["personal_access_token_id"], ID);
    }
    // Without a terminal the code may be piped.
    let (code, _, errors) = said(&mut login(&scene, &["--no-browser"]), "k.piped\n");
    assert_eq!(code, Some(0), "{errors}");
    assert!(!errors.contains("k.piped"), "{errors}");
    for (input, says) in [("", "must hold the code"), ("two words", "and nothing else")] {
        let (code, _, errors) = said(&mut login(&scene, &["--no-browser"]), input);
        assert_eq!(code, Some(2), "{errors}");
        assert!(errors.contains(says), "{errors}");
    }
}

#[test]
fn token_is_read_without_a_terminal_or_on_request() {
    let scene = scene();
    let (code, _, errors) = said(&mut login(&scene, &[]), "clvp_token");
    assert_eq!(code, Some(0), "{errors}");
    assert_eq!(profile(&scene)["personal_access_token"], "clvp_token");
    let (code, screen) = at_terminal(login(&scene, &["--with-token"]), 80, "clvp_typed\n");
    assert_eq!(code, Some(0), "{screen}");
    let saved = profile(&scene);
    assert_eq!(
        (&saved["personal_access_token"], &saved["personal_access_token_id"]),
        (&json!("clvp_typed"), &Value::Null)
    );
    let (code, _, errors) = said(&mut login(&scene, &[]), "");
    assert_eq!(code, Some(2), "{errors}");
    assert!(errors.contains("opens the browser") && errors.contains("--no-browser"), "{errors}");
    for two in [
        ["--no-browser", "--with-token"],
        ["--client-id=x", "--with-token"],
        ["--client-id=x", "--no-browser"],
    ] {
        let (code, _, errors) = said(&mut login(&scene, &two), "");
        assert_eq!(code, Some(2), "{errors}");
    }
}

#[test]
fn server_that_cannot_is_told_before_the_browser_opens() {
    for (status, body, code, says) in [
        ("200 OK", "{}", 1, "without sign-in in the browser: add --with-token"),
        ("503 Service Unavailable", "{}", 9, "503"),
    ] {
        let scene = Scene::answering(status, body);
        let (found, _, errors) = said(&mut login(&scene, &["--no-browser"]), "k.code");
        assert_eq!(found, Some(code), "{errors}");
        assert!(errors.contains(says) && !errors.contains("/console/"), "{errors}");
    }
    let scene = scene();
    let nowhere = ["--no-browser", "--url", "http://127.0.0.1:9"];
    let (code, _, errors) = said(&mut login(&scene, &nowhere), "k.code");
    assert_eq!(code, Some(9), "{errors}");
    assert!(errors.contains("cannot be reached") && !errors.contains("/console/"), "{errors}");
    let plain = ["--no-browser", "--url", "http://keys.example.org"];
    let (code, _, errors) = said(&mut login(&scene, &plain), "k.code");
    assert_eq!(code, Some(2), "{errors}");
    assert!(errors.contains("not encrypted"), "{errors}");
}

#[test]
fn what_login_had_made_is_revoked_and_what_was_given_is_not() {
    let scene = scene();
    let revoke = format!("POST /api/v1/realms/demo/personal-access-tokens/{ID}/revoke HTTP/1.1");
    let revoked = || scene.asked().iter().filter(|line| **line == revoke).count();
    let sign_in = || {
        let (code, _, errors) = said(&mut login(&scene, &["--no-browser"]), "k.code");
        assert_eq!(code, Some(0), "{errors}");
    };
    sign_in();
    assert_eq!(revoked(), 0);
    sign_in();
    assert_eq!(revoked(), 1, "the one of the sign-in before");
    assert_eq!(said(&mut login(&scene, &["--client-id", ID]), "clvk_key").0, Some(0));
    assert_eq!(revoked(), 1, "it is kept beside the client key");
    let (code, output, errors) = said(&mut scene.command(&["logout", "--json"]), "");
    assert_eq!(
        (code, serde_json::from_str(&output).ok()),
        (Some(0), Some(json!({"removed": true, "revoked": true}))),
        "{errors}"
    );
    assert_eq!(revoked(), 2);
    assert!(!scene.at(".config/claviger/profile.json").exists());

    assert_eq!(said(&mut login(&scene, &[]), "clvp_given").0, Some(0));
    let (code, output, _) = said(&mut scene.command(&["logout"]), "");
    assert_eq!((code, output.contains("still valid"), revoked()), (Some(0), true, 2), "{output}");
}

#[test]
fn logout_removes_the_profile_although_the_server_refuses() {
    for (status, body, says) in [
        ("503 Service Unavailable", "{}", "Its token is still valid: "),
        ("401 Unauthorized", "{}", "Its token had ended before."),
    ] {
        let signed_in = scene();
        assert_eq!(said(&mut login(&signed_in, &["--no-browser"]), "k.code").0, Some(0));
        let refusing = Scene::answering(status, body);
        let file = signed_in.at(".config/claviger/profile.json");
        let saved = fs::read_to_string(&file).expect("text").replace(&signed_in.url(), &refusing.url());
        fs::write(&file, saved).expect("a file");
        let (code, output, errors) = said(&mut signed_in.command(&["logout"]), "");
        assert_eq!(code, Some(0), "{errors}");
        assert!(format!("{output}{errors}").contains(says), "{output}{errors}");
        assert!(!file.exists());
    }
}
