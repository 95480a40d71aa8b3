//! nginx, Caddy and Apache in front of a service, each configured as the guide says.

use std::time::{Duration, Instant};

use crate::proxy_scene::{Kind, Proxy, REACHED};
use crate::support::http::{Request, send_raw};

const IDENTITY: [&str; 5] = ["Client", "Subject", "Realm", "Scopes", "Kind"];

/// What the service was told under a name, if anything.
fn arrived<'a>(text: &'a str, name: &str) -> Vec<&'a str> {
    let of = |line: &&'a str| line.split_once(':').is_some_and(|(known, _)| known.eq_ignore_ascii_case(name));
    text.lines().filter(of).map(|line| line.split_once(':').map_or("", |(_, value)| value.trim())).collect()
}

fn forged(mut request: Request) -> Request {
    for name in IDENTITY {
        request = request.header(&format!("X-Claviger-{name}"), "forged");
    }
    request
}

/// A revoked token may be taken for so long yet.
const fn patience(kind: Kind) -> Duration {
    match kind {
        Kind::Nginx | Kind::Caddy => Duration::ZERO,
        // What it has asked it keeps for a second, and counts in whole ones.
        Kind::Apache => Duration::from_millis(2_500),
    }
}

fn check(kind: Kind) {
    let mut proxy = Proxy::start(kind);
    let token = proxy.authority.api_token(&["ci:read"]);
    let poor = proxy.authority.api_token(&["targets:read"]);
    let get = |token: &str| Request::get("/some/path?a=b").bearer(token);

    // Allowed, and the service hears who it is and nothing that the client says of that.
    let mut request = forged(get(&token.token));
    if kind == Kind::Apache {
        request = request.header("OAUTH2_CLAIM_sub", "forged").header("OAUTH2_CLAIM_unheard_of", "forged");
    }
    let allowed = proxy.send(&request).expect(200).text();
    assert!(allowed.starts_with("GET /some/path?a=b "), "{allowed}");
    assert!(!allowed.contains("forged"), "{allowed}");
    if kind != Kind::Apache {
        assert_eq!(arrived(&allowed, "X-Claviger-Client"), [token.id.as_str()]);
        assert_eq!(arrived(&allowed, "X-Claviger-Realm"), ["demo"]);
        assert_eq!(arrived(&allowed, "X-Claviger-Scopes"), ["ci:read"]);
        assert_eq!(arrived(&allowed, "X-Claviger-Kind"), ["api_token"]);
        assert_eq!(arrived(&allowed, "X-Claviger-Subject").len(), 1);
        let by_header = Request::get("/").header("OSF-TOKEN", &token.token);
        proxy.send(&by_header).expect(200);
    }

    // 401 with a challenge, 403 with the scope.
    let nobody = proxy.send(&forged(Request::get("/"))).expect(401);
    assert!(nobody.header("www-authenticate").is_some_and(|told| told.starts_with("Bearer")), "{nobody:?}");
    proxy.send(&get("clva_wrong")).expect(401);
    let refused = proxy.send(&get(&poor.token));
    assert_eq!(refused.status, 403, "{refused:?}");
    let told = refused.header("www-authenticate").expect("a challenge");
    assert!(told.contains("insufficient_scope"), "{told}");

    // No spelling of an address passes without a token.
    for target in
        ["/a/../b", "//b", "/%2e%2e/b", "/a%2fb", "/a%00b", "http://elsewhere.example/b", "/b;x", "/.."]
    {
        let request =
            format!("GET {target} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", proxy.address);
        let answer = send_raw(proxy.address, request.as_bytes(), false);
        assert_eq!(answer.header(REACHED), None, "{target}: {answer:?}");
    }

    // Revoked.
    proxy.send(&get(&token.token)).expect(200);
    proxy.authority.revoke(&token);
    let revoked = Instant::now();
    while proxy.send(&get(&token.token)).status == 200 {
        assert!(revoked.elapsed() < patience(kind), "{kind:?} still takes a revoked token");
        std::thread::sleep(Duration::from_millis(50));
    }
    println!("{kind:?} refused a revoked token after {} ms", revoked.elapsed().as_millis());
    proxy.send(&get(&token.token)).expect(401);

    // Nobody to ask: closed.
    let last = proxy.authority.api_token(&["ci:read"]);
    proxy.authority.stop();
    let closed = proxy.send(&get(&last.token)).status;
    assert!(closed != 200, "{closed}");
}

// FA-P1, FA-P2, FA-P4
#[test]
fn nginx_asks_before_it_lets_through() {
    check(Kind::Nginx);
}

// FA-P1, FA-P2, FA-P4
#[test]
fn caddy_asks_before_it_lets_through() {
    check(Kind::Caddy);
}

// FA-P1, FA-P2, FA-P4
#[test]
fn apache_asks_before_it_lets_through() {
    check(Kind::Apache);
}
