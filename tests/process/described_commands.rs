//! Commands, and the operations of the API's description that they call.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::path::Path;

use serde_json::Value;
use tempfile::TempDir;

use claviger_testkit::process::{claviger, run};

const ID: &str = "0198a1c0-0000-7000-8000-000000000000";

/// What commands require besides the object.
const ARGUMENTS: [(&str, &[&str]); 16] = [
    ("application-credential edit", &["--description", "d"]),
    ("application-credential renew", &["--overlap", "0s"]),
    ("credential edit", &["--no-groups"]),
    ("credential renew", &["--overlap", "0s"]),
    ("credential revoke", &["--name", "n"]),
    ("group edit", &["--description", "d"]),
    ("member edit", &["--no-groups"]),
    ("realm edit", &["--display-name", "d"]),
    (
        "realm sign-in set",
        &[
            "--provider-name",
            "n",
            "--issuer",
            "https://a.example",
            "--client-id",
            "c",
            "--public-client",
            "true",
        ],
    ),
    ("resource edit", &["--description", "d"]),
    ("resource-server renew", &["--overlap", "0s"]),
    ("scope edit", &["--description", "d"]),
    ("source edit", &["--name", "n"]),
    ("source-credential edit", &["--name", "n"]),
    ("signing-key rotate", &["--alg", "ES256"]),
    ("webhook edit", &["--name", "n"]),
];

/// Runs a command against a server that answers once, with an empty object. Returns the first line and the
/// body of the request.
fn sent(folder: &Path, arguments: &[String]) -> (String, String) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    let server = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("a request");
        let mut reader = BufReader::new(stream.try_clone().expect("a descriptor"));
        let mut head = Vec::new();
        while head.last().is_none_or(|line| line != "\r\n") {
            let mut line = String::new();
            assert_ne!(reader.read_line(&mut line).expect("a line"), 0, "the request ends early");
            head.push(line);
        }
        let length = head
            .iter()
            .find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length:").map(str::to_owned));
        let length = length.map_or(0, |length| length.trim().parse().expect("a length"));
        let mut body = vec![0; length];
        reader.read_exact(&mut body).expect("a body");
        let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}";
        stream.write_all(answer).expect("the answer is read");
        (head.swap_remove(0).trim_end().to_owned(), String::from_utf8(body).expect("UTF-8"))
    });
    let mut command = claviger(folder);
    command.env("CLAVIGER_URL", format!("http://{address}")).env("CLAVIGER_REALM", "demo");
    command.env("CLAVIGER_TOKEN", "clvp_token").env("HOME", folder).args(arguments);
    let (status, _, errors) = run(&mut command);
    assert!(status.success(), "{arguments:?}: {errors}");
    server.join().expect("a request")
}

/// `groups` is `group`, `service-credentials` is `credential`.
fn noun(segment: Option<&&str>) -> String {
    match segment {
        None => "realm".to_owned(),
        // There is one.
        Some(&"sign-in") => "realm sign-in".to_owned(),
        Some(&"identities") => "member identity".to_owned(),
        Some(plural) => plural.trim_start_matches("service-").trim_end_matches('s').to_owned(),
    }
}

#[test]
fn every_command_of_an_operation_that_waits_says_for_whom() {
    let folder = TempDir::new().expect("a temporary folder");
    let (status, document, errors) = run(claviger(folder.path()).arg("openapi"));
    assert!(status.success(), "{errors}");
    let document: Value = serde_json::from_str(&document).expect("JSON");
    let mut commands = BTreeSet::new();
    for (path, methods) in document["paths"].as_object().expect("paths") {
        for (method, operation) in methods.as_object().expect("operations") {
            let parameters = operation["parameters"].as_array().map(Vec::as_slice).unwrap_or_default();
            if !parameters.iter().any(|parameter| parameter["name"] == "wait") {
                continue;
            }
            // At an OAuth endpoint `wait` is a time.
            let Some(below) = path.strip_prefix("/api/v1/realms/{realm}") else { continue };
            let segments: Vec<&str> = below.split('/').filter(|segment| !segment.is_empty()).collect();
            let (object, literals): (Vec<&str>, Vec<&str>) =
                segments.iter().partition(|segment| segment.starts_with('{'));
            let verb = match (method.as_str(), literals.get(1)) {
                ("put", None) => "set",
                ("delete", None) if literals == ["sign-in"] => "remove",
                ("delete", Some(&"identities")) => "remove",
                ("patch", None) => "edit",
                ("delete", None) => "delete",
                ("post", Some(verb)) => verb,
                other => panic!("{path}: {other:?}"),
            };
            let of_another = object.ends_with(&["{identity}"]);
            let command =
                format!("{} {verb}", noun(if of_another { literals.get(1) } else { literals.first() }));
            let object: Vec<&str> =
                object.iter().map(|name| if *name == "{id}" || of_another { ID } else { "a" }).collect();
            let mut arguments: Vec<String> = command.split(' ').map(str::to_owned).collect();
            if !object.is_empty() {
                arguments
                    .extend(object.join(if of_another { " " } else { "/" }).split(' ').map(str::to_owned));
            }
            let required =
                ARGUMENTS.iter().find(|(name, _)| *name == command).map_or(&[][..], |(_, more)| more);
            arguments
                .extend(required.iter().chain(&["--json", "--wait", "nodes"]).map(|&word| word.to_owned()));

            let mut values = object.iter();
            let filled = segments.iter().map(|segment| match segment.starts_with('{') {
                true => values.next().expect("a value"),
                false => segment,
            });
            let below: String = filled.map(|segment| format!("/{segment}")).collect();
            let (line, _) = sent(folder.path(), &arguments);
            let method = method.to_ascii_uppercase();
            assert_eq!(line, format!("{method} /api/v1/realms/demo{below}?wait=nodes HTTP/1.1"), "{command}");
            commands.insert(command);
        }
    }
    let listed: BTreeSet<&str> = ARGUMENTS.iter().map(|(command, _)| *command).collect();
    assert!(listed.iter().all(|command| commands.contains(*command)), "{commands:?}");
}

#[test]
fn revocation_of_a_token_sends_in_its_form_for_whom_it_waits() {
    let folder = TempDir::new().expect("a temporary folder");
    for name in ["key", "token"] {
        std::fs::write(folder.path().join(name), name).expect("a file");
    }
    let line = format!("token revoke --json --client-id {ID} --key-file key --token-file token --wait nodes");
    let arguments: Vec<String> = line.split(' ').map(str::to_owned).collect();
    let (line, form) = sent(folder.path(), &arguments);
    assert_eq!(
        (line.as_str(), form.as_str()),
        ("POST /realms/demo/oauth2/revoke HTTP/1.1", "token=token&wait=nodes")
    );
}
