//! One API token at every interface, and one revocation that ends them all.

use crate::git_scene::GitServer;
use crate::registry_scene::{Person, Registry, image};
use claviger_testkit::http::Request;

// O2, O3, O5, O6, O11
#[test]
fn one_token_works_everywhere_until_one_revocation() {
    let server = GitServer::start();
    let registry = Registry::start(&server.authority);
    let image = image(server.path(), 7, 1_000);
    server.repository("app", "pre-receive");
    let work = server.work();
    let person = Person::new(&server.authority, "person");
    let told = |headers: &[(&str, String)]| {
        let request = Request::get("/realms/demo/whoami?scope=source:read");
        let with = |request: Request, (name, value): &(&str, String)| request.header(name, value);
        headers.iter().fold(request, with).send(server.authority.address).status
    };
    let rest = |token: &str| {
        (told(&[("OSF-TOKEN", token.to_owned())]), told(&[("Authorization", format!("Bearer {token}"))]))
    };
    let push = |token: &str| server.git(&work, &["push", &server.url("app", token), "main:refs/heads/main"]);

    let reader = server.authority.api_token(&["source:read", "containers:read"]);
    assert_eq!(rest(&reader.token), (200, 200));
    let refused = push(&reader.token);
    assert!(!refused.success && refused.said.contains("source:read-update"), "{}", refused.said);
    assert!(person.login("skopeo", registry.address, "any", &reader.token).success);
    let refused_copy = person.push(registry.address, &image, "demo/app");
    assert!(!refused_copy.success && refused_copy.said.contains("denied"), "{}", refused_copy.said);

    let writer = server.authority.api_token(&["source:read-update", "containers:read-update"]);
    let pushed = push(&writer.token);
    assert!(pushed.success, "{}", pushed.said);
    assert!(person.login("skopeo", registry.address, "any", &writer.token).success);
    let copied = person.push(registry.address, &image, "demo/app");
    assert!(copied.success, "{}", copied.said);

    let receipt = server.authority.revoke(&writer);
    assert_eq!(receipt["outcome"], "confirmed");
    assert_eq!(rest(&writer.token), (401, 401));
    let ended = push(&writer.token);
    assert!(!ended.success && ended.said.contains("Authentication failed"), "{}", ended.said);
    let ended_copy = person.push(registry.address, &image, "demo/app");
    assert!(!ended_copy.success, "{}", ended_copy.said);
    for (what, said) in [
        ("git push, source:read", &refused.said),
        ("skopeo copy, containers:read", &refused_copy.said),
        ("git push, source:read-update", &pushed.said),
        ("skopeo copy, containers:read-update", &copied.said),
        ("the receipt", &receipt.to_string()),
        ("git push, revoked", &ended.said),
        ("skopeo copy, revoked", &ended_copy.said),
    ] {
        println!(
            "== {what}\n{}",
            said.replace(&reader.token, "clva_…").replace(&writer.token, "clva_…").trim()
        );
    }
}
