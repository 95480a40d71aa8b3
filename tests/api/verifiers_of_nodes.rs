//! Verifiers of several nodes, and of nodes that are gone, on PostgreSQL.

use std::sync::Arc;
use std::thread;

use claviger::config::Settings;
use claviger::crypto::SystemRandomness;
use claviger::replication::Part;
use claviger::revocation::Poll;
use claviger::serve::{Node, Sources, assemble};
use claviger_contract::Position;
use claviger_domain::Clock;
use serde_json::json;

use crate::behind_the_back::statement;
use crate::verifier_polls::{
    BOTH_LEASES, attach, furnished, held_until, revoke_with, rows, verifier, verifiers,
};
use claviger_testkit::patience::until;
use claviger_testkit::world::{Database, World, settings};

/// A verifier asks one node, and then another, which alone hears that it has applied the revocation.
#[test]
fn verifier_that_hops_to_another_node_confirms_there() {
    let world = World::start(Database::Postgres);
    let furnished = furnished(&world);
    let mut second = second_node(&world);
    let on_second = |acked| {
        let resource_server = furnished.server.id.parse().expect("an id");
        let realm = world.realm.parse().expect("a label");
        second.state.barrier.verifiers.hear(Poll { realm, resource_server, verifier: verifier("v"), acked })
    };
    attach(&world, &furnished.server, "v");
    until("the second node hears it", || on_second(Position::ZERO).is_ok());
    assert_eq!(rows(&world).len(), 2, "one for each node");
    let act = || revoke_with(&world, &furnished.credential, "");
    let (receipt, was_released) = held_until(&world, act, |position| {
        on_second(position).expect("a known verifier");
    });
    assert!(was_released, "it returned before the verifier had acknowledged");
    assert_eq!(receipt["outcome"], "confirmed");
    let builds = json!([{"resource_server": "builds", "instances": 1}]);
    assert_eq!(receipt["confirmed"], json!({"nodes": ["node-1", "node-2"], "verifiers": builds}));
    let acked: Vec<bool> = rows(&world).into_values().map(|row| row.acked > Position::ZERO).collect();
    assert_eq!(acked.iter().filter(|acked| **acked).count(), 1, "the first node has heard nothing new");
    second.stop();
}

/// A second node of the same database, on the same clock.
fn second_node(world: &World) -> Node {
    let folder = world.folder.path().join("second");
    std::fs::create_dir_all(&folder).expect("a folder");
    let settings = Settings {
        keys_dir: world.folder.path().join("keys"),
        node_name: "node-2".into(),
        ..settings(&folder, world.address, &world.database_url)
    };
    let clock: Arc<dyn Clock> = world.clock.clone();
    let sources = Sources { clock, randomness: Arc::new(SystemRandomness::new()) };
    let incarnation = format!("{:?}-second", world.address);
    assemble(&settings, &sources, Part::Server { node: "node-2".into(), incarnation }).expect("a node")
}

/// A node is evicted while its verifiers may still trust what it answered last.
#[test]
fn verifiers_of_an_evicted_node_are_waited_out_after_both_leases() {
    let world = World::start(Database::Postgres);
    let furnished = furnished(&world);
    let server = &furnished.server.id;
    let name = verifier("v");
    statement(
        &world,
        &format!(
            "INSERT INTO node (incarnation, name, lease_seq, applied, lease_ms) VALUES ('ghost', 'ghost', 0, 0, 3000); \
             INSERT INTO verifier VALUES ('{name}', 'ghost', 'acme', '{server}', 0, 1, 3000)"
        ),
    );
    let receipt = thread::scope(|scope| {
        let revoking = scope.spawn(|| revoke_with(&world, &furnished.credential, ""));
        world.clock.pass_until(|| revoking.is_finished());
        revoking.join().expect("an answer")
    });
    assert_eq!(receipt["outcome"], "waited_out");
    let builds = json!([{"resource_server": "builds", "instances": 1}]);
    assert_eq!(receipt["unconfirmed"], json!({"nodes": ["ghost"], "verifiers": builds}));
    assert!(receipt["took_ms"].as_u64() >= Some(BOTH_LEASES), "a lease was not over: {receipt}");
}

/// What a server has heard is not its own any more when it signs in again: others may delete those rows.
#[test]
fn evicted_node_forgets_its_verifiers() {
    let world = World::start(Database::Postgres);
    let furnished = furnished(&world);
    attach(&world, &furnished.server, "v");
    let before = world.node().state.barrier.verifiers.incarnation();
    statement(&world, "DELETE FROM node");
    // It finds out at its next renewal.
    world.clock.pass_until(|| verifiers(&world).incarnation() != before);
    attach(&world, &furnished.server, "v");
    let nodes: Vec<String> = rows(&world).into_keys().map(|(_, node)| node).collect();
    let after = verifiers(&world).incarnation();
    assert_eq!(nodes.len(), 2, "{nodes:?}");
    assert!(nodes.iter().any(|node| Some(node.as_str()) == after.as_deref()));
    // The earlier row is of no use once everything that was answered with it is over.
    let only = || rows(&world).into_keys().map(|(_, node)| node).collect::<Vec<_>>();
    world.clock.pass_until(|| {
        attach(&world, &furnished.server, "v");
        only().len() == 1
    });
    assert_eq!(only().first().map(String::as_str), after.as_deref());
}
