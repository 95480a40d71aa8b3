//! What tests do in place of verifiers: they poll the node, and acknowledge or not.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use claviger::revocation::{NotHeard, Poll, Verifiers};
use claviger_contract::Position;
use claviger_domain::{Clock, VerifierId, VerifierRow};
use serde_json::{Value, json};

use claviger_testkit::http::Request;
use claviger_testkit::patience::until;
use claviger_testkit::world::{Client, World};

/// A lease of a verifier as others measure it.
pub const LEASE: Duration = Duration::from_millis(3_080);

/// The same of a server and a verifier after one another, in milliseconds.
pub const BOTH_LEASES: u64 = 6_110;

pub struct Furnished {
    pub server: Client,
    pub credential: Client,
    pub token: String,
}

pub fn furnished(world: &World) -> Furnished {
    world.group("builders", &["ci:read"]);
    let server = world.resource_server("builds", "https://builds.example.org");
    let credential = world.credential("nightly", &["builders"]);
    let token = world.token(&credential);
    Furnished { server, credential, token }
}

pub fn verifiers(world: &World) -> &Verifiers {
    &world.node().state.barrier.verifiers
}

pub fn verifier(name: &str) -> VerifierId {
    format!("{name:0>16}").parse().expect("an id")
}

/// A poll that acknowledges this position.
pub fn poll(world: &World, server: &Client, name: &str, acked: Position) -> Result<(), NotHeard> {
    let resource_server = server.id.parse().expect("an id");
    let realm = world.realm.parse().expect("a label");
    verifiers(world).hear(Poll { realm, resource_server, verifier: verifier(name), acked })
}

/// The verifier polls until it is heard.
pub fn attach(world: &World, server: &Client, name: &str) {
    until("the verifier is heard", || poll(world, server, name, Position::ZERO).is_ok());
}

pub fn position(world: &World) -> Position {
    world.node().state.administration.ledger.latest().position
}

/// All rows of the realm, by verifier and incarnation.
pub fn rows(world: &World) -> BTreeMap<(String, String), VerifierRow> {
    let realm = world.realm.parse().expect("a label");
    let found = world.node().state.barrier.store.round(&[realm]).expect("rows");
    let rows = found.verifiers.into_values().flatten();
    rows.map(|row| ((row.verifier.to_string(), row.node.clone()), row)).collect()
}

/// Carries the act out while nobody acknowledges, until `release` has been called: returns its answer, and whether it
/// came after that.
pub fn held_until(
    world: &World,
    act: impl Fn() -> Value + Sync,
    release: impl FnOnce(Position),
) -> (Value, bool) {
    let before = position(world);
    let is_released = AtomicBool::new(false);
    thread::scope(|scope| {
        let acting = scope.spawn(|| (act(), is_released.load(Ordering::SeqCst)));
        until("the act is applied", || acting.is_finished() || position(world) > before);
        // The barrier looks at the rows again and again meanwhile.
        for _ in 0..20 {
            world.send(&Request::get(&world.path("/oauth2/jwks")));
        }
        is_released.store(true, Ordering::SeqCst);
        release(position(world));
        acting.join().expect("an answer")
    })
}

pub fn revoke_with(world: &World, credential: &Client, wait: &str) -> Value {
    let path = format!("/service-credentials/{}/revoke{wait}", credential.id);
    world.admin("POST", &path, Some(json!({"name": credential.name}))).expect(200).json()
}

/// The receipt, and how much time has passed meanwhile. The clock stood still before.
pub fn revoke_while_time_passes(world: &World, credential: &Client) -> (Value, Duration) {
    let before = world.clock.since_boot();
    let receipt = thread::scope(|scope| {
        let revoking = scope.spawn(|| revoke_with(world, credential, ""));
        world.clock.pass_until(|| revoking.is_finished());
        revoking.join().expect("an answer")
    });
    (receipt, world.clock.since_boot() - before)
}
