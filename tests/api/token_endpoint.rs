//! The token endpoint on the wire (RFC 6749 §4.4, §5): accepted requests, and their answers.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use claviger_testkit::http::{Request, Response};
use claviger_testkit::world::{Client, Database, World};

fn world_with_a_credential() -> (World, Client) {
    let world = World::start(Database::Sqlite);
    world.group("builders", &["ci:read", "source:read-update"]);
    let credential = world.credential("nightly", &["builders"]);
    (world, credential)
}

/// A form without an Authorization header.
fn bare_form(world: &World, parameters: &[(&str, &str)]) -> Request {
    Request::form(&world.path("/oauth2/token"), parameters)
}

fn form_with_key(path: &str, client: &Client) -> Request {
    let credentials = [("client_id", client.id.as_str()), ("client_secret", client.key.as_str())];
    Request::form(path, &[&[("grant_type", "client_credentials")], &credentials[..]].concat())
}

fn with_key(client: &Client, key: &str) -> Client {
    Client { key: key.to_owned(), ..client.clone() }
}

fn assert_never_stored(answer: &Response) {
    assert_eq!(answer.header("cache-control"), Some("no-store"), "{}", answer.text());
    assert_eq!(answer.header("pragma"), Some("no-cache"), "{}", answer.text());
}

/// TE-01, TE-02, TE-03: only the four members, so neither a refresh token nor an ID token.
#[test]
fn valid_key_gets_a_bearer_token_that_forbids_caching() {
    let (world, credential) = world_with_a_credential();
    let answer = world.send(&world.token_request(&credential, &[])).expect(200);
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_never_stored(&answer);
    let body = answer.json();
    let members: Vec<&String> = body.as_object().expect("an object").keys().collect();
    assert_eq!(members, ["access_token", "expires_in", "scope", "token_type"]);
    assert_eq!(body["token_type"], "Bearer");
    assert_eq!(body["expires_in"].as_i64(), Some(3600));
    assert_eq!(body["scope"], "ci:read source:read-update");
    assert_eq!(body["access_token"].as_str().map(|token| token.split('.').count()), Some(3));
}

/// TE-02 for errors, introspection and revocation.
#[test]
fn no_answer_about_tokens_is_stored() {
    let (world, credential) = world_with_a_credential();
    let server = world.resource_server("builds", "https://builds.example.org");
    let token = world.token(&credential);
    let wrong = with_key(&credential, "clvk_wrong");
    let revocation = |client: &Client| {
        Request::form(&world.path("/oauth2/revoke"), &[("token", &token)]).basic(&client.id, &client.key)
    };
    let answers = [
        (401, world.token_request(&wrong, &[])),
        (400, world.token_request(&credential, &[("scope", "unheard-of")])),
        (400, bare_form(&world, &[]).basic(&credential.id, &credential.key)),
        (413, world.token_request(&credential, &[("padding", &"x".repeat(70_000))])),
        (200, world.introspection_request(&server, &token)),
        (200, world.introspection_request(&server, "no-token")),
        (401, world.introspection_request(&wrong, &token)),
        (401, revocation(&wrong)),
        (200, revocation(&credential)),
    ];
    for (status, request) in answers {
        assert_never_stored(&world.send(&request).expect(status));
    }
}

/// TE-04: never a token, however complete the URL is.
#[test]
fn get_is_not_allowed_and_gives_no_token() {
    let (world, credential) = world_with_a_credential();
    let query = format!(
        "?grant_type=client_credentials&client_id={}&client_secret={}",
        credential.id, credential.key
    );
    for path in ["/realms/acme/oauth2/token", "/acme/oidc/oauth/token"] {
        for query in ["", &query] {
            let get = Request::get(&format!("{path}{query}")).basic(&credential.id, &credential.key);
            let answer = world.send(&get).expect(405);
            assert_eq!(answer.header("allow"), Some("POST"));
            assert!(!answer.text().contains("access_token"));
        }
    }
}

/// TE-04: credentials in a URL end up in logs (RFC 6749 §2.3.1).
#[test]
fn credentials_in_the_query_string_are_always_refused() {
    let (world, credential) = world_with_a_credential();
    let path = world.path("/oauth2/token");
    let (id, key) = (&credential.id, &credential.key);
    for query in [
        format!("client_id={id}&client_secret={key}"),
        format!("client_secret={key}"),
        format!("client_id={id}"),
        "grant_type=client_credentials".to_owned(),
        format!("client%5Fsecret={key}"),
    ] {
        let request = Request::form(&format!("{path}?{query}"), &[("grant_type", "client_credentials")]);
        world.send(&request).expect_oauth_error(400, "invalid_request");
        world.send(&request.basic(id, key)).expect_oauth_error(400, "invalid_request");
    }
}

/// TE-05, S39: id and key are form-encoded before base64. Some clients encode only what they must, some everything.
#[test]
fn basic_credentials_are_accepted_encoded_and_plain() {
    let (world, credential) = world_with_a_credential();
    let upper = |text: &str| text.bytes().map(|byte| format!("%{byte:02X}")).collect::<String>();
    let lower = |text: &str| upper(text).to_ascii_lowercase();
    let underscore = credential.key.replace('_', "%5F");
    for (id, key) in [
        (credential.id.clone(), credential.key.clone()),
        (upper(&credential.id), upper(&credential.key)),
        (lower(&credential.id), lower(&credential.key)),
        (credential.id.clone(), underscore),
    ] {
        world.send(&world.token_request(&Client { id, key, name: String::new() }, &[])).expect(200);
    }
    // Decoded once, not twice.
    let twice = Client { key: upper(&upper(&credential.key)), ..credential };
    world.send(&world.token_request(&twice, &[])).expect_oauth_error(401, "invalid_client");
}

/// Scheme names are case-insensitive (RFC 9110 §11.1). Another scheme is answered with the one that is offered.
#[test]
fn only_the_basic_scheme_is_accepted_in_any_case() {
    let (world, credential) = world_with_a_credential();
    let request = bare_form(&world, &[("grant_type", "client_credentials")]);
    let encoded = STANDARD.encode(format!("{}:{}", credential.id, credential.key));
    for scheme in ["Basic", "basic", "BASIC"] {
        world.send(&request.clone().header("Authorization", &format!("{scheme} {encoded}"))).expect(200);
    }
    let bearer = request.clone().bearer(&world.token(&credential));
    let answer = world.send(&bearer).expect_oauth_error(401, "invalid_client");
    assert_eq!(answer.header("www-authenticate"), Some("Basic realm=\"claviger\""));
    for broken in ["Basic", "Basic ", "Basic !!", "Basic bm9jb2xvbg==", encoded.as_str()] {
        let broken = request.clone().header("Authorization", broken);
        world.send(&broken).expect_oauth_error(400, "invalid_request");
    }
}

/// TE-07, S38, S39: `client_secret_post`.
#[test]
fn key_in_the_body_is_checked_like_one_in_the_header() {
    let (world, credential) = world_with_a_credential();
    let path = world.path("/oauth2/token");
    world.send(&form_with_key(&path, &credential)).expect(200);
    let wrong = form_with_key(&path, &with_key(&credential, "clvk_wrong"));
    world.send(&wrong).expect_oauth_error(401, "invalid_client");
    // A key without a client id.
    let nobody = [("grant_type", "client_credentials"), ("client_secret", credential.key.as_str())];
    world.send(&bare_form(&world, &nobody)).expect_oauth_error(400, "invalid_request");
}

/// S38: the path that public clients of the brief's product call.
#[test]
fn second_path_is_the_same_endpoint() {
    let (world, credential) = world_with_a_credential();
    let path = "/acme/oidc/oauth/token";
    let answer = world.send(&form_with_key(path, &credential)).expect(200);
    assert_never_stored(&answer);
    let body = answer.json();
    assert_eq!(body["token_type"], "Bearer");
    assert_eq!(body["expires_in"].as_i64(), Some(3600));
    assert_eq!(body["scope"], "ci:read source:read-update");
    let server = world.resource_server("builds", "https://builds.example.org");
    world.assert_active(&server, body["access_token"].as_str().expect("a token"));
    let wrong = with_key(&credential, "clvk_wrong");
    let refused = world.send(&form_with_key(&world.path("/oauth2/token"), &wrong)).expect(401).without_date();
    assert_eq!(world.send(&form_with_key(path, &wrong)).without_date(), refused);
    let nowhere = form_with_key("/nowhere/oidc/oauth/token", &credential);
    assert_eq!(world.send(&nowhere).without_date(), refused);
}

/// TE-08, S39.
#[test]
fn two_methods_of_authentication_at_once_are_refused() {
    let (world, credential) = world_with_a_credential();
    let assertion = [
        ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
        ("client_assertion", "a.b.c"),
    ];
    let key = [("client_id", credential.id.as_str()), ("client_secret", credential.key.as_str())];
    let basic_and = |more: &[(&str, &str)]| world.token_request(&credential, more);
    for request in [
        basic_and(&key),
        basic_and(&[("client_secret", credential.key.as_str())]),
        basic_and(&[("client_secret", "clvk_wrong")]),
        basic_and(&assertion),
        basic_and(&assertion[1..]),
        bare_form(&world, &[&[("grant_type", "client_credentials")], &key[..], &assertion[..]].concat()),
        basic_and(&[]).basic(&credential.id, &credential.key),
        basic_and(&[]).bearer(&world.token(&credential)),
    ] {
        world.send(&request).expect_oauth_error(400, "invalid_request");
    }
}

/// TE-09.
#[test]
fn client_id_in_the_body_must_match_basic() {
    let (world, credential) = world_with_a_credential();
    let other = world.credential("other", &["builders"]);
    world.send(&world.token_request(&credential, &[("client_id", &credential.id)])).expect(200);
    for id in [other.id.as_str(), "nobody"] {
        let request = world.token_request(&credential, &[("client_id", id)]);
        world.send(&request).expect_oauth_error(400, "invalid_request");
    }
}

/// TE-10: an empty parameter counts as omitted (RFC 6749 §3.2).
#[test]
fn grant_type_missing_or_empty_is_an_invalid_request() {
    let (world, credential) = world_with_a_credential();
    for body in ["", "grant_type=", "scope=ci:read", "grant_type"] {
        let request = Request::raw_form(&world.path("/oauth2/token"), body);
        let request = request.basic(&credential.id, &credential.key);
        world.send(&request).expect_oauth_error(400, "invalid_request");
    }
}

/// TE-11.
#[test]
fn every_other_grant_type_is_unsupported() {
    let (world, credential) = world_with_a_credential();
    for grant_type in [
        "password",
        "authorization_code",
        "implicit",
        "urn:ietf:params:oauth:grant-type:token-exchange",
        "Client_Credentials",
        "client_credentials ",
        "client_credentials,password",
        "\"><script>",
    ] {
        let request = bare_form(&world, &[("grant_type", grant_type), ("username", "a"), ("password", "b")]);
        let answer = world.send(&request.basic(&credential.id, &credential.key));
        answer.expect_oauth_error(400, "unsupported_grant_type");
    }
}

/// TE-12: a resource server is a client that receives tokens, and is issued none.
#[test]
fn resource_server_cannot_request_tokens() {
    let (world, _) = world_with_a_credential();
    let server = world.resource_server("builds", "https://builds.example.org");
    world.send(&world.token_request(&server, &[])).expect_oauth_error(400, "unauthorized_client");
    let wrong = with_key(&server, "clvk_wrong");
    world.send(&world.token_request(&wrong, &[])).expect_oauth_error(401, "invalid_client");
}

/// TE-13: even with equal values. Only `resource` and `audience` may repeat.
#[test]
fn repeated_parameter_is_refused() {
    let (world, credential) = world_with_a_credential();
    world.resource_server("builds", "https://builds.example.org");
    let target = "https://builds.example.org";
    for (name, one, other) in [
        ("scope", "ci:read", "source:read"),
        ("scope", "ci:read", "ci:read"),
        ("scope", "", ""),
        ("client_id", &credential.id, &credential.id),
        ("unknown", "1", "2"),
    ] {
        let request = world.token_request(&credential, &[(name, one), (name, other)]);
        world.send(&request).expect_oauth_error(400, "invalid_request");
    }
    let grant_types = [("grant_type", "client_credentials"), ("grant_type", "client_credentials")];
    let request = bare_form(&world, &grant_types).basic(&credential.id, &credential.key);
    world.send(&request).expect_oauth_error(400, "invalid_request");
    for name in ["resource", "audience"] {
        world.send(&world.token_request(&credential, &[(name, target), (name, target)])).expect(200);
    }
}

/// TE-14, S22: a client cannot request a longer lifetime, under any name.
#[test]
fn unknown_parameters_are_ignored() {
    let (world, credential) = world_with_a_credential();
    let unknown = [("foo", "bar"), ("expires_in", "999999"), ("lifetime", "999999"), ("exp", "9999999999")];
    let answer = world.send(&world.token_request(&credential, &unknown)).expect(200).json();
    assert_eq!(answer["expires_in"].as_i64(), Some(3600));
}

/// TE-15: containerd sends a charset.
#[test]
fn only_form_bodies_are_accepted() {
    let (world, credential) = world_with_a_credential();
    let request = world.token_request(&credential, &[]);
    let as_type = |content_type: &str| {
        request.clone().without_header("Content-Type").header("Content-Type", content_type)
    };
    for form in [
        "application/x-www-form-urlencoded; charset=UTF-8",
        "application/x-www-form-urlencoded;charset=utf-8",
        "Application/X-WWW-Form-Urlencoded",
    ] {
        world.send(&as_type(form)).expect(200);
    }
    for other in ["application/json", "multipart/form-data; boundary=x", "text/plain", "", ";"] {
        world.send(&as_type(other)).expect_oauth_error(400, "invalid_request");
    }
    world.send(&request.clone().without_header("Content-Type")).expect_oauth_error(400, "invalid_request");
    let json = serde_json::json!({
        "grant_type": "client_credentials", "client_id": credential.id, "client_secret": credential.key
    });
    let json = Request::json("POST", &world.path("/oauth2/token"), &json);
    world.send(&json).expect_oauth_error(400, "invalid_request");
}

/// TE-19: every `expect_oauth_error` checks the alphabet of descriptions. This test checks what they must not contain.
#[test]
fn description_echoes_neither_secrets_nor_markup() {
    let (world, credential) = world_with_a_credential();
    let markup = "<script>alert(1)</script>";
    let key = credential.key.as_str();
    let wrong_key = format!("{key}x");
    let wrong = with_key(&credential, &wrong_key);
    for request in [
        world.token_request(&wrong, &[]),
        world.token_request(&credential, &[("client_secret", key)]),
        world.token_request(&credential, &[("scope", markup)]),
        world.token_request(&credential, &[("scope", key)]),
        world.token_request(&credential, &[("resource", markup)]),
        world.token_request(&credential, &[(markup, "1"), (markup, "2")]),
        bare_form(&world, &[("grant_type", markup)]).basic(&credential.id, &credential.key),
        bare_form(&world, &[("grant_type", key)]).basic(markup, key),
    ] {
        let answer = world.send(&request);
        let error = answer.json()["error"].as_str().expect("an error").to_owned();
        let text = answer.clone().expect_oauth_error(answer.status, &error).text();
        assert!(!text.contains(key) && !text.contains("alert"), "{text}");
    }
}

/// TE-23: this grant is for clients that hold a key (RFC 6749 §4.4).
#[test]
fn client_without_a_key_gets_no_token() {
    let (world, credential) = world_with_a_credential();
    let grant = ("grant_type", "client_credentials");
    for parameters in [
        vec![grant],
        vec![grant, ("client_id", &credential.id)],
        vec![grant, ("client_id", &credential.id), ("client_secret", "")],
        vec![grant, ("client_id", &credential.id), ("client_assertion", "a.b.c")],
    ] {
        let answer = world.send(&bare_form(&world, &parameters)).expect_oauth_error(401, "invalid_client");
        assert!(answer.header("www-authenticate").is_some_and(|challenge| challenge.starts_with("Basic ")));
    }
    let empty = world.token_request(&with_key(&credential, ""), &[]);
    world.send(&empty).expect_oauth_error(401, "invalid_client");
    let metadata = world.send(&Request::get(&world.path("/.well-known/oauth-authorization-server")));
    let methods = &metadata.json()["token_endpoint_auth_methods_supported"];
    assert!(!methods.as_array().expect("a list").contains(&Value::from("none")));
}
