//! oauth2-proxy in front of a service, configured as in the guide: it checks tokens offline, by the key set.

use crate::authority::{Authority, REALM};
use crate::proxy_scene::{Kind, Proxy, REACHED};
use claviger_testkit::http::Request;
use serde_json::{Value, json};

/// A client of the realm: its id and key.
struct Client(String, String);

fn made(authority: &Authority, noun: &str, body: &Value) -> Client {
    let made = authority.administer("POST", &format!("/{noun}"), body).expect(201).json();
    let text = |name: &str| made[name].as_str().expect("a text").to_owned();
    Client(text("client_id"), text("client_key"))
}

impl Client {
    /// A member of the answer of the token endpoint.
    fn token(&self, authority: &Authority, member: &str, audience: Option<&str>) -> String {
        let mut form = vec![("grant_type", "client_credentials")];
        form.extend(audience.map(|audience| ("resource", audience)));
        let request = Request::form(&format!("/realms/{REALM}/oauth2/token"), &form).basic(&self.0, &self.1);
        let answer = request.send(authority.address).expect(200).json();
        answer[member].as_str().expect("a token").to_owned()
    }
}

/// With another letter in the middle of the signature.
fn altered(token: &str) -> String {
    let (head, tail) = token.split_at(token.len() - 40);
    let letter = if tail.starts_with('A') { "B" } else { "A" };
    format!("{head}{letter}{}", &tail[1..])
}

// FA-P1, FA-P2
#[test]
fn oauth2_proxy_admits_only_unaltered_tokens_for_its_audience() {
    let proxy = Proxy::start(Kind::OAuth2Proxy);
    let authority = &proxy.authority;
    // The demonstration realm has the group `builders`.
    authority.administer("POST", "/groups", &json!({"name": "others", "scopes": ["ci:read"]})).expect(201);
    let lifetimes = json!({"validity_days": 90, "token_ttl_seconds": 3600});
    let named = |name: &str, groups: &[&str]| {
        let mut body = lifetimes.clone();
        body["name"] = json!(name);
        body["groups"] = json!(groups);
        made(authority, "service-credentials", &body)
    };
    let client = named("nightly", &["builders"]);
    let stranger = named("stranger", &["others"]);
    let application =
        made(authority, "application-credentials", &json!({"name": "t", "scopes": ["ci:read"]}));
    let audience = Some(proxy.audience.as_str());
    let token = client.token(authority, "access_token", audience);

    let get = |token: &str| Request::get("/some/path?a=b").bearer(token);
    let forged = get(&token).header("X-Forwarded-User", "forged").header("X-Forwarded-Email", "forged");
    let allowed = proxy.send(&forged).expect(200).text();
    assert!(allowed.starts_with("GET /some/path?a=b "), "{allowed}");
    assert!(allowed.contains(&format!("X-Forwarded-User: {}", client.0)), "{allowed}");
    assert!(allowed.contains(&format!("Authorization: Bearer {token}")), "the service checks the scope");
    assert!(!allowed.contains("forged"), "{allowed}");

    for (what, request) in [
        ("no token", Request::get("/some/path")),
        ("an altered token", get(&altered(&token))),
        ("a token for the whole realm", get(&client.token(authority, "access_token", None))),
        ("a token of another group", get(&stranger.token(authority, "access_token", audience))),
        ("a refresh token", get(&application.token(authority, "refresh_token", None))),
        ("an opaque token", get(&authority.api_token(&["ci:read"]).token)),
        ("no signature", get(&format!("{}.", &token[..token.rfind('.').expect("a dot")]))),
        ("a password", Request::get("/some/path").basic(&client.0, &client.1)),
    ] {
        let answer = proxy.send(&request);
        assert!(matches!(answer.status, 401 | 403), "{what}: {answer:?}");
        assert_eq!(answer.header(REACHED), None, "{what}");
    }
}
