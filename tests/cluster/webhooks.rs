//! Events reach a webhook whichever node dies, and each enters its outbox once.

use std::collections::BTreeMap;

use serde_json::json;

use crate::nodes::Cluster;
use claviger_testkit::hooks::Hooks;
use claviger_testkit::patience::until;
use claviger_testkit::postgres::Postgres;

const EVENTS: usize = 40;

#[test]
fn each_event_enters_the_outbox_once_though_nodes_are_killed() {
    let hooks = Hooks::start();
    let cluster = Cluster::start(3);
    let body = json!({"name": "pager", "url": hooks.url(), "events": ["service_credential.revoked"]});
    cluster.admin(0, "POST", "/webhooks", &body).expect(201);
    let mut revoked = Vec::new();
    for round in 0..EVENTS {
        let node = round % 3;
        let name = format!("c{round}");
        let body = json!({"name": name, "validity_days": 90, "token_ttl_seconds": 900});
        let made = cluster.admin(node, "POST", "/service-credentials", &body).expect(201).json();
        let id = made["id"].as_str().expect("an id").to_owned();
        cluster
            .admin(node, "POST", &format!("/service-credentials/{id}/revoke"), &json!({"name": name}))
            .expect(200);
        revoked.push(id);
        // While the outbox is filled and messages are on their way.
        if round % 10 == 9 {
            cluster.kill(node);
            cluster.start_node(node);
        }
    }
    let told = || -> BTreeMap<String, Vec<String>> {
        let mut told = BTreeMap::<String, Vec<String>>::new();
        for hook in hooks.received() {
            let id = hook.json()["data"]["id"].as_str().expect("an id").to_owned();
            told.entry(id).or_default().push(hook.header("webhook-id").to_owned());
        }
        told
    };
    // A dead node's jobs are taken over once its lease has ended.
    until("every event is told", || told().len() == EVENTS);
    let told = told();
    for id in &revoked {
        let ids = &told[id];
        assert!(ids.iter().all(|id| *id == ids[0]), "a repeated message has the same id: {ids:?}");
    }
    let rows = Postgres::shared().psql(
        &cluster.database_url,
        "SELECT count(*) || ',' || count(DISTINCT event_id) FROM webhook_delivery",
    );
    assert_eq!(rows, format!("{EVENTS},{EVENTS}"));
}
