//! Synchronous replication and failover: acknowledged commits are kept, and an old primary grants no lease.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::nodes::{Cluster, alone};
use crate::requests::access_token;
use claviger_testkit::http::Request;
use claviger_testkit::postgres::Postgres;

const INACTIVE: &str = r#"{"active":false}"#;

/// Effectively no limit for a test.
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
fn acknowledged_acts_survive_failover_and_old_primary_has_no_lease() {
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

    // The old primary continues without a standby: none of its commits is acknowledged any more.
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
        // Its revocation was never answered with a receipt and is lost; the client requests it again.
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

/// Two nodes on a primary with one synchronous standby.
struct Replicated {
    primary: Postgres,
    standby: Postgres,
    url: String,
    cluster: Cluster,
}

impl Replicated {
    fn start(user: Option<&str>) -> Self {
        let alone = alone();
        let primary = Postgres::of_its_own("");
        let url = primary.fresh_database();
        let standby = primary.standby("second");
        let as_user = match user {
            Some(user) => {
                let name = primary.psql(&url, "SELECT current_database()");
                primary.psql(&url, &format!("CREATE ROLE {user} LOGIN"));
                primary.psql(&url, &format!("ALTER DATABASE {name} OWNER TO {user}"));
                url.replace("user=postgres", &format!("user={user}"))
            }
            None => url.clone(),
        };
        let cluster = Cluster::start_with(alone, as_user.clone(), vec![as_user.clone(), as_user], "info");
        let all = Self { primary, standby, url, cluster };
        all.wait_for_standbys("second");
        wait_until("the standby follows", || all.sql(SYNCHRONOUS) == "1");
        all
    }

    fn sql(&self, statement: &str) -> String {
        self.primary.psql(&self.url, statement)
    }

    fn wait_for_standbys(&self, names: &str) {
        self.sql(&format!("ALTER SYSTEM SET synchronous_standby_names = '{names}'"));
        self.sql("SELECT pg_reload_conf()");
    }

    /// The durability in the receipt of a new credential's revocation.
    fn durability(&self, name: &str) -> String {
        let credential = self.cluster.credential(0, name);
        let receipt = self.cluster.revoke(0, &credential).expect(200).json();
        receipt["durability"].as_str().expect("a text").to_owned()
    }
}

const SYNCHRONOUS: &str = "SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'";

const CANCEL: &str =
    "SELECT count(pg_cancel_backend(pid)) FROM pg_stat_activity WHERE wait_event = 'SyncRep'";

#[test]
fn canceled_standby_wait_is_not_synchronous_and_renews_no_lease() {
    let replicated = Replicated::start(None);
    let cluster = &replicated.cluster;
    assert_eq!(replicated.durability("healthy"), "synchronous");
    let credentials: Vec<_> = (0..5).map(|index| cluster.credential(0, &format!("c{index}"))).collect();
    let token = access_token(&cluster.first_token(0, &credentials[0]).expect(200));
    replicated.standby.stop("immediate");
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let canceling = scope.spawn(|| {
            let mut canceled = 0;
            while !stop.load(Ordering::SeqCst) {
                canceled += replicated.sql(CANCEL).parse::<u32>().expect("a number");
            }
            canceled
        });
        let mut answered = 0;
        for credential in &credentials {
            let answer = cluster.revocation(credential).send(cluster.addresses[0]);
            if answer.status == 200 {
                assert_eq!(answer.json()["durability"], "single", "{}", answer.text());
                answered += 1;
            }
        }
        println!("{answered} revocations were answered although nobody waited for the standby");
        for node in [0, 1] {
            wait_until("no lease is renewed", || cluster.introspect(node, &token).status == 503);
            wait_until("readiness says why", || {
                let ready = Request::get("/health/ready").send(cluster.addresses[node]);
                assert_eq!(ready.status, 503, "node {node} has renewed its lease");
                ready.text().contains("do not reach the database's synchronous standbys")
            });
        }
        for _ in 0..100 {
            let node = usize::from(answered % 2 == 0);
            assert_eq!(cluster.introspect(node, &token).status, 503, "node {node} has renewed its lease");
            answered += 1;
            std::thread::sleep(Duration::from_millis(20));
        }
        stop.store(true, Ordering::SeqCst);
        let canceled = canceling.join().expect("the thread ends");
        assert!(canceled > 10, "only {canceled} waits were canceled");
    });
    replicated.standby.start_again();
    for node in [0, 1] {
        wait_until("both answer again", || cluster.introspect(node, &token).status == 200);
    }
    wait_until("the standby follows again", || replicated.sql(SYNCHRONOUS) == "1");
    assert_eq!(replicated.durability("after"), "synchronous");
}

#[test]
fn receipt_durability_follows_changed_settings() {
    let replicated = Replicated::start(None);
    assert_eq!(replicated.durability("one"), "synchronous");
    // One of the two named standbys is connected.
    replicated.wait_for_standbys("FIRST 1 (second, third)");
    assert_eq!(replicated.durability("first of two"), "synchronous");
    replicated.wait_for_standbys("ANY 1 (second, third)");
    wait_until("it is one of a quorum", || replicated.sql(&SYNCHRONOUS.replace("'sync'", "'quorum'")) == "1");
    assert_eq!(replicated.durability("quorum"), "synchronous");
    replicated.wait_for_standbys("");
    wait_until("nobody waits for it", || replicated.sql(&SYNCHRONOUS.replace("'sync'", "'async'")) == "1");
    assert_eq!(replicated.durability("nobody is named"), "single");
    // Takes effect with the next connection; the current ones are terminated to force one.
    replicated.wait_for_standbys("second");
    for (level, worth) in [("local", "single"), ("off", "single"), ("remote_apply", "synchronous")] {
        replicated.sql(&format!("ALTER ROLE postgres SET synchronous_commit = '{level}'"));
        let others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                      WHERE datname = current_database() AND pid <> pg_backend_pid()";
        replicated.sql(others);
        let token = replicated.cluster.credential(0, &format!("to wait with {level}"));
        wait_until("it has its database again", || replicated.cluster.token(1, &token).status == 200);
        assert_eq!(replicated.durability(level), worth, "{level}");
    }
}

#[test]
fn role_that_may_not_see_the_standbys_gets_durability_single() {
    let replicated = Replicated::start(Some("plain"));
    assert_eq!(replicated.durability("unseen"), "single");
    replicated.sql("GRANT pg_read_all_stats TO plain");
    assert_eq!(replicated.durability("seen"), "synchronous");
}
