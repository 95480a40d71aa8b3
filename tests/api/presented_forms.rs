//! Every form in which clients present a token, as they send the bytes, at every endpoint that accepts one.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use claviger_testkit::http::{Response, send_raw};
use claviger_testkit::world::{Database, World};

/// Sends the headers unchanged, after the request line and the host.
fn ask(world: &World, path: &str, headers: &str) -> Response {
    let request =
        format!("GET {path} HTTP/1.1\r\nHost: {}\r\n{headers}Connection: close\r\n\r\n", world.address);
    send_raw(world.address, request.as_bytes(), false)
}

fn encoded(text: &str) -> String {
    STANDARD.encode(text)
}

fn unpadded(text: &str) -> String {
    encoded(text).trim_end_matches('=').to_owned()
}

/// Every row of the table, for one token.
fn forms(token: &str) -> Vec<(&'static str, String)> {
    vec![
        ("OSF-TOKEN", format!("OSF-TOKEN: {token}\r\n")),
        ("osf-token", format!("osf-token: {token}\r\n")),
        ("Osf-Token", format!("Osf-Token: {token}\r\n")),
        ("bearer", format!("Authorization: Bearer {token}\r\n")),
        ("bearer, encoded once more", format!("Authorization: Bearer {}\r\n", encoded(token))),
        (
            "git with a helper",
            format!("Authorization: Basic {}\r\n", encoded(&format!("fio-oauth2:{token}"))),
        ),
        (
            "git with the token in the URL",
            format!("Authorization: Basic {}\r\n", encoded(&format!("{token}:"))),
        ),
        (
            "git with the token as the user name",
            format!("Authorization: Basic {}\r\n", encoded(&format!("{token}:x-oauth-basic"))),
        ),
        ("bearer after several spaces", format!("Authorization: Bearer   {token}\r\n")),
        (
            "basic without padding, after several spaces",
            format!("Authorization: Basic   {}\r\n", unpadded(&format!("any:{token}"))),
        ),
        ("git's http.extraHeader", format!("Authorization: basic {}\r\n", encoded(token))),
        ("docker", format!("Authorization: Basic {}\r\n", encoded(&format!("oauth2accesstoken:{token}")))),
        ("the same by two headers", format!("OSF-TOKEN: {token}\r\nAuthorization: Bearer {token}\r\n")),
    ]
}

fn guarded(world: &World) -> Vec<String> {
    vec![
        world.path("/whoami"),
        world.path("/forward-auth"),
        world.path("/forward-auth?scope=ci:read"),
        world.path("/registry/token?service=registry.example"),
    ]
}

// O2, O3, O5, O6, O7, DK-08
#[test]
fn every_kind_of_token_is_accepted_in_every_form_everywhere() {
    let world = World::start(Database::Sqlite);
    world.group("builders", &["ci:read"]);
    let (_, api_token) = world.api_token(&["ci:read"]);
    assert!(api_token.len() <= 48, "`openssl base64` wraps longer ones");
    let jwt = world.token(&world.credential("nightly", &["builders"]));
    for token in [&api_token, &jwt, &world.personal_token("ci:read")] {
        for (form, headers) in forms(token) {
            for path in guarded(&world) {
                let answer = ask(&world, &path, &headers);
                assert_eq!(answer.status, 200, "{form} at {path}: {}", answer.text());
            }
        }
    }
    for (form, headers) in forms(&world.owner) {
        let answer = ask(&world, "/api/v1/realms/acme/groups", &headers);
        assert_eq!(answer.status, 200, "{form}: {}", answer.text());
    }
    for (form, headers) in forms("clva_wrong0123456789012345678901234567890AB") {
        for path in guarded(&world) {
            assert_eq!(ask(&world, &path, &headers).status, 401, "{form} at {path}");
        }
    }
}

/// RFC 7617 and RFC 9110 §11.4: the forms of Basic that endpoints for tokens accept, at those for clients.
#[test]
fn client_authenticates_with_every_form_of_basic_everywhere() {
    let world = World::start(Database::Sqlite);
    world.group("builders", &["ci:read"]);
    let credential = world.credential("nightly", &["builders"]);
    let server = world.resource_server("builds", "https://builds.example.org");
    let token = world.token(&credential);
    let endpoints = [
        ("/oauth2/token", &credential, "grant_type=client_credentials".to_owned()),
        ("/oauth2/introspect", &server, format!("token={token}")),
        ("/oauth2/revoke", &credential, format!("token={token}")),
    ];
    for (path, client, body) in endpoints {
        let text = format!("{}:{}", client.id, client.key);
        // Percent-encoded characters change the length, and with it the padding.
        for form in [text.clone(), text.replacen('-', "%2D", 1), text.replacen('-', "%2D", 2)] {
            for credential in [encoded(&form), unpadded(&form)] {
                for header in [
                    format!("Basic {credential}"),
                    format!("basic   {credential}"),
                    format!("BASIC {credential}  "),
                ] {
                    let request = format!(
                        "POST {} HTTP/1.1\r\nHost: x\r\nAuthorization: {header}\r\nContent-Type: \
                         application/x-www-form-urlencoded\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
                        world.path(path),
                        body.len()
                    );
                    let answer = send_raw(world.address, request.as_bytes(), false);
                    assert_eq!(answer.status, 200, "{path} {header}: {}", answer.text());
                }
            }
        }
    }
}

// O4, BU-04, BU-08
#[test]
fn two_different_credentials_are_refused_and_neither_wins() {
    let world = World::start(Database::Sqlite);
    world.scopes(&["ci:read"]);
    let ((_, one), (_, other)) = (world.api_token(&["ci:read"]), world.api_token(&["ci:read"]));
    let basic = |token: &str| format!("Authorization: Basic {}\r\n", encoded(&format!("any:{token}")));
    for headers in [
        format!("OSF-TOKEN: {one}\r\nAuthorization: Bearer {other}\r\n"),
        format!("OSF-TOKEN: {one}\r\n{}", basic(&other)),
        format!("OSF-TOKEN: {one}\r\nOSF-TOKEN: {other}\r\n"),
        format!("Authorization: Bearer {one}\r\n{}", basic(&one)),
        format!("OSF-TOKEN: {one}\r\nAuthorization: Bearer wrong\r\n"),
        "OSF-TOKEN:\r\n".to_owned(),
        "OSF-TOKEN: a b\r\n".to_owned(),
        "Authorization: Basic ***\r\n".to_owned(),
    ] {
        assert_eq!(ask(&world, &world.path("/whoami"), &headers).status, 400, "{headers}");
        assert_eq!(ask(&world, "/api/v1/realms/acme/groups", &headers).status, 400, "{headers}");
        let registry = ask(&world, &world.path("/registry/token?service=r"), &headers);
        assert_eq!(registry.status, 400, "{headers}");
        // Proxies turn a 400 into their own error.
        assert_eq!(ask(&world, &world.path("/forward-auth"), &headers).status, 401, "{headers}");
    }
}
