//! A real registry whose token server is this server, as a third party of the vault.

use serde_json::json;

use crate::authority::Authority;
use crate::registry_scene::{Person, Registry, image};

// F35: the token of this server for its registry, as a credential that a pipeline may fetch.
#[test]
fn token_for_the_registry_is_validated_as_a_source_credential() {
    let authority = Authority::start();
    let registry = Registry::start(&authority);
    let pushing = authority.api_token(&["containers:read-update"]).token;
    let person = Person::new(&authority, "person");
    for outcome in [
        person.login("skopeo", registry.address, "any", &pushing),
        person.push(registry.address, &image(authority.path(), 9, 1_000), "demo/app"),
    ] {
        assert!(outcome.success, "{}", outcome.said);
    }
    let create = |name: &str, repository: &str, secret: &str| {
        let fields = json!({
            "registry_url": format!("http://{}", registry.address), "repositories": [repository],
            "username": "any", "password": secret,
        });
        let body = json!({"name": name, "source_type": "docker_registry", "fields": fields});
        authority.administer("POST", "/source-credentials", &body)
    };
    let pulling = authority.api_token(&["containers:read"]);
    let made = create("registry", "demo/app", &pulling.token).expect(201).json();
    assert_eq!(made["validation"]["outcome"], "ok", "{made}");
    assert_eq!(made["validation"]["permissions"][0]["verdict"], "granted", "{made}");
    let (of_builds, of_nobody) = (authority.api_token(&["ci:read"]).token, "clva_wrong");
    for (what, repository, secret) in [
        ("a token without the scope", "demo/app", of_builds.as_str()),
        ("a repository of another realm", "elsewhere/app", &pulling.token),
    ] {
        let refused = create("refused", repository, secret).expect(422).json();
        assert_eq!(refused["type"], "/problems/credential-refused", "{what}: {refused}");
        let errors = refused["errors"].to_string();
        assert!(errors.contains("missing: Pull the listed repositories"), "{what}: {refused}");
    }
    let refused = create("refused", "demo/app", of_nobody).expect(422).json();
    let detail = refused["detail"].as_str().expect("a detail");
    assert!(detail.contains("invalid_credential"), "{refused}");
    authority.revoke(&pulling);
    let id = made["id"].as_str().expect("an id");
    let path = format!("/source-credentials/{id}/validate");
    let validated = authority.administer("POST", &path, &json!({})).expect(200).json();
    assert_eq!(validated["validation"]["outcome"], "invalid_credential", "{validated}");
}
