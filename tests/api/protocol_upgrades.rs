//! Requests that offer to change the protocol: answered over HTTP/1.1, as if they did not (RFC 9110 §7.8).

use claviger_testkit::http::send_raw;
use claviger_testkit::world::{Database, World};

#[test]
fn offered_upgrade_is_ignored() {
    let world = World::start(Database::Sqlite);
    let credential = world.credential("nightly", &[]);
    let body =
        format!("grant_type=client_credentials&client_id={}&client_secret={}", credential.id, credential.key);
    let form = format!(
        "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let token = world.path("/oauth2/token");
    for offer in [
        "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA\r\n",
        "Connection: Upgrade\r\nUpgrade: h2c\r\n",
        "Connection: upgrade\r\nUpgrade: TLS/1.0\r\n",
        "Connection: keep-alive, Upgrade\r\nUpgrade: HTTP/2.0, h2c\r\n",
        "Upgrade: h2c\r\n",
        "Connection: Upgrade\r\n",
    ] {
        for (line, rest, status) in [
            ("GET /health/live", "\r\n", 200),
            ("GET /nowhere", "\r\n", 404),
            (&format!("POST {token}"), form.as_str(), 200),
            (&format!("GET {token}"), "\r\n", 405),
        ] {
            let request = format!("{line} HTTP/1.1\r\nHost: x\r\n{offer}{rest}");
            let answer = send_raw(world.address, request.as_bytes(), false);
            assert_eq!(answer.status, status, "{line} {offer}: {}", answer.text());
            assert_eq!(answer.header("upgrade"), None, "{line} {offer}");
            let connection = answer.header("connection").unwrap_or_default().to_ascii_lowercase();
            assert!(
                matches!(connection.as_str(), "" | "close" | "keep-alive"),
                "{line} {offer}: {connection}"
            );
        }
    }
}
