//! A realm with a third party, source credentials, sources, and pipelines that resolve them.

use serde_json::{Value, json};

use claviger_testkit::gitlab::GitLab;
use claviger_testkit::http::{Request, Response};
use claviger_testkit::world::{Client, World};

pub const GOOD: &str = "glpat-good-0123456789abcdef";
pub const NEWER: &str = "glpat-newer-fedcba9876543210";

pub struct Scene {
    pub world: World,
    pub gitlab: GitLab,
}

impl Scene {
    pub fn new(mut world: World) -> Self {
        let gitlab = GitLab::start();
        gitlab.knows(GOOD, &["read_api"]);
        gitlab.knows(NEWER, &["read_api", "read_registry"]);
        world.vault_allowed_hosts = vec![gitlab.address.to_string()];
        world.restart();
        Self { world, gitlab }
    }

    pub fn body(&self, name: &str, token: &str) -> Value {
        json!({
            "name": name, "source_type": "gitlab_self_managed",
            "fields": {"url": self.gitlab.url(), "token": token}, "answers": {"groups": ["acme"]},
        })
    }

    /// A source credential with the token `GOOD`.
    pub fn stored(&self, name: &str) -> Value {
        self.world.admin("POST", "/source-credentials", Some(self.body(name, GOOD))).expect(201).json()
    }

    pub fn source(&self, name: &str, credential: &Value) -> String {
        let body = json!({"name": name, "source_credential_id": credential["id"]});
        let made = self.world.admin("POST", "/sources", Some(body)).expect(201).json();
        made["id"].as_str().expect("an id").to_owned()
    }

    /// A service credential that may resolve the source credential of this slug.
    pub fn pipeline(&self, name: &str, slug: &str) -> Client {
        self.world.credential_with(json!({
            "name": name, "validity_days": 30, "token_ttl_seconds": 900,
            "resources": [{"resource": format!("vault/{slug}"), "actions": ["use"]}],
        }))
    }

    pub fn resolve(&self, token: &str, source: &str) -> Response {
        let path = format!("/api/v1/realms/acme/sources/{source}/resolve");
        self.world.send(&Request::new("POST", &path).bearer(token))
    }
}

pub fn id(object: &Value) -> &str {
    object["id"].as_str().expect("an id")
}
