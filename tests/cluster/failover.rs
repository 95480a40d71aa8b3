//! Synchronous replication, and a standby that takes over: what was acknowledged stays, and an old primary gives nobody a lease.

use std::time::{Duration, Instant};

use crate::nodes::{Cluster, access_token, alone};
use crate::support::postgres::Postgres;

const INACTIVE: &str = r#"{"active":false}"#;

/// For ever, for a test.
const PATIENCE: Duration = Duration::from_secs(60);

#[track_caller]
fn wait_until(what: &str, is_so: impl Fn() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < PATIENCE, "{what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn failover_keeps_what_was_acknowledged_and_an_old_primary_gives_nobody_a_lease() {
    let alone = alone();
    let primary = Postgres::of_its_own("");
    let url = primary.fresh_database();
    let standby = primary.standby("second");
    primary.psql(&url, "ALTER SYSTEM SET synchronous_standby_names = 'second'");
    primary.psql(&url, "SELECT pg_reload_conf()");
    let synchronous = "SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'";
    wait_until("the standby follows", || primary.psql(&url, synchronous) == "1");

    let both = primary.url_of_both(&standby, &url);
    let cluster = Cluster::start_with(alone, both.clone(), vec![both.clone(), both], "info");
    let names = ["kept", "revoked", "unknown"];
    let credentials = names.map(|name| cluster.credential(0, name));
    let [kept, revoked, unknown] = &credentials;
    let tokens = credentials.each_ref().map(|one| access_token(&cluster.first_token(0, one).expect(200)));
    let receipt = cluster.revoke(0, revoked).expect(200).json();
    assert_eq!((&receipt["outcome"], &receipt["durability"]), (&"confirmed".into(), &"synchronous".into()));

    // The old primary goes on, alone: no commit of it is acknowledged any more.
    standby.promote();
    let begun = Instant::now();
    std::thread::scope(|scope| {
        let revoking = scope.spawn(|| cluster.revocation(unknown).send(cluster.addresses[1]));
        for node in [0, 1] {
            wait_until("a node without a lease says so", || {
                cluster.introspect(node, &tokens[0]).status == 503
            });
        }
        println!("no node answered any more {:?} after the standby was promoted", begun.elapsed());
        assert!(!revoking.is_finished(), "a revocation that is on one machine is not answered");
        primary.stop("immediate");
        assert_eq!(revoking.join().expect("an answer").status, 503);
    });
    let gone = Instant::now();
    for node in [0, 1] {
        wait_until("the nodes find the new primary", || cluster.introspect(node, &tokens[0]).status == 200);
        assert!(cluster.verdict(node, &tokens[0]).contains("\"active\":true"));
        assert_eq!(cluster.verdict(node, &tokens[1]), INACTIVE);
        // Its revocation was never answered with a receipt, and is lost: it is asked for again.
        assert!(cluster.verdict(node, &tokens[2]).contains("\"active\":true"));
    }
    println!("both answered {:?} after the old primary was gone", gone.elapsed());
    let again = cluster.patiently(0, &cluster.revocation(unknown)).expect(200).json();
    assert_eq!(again["durability"], "single", "nobody follows the new primary yet");
    for node in [0, 1] {
        assert_eq!(cluster.verdict(node, &tokens[2]), INACTIVE);
    }
    assert_eq!(cluster.token(0, kept).status, 200);
}
