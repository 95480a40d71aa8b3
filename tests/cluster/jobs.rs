//! The owner of a job that is killed or stopped in the middle: another node does it, and nothing is done twice that matters.

use rustix::process::Signal;
use serde_json::{Value, json};

use crate::nodes::{Cluster, REALM, client};
use crate::requests::access_token;
use claviger_testkit::gitlab::GitLab;
use claviger_testkit::http::Request;
use claviger_testkit::patience::until;
use claviger_testkit::postgres::Postgres;

const TOKEN: &str = "glpat-0123456789abcdef";

/// Logged by a node that comes back to a job of which another one is the owner.
const TAKEN_OVER: &str = "another server has taken over a job";

struct Scene {
    cluster: Cluster,
    gitlab: GitLab,
    credential: String,
    source: String,
    token: String,
}

impl Scene {
    fn start() -> Self {
        let gitlab = GitLab::start();
        gitlab.knows(TOKEN, &["read_api"]);
        let hosts = gitlab.address.to_string();
        let cluster = Cluster::start_with_settings(3, vec![("CLAVIGER_VAULT_ALLOWED_HOSTS", hosts)]);
        let made =
            |noun: &str, body: &Value| cluster.admin(0, "POST", &format!("/{noun}"), body).expect(201).json();
        let id = |object: &Value| object["id"].as_str().expect("an id").to_owned();
        let credential = made(
            "source-credentials",
            &json!({
                "name": "main", "source_type": "gitlab_self_managed", "answers": {"groups": ["acme"]},
                "fields": {"url": gitlab.url(), "token": TOKEN},
            }),
        );
        let source = made("sources", &json!({"name": "one", "source_credential_id": credential["id"]}));
        let pipeline = client(&made(
            "service-credentials",
            &json!({
                "name": "pipeline", "validity_days": 90, "token_ttl_seconds": 3600,
                "resources": [{"resource": "vault/main", "actions": ["use"]}],
            }),
        ));
        let token = access_token(&cluster.first_token(0, &pipeline).expect(200));
        let (credential, source) = (id(&credential), id(&source));
        Self { cluster, gitlab, credential, source, token }
    }

    /// Makes the validation due, and returns the node that is waiting for the provider's answer.
    fn begin_validation(&self, node: usize) -> usize {
        self.gitlab.set_silent(true);
        let asked = self.gitlab.requests();
        let path = format!("/api/v1/realms/{REALM}/sources/{}/report", self.source);
        let report = Request::json("POST", &path, &json!({"version": 1})).bearer(&self.token);
        let reported = report.send(self.cluster.addresses[node]).expect(200).json();
        assert_eq!(reported["outcome"], "scheduled");
        until("the provider is asked", || self.gitlab.requests() > asked);
        let sql = format!(
            "SELECT name FROM node JOIN job ON incarnation LIKE owner || '-%' \
             WHERE kind = 'revalidation' AND subject = '{}'",
            self.credential
        );
        let name = Postgres::shared().psql(&self.cluster.database_url, &sql);
        name.trim().strip_prefix("node-").expect("a node does it").parse().expect("a number")
    }

    fn count(&self, node: usize, action: &str) -> usize {
        let path = format!("/audit-events?action={action}&limit=200");
        let answer = self.cluster.admin(node, "GET", &path, &json!({}));
        answer.json()["items"].as_array().map_or(0, Vec::len)
    }

    fn attempts(&self) -> i64 {
        let sql = format!(
            "SELECT attempt FROM job WHERE kind = 'revalidation' AND subject = '{}'",
            self.credential
        );
        Postgres::shared().psql(&self.cluster.database_url, &sql).trim().parse().expect("a number")
    }
}

#[test]
fn job_whose_owner_is_killed_or_stopped_is_done_by_another_node_and_told_once() {
    let scene = Scene::start();
    let owner = scene.begin_validation(0);
    let other = (owner + 1) % 3;
    scene.cluster.kill(owner);
    scene.gitlab.forgets(TOKEN);
    scene.gitlab.set_silent(false);
    until("another node has taken the job over", || scene.count(other, "source_credential.failed") == 1);
    assert_eq!(scene.attempts(), 2);
    scene.cluster.start_node(owner);
    // A report is served a minute after the last validation.
    let sql = "UPDATE job SET ended_at = ended_at - 3600 WHERE kind = 'revalidation'";
    Postgres::shared().psql(&scene.cluster.database_url, sql);
    scene.gitlab.knows(TOKEN, &["read_api"]);
    let owner = scene.begin_validation(other);
    let other = (owner + 1) % 3;
    scene.cluster.signal(owner, Signal::STOP);
    scene.gitlab.set_silent(false);
    until("another node has taken the job over", || scene.count(other, "source_credential.recovered") == 1);
    let (validated, attempts) = (scene.count(other, "source_credential.validate"), scene.attempts());
    assert_eq!((validated, attempts), (2, 4));
    scene.cluster.signal(owner, Signal::CONT);
    until("the stopped node finds that its job is another's", || {
        scene.cluster.log(owner).contains(TAKEN_OVER)
    });
    let told = ["failed", "recovered", "validate"]
        .map(|what| scene.count(other, &format!("source_credential.{what}")));
    assert_eq!(told, [1, 1, 2], "nothing was written twice");
    assert_eq!(scene.attempts(), attempts);
    let path = format!("/source-credentials/{}", scene.credential);
    let shown = scene.cluster.admin(other, "GET", &path, &json!({})).expect(200).json();
    assert_eq!((&shown["validation"]["outcome"], &shown["failed_since"]), (&json!("ok"), &Value::Null));
}
