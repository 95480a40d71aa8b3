//! The feed of revocations has pages of at most 10,000 entries, also at a server that was just started.

use std::collections::BTreeSet;

use claviger::store::{Commit, Decision, Entry, Store, StoreError, Writer};
use claviger_domain::{Change, Clock, Consequences, Id, LogEntry};
use serde_json::Value;

use claviger_testkit::http::Request;
use claviger_testkit::on_both_databases;
use claviger_testkit::world::{Client, World};

const TOKENS: usize = 10_003;

/// Revokes very many tokens in one transaction.
fn revoke_tokens(world: &World) {
    let store = Store::open(&world.database_url.parse().unwrap()).unwrap();
    let expires_at = world.clock.now().plus_seconds(900);
    let entry = |number: usize| {
        let jti = format!("{number:022}").into();
        let change = Change::TokenRevoked { jti, client_id: Id::from_u128(1), expires_at };
        let log = LogEntry { realm: world.realm.parse().unwrap(), change };
        let consequences = Consequences { restricts: true, ..Consequences::default() };
        Entry::new(log, consequences, None).expect("a row that reads back")
    };
    let entries: Vec<Entry> = (0..TOKENS).map(entry).collect();
    let appended = Writer::new(&store).change::<(), StoreError>(Commit::Alone, &*world.clock, |_, _| {
        Ok(Decision::Append { entries, audit: Vec::new(), made: None, notices: Vec::new(), outcome: () })
    });
    appended.unwrap();
}

fn page(world: &World, server: &Client, more: &str) -> Value {
    let path = world.path(&format!("/revocations?verifier=0123456789abcdef&nonce=n{more}"));
    world.send(&Request::get(&path).basic(&server.id, &server.key)).expect(200).json()
}

on_both_databases! {
    fn pages_together_have_every_entry_once(world: World) {
        let server = world.resource_server("builds", "https://builds.example.org");
        world.stop();
        revoke_tokens(&world);
        world.restart();
        let first = page(&world, &server, "");
        assert_eq!((&first["complete"], first["entries"].as_array().unwrap().len()), (&Value::from(true), 10_000));
        let last = page(&world, &server, &format!("&cursor={}", first["next"].as_str().expect("a cursor")));
        assert_eq!((&last["position"], &last["complete"]), (&first["position"], &first["complete"]));
        assert_eq!(last["next"], Value::Null);
        let entries = [&first, &last].map(|page| page["entries"].as_array().unwrap().clone()).concat();
        let told: BTreeSet<&str> = entries.iter().filter_map(|entry| entry["jti"].as_str()).collect();
        assert_eq!(told.len(), TOKENS);
        // The realm's own cut is told after a start.
        assert_eq!(entries.len(), TOKENS + 1);
    }
}
