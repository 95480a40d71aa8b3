//! Failover by Patroni and etcd: commits acknowledged as synchronous are kept, and revoked tokens stay inactive.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::nodes::{Cluster, alone};
use crate::requests::access_token;
use claviger_testkit::patience::StopAtEnd;
use claviger_testkit::patroni::Patroni;

/// A revocation that was answered.
struct Revoked {
    token: String,
    durability: String,
}

const INACTIVE: &str = r#"{"active":false}"#;

const PATIENCE: Duration = Duration::from_secs(60);

// S52, S53
#[test]
fn revoked_tokens_stay_inactive_after_switchover_and_primary_crash() {
    let alone = alone();
    let mut patroni = Patroni::start();
    let url = patroni.fresh_database("claviger");
    let cluster = Cluster::start_with(alone, url.clone(), vec![url.clone(), url], "info");
    let kept = cluster.credential(0, "kept");
    let kept = access_token(&cluster.first_token(0, &kept).expect(200));
    let (over, revoked) = (AtomicBool::new(false), Mutex::new(Vec::new()));
    thread::scope(|scope| {
        let (cluster, over, revoked) = (&cluster, &over, &revoked);
        scope.spawn(move || revoke_again_and_again(cluster, over, revoked));
        for node in [0, 1] {
            scope.spawn(move || {
                while !over.load(Ordering::SeqCst) {
                    expect_inactive(cluster, node, revoked);
                }
            });
        }
        let _stop = StopAtEnd(over);
        let at_work = |what: &str, enough: &dyn Fn(&[Revoked]) -> bool| {
            let (begun, before) = (Instant::now(), revoked.lock().expect("a list").len());
            while !enough(&revoked.lock().expect("a list")[before..]) {
                assert!(begun.elapsed() < PATIENCE, "{what}: {}", cluster.log(0));
                thread::sleep(Duration::from_millis(20));
            }
            println!("{what}: {:?}", begun.elapsed());
        };
        let synchronous =
            |new: &[Revoked]| new.iter().filter(|one| one.durability == "synchronous").count() >= 5;
        at_work("revocations before any fault", &synchronous);
        patroni.switch_over();
        at_work("revocations after a switchover", &|new| new.len() >= 5);
        patroni.wait_until("there is no synchronous standby", Patroni::is_synchronous);
        at_work("synchronous revocations after a switchover", &synchronous);
        let crashed = patroni.crash_primary();
        at_work("revocations after a crash of the primary", &|new| new.len() >= 5);
        patroni.start_member(crashed);
        patroni.wait_until("there is no synchronous standby", Patroni::is_synchronous);
        at_work("synchronous revocations after a crash of the primary", &synchronous);
    });
    let revoked = revoked.into_inner().expect("a list");
    println!("{} revocations", revoked.len());
    for node in [0, 1] {
        for one in &revoked {
            assert_eq!(cluster.verdict(node, &one.token), INACTIVE, "durability {}", one.durability);
        }
        assert!(cluster.verdict(node, &kept).contains("\"active\":true"));
    }
}

fn revoke_again_and_again(cluster: &Cluster, over: &AtomicBool, revoked: &Mutex<Vec<Revoked>>) {
    for number in 0.. {
        if over.load(Ordering::SeqCst) {
            return;
        }
        let node = number % 2;
        let made = cluster.creation(&format!("c{number}")).send(cluster.addresses[node]);
        if made.status != 201 {
            thread::sleep(Duration::from_millis(50));
            continue;
        }
        let credential = crate::nodes::client(&made.json());
        let answer = cluster.token(node, &credential);
        if answer.status != 200 {
            continue;
        }
        let token = access_token(&answer);
        let answer = cluster.revocation(&credential).send(cluster.addresses[1 - node]);
        if answer.status == 200 {
            let durability = answer.json()["durability"].as_str().expect("a durability").to_owned();
            revoked.lock().expect("a list").push(Revoked { token, durability });
        }
    }
}

/// Checks the newest revocations, and an older one.
fn expect_inactive(cluster: &Cluster, node: usize, revoked: &Mutex<Vec<Revoked>>) {
    let tokens: Vec<String> = {
        let revoked = revoked.lock().expect("a list");
        let older = revoked.len() / 2;
        revoked.iter().rev().take(3).chain(revoked.get(older)).map(|one| one.token.clone()).collect()
    };
    for token in tokens {
        let answer = cluster.introspect(node, &token);
        match answer.status {
            200 => assert_eq!(answer.text(), INACTIVE, "node {node}"),
            503 => thread::sleep(Duration::from_millis(10)),
            status => panic!("{status}: {}", answer.text()),
        }
    }
    thread::sleep(Duration::from_millis(1));
}
