//! F6, F7: once an edit or a delete of a source credential is answered, no node resolves what was there before.

use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::{Value, json};

use crate::nodes::{Cluster, client};
use crate::requests::access_token;
use claviger_testkit::http::Request;
use claviger_testkit::patience::Deadline;

/// Before the edit is answered, after it, and after the delete is answered.
const STAGES: u64 = 3;

/// Answers after each of both.
const WANTED: u64 = 5;

fn secret(round: usize, version: u64) -> String {
    format!("glpat-round-{round}-version-{version}")
}

#[test]
fn no_node_resolves_what_an_answered_edit_or_delete_ended() {
    const ROUNDS: usize = 12;
    let cluster = Cluster::start(3);
    let made =
        |noun: &str, body: Value| cluster.admin(0, "POST", &format!("/{noun}"), &body).expect(201).json();
    made("scopes", json!({"scope": "vault:use"}));
    made("groups", json!({"name": "pipelines", "scopes": ["vault:use"]}));
    let body =
        json!({"name": "all", "validity_days": 90, "token_ttl_seconds": 3600, "groups": ["pipelines"]});
    let pipeline = client(&made("service-credentials", body));
    let token = access_token(&cluster.first_token(0, &pipeline).expect(200));
    let answers = AtomicU64::new(0);
    for round in 0..ROUNDS {
        let credential = made(
            "source-credentials",
            json!({
                "name": format!("c{round}"), "source_type": "gitlab_self_managed", "validate": false,
                "fields": {"url": "https://gitlab.example.org", "token": secret(round, 1)},
            }),
        );
        let one = format!("/source-credentials/{}", credential["id"].as_str().expect("an id"));
        let source =
            made("sources", json!({"name": format!("s{round}"), "source_credential_id": credential["id"]}));
        let path = format!("/sources/{}/resolve", source["id"].as_str().expect("an id"));
        let (stage, done) = (AtomicU64::new(1), AtomicU64::new(0));
        let resolve = |node: usize| {
            let deadline = Deadline::begin();
            let mut after_delete = 0;
            while after_delete < WANTED {
                deadline.assert_before("the node answers after the delete");
                // Read before the request is sent.
                let known = stage.load(Ordering::SeqCst);
                let request = Request::new("POST", &format!("/api/v1/realms/{}{path}", crate::nodes::REALM))
                    .bearer(&token);
                let answer = request.send(cluster.addresses[node]);
                match (answer.status, known) {
                    (200, STAGES) => panic!("node {node} resolves after the delete: {}", answer.text()),
                    (200, _) => {
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
    println!("{} answers, none of them with what was ended", answers.load(Ordering::Relaxed));
}
