//! nginx, Caddy and Apache in front of a service, each configured as in the guide.

use serde_json::json;

use crate::authority::Authority;
use crate::proxy_scene::{Kind, Proxy, REACHED, undecided};
use claviger_testkit::http::{Request, send_raw};
use claviger_testkit::patience::until;

const IDENTITY: [&str; 5] = ["Client", "Subject", "Realm", "Scopes", "Kind"];

/// Values that reached the service under a name. CGI variables do not distinguish `-` from `_`.
fn arrived<'a>(text: &'a str, name: &str) -> Vec<&'a str> {
    let of = |line: &&'a str| {
        line.split_once(':').is_some_and(|(known, _)| known.replace('_', "-").eq_ignore_ascii_case(name))
    };
    text.lines().filter(of).map(|line| line.split_once(':').map_or("", |(_, value)| value.trim())).collect()
}

fn forged(mut request: Request) -> Request {
    for name in IDENTITY {
        for prefix in ["X-Claviger-", "X_Claviger_", "X-Claviger_", "X_Claviger-", "x_cLAVIGER_"] {
            request = request.header(&format!("{prefix}{name}"), "forged");
        }
    }
    request
}

fn check(kind: Kind) {
    check_proxy(kind, Proxy::start(kind));
}

fn check_proxy(kind: Kind, mut proxy: Proxy) {
    let token = proxy.authority.api_token(&["ci:read"]);
    let poor = proxy.authority.api_token(&["targets:read"]);
    let get = |token: &str| Request::get("/some/path?a=b").bearer(token);

    // Allowed: the service receives the identity, and nothing that the client claims about it.
    let mut request = forged(get(&token.token));
    if kind == Kind::Apache {
        for name in
            ["OAUTH2_CLAIM_sub", "OAUTH2-CLAIM-sub", "OAUTH2_CLAIM_unheard_of", "OAUTH2-CLAIM-unheard-of"]
        {
            request = request.header(name, "forged");
        }
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

    // A client cannot have the identity headers removed (RFC 9110 §7.6.1), nor pass them under another name.
    let names = IDENTITY.map(|name| format!("X-Claviger-{name}, x-claviger-{name}")).join(", ");
    let hop = format!("close, OAUTH2_CLAIM_sub, {names}");
    let sly = get(&token.token).without_header("Connection").header("Connection", &hop);
    let told = proxy.send(&sly).expect(200).text();
    match kind {
        Kind::Apache => assert_eq!(arrived(&told, "OAUTH2-CLAIM-sub").len(), 1, "{told}"),
        _ => assert_eq!(arrived(&told, "X-Claviger-Client"), [token.id.as_str()], "{told}"),
    }
    let elsewhere = b"GET / HTTP/1.1\r\nHost: elsewhere.example\r\nConnection: close\r\n\r\n";
    assert_eq!(send_raw(proxy.address, elsewhere, false).status, 401);
    // More scopes than required are sufficient.
    let richer = proxy.authority.api_token(&["ci:read-update"]);
    proxy.send(&get(&richer.token)).expect(200);

    // The largest scope fits, in a token and in the answer to the proxy.
    let (opaque, signed) = proxy.authority.tokens_of_the_largest_scope("ci:read");
    for token in [&opaque, &signed] {
        let answer = proxy.send(&get(token)).expect(200).text();
        let scopes =
            arrived(&answer, if kind == Kind::Apache { "OAUTH2-CLAIM-scope" } else { "X-Claviger-Scopes" });
        assert_eq!(scopes.first().map(|scopes| scopes.len()), Some(4_096), "{}", answer.len());
    }

    // 401 with a challenge, 403 with the scope.
    let nobody = proxy.send(&forged(Request::get("/"))).expect(401);
    assert!(nobody.header("www-authenticate").is_some_and(|told| told.starts_with("Bearer")), "{nobody:?}");
    proxy.send(&get("clva_wrong")).expect(401);
    let refused = proxy.send(&get(&poor.token));
    assert_eq!(refused.status, 403, "{refused:?}");
    let told = refused.header("www-authenticate").expect("a challenge");
    assert!(told.contains("insufficient_scope"), "{told}");

    // No URL spelling passes without a token.
    for target in
        ["/a/../b", "//b", "/%2e%2e/b", "/a%2fb", "/a%00b", "http://elsewhere.example/b", "/b;x", "/.."]
    {
        let request =
            format!("GET {target} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", proxy.address);
        let answer = send_raw(proxy.address, request.as_bytes(), false);
        assert_eq!(answer.header(REACHED), None, "{target}: {answer:?}");
    }

    proxy.send(&get(&token.token)).expect(200);
    proxy.authority.revoke(&token);
    proxy.send(&get(&token.token)).expect(401);

    // Without an authorization server every request is refused.
    let last = proxy.authority.api_token(&["ci:read"]);
    proxy.authority.stop();
    let closed = proxy.send(&get(&last.token)).status;
    assert!(closed != 200, "{closed}");
}

#[test]
fn requests_are_refused_while_authorization_is_undecided() {
    for kind in [Kind::Nginx, Kind::Caddy, Kind::Apache] {
        let proxy = Proxy::start_asking(kind, Authority::start(), undecided());
        let answer = proxy.send(&Request::get("/").bearer("clva_any"));
        assert_eq!(answer.header(REACHED), None, "{kind:?}");
        match kind {
            // Apache uses introspection, and refuses whatever it cannot verify.
            Kind::Apache => assert!(matches!(answer.status, 401 | 500 | 503), "{answer:?}"),
            _ => {
                assert_eq!(answer.status, 503, "{kind:?}");
                assert_eq!(answer.header("retry-after"), Some("7"), "{kind:?}");
            }
        }
    }
}

// FA-P1, FA-P2, FA-P4
#[test]
fn nginx_authorizes_every_request() {
    check(Kind::Nginx);
}

// FA-P1, FA-P2, FA-P4
#[test]
fn caddy_authorizes_every_request() {
    check(Kind::Caddy);
}

// FA-P1, FA-P2, FA-P4
#[test]
fn apache_authorizes_every_request() {
    check(Kind::Apache);
}

/// The configuration of the guide, with one other address.
fn check_with_sidecar(kind: Kind) {
    let authority = Authority::start();
    let sidecar = authority.sidecar();
    check_proxy(kind, Proxy::start_asking(kind, authority, sidecar.address));
}

// FA-P1, FA-P2, FA-P4
#[test]
fn nginx_asks_a_sidecar_as_it_asks_the_server() {
    check_with_sidecar(Kind::Nginx);
}

// FA-P1, FA-P2, FA-P4
#[test]
fn caddy_asks_a_sidecar_as_it_asks_the_server() {
    check_with_sidecar(Kind::Caddy);
}

#[test]
fn signed_token_is_refused_behind_a_sidecar_once_revoke_has_answered() {
    let authority = Authority::start();
    let sidecar = authority.sidecar();
    let mut proxy = Proxy::start_asking(Kind::Nginx, authority, sidecar.address);
    let signed = |name: &str| {
        let body = json!({
            "name": name, "validity_days": 90, "token_ttl_seconds": 3600, "groups": ["builders"],
        });
        let made = proxy.authority.administer("POST", "/service-credentials", &body).expect(201).json();
        let text = |name: &str| made[name].as_str().expect("a text").to_owned();
        let form = [("grant_type", "client_credentials")];
        let request = Request::form("/realms/demo/oauth2/token", &form);
        let request = request.basic(&text("client_id"), &text("client_key"));
        let answer = request.send(proxy.authority.address).expect(200).json();
        (text("id"), answer["access_token"].as_str().expect("a token").to_owned())
    };
    let (tokens, last) =
        ((0..20).map(|n| signed(&format!("nightly-{n}"))).collect::<Vec<_>>(), signed("last").1);
    for (number, (id, token)) in tokens.iter().enumerate() {
        proxy.send(&Request::get("/").bearer(token)).expect(200);
        let (path, body) =
            (format!("/service-credentials/{id}/revoke"), json!({"name": format!("nightly-{number}")}));
        let receipt = proxy.authority.administer("POST", &path, &body).expect(200).json();
        proxy.send(&Request::get("/").bearer(token)).expect(401);
        assert_eq!((&receipt["waited_for"], &receipt["outcome"]), (&json!("verifiers"), &json!("confirmed")));
    }
    proxy.send(&Request::get("/").bearer(&last)).expect(200);
    proxy.authority.stop();
    until("nothing is accepted without the server", || {
        proxy.send(&Request::get("/").bearer(&last)).status != 200
    });
    let undecided = proxy.send(&Request::get("/").bearer(&last)).expect(503);
    assert!(
        undecided.header("retry-after").is_some() && undecided.header(REACHED).is_none(),
        "{undecided:?}"
    );
}
