//! nginx in front of git-http-backend: no URL spelling and no header bypasses the scopes of a token.

use crate::git_scene::GitServer;
use claviger_testkit::http::{Request, send_raw};

/// URLs that nginx and git-http-backend may treat as the LFS batch or as a push.
const WRITES: [&str; 14] = [
    "/app.git/info/lfs/objects/batch",
    "/app.git/info//lfs/objects/batch",
    "/app.git/info/./lfs/objects/batch",
    "/app.git/info/%2e/lfs/objects/batch",
    "/app.git/info/x/../lfs/objects/batch",
    "/app.git/info/x/%2e%2e/lfs/objects/batch",
    "/app.git/info%2flfs/objects/batch",
    "/app.git/info\\lfs\\objects\\batch",
    "/app.git/info;x/lfs;y/objects/batch",
    "/app.git/info/%6cfs/objects/batch",
    "//app.git//git-receive-pack",
    "/app.git/./git-receive-pack",
    "/app.git/x/../git-receive-pack",
    "/app.git/git-receive-pack#x",
];

fn status(server: &GitServer, token: &str, method: &str, target: &str) -> u16 {
    let request = format!(
        "{method} {target} HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {token}\r\nContent-Length: 0\r\n\
         Connection: close\r\n\r\n",
        server.address
    );
    send_raw(server.address, request.as_bytes(), false).status
}

// GT-04
#[test]
fn read_token_reaches_no_route_that_may_write() {
    let server = GitServer::start();
    server.repository("app", "pre-receive");
    let reader = server.authority.api_token(&["source:read"]).token;
    let writer = server.authority.api_token(&["source:read-update", "source:create"]).token;
    for target in WRITES {
        for method in ["GET", "POST", "PUT"] {
            let answered = status(&server, &reader, method, target);
            assert!(matches!(answered, 400 | 403), "{method} {target}: {answered}");
        }
    }
    let refs = "/app.git/info/refs?service=git-upload-pack";
    for method in ["PUT", "DELETE", "PATCH", "PROPFIND", "MKCOL", "OPTIONS"] {
        for token in [&reader, &writer] {
            let answered = status(&server, token, method, refs);
            assert!(matches!(answered, 403 | 405), "{method}: {answered}");
        }
    }
    assert_eq!(status(&server, &reader, "POST", "/app.git/info/refs"), 403);
    // What a git client requests.
    for target in [refs, "/app.git/HEAD", "/app.git/info/refs"] {
        assert_eq!(status(&server, &reader, "GET", target), 200, "{target}");
    }
}

/// The guide's proxy forwards the address that the request came from, whatever the client claims.
#[test]
fn failed_attempts_are_counted_against_the_address_that_nginx_saw() {
    let server = GitServer::start();
    server.repository("app", "pre-receive");
    let refs = "/app.git/info/refs?service=git-upload-pack";
    for round in 0..310 {
        let request = Request::get(refs)
            .basic("any", "clva_wrong")
            .header("X-Forwarded-For", &format!("garbage, 203.0.113.{}", round % 250))
            .header("X-Forwarded-For", &format!("198.51.100.{}", round % 250));
        server.send(&request).expect(401);
    }
    // This machine's own address is rate limited now.
    let direct = Request::get("/realms/demo/whoami").bearer("clva_wrong");
    direct.send(server.authority.address).expect(429);
}
