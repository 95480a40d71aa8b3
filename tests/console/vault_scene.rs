//! A realm whose source credentials are of a GitHub and a GitLab on this machine.

use serde_json::{Value, json};

use crate::plain_browser::{PlainBrowser, field};
use claviger_testkit::github::GitHub;
use claviger_testkit::gitlab::GitLab;
use claviger_testkit::http::Response;
use claviger_testkit::world::World;

pub const OWNER: &str = "holder@acme.example";
pub const TOKEN: &str = "ghp_0123456789abcdefghij";
pub const NEWER: &str = "ghp_newer6789abcdefghij";
/// Lacks `read:org`.
pub const WEAK: &str = "ghp_9876543210abcdefghij";
pub const GITLAB_TOKEN: &str = "glpat-good-0123456789abcdef";

pub struct Scene {
    pub world: World,
    pub github: GitHub,
    pub gitlab: GitLab,
}

impl Scene {
    pub fn new(mut world: World) -> Self {
        let (github, gitlab) = (GitHub::start(), GitLab::start());
        github.knows(TOKEN, "repo, read:org, read:user");
        github.knows(NEWER, "repo, read:org, read:user, delete_repo");
        github.knows(WEAK, "repo, read:user");
        gitlab.knows(GITLAB_TOKEN, &["read_api"]);
        let folder = world.folder.path();
        let (catalog, authority) = (folder.join("github.toml"), folder.join("authority.pem"));
        std::fs::write(&catalog, github.catalog()).expect("a file");
        std::fs::write(&authority, &github.certificate).expect("a file");
        (world.vault_catalogue, world.vault_ca_file) = (Some(catalog), Some(authority));
        world.vault_allowed_hosts = vec![github.address.to_string(), gitlab.address.to_string()];
        world.restart();
        Self { world, github, gitlab }
    }

    /// A source credential of GitHub with `TOKEN`.
    pub fn stored(&self, name: &str) -> String {
        let body = json!({
            "name": name, "source_type": "github", "fields": {"token": TOKEN},
            "answers": {"organizations": ["acme"]},
        });
        self.made("/source-credentials", body)
    }

    /// A source credential of GitLab.
    pub fn stored_of_gitlab(&self, name: &str) -> String {
        let body = json!({
            "name": name, "source_type": "gitlab_self_managed",
            "fields": {"url": self.gitlab.url(), "token": GITLAB_TOKEN}, "answers": {"groups": ["acme"]},
        });
        self.made("/source-credentials", body)
    }

    pub fn source(&self, name: &str, credential: &str) -> String {
        self.made("/sources", json!({"name": name, "source_credential_id": credential}))
    }

    fn made(&self, path: &str, body: Value) -> String {
        let made = self.world.admin("POST", path, Some(body)).expect(201).json();
        made["id"].as_str().expect("an id").to_owned()
    }

    pub fn shown(&self, path: &str) -> Value {
        self.world.admin("GET", path, None).expect(200).json()
    }

    pub fn items(&self, path: &str) -> Vec<Value> {
        self.shown(path)["items"].as_array().expect("items").clone()
    }
}

/// What the form of GitHub has, with these changes; an empty value is left out.
pub fn github_form<'a>(key: &'a str, changes: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let usual = [
        ("type", "github"),
        ("mode", "token"),
        ("name", "acme-data"),
        ("profile", "default"),
        ("field.token", TOKEN),
        ("validate", "on"),
        ("idempotency_key", key),
    ];
    let kept = usual.into_iter().filter(|(name, _)| !changes.iter().any(|(changed, _)| changed == name));
    kept.chain(changes.iter().copied()).filter(|(_, value)| !value.is_empty()).collect()
}

/// Adds a source credential by both steps of the form.
pub fn add(browser: &PlainBrowser, changes: &[(&str, &str)]) -> Response {
    let first = browser.post("/source-credentials/new", &github_form("one", changes)).expect(200).text();
    let (sealed, key) = (field(&first, "sealed"), field(&first, "idempotency_key"));
    let mut fields = github_form(&key, changes);
    fields.retain(|(name, _)| *name != "field.token");
    fields.extend([("sealed", sealed.as_str()), ("questions", "on"), ("answer.organizations", "acme")]);
    browser.post("/source-credentials/new", &fields)
}

/// The id at the end of the address that it leads to.
pub fn id_in(answer: &Response) -> String {
    let there = answer.header("location").expect("an address");
    there.rsplit('/').next().expect("an id").to_owned()
}
