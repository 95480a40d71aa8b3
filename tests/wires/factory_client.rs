//! The protocol of fioctl by a third party's OAuth 2.0 library: a token is had, kept, sent, refreshed and revoked. O1, O7.

use std::path::PathBuf;

use serde_json::{Value, json};

use crate::factory_scene::{DEVICES, FACTORY, Scene, TARGETS};
use claviger_testkit::compiled_clients::go_client;
use claviger_testkit::process::run;

/// `tests/clients/go/factoryclient`, and the file in which it keeps its token.
struct FactoryClient {
    program: PathBuf,
    file: PathBuf,
}

impl FactoryClient {
    fn new(scene: &Scene, credential: &Value) -> Self {
        let file = scene.folder.path().join("factoryclient.json");
        let given = json!({
            "oauth_url": format!("http://{}/oauth", scene.authority_address),
            "api_url": format!("http://{}", scene.api.address),
            "client_id": credential["client_id"],
            "client_key": credential["client_key"],
        });
        std::fs::write(&file, given.to_string()).expect("a file");
        Self { program: go_client("factoryclient", scene.folder.path()), file }
    }

    /// What the command prints, or its error.
    fn run(&self, arguments: &[&str]) -> Result<String, String> {
        let mut command = std::process::Command::new(&self.program);
        let (status, output, errors) = run(command.arg(&self.file).args(arguments));
        if status.success() { Ok(output.trim().to_owned()) } else { Err(errors) }
    }

    /// Status of a request, and the scope of the token that was sent.
    #[track_caller]
    fn get(&self, path: &str, form: &str) -> String {
        self.run(&["get", path, form]).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    fn kept(&self) -> Value {
        serde_json::from_slice(&std::fs::read(&self.file).expect("the file")).expect("JSON")
    }

    #[track_caller]
    fn succeeds(&self, command: &str) -> String {
        self.run(&[command]).unwrap_or_else(|error| panic!("{command}: {error}"))
    }

    /// With a code of RFC 6749 §5.2.
    #[track_caller]
    fn is_refused(&self, arguments: &[&str], code: &str) {
        let error = self.run(arguments).expect_err("it is refused");
        assert!(error.contains(code), "{error}");
    }
}

#[test]
fn token_is_sent_refreshed_narrowed_and_revoked() {
    let scene = Scene::start();
    let wanted = json!({"name": "fleet tool", "scopes": ["devices:read-update", "targets:read"]});
    let credential = scene.administer_factory("POST", "/application-credentials", &wanted).expect(201).json();
    let id = credential["client_id"].as_str().expect("an id");
    let client = FactoryClient::new(&scene, &credential);

    // O1, O2, O3: the answer names the factory, and the API takes each form of presentation.
    assert_eq!(client.succeeds("login"), FACTORY);
    for form in ["osf-token", "bearer", "bearer-base64"] {
        assert_eq!(client.get(DEVICES, form), "200 devices:read-update targets:read", "{form}");
    }

    // An expired token is exchanged for a new one, which is kept.
    let first = client.kept();
    client.succeeds("expire");
    assert_eq!(client.get(DEVICES, "osf-token"), "200 devices:read-update targets:read");
    let second = client.kept();
    assert_ne!(first["token"]["access_token"], second["token"]["access_token"]);

    // With fewer scopes, the token that the client still has is invalid. The next one gives what is left.
    let path = format!("/application-credentials/{id}");
    scene.administer_factory("PATCH", &path, &json!({"scopes": ["targets:read"]})).expect(200);
    assert_eq!(client.get(DEVICES, "osf-token"), "401 devices:read-update targets:read");
    client.succeeds("expire");
    assert_eq!(client.get(TARGETS, "osf-token"), "200 targets:read");
    assert_eq!(client.get(DEVICES, "osf-token"), "403 targets:read");

    // O11: revoking the refresh token ends its access tokens.
    client.succeeds("logout");
    assert_eq!(client.get(TARGETS, "osf-token"), "401 targets:read");
    client.succeeds("expire");
    client.is_refused(&["get", TARGETS, "osf-token"], "invalid_grant");

    // The credential is valid until it is revoked itself.
    client.succeeds("login");
    assert_eq!(client.get(TARGETS, "bearer"), "200 targets:read");
    scene.administer_factory("POST", &format!("{path}/revoke"), &json!({})).expect(200);
    assert_eq!(client.get(TARGETS, "bearer"), "401 targets:read");
    client.succeeds("expire");
    client.is_refused(&["get", TARGETS, "bearer"], "invalid_client");
    client.is_refused(&["login"], "invalid_client");
}
