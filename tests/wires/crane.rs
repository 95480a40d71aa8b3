//! crane, Google's client of container registries: its login, push, pull and list at a real registry.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::authority::Authority;
use crate::registry_scene::{Outcome, Registry, fed, image};
use claviger_testkit::compiled_clients::go_program;

/// A user of crane, with a stored login.
struct Person<'a> {
    home: &'a Path,
    registry: &'a Registry,
}

impl Person<'_> {
    fn crane(&self, arguments: &[&str], input: Option<&str>) -> Outcome {
        let mut crane: Command = go_program("crane");
        crane.args(arguments).current_dir(self.home).env("HOME", self.home);
        crane.env("DOCKER_CONFIG", self.home).env_remove("REGISTRY_AUTH_FILE");
        fed(crane.stdin(Stdio::null()), input)
    }

    /// Stores the secret, which crane does without asking the registry.
    fn login(&self, secret: &str) {
        let registry = self.registry.address.to_string();
        let arguments = ["auth", "login", &registry, "--username", "any", "--password-stdin"];
        let stored = self.crane(&arguments, Some(secret));
        assert!(stored.success, "{}", stored.said);
    }

    fn repository(&self, name: &str) -> String {
        format!("{}/{name}", self.registry.address)
    }

    fn push(&self, image: &Path, name: &str) -> Outcome {
        self.crane(&["push", &image.display().to_string(), &self.repository(name)], None)
    }

    fn pull(&self, name: &str) -> Outcome {
        self.crane(&["pull", "--format", "oci", &self.repository(name), "pulled"], None)
    }

    fn list(&self, name: &str) -> Outcome {
        self.crane(&["ls", &self.repository(name)], None)
    }
}

#[track_caller]
fn succeeds(outcome: &Outcome) {
    assert!(outcome.success, "{}", outcome.said);
}

/// The registry refuses because the token lacks a scope.
#[track_caller]
fn is_refused(outcome: &Outcome) {
    assert!(!outcome.success, "{}", outcome.said);
    let refusals = ["UNAUTHORIZED", "DENIED", "401 Unauthorized"];
    assert!(refusals.iter().any(|refusal| outcome.said.contains(refusal)), "{}", outcome.said);
}

// O6, O20, O21, DK-01
#[test]
fn crane_pushes_pulls_and_lists_as_far_as_its_scopes_allow() {
    let authority = Authority::start_as_localhost();
    let registry = Registry::start(&authority);
    let image = image(authority.path(), 1, 10_000);
    let person = |name: &str, secret: &str| {
        let home = authority.path().join(name);
        std::fs::create_dir(&home).expect("a folder");
        (home, secret.to_owned())
    };
    let token = |scopes: &[&str]| authority.api_token(scopes);
    let (writing, reading) = (token(&["containers:read-update"]), token(&["containers:read"]));
    let homes = [
        person("pusher", &writing.token),
        person("puller", &reading.token),
        person("other", &token(&["source:read-update", "ci:read-update"]).token),
        person("wrong", "clva_wrong"),
    ];
    let people = homes.each_ref().map(|(home, _)| Person { home, registry: &registry });
    for (person, (_, secret)) in people.iter().zip(&homes) {
        person.login(secret);
    }
    let [pusher, puller, other, wrong] = &people;

    succeeds(&pusher.push(&image, "demo/app"));
    for reader in [pusher, puller] {
        succeeds(&reader.pull("demo/app"));
        let tags = reader.list("demo/app");
        assert_eq!((tags.success, tags.said.trim()), (true, "latest"), "{}", tags.said);
    }
    // What arrived is what was sent.
    let pulled = std::fs::read_to_string(puller.home.join("pulled/index.json")).expect("an index");
    let digest = puller.crane(&["digest", &puller.repository("demo/app")], None);
    assert!(digest.success && pulled.contains(digest.said.trim()), "{}: {pulled}", digest.said);
    succeeds(&pusher.crane(&["copy", &pusher.repository("demo/app"), &pusher.repository("demo/copy")], None));
    succeeds(&puller.pull("demo/copy"));

    is_refused(&puller.push(&image, "demo/second"));
    is_refused(&pusher.push(&image, "elsewhere/app"));
    is_refused(&pusher.crane(&["catalog", &registry.address.to_string()], None));
    let address = format!("{}@{}", pusher.repository("demo/app"), digest.said.trim());
    is_refused(&pusher.crane(&["delete", &address], None));
    for person in [other, wrong] {
        is_refused(&person.pull("demo/app"));
        is_refused(&person.list("demo/app"));
        is_refused(&person.push(&image, "demo/third"));
    }

    // The login has stored the token itself, and it ends with it.
    authority.revoke(&reading);
    is_refused(&puller.pull("demo/app"));
    succeeds(&pusher.pull("demo/app"));
}

/// As the guide says: with the address of this machine, crane sends its password nowhere.
#[test]
fn crane_refuses_a_token_server_at_a_loopback_address() {
    let authority = Authority::start();
    let registry = Registry::start(&authority);
    let person = Person { home: authority.path(), registry: &registry };
    person.login(&authority.api_token(&["containers:read"]).token);
    let refused = person.list("demo/app");
    assert!(!refused.success && refused.said.contains("private or link-local address"), "{}", refused.said);
}
