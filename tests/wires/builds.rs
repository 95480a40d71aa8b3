//! A push that its scopes allow starts a build; the pusher needs no `ci:` scope for that.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use serde_json::{Value, json};

use crate::factory_scene::start_api;
use crate::git_scene::GitServer;
use claviger_testkit::http::Request;
use claviger_testkit::process::run;

// O24
#[test]
fn push_with_source_read_update_alone_starts_a_build() {
    let server = GitServer::start();
    let authority = &server.authority;
    let facts = std::fs::read(server.path().join("d/quickstart.json")).expect("quickstart.json");
    let facts: Value = serde_json::from_slice(&facts).expect("JSON");
    let api = start_api(server.path(), authority.address, &facts["resource_server"]);
    // The repository's own client starts builds, for any pusher.
    authority.administer("POST", "/groups", &json!({"name": "ci", "scopes": ["ci:read-update"]})).expect(201);
    let body = json!({"name": "git", "validity_days": 30, "token_ttl_seconds": 900, "groups": ["ci"]});
    let client = authority.administer("POST", "/service-credentials", &body).expect(201).json();
    std::fs::write(server.path().join("key"), client["client_key"].as_str().expect("a key")).expect("a file");
    let mut login = authority.claviger();
    login.args(["login", "--realm", "demo", "--url", &format!("http://{}", authority.address)]);
    login.args(["--client-id", client["client_id"].as_str().expect("an id")]);
    login.stdin(std::fs::File::open(server.path().join("key")).expect("the key"));
    let (status, _, errors) = run(&mut login);
    assert!(status.success(), "{errors}");
    let bare = server.repository("app", "pre-receive");
    let url = format!("http://{}/projects/demo/lmp/builds/", api.address);
    server.must(&bare, &["config", "factory.builds-url", &url]);
    let hook = bare.join("hooks/post-receive");
    let guide = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/factory-api/post-receive");
    // The user of the git server reads both.
    let example = server.path().join("post-receive");
    std::fs::copy(guide, &example).expect("the example");
    let profile = server.path().join("profile.json");
    server.user.owns(&profile);
    let script =
        format!("#!/bin/sh\nexport CLAVIGER_PROFILE='{}'\nexec '{}'\n", profile.display(), example.display());
    std::fs::write(&hook, script).expect("a file");
    std::fs::set_permissions(&hook, std::fs::Permissions::from_mode(0o755)).expect("a hook");

    let reader = authority.api_token(&["ci:read"]).token;
    let builds = || {
        let list =
            Request::get("/projects/demo/lmp/builds/").bearer(&reader).send(api.address).expect(200).json();
        list.to_string().matches("refs/heads/main").count()
    };
    let pusher = authority.api_token(&["source:read-update"]).token;
    let push = |token: &str, refspec: &str| {
        server.git(&server.work(), &["push", &server.url("app", token), refspec])
    };
    let refused = push(&pusher, "+rewritten:refs/heads/main");
    assert!(!refused.success && builds() == 0, "{}", refused.said);
    let pushed = push(&pusher, "main:refs/heads/main");
    assert!(pushed.success && pushed.said.contains("refs/heads/main is built"), "{}", pushed.said);
    assert_eq!(builds(), 1);
    // The pusher could not have started it.
    let start = Request::json("POST", "/projects/demo/lmp/builds/", &json!({})).bearer(&pusher);
    start.send(api.address).expect(403);
}
