//! What a form accepts.

use claviger_vault::{Catalog, FieldFault, FieldValue, Fields, check_fields};
use ring::rand::SystemRandom;
use serde_json::{Value, json};

use crate::keys::{RSA_PEM, openssl};
use crate::provider::SECRET;

fn check(source_type: &str, mode: &str, submitted: &Value) -> Result<Fields, Vec<FieldFault>> {
    let catalog = Catalog::built_in();
    let source_type = catalog.source_type(source_type).unwrap();
    let mode = source_type.mode(mode).unwrap();
    check_fields(source_type, mode, submitted.as_object().unwrap(), &SystemRandom::new())
}

fn text(fields: &Fields, name: &str) -> String {
    match fields.iter().find(|(other, _)| *other == name) {
        Some((_, FieldValue::Text(text))) => text.clone(),
        Some((_, FieldValue::Secret(text))) => text.to_string(),
        _ => panic!("{name} in {fields:?}"),
    }
}

#[test]
fn a_wrong_field_is_named_with_what_would_be_right() {
    for (source_type, mode, submitted, expected) in [
        ("asana", "pat", json!({}), "token: is required"),
        ("asana", "pat", json!({ "token": "  " }), "token: is required"),
        ("asana", "pat", json!({ "token": null }), "token: is required"),
        ("asana", "pat", json!({ "token": 5 }), "token: must be a text"),
        (
            "asana",
            "pat",
            json!({ "token": SECRET, "tokn": "x" }),
            "tokn: is not a field of this source type; its fields are token",
        ),
        ("asana", "pat", json!({ "token": "a\nb" }), "token: must not contain control characters"),
        ("asana", "pat", json!({ "token": "a".repeat(5000) }), "token: must have at most 4096 bytes"),
        ("pagerduty", "api_key", json!({ "token": "a".repeat(65) }), "token: must have at most 64 bytes"),
        (
            "pagerduty",
            "api_key",
            json!({ "token": "a", "region_host": "evil.test" }),
            "region_host: must be one of api.pagerduty.com, api.eu.pagerduty.com",
        ),
        (
            "bamboohr",
            "api_key",
            json!({ "api_key": "a", "domain": "a.evil.test/" }),
            "domain: does not have the expected form",
        ),
        (
            "okta",
            "ssws",
            json!({ "token": "a", "domain": "acme.okta.com:8443" }),
            "domain: does not have the expected form",
        ),
        (
            "okta",
            "ssws",
            json!({ "token": "a", "domain": "user@acme.okta.com" }),
            "domain: does not have the expected form",
        ),
        (
            "okta",
            "ssws",
            json!({ "token": "a", "domain": "acme.okta.com/x" }),
            "domain: does not have the expected form",
        ),
        ("okta", "ssws", json!({ "token": "a", "domain": "acme.okta.com\n" }), ""),
        (
            "codedeploy",
            "access_key",
            json!({ "region": "x.evil.test#", "access_key_id": "a", "secret_access_key": "a" }),
            "region: does not have the expected form",
        ),
        (
            "azure_boards",
            "pat",
            json!({ "organization": "..", "token": "a" }),
            "organization: must not be . or ..",
        ),
        (
            "jenkins",
            "api_token",
            json!({ "server_url": "https://a:b@ci.acme.io", "user": "u", "token": "a" }),
            "server_url: must not contain a user name or password",
        ),
        (
            "jenkins",
            "api_token",
            json!({ "server_url": "ci.acme.io", "user": "u", "token": "a" }),
            "server_url: must be a URL",
        ),
        (
            "docker_registry",
            "user_token",
            json!({ "repositories": "web", "username": "u", "password": "a" }),
            "repositories: must be a list of texts",
        ),
        (
            "docker_registry",
            "user_token",
            json!({ "repositories": ["../v2"], "username": "u", "password": "a" }),
            "repositories: does not have the expected form",
        ),
        (
            "docker_registry",
            "user_token",
            json!({ "repositories": [1], "username": "u", "password": "a" }),
            "repositories: must be a list of texts",
        ),
        (
            "docker_registry",
            "user_token",
            json!({ "repositories": vec!["a"; 201], "username": "u", "password": "a" }),
            "repositories: must have at most 200 items",
        ),
        (
            "docker_registry",
            "user_token",
            json!({ "repositories": [], "username": "u", "password": "a" }),
            "repositories: is required",
        ),
        (
            "github",
            "app",
            json!({ "app_id": "abc", "private_key": *RSA_PEM }),
            "app_id: must be a whole number",
        ),
        (
            "other",
            "bearer",
            json!({ "token": "a", "url": "https://a.io", "check_url": "https://b.io/" }),
            "must have the scheme, host and port of url",
        ),
        (
            "other",
            "header",
            json!({ "header_value": "a", "header_name": "Host" }),
            "header_name: must not be Host",
        ),
        (
            "other",
            "header",
            json!({ "header_value": "a", "header_name": "transfer-encoding" }),
            "header_name: must not be",
        ),
        (
            "other",
            "header",
            json!({ "header_value": "a", "header_name": "X: y" }),
            "header_name: does not have the expected form",
        ),
    ] {
        match check(source_type, mode, &submitted) {
            Ok(_) => assert_eq!(expected, "", "{source_type} {submitted}"),
            Err(faults) => {
                let said: Vec<String> = faults.iter().map(ToString::to_string).collect();
                assert!(
                    !expected.is_empty() && said.iter().any(|fault| fault.contains(expected)),
                    "{submitted}: {said:?}"
                );
                assert!(!said.concat().contains(SECRET), "{said:?}");
            }
        }
    }
}

#[test]
fn all_wrong_fields_are_named_at_once() {
    let submitted = json!({ "domain": "-", "tokn": SECRET });
    let faults = check("okta", "ssws", &submitted).unwrap_err();
    let names: Vec<&str> = faults.iter().map(|fault| fault.field.as_str()).collect();
    assert_eq!(names, ["tokn", "domain", "token"]);
    assert!(!format!("{faults:?}").contains(SECRET));
}

#[test]
fn values_are_normalized_and_defaults_filled_in() {
    let submitted = json!({ "server_url": " HTTPS://CI.acme.io:443/jenkins/ ", "user": "u", "token": format!("{SECRET}\n") });
    let fields = check("jenkins", "api_token", &submitted).unwrap();
    assert_eq!(text(&fields, "server_url"), "https://ci.acme.io/jenkins");
    assert_eq!(text(&fields, "token"), SECRET);
    assert!(!format!("{fields:?}").contains(SECRET));
    let fields =
        check("codedeploy", "access_key", &json!({ "access_key_id": "a", "secret_access_key": "b" }))
            .unwrap();
    assert_eq!(text(&fields, "region"), "us-east-1");
    assert!(!fields.contains("endpoint"));
    let submitted =
        json!({ "url": "https://jira.acme.io", "username": " u ", "password": " with blanks \r\n" });
    let fields = check("jira_server", "basic", &submitted).unwrap();
    assert_eq!(
        (text(&fields, "username"), text(&fields, "password")),
        ("u".to_owned(), " with blanks ".to_owned())
    );
}

#[test]
fn a_private_key_that_cannot_sign_is_a_fault_of_its_field() {
    let p256 = openssl(&["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"]);
    let ed25519 = openssl(&["genpkey", "-algorithm", "ED25519"]);
    let sec1 = openssl(&["ecparam", "-name", "prime256v1", "-genkey", "-noout"]);
    let small = openssl(&["genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:1024"]);
    let encrypted = "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----";
    let public = "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----";
    let app = |key: &str| check("github", "app", &json!({ "app_id": 1, "private_key": key })).map(|_| ());
    let service = |key: &str| {
        check("okta", "service_app", &json!({ "domain": "a.okta.com", "client_id": "c", "private_key": key }))
            .map(|_| ())
    };
    let jwk_ec = r#"{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0","d":"jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI","kid":"k"}"#;
    let jwk_ed = r#"{"kty":"OKP","crv":"Ed25519","d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;
    assert!(app(&RSA_PEM).is_ok() && app(&RSA_PEM.replace('\n', "\r\n")).is_ok());
    for key in [&p256, &ed25519, RSA_PEM.as_str(), jwk_ec, jwk_ed] {
        assert!(service(key).is_ok(), "{:?}", service(key));
    }
    for (key, expected) in [
        (p256.as_str(), "must be an RSA key"),
        (ed25519.as_str(), "must be an RSA key"),
        (jwk_ec, "must be an RSA key"),
        (sec1.as_str(), "SEC 1"),
        (small.as_str(), "2048 to 4096"),
        (encrypted, "is encrypted"),
        (public, "is a public key"),
        ("no key", "must be one private key"),
        ("{}", "must be one private key"),
        ("{", "must be one private key"),
        (&format!("{0}\n{0}", *RSA_PEM), "must be one private key"),
        (&format!("my key: {}", *RSA_PEM), "must be one private key"),
        (&format!("{} and more", RSA_PEM.trim()), "must be one private key"),
        (&RSA_PEM.replace('M', "!"), "must be one private key"),
        (&jwk_ec.replace("P-256", "P-384"), "2048 to 4096"),
        (&jwk_ec.replace(r#","d":"#, r#","dd":"#), "is a public key"),
    ] {
        let faults = app(key).unwrap_err();
        assert!(
            faults[0].reason.contains(expected) && faults[0].field == "private_key",
            "{expected}: {faults:?}"
        );
    }
}
