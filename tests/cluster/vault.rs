//! F6, F7: once an edit or a delete of a source credential is answered, no node resolves what was there before. What
//! was resolved is in the audit trail, and waits for no writer of the log.

use std::sync::atomic::{AtomicU64, Ordering};

use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection};
use serde_json::{Value, json};

use crate::nodes::{Cluster, REALM, client};
use crate::requests::access_token;
use claviger_testkit::http::{Request, Response};
use claviger_testkit::patience::Deadline;
use claviger_testkit::postgres::Postgres;

/// Before the edit is answered, after it, and after the delete is answered.
const STAGES: u64 = 3;

/// Answers after each of both.
const WANTED: u64 = 5;

fn secret(round: usize, version: u64) -> String {
    format!("glpat-round-{round}-version-{version}")
}

/// A realm whose pipeline may use every source credential.
struct Scene {
    cluster: Cluster,
    token: String,
}

impl Scene {
    fn start(nodes: usize) -> Self {
        let cluster = Cluster::start(nodes);
        made(&cluster, "scopes", json!({"scope": "vault:use"}));
        made(&cluster, "groups", json!({"name": "pipelines", "scopes": ["vault:use"]}));
        let body =
            json!({"name": "all", "validity_days": 90, "token_ttl_seconds": 3600, "groups": ["pipelines"]});
        let pipeline = client(&made(&cluster, "service-credentials", body));
        let token = access_token(&cluster.first_token(0, &pipeline).expect(200));
        Self { cluster, token }
    }

    /// The ids of a source credential and of a source that uses it.
    fn source(&self, name: &str, secret: &str) -> (String, String) {
        let body = json!({
            "name": name, "source_type": "gitlab_self_managed", "validate": false,
            "fields": {"url": "https://gitlab.example.org", "token": secret},
        });
        let id = |object: Value| object["id"].as_str().expect("an id").to_owned();
        let credential = id(made(&self.cluster, "source-credentials", body));
        let source = json!({"name": name, "source_credential_id": credential});
        (credential, id(made(&self.cluster, "sources", source)))
    }

    fn resolve(&self, node: usize, source: &str) -> Response {
        let path = format!("/api/v1/realms/{REALM}/sources/{source}/resolve");
        Request::new("POST", &path).bearer(&self.token).send(self.cluster.addresses[node])
    }

    /// How often a source was resolved, by an audit trail whose chain is valid.
    fn resolved_by_the_trail(&self) -> u64 {
        let (valid, said, error) = self.cluster.run_operator(&["audit", "verify"]);
        assert!(valid, "{said}{error}");
        let sql = "SELECT count(*) FROM audit_event WHERE action = 'source.resolve'";
        Postgres::shared().psql(&self.cluster.database_url, sql).trim().parse().expect("a number")
    }
}

fn made(cluster: &Cluster, noun: &str, body: Value) -> Value {
    cluster.admin(0, "POST", &format!("/{noun}"), &body).expect(201).json()
}

#[test]
fn source_is_resolved_while_the_log_is_locked() {
    let scene = Scene::start(1);
    let (_, source) = scene.source("nightly", &secret(0, 1));
    let mut writer = PgConnection::establish(&scene.cluster.database_url).expect("a session");
    std::thread::scope(|threads| {
        writer.batch_execute("BEGIN; UPDATE log_head SET position = position").expect("the lock");
        let change = threads.spawn(|| made(&scene.cluster, "scopes", json!({"scope": "nightly:read"})));
        for _ in 0..WANTED {
            scene.resolve(0, &source).expect(200);
        }
        assert!(!change.is_finished(), "the lock stops no change");
        assert_eq!(scene.resolved_by_the_trail(), WANTED);
        writer.batch_execute("ROLLBACK").expect("the lock is released");
        change.join().expect("a change");
    });
    assert_eq!(scene.resolved_by_the_trail(), WANTED);
}

#[test]
fn no_node_resolves_what_an_answered_edit_or_delete_ended() {
    const ROUNDS: usize = 12;
    let scene = Scene::start(3);
    let cluster = &scene.cluster;
    let (answers, resolved) = (AtomicU64::new(0), AtomicU64::new(0));
    for round in 0..ROUNDS {
        let (credential, source) = scene.source(&format!("c{round}"), &secret(round, 1));
        let one = format!("/source-credentials/{credential}");
        let (stage, done) = (AtomicU64::new(1), AtomicU64::new(0));
        let resolve = |node: usize| {
            let deadline = Deadline::begin();
            let mut after_delete = 0;
            while after_delete < WANTED {
                deadline.assert_before("the node answers after the delete");
                // Read before the request is sent.
                let known = stage.load(Ordering::SeqCst);
                let answer = scene.resolve(node, &source);
                match (answer.status, known) {
                    (200, STAGES) => panic!("node {node} resolves after the delete: {}", answer.text()),
                    (200, _) => {
                        resolved.fetch_add(1, Ordering::Relaxed);
                        let found = answer.json()["fields"]["token"].as_str().expect("a token").to_owned();
                        let is_known = found == secret(round, 2) || known == 1 && found == secret(round, 1);
                        assert!(is_known, "node {node} in stage {known}: {found}");
                        done.fetch_add(u64::from(known == 2), Ordering::Relaxed);
                    }
                    // Stopped, edited meanwhile, or a node that is too busy to renew its lease.
                    (409 | 503, _) => {}
                    (status, _) => panic!("{status}: {}", answer.text()),
                }
                after_delete += u64::from(known == STAGES && answer.status == 409);
                answers.fetch_add(1, Ordering::Relaxed);
            }
        };
        std::thread::scope(|scope| {
            for node in 0..3 {
                let resolve = &resolve;
                scope.spawn(move || resolve(node));
            }
            let edit = json!({"fields": {"token": secret(round, 2)}, "validate": false});
            cluster.admin(round % 3, "PATCH", &one, &edit).expect(200);
            stage.store(2, Ordering::SeqCst);
            let deadline = Deadline::begin();
            while done.load(Ordering::Relaxed) < WANTED {
                deadline.assert_before("the nodes resolve the new secret");
                std::thread::yield_now();
            }
            cluster.admin((round + 1) % 3, "DELETE", &one, &json!({})).expect(200);
            stage.store(STAGES, Ordering::SeqCst);
        });
    }
    // An edit after the event and before the answer makes a refusal of it.
    assert!(scene.resolved_by_the_trail() >= resolved.into_inner());
    println!("{} answers, none of them with what was ended", answers.load(Ordering::Relaxed));
}
