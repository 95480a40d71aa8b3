//! Metrics and logs about nodes: those waited out, evicted or joined again, and the loss of the database.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use rustix::process::Signal;

use crate::ghost::beside;
use crate::nodes::Cluster;
use claviger_testkit::http::Request;
use claviger_testkit::postgres::Postgres;

/// Effectively no limit for a test.
const PATIENCE: Duration = Duration::from_secs(60);

fn scrape(cluster: &Cluster, node: usize) -> String {
    Request::get("/metrics").send(cluster.metrics[node]).expect(200).text()
}

/// The value of one series, by its full name.
fn value(text: &str, series: &str) -> Option<f64> {
    let line = text.lines().find_map(|line| line.strip_prefix(series)?.strip_prefix(' '));
    line.map(|value| value.parse().expect("a number"))
}

#[track_caller]
fn wait_until(what: &str, is_so: impl Fn() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < PATIENCE, "{what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Lines of a log that contain all of these words.
fn lines<'a>(log: &'a str, words: &[&str]) -> Vec<&'a str> {
    log.lines().filter(|line| words.iter().all(|word| line.contains(word))).collect()
}

/// Metric names in a text, without the suffixes of a histogram.
fn names_in(text: &str) -> BTreeSet<&str> {
    fn plain(word: &str) -> &str {
        let ends = ["_bucket", "_sum", "_count"];
        ends.iter().find_map(|end| word.strip_suffix(end)).unwrap_or(word)
    }
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    words.filter(|word| word.starts_with("claviger_")).map(plain).collect()
}

fn file(path: &str) -> String {
    std::fs::read_to_string(format!("{}/{path}", env!("CARGO_MANIFEST_DIR"))).expect("a file")
}

#[test]
fn waited_out_evicted_late_and_returning_nodes_are_reported() {
    let cluster = Cluster::start(2);
    let (first, second) = (cluster.credential(0, "first"), cluster.credential(0, "second"));
    let receipt = beside(&cluster, "ghost", "0", || {
        let receipt = cluster.revoke(0, &first).expect(200).json();
        wait_until("the node beside is counted", || {
            (0..2).all(|node| value(&scrape(&cluster, node), "claviger_nodes") == Some(3.0))
        });
        receipt
    });
    assert_eq!(
        (&receipt["outcome"], &receipt["unconfirmed"]["nodes"][0]),
        (&"waited_out".into(), &"ghost".into())
    );
    let text = scrape(&cluster, 0);
    assert_eq!(value(&text, r#"claviger_nodes_waited_out_total{node="ghost"}"#), Some(1.0), "{text}");
    let waits = |text: &str, part: &str, outcome: &str| {
        value(text, &format!(r#"claviger_barrier_duration_seconds_{part}{{outcome="{outcome}"}}"#))
    };
    assert_eq!(waits(&text, "count", "waited_out"), Some(1.0), "{text}");
    assert!(waits(&text, "sum", "waited_out").is_some_and(|seconds| seconds >= 3.0), "{text}");
    assert_eq!(waits(&text, "count", "failed").unwrap_or(0.0), 0.0, "{text}");
    let position = format!("position={}", receipt["position"]);
    let log = cluster.log(0);
    assert_eq!(lines(&log, &["WARN", "waited out", &position, "ghost"]).len(), 1, "{log}");

    // Its row is no longer renewed: one of the two nodes evicts it.
    wait_until("it is evicted", || !names(&cluster).contains("ghost"));
    let evictions = || -> f64 {
        (0..2).filter_map(|node| value(&scrape(&cluster, node), "claviger_evictions_total")).sum()
    };
    let logs = || cluster.log(0) + &cluster.log(1);
    let told = || lines(&logs(), &["WARN", "evicted", "position="]).len() as f64;
    // Only one node evicts it, although both have seen it. On a stalled disk they may also evict each other.
    assert_eq!(
        lines(&logs(), &["WARN", "evicted", "ghost", "ghost-ghost-0", "position="]).len(),
        1,
        "{}",
        logs()
    );
    wait_until("evictions are counted as they are told", || evictions() >= 1.0 && evictions() == told());

    let receipt = cluster.revoke(0, &second).expect(200).json();
    if receipt["outcome"] == "confirmed" {
        let confirmed = waits(&scrape(&cluster, 0), "count", "confirmed");
        assert_eq!(confirmed, Some(1.0), "{}", scrape(&cluster, 0));
    }

    // A stop of more than half a lease makes the next renewal late.
    let late = || value(&scrape(&cluster, 1), "claviger_late_renewals_total").expect("a count");
    let before = late();
    cluster.signal(1, Signal::STOP);
    std::thread::sleep(Duration::from_millis(2_000));
    cluster.signal(1, Signal::CONT);
    wait_until("the late renewal is counted", || late() > before);

    let anew = || value(&scrape(&cluster, 1), "claviger_signed_in_anew_total").expect("a count");
    let before = anew();
    Postgres::shared().psql(&cluster.database_url, "DELETE FROM node WHERE name = 'node-1'");
    wait_until("it signs in anew", || anew() > before && names(&cluster).contains("node-1"));
    let log = cluster.log(1);
    assert!(!lines(&log, &["WARN", "joined again", "node-1", "position="]).is_empty(), "{log}");
}

#[test]
fn database_loss_and_return_are_logged_once_each() {
    let cluster = Cluster::start(1);
    let ready = || Request::get("/health/ready").send(cluster.addresses[0]);
    let reachable = || value(&scrape(&cluster, 0), "claviger_database_reachable");
    assert_eq!(reachable(), Some(1.0));
    Postgres::shared().let_in(&cluster.database_url, false);
    wait_until("the metric tells it", || reachable() == Some(0.0));
    wait_until("the lease ends", || ready().status == 503);
    let text = scrape(&cluster, 0);
    assert_eq!(value(&text, "claviger_lease_held"), Some(0.0));
    assert!(value(&text, "claviger_lease_age_seconds").is_some_and(|age| age >= 3.0), "{text}");
    Postgres::shared().let_in(&cluster.database_url, true);
    wait_until("it is ready again", || ready().status == 200 && reachable() == Some(1.0));
    let log = cluster.log(0);
    assert_eq!(lines(&log, &["ERROR", "cannot be followed", "node-0", "position="]).len(), 1, "{log}");
    assert_eq!(lines(&log, &["INFO", "is followed again", "node-0", "position="]).len(), 1, "{log}");
    assert_eq!(lines(&log, &["ERROR"]).len(), 1, "{log}");
}

#[test]
fn every_metric_is_on_the_dashboard_and_in_the_guide() {
    let cluster = Cluster::start(1);
    let credential = cluster.credential(0, "c");
    beside(&cluster, "ghost", "0", || cluster.revoke(0, &credential).expect(200));
    let (text, dashboard, guide) =
        (scrape(&cluster, 0), file("docs/grafana/claviger.json"), file("docs/guides/observing.md"));
    // Absent without TLS.
    let shown = format!("{text}\nclaviger_certificate_expiration_timestamp_seconds");
    assert_eq!(names_in(&dashboard), names_in(&shown));
    assert_eq!(names_in(&guide), names_in(&shown));
}

fn names(cluster: &Cluster) -> BTreeSet<String> {
    let listed = Postgres::shared().psql(&cluster.database_url, "SELECT name FROM node");
    listed.lines().map(|name| name.trim().to_owned()).collect()
}
