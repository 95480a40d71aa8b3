//! `claviger doctor` on a shared database: problems of the nodes, their effect on revocations, and the advice.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use claviger::crypto::{MasterKeys, SystemRandomness};
use claviger::operator::create_realm;
use serde_json::Value;
use tempfile::TempDir;

use crate::ghost::{beside, leave_behind};
use crate::nodes::Cluster;
use claviger_testkit::postgres::Postgres;
use claviger_testkit::process::{claviger, free_address, run};
use claviger_testkit::world::settings;

/// Effectively no limit for a test.
const PATIENCE: Duration = Duration::from_secs(60);

struct Told {
    code: i32,
    findings: Vec<Value>,
}

impl Told {
    fn wrong(&self) -> Vec<&str> {
        let wrong = self.findings.iter().filter(|finding| finding["ok"] == false);
        wrong.map(|finding| finding["what"].as_str().expect("text")).collect()
    }

    /// Every finding about this subject.
    fn of(&self, what: &str) -> String {
        let told = self.findings.iter().filter(|finding| finding["what"] == what);
        told.map(|finding| format!("{} → {}\n", finding["found"], finding["advice"])).collect()
    }
}

fn doctor(cluster: &Cluster) -> Command {
    let mut doctor = claviger(cluster.folder.path());
    doctor.arg("doctor").env("CLAVIGER_DATABASE_URL", &cluster.database_url);
    doctor.env("CLAVIGER_KEYS_DIR", cluster.folder.path().join("keys"));
    doctor.env("CLAVIGER_PUBLIC_URL", format!("http://{}", cluster.addresses[0]));
    doctor
}

fn told_by(doctor: &mut Command) -> Told {
    let (status, output, errors) = run(doctor.arg("--json"));
    let findings = serde_json::from_str(&output).unwrap_or_else(|_| panic!("{output}{errors}"));
    let told = Told { code: status.code().expect("a code"), findings };
    assert_eq!(told.code, i32::from(!told.wrong().is_empty()), "{output}");
    told
}

/// Repeats until the condition holds: on a busy machine a node may renew its lease late, and doctor reports that.
#[track_caller]
fn told_until(mut doctor: impl FnMut() -> Command, is_so: impl Fn(&Told) -> bool) -> Told {
    let begun = Instant::now();
    loop {
        let told = told_by(&mut doctor());
        if is_so(&told) {
            return told;
        }
        assert!(begun.elapsed() < PATIENCE, "{:#?}", told.findings);
    }
}

#[test]
fn healthy_cluster_has_a_line_per_node_and_no_advice() {
    let cluster = Cluster::start(2);
    let told = told_until(|| doctor(&cluster), |told| told.wrong().is_empty());
    assert_eq!(told.code, 0);
    let nodes = told.of("node");
    assert!(nodes.contains("node-0") && nodes.contains("node-1"), "{nodes}");
    assert_eq!(nodes.matches("the head, and renews its lease of 3 s").count(), 2, "{nodes}");
    for (what, word) in [
        ("change log", "no node is ahead"),
        ("writes", "accepts them"),
        ("durability", "single"),
        ("connections", "2 nodes use 22 at most"),
        ("database clock", "this machine's"),
    ] {
        assert!(told.of(what).contains(word), "{what}: {}", told.of(what));
    }
    let (_, page, _) = run(&mut doctor(&cluster));
    assert!(page.lines().count() <= 24 && page.contains("node-1"), "a page: {page}");
    // Findings and advice are not columns of one table, which would make the lines too long.
    assert!(page.lines().all(|line| line.len() < 240), "{page}");
}

#[test]
fn nodes_that_revocations_wait_for_are_named() {
    let cluster = Cluster::start(1);
    let head = "position";
    // Nothing renews it: revocations wait for it for as long as its lease may last.
    leave_behind(&cluster, "dead", head, 60_000);
    let told = told_until(|| doctor(&cluster), |told| told.wrong() == ["node"]);
    assert!(told.of("node").contains("did not renew its lease of 60 s"), "{}", told.of("node"));
    assert!(told.of("node").contains("each revocation waits for it, up to 60.7 s"), "{}", told.of("node"));
    Postgres::shared().psql(&cluster.database_url, "DELETE FROM node WHERE name = 'dead'");

    let told =
        beside(&cluster, "slow", "1", || told_until(|| doctor(&cluster), |told| told.wrong() == ["node"]));
    let node = told.of("node");
    assert!(
        node.contains("slow (slow-ghost-0) has read up to 1,") && node.contains("rows behind the head"),
        "{node}"
    );
    assert!(node.contains("up to 3.1 s") && node.contains("check its log"), "{node}");
}

#[test]
fn duplicate_names_head_behind_a_node_and_broken_log_are_reported() {
    let cluster = Cluster::start(1);
    let head = "position";
    let told = beside(&cluster, "node-0", head, || {
        told_until(|| doctor(&cluster), |told| told.wrong() == ["node names"])
    });
    assert!(told.of("node names").contains("2 servers have the name node-0"), "{}", told.of("node names"));

    let evicted = Instant::now();
    while Postgres::shared().psql(&cluster.database_url, "SELECT count(*) FROM node") != "1" {
        assert!(evicted.elapsed() < PATIENCE, "it is not evicted");
        std::thread::sleep(Duration::from_millis(50));
    }
    let told = beside(&cluster, "ahead", "position + 100", || {
        told_until(|| doctor(&cluster), |told| told.wrong() == ["change log"])
    });
    assert!(told.of("change log").contains("the database was reset"), "{}", told.of("change log"));

    let spoil = "UPDATE change_log SET hash = sha256(hash) WHERE position = 3";
    Postgres::shared().psql(&cluster.database_url, spoil);
    let told = told_until(|| doctor(&cluster), |told| told.wrong().contains(&"change log"));
    assert!(told.of("change log").contains("no node can continue"), "{}", told.of("change log"));
}

#[test]
fn read_only_full_or_non_durable_database_is_reported() {
    let cluster = Cluster::start(1);
    let name = Postgres::shared().psql(&cluster.database_url, "SELECT current_database()");
    // Run in another database, so that the session is not read-only.
    let elsewhere = cluster.database_url.replace(&format!("///{name}?"), "///postgres?");
    let alter = |what: &str| Postgres::shared().psql(&elsewhere, &format!("ALTER DATABASE {name} {what}"));
    alter("CONNECTION LIMIT 6");
    let told = told_until(|| doctor(&cluster), |told| told.wrong() == ["connections"]);
    assert!(
        told.of("connections").contains("1 nodes may need 11 and 6 are allowed"),
        "{}",
        told.of("connections")
    );
    alter("CONNECTION LIMIT -1");
    alter("SET synchronous_commit = off");
    let told = told_until(|| doctor(&cluster), |told| told.wrong() == ["durability"]);
    assert!(told.of("durability").contains("can lose acknowledged revocations"), "{}", told.of("durability"));
    alter("RESET synchronous_commit");
    alter("SET default_transaction_read_only = on");
    let told = told_until(|| doctor(&cluster), |told| told.wrong().contains(&"writes"));
    assert!(told.of("writes").contains("target_session_attrs"), "{}", told.of("writes"));
    alter("RESET default_transaction_read_only");

    // No node is left to evict those that do not renew.
    cluster.kill(0);
    let told = told_until(|| doctor(&cluster), |told| told.wrong() == ["node", "servers", "public_url"]);
    assert!(
        told.of("servers").contains("none answers requests or removes stale rows"),
        "{}",
        told.of("servers")
    );
    Postgres::shared().psql(&cluster.database_url, "DELETE FROM node");
    let told = told_until(|| doctor(&cluster), |told| told.wrong() == ["public_url"]);
    assert!(told.of("servers").contains("no server has joined"), "{}", told.of("servers"));
}

/// Every commit hangs then; doctor's own queries do not.
#[test]
fn missing_synchronous_standby_is_reported() {
    let (postgres, folder) = (Postgres::of_its_own(""), TempDir::new().expect("a folder"));
    let url = postgres.fresh_database();
    MasterKeys::create(&folder.path().join("keys"), &SystemRandomness::new()).expect("a master key");
    let (address, realm) = (free_address(), "acme".parse().expect("a label"));
    let owner = "holder@acme.example".parse().expect("an address");
    create_realm(&settings(folder.path(), address, &url), &realm, &owner, None).expect("a realm");
    let command = |line: &str| {
        let mut command = claviger(folder.path());
        command.args(line.split_whitespace()).env("CLAVIGER_DATABASE_URL", &url);
        command
    };
    let standbys = |names: &str| {
        postgres.psql(&url, &format!("ALTER SYSTEM SET synchronous_standby_names = '{names}'"));
        postgres.psql(&url, "SELECT pg_reload_conf()");
    };
    standbys("elsewhere");
    let told = told_until(|| command("doctor"), |told| told.wrong().contains(&"durability"));
    let found = told.of("durability");
    assert!(
        found.contains("of 1 needed standbys 0 are connected: every commit hangs (0 just now)"),
        "{found}"
    );
    let mut hanging = command("member token holder@acme.example --realm acme");
    let mut hanging = hanging.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the binary starts");
    told_until(|| command("doctor"), |told| told.of("durability").contains("(1 just now)"));
    standbys("");
    assert!(hanging.wait().expect("a child").success(), "it goes on when nobody is waited for");
    let told = told_until(|| command("doctor"), |told| !told.wrong().contains(&"durability"));
    assert!(told.of("durability").contains("single"), "{}", told.of("durability"));
}
