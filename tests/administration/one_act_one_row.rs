//! One act is one row of the log, however many credentials it affects: every node computes the losses itself.

use std::sync::Arc;
use std::time::{Duration, Instant};

use claviger::config::Settings;
use claviger::crypto::SystemRandomness;
use claviger::replication::Part;
use claviger::serve::{Node, Sources, assemble};
use claviger::snapshot::RealmView;
use claviger_contract::Position;
use claviger_domain::Clock;
use serde_json::json;

use crate::answers::text;
use crate::tables::Tables;
use claviger_testkit::on_both_databases;
use claviger_testkit::world::{Client, World, settings};

const CREDENTIALS: usize = 100_000;

/// A generous limit for a busy machine. The time taken is printed.
const WITHIN: Duration = Duration::from_secs(60);

/// Copies of a credential with the same key and groups, under new ids and names.
fn fill(world: &World, sample: &Client) {
    const SAME: &str = "realm, description, key_digest, validity_days, token_ttl_seconds, grant_set, granted_at, cut, created_at, \
        created_by, updated_at, updated_by, search, ends_at";
    let (numbers, id) = match world.database_url.starts_with("sqlite") {
        true => (
            format!(
                "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {CREDENTIALS})"
            ),
            "printf('00000000-0000-7000-8000-%012x', i)",
        ),
        false => (
            format!("WITH n(i) AS (SELECT * FROM generate_series(1, {CREDENTIALS}))"),
            "'00000000-0000-7000-8000-' || lpad(to_hex(i), 12, '0')",
        ),
    };
    Tables::of(world).execute(&format!(
        "{numbers} INSERT INTO service_credential (id, name, {SAME}) \
         SELECT {id}, 'copy-' || i, {SAME} FROM service_credential, n WHERE service_credential.id = '{}'",
        sample.id
    ));
}

fn copy(sample: &Client, number: usize) -> Client {
    Client { id: format!("00000000-0000-7000-8000-{number:012x}"), ..sample.clone() }
}

/// Another server on the same database.
fn second_node(world: &World) -> Node {
    let place = Settings {
        data_dir: world.folder.path().join("node-2"),
        node_name: "node-2".into(),
        ..settings(world.folder.path(), world.address, &world.database_url)
    };
    let clock: Arc<dyn Clock> = world.clock.clone();
    let sources = Sources { clock, randomness: Arc::new(SystemRandomness::new()) };
    let part = Part::Server { node: "node-2".into(), incarnation: "two".into() };
    assemble(&place, &sources, part).expect("a second node")
}

fn realm_of(node: &Node) -> Arc<RealmView> {
    node.state.administration.ledger.latest().find_realm("acme").expect("a realm").clone()
}

/// Checks everything that a token is judged by: the position of each cut, and the remaining scopes.
fn assert_all_lost_it_at(realm: &RealmView, position: Position) {
    let all = realm.credentials.keys().map(|id| (id, realm.find_credential(*id).expect("a credential")));
    let mut count = 0;
    for (id, credential) in all.filter(|(_, credential)| !credential.groups().is_empty()) {
        assert_eq!(
            (credential.cut(), credential.scopes().to_string()),
            (position, "studio:view".to_owned()),
            "{id}"
        );
        count += 1;
    }
    assert_eq!(count, CREDENTIALS + 1);
}

on_both_databases! {
    fn scope_lost_by_100_000_credentials_is_one_row_and_ends_everywhere(world: World) {
        world.group("readers", &["studio:view", "studio:edit"]);
        let server = world.resource_server("studio", "https://studio.example");
        let sample = world.credential("sample", &["readers"]);
        let spared = world.credential("spared", &[]);
        world.stop();
        fill(&world, &sample);
        world.restart();
        let mut second = world.database_url.starts_with("postgres").then(|| second_node(&world));
        let some = || (1..=CREDENTIALS).step_by(CREDENTIALS / 20).map(|number| copy(&sample, number));
        let tokens: Vec<String> = some().map(|client| world.token(&client)).collect();
        let alive = world.token(&spared);
        assert_eq!(text(&world.introspect(&server, &tokens[7])["scope"]), "studio:edit studio:view");
        let before = Tables::of(&world).change_log().len();

        let begun = Instant::now();
        let answer = world.admin("PATCH", "/groups/readers", Some(json!({"scopes": ["studio:view"]}))).expect(200).json();
        let took = begun.elapsed();
        println!("a scope of {CREDENTIALS} credentials is gone in {took:?}: {}", answer["receipt"]);
        assert!(took < WITHIN, "{took:?}");

        for token in &tokens {
            world.assert_inactive(&server, token);
        }
        world.assert_active(&server, &alive);
        for client in some() {
            let fresh = world.token(&client);
            assert_eq!(text(&world.introspect(&server, &fresh)["scope"]), "studio:view");
        }
        let rows = Tables::of(&world).change_log();
        assert_eq!(rows.len(), before + 1);
        let row = rows.last().expect("rows");
        assert!(row.body.len() < 1_000, "{} bytes", row.body.len());
        let position = Position::new(row.position);
        assert_eq!(answer["receipt"]["position"], row.position);
        assert_all_lost_it_at(&realm_of(world.node()), position);
        // The other node has read one row with the same result. So have the tables, which a restart reads.
        if let Some(second) = &mut second {
            second.state.administration.ledger.snapshots().wait_for(position, WITHIN).expect("it follows");
            assert_all_lost_it_at(&realm_of(second), position);
            second.stop();
        }
        drop(second);
        world.restart();
        assert_all_lost_it_at(&realm_of(world.node()), position);
        world.assert_inactive(&server, &tokens[0]);
    }
}
