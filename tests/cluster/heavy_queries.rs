//! T-13: neither administrators' queries nor attacks cost a lease, and revocations are answered meanwhile.

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::nodes::{Cluster, PATIENCE, REALM};
use crate::requests::access_token;
use claviger_testkit::http::{Request, Response};
use claviger_testkit::patience::StopAtEnd;
use claviger_testkit::postgres::Postgres;
use claviger_testkit::world::Client;

/// Rows that a search has to scan one by one.
const EVENTS: usize = 60_000;

const LISTS: usize = 200;
const LISTING_THREADS: usize = 32;

/// Minimum duration of the wrong secrets, and duration of the idle comparison.
const WHILE: Duration = Duration::from_secs(4);
const BETWEEN_WRONG_SECRETS: Duration = Duration::from_millis(10);

/// On a machine whose disk or processor is busy with other work, a lease is lost without any load of ours.
const STRIKES: usize = 3;
const ROUNDS: usize = 12;

/// Introspection answers during some other work.
#[derive(Debug)]
struct Answers {
    active: u64,
    unavailable: u64,
    slowest: Duration,
}

/// Introspects without a pause until `work` is done.
fn introspecting(cluster: &Cluster, token: &str, work: impl FnOnce()) -> Answers {
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let asking = scope.spawn(|| {
            let mut answers = Answers { active: 0, unavailable: 0, slowest: Duration::ZERO };
            while !over.load(Ordering::SeqCst) {
                let begun = Instant::now();
                let answer = cluster.introspect(0, token);
                answers.slowest = answers.slowest.max(begun.elapsed());
                match answer.status {
                    503 => answers.unavailable += 1,
                    _ => {
                        assert_eq!(answer.expect(200).json()["active"], true);
                        answers.active += 1;
                    }
                }
            }
            answers
        });
        let stop = StopAtEnd(&over);
        work();
        drop(stop);
        asking.join().expect("answers")
    })
}

#[derive(Debug, Default)]
struct Load {
    lists: AtomicUsize,
    given_up: AtomicUsize,
    refused: AtomicU64,
    revoked: AtomicU64,
}

fn note(load: &Load, list: Response) {
    match list.status {
        503 => {
            let text = list.text();
            // Canceled because it took too long or because too many others were running; or the machine stalled.
            let reasons = ["timed out after 5 s", "are in use", "no valid lease", "outcome is unknown"];
            assert!(reasons.iter().any(|reason| text.contains(reason)), "{text}");
            load.given_up.fetch_add(1, Ordering::Relaxed);
        }
        _ => drop(list.expect(200)),
    }
}

/// All lists, a hundred wrong secrets a second, and one revocation a second.
fn under_load(cluster: &Cluster, load: &Load, round: usize) {
    let listed = AtomicBool::new(false);
    let begun = Instant::now();
    let goes_on = || !listed.load(Ordering::SeqCst) || begun.elapsed() < WHILE;
    std::thread::scope(|scope| {
        let listing: Vec<_> = (0..LISTING_THREADS)
            .map(|_| {
                scope.spawn(|| {
                    loop {
                        let number = load.lists.fetch_add(1, Ordering::Relaxed);
                        if number >= LISTS {
                            return;
                        }
                        let path = format!("/audit-events?q=nobody-is-called-so-{number}");
                        note(
                            load,
                            cluster.administration("GET", &path, &().into()).send(cluster.addresses[0]),
                        );
                    }
                })
            })
            .collect();
        scope.spawn(|| {
            while goes_on() {
                let form = [("grant_type", "client_credentials")];
                let request = Request::form(&format!("/realms/{REALM}/oauth2/token"), &form);
                let answer = request.basic(&cluster.server.id, "clvk_wrong").send(cluster.addresses[0]);
                assert!(matches!(answer.status, 400 | 401 | 429 | 503), "{}", answer.text());
                load.refused.fetch_add(1, Ordering::Relaxed);
                std::thread::sleep(BETWEEN_WRONG_SECRETS);
            }
        });
        scope.spawn(|| {
            while goes_on() {
                let name = format!("c{round}-{}", load.revoked.fetch_add(1, Ordering::Relaxed));
                let credential = cluster.credential(0, &name);
                cluster.revoke(0, &credential).expect(200);
                std::thread::sleep(Duration::from_secs(1));
            }
        });
        let _stop = StopAtEnd(&listed);
        for one in listing {
            one.join().expect("lists");
        }
    });
}

#[test]
fn heavy_admin_queries_never_cost_a_lease() {
    let cluster = Cluster::start(1);
    let credential = cluster.credential(0, "asked-about");
    let token = access_token(&cluster.first_token(0, &credential).expect(200));
    let fill = format!(
        "INSERT INTO audit_event (id, realm, at, actor_kind, actor_name, action, target_kind, target_id, target_name, position) \
         SELECT 'old-' || n, '{REALM}', n, '\"operator\"', 'somebody', 'nothing', 'nothing', 'target-' || n, 'target', -n \
         FROM generate_series(1, {EVENTS}) AS n"
    );
    Postgres::shared().psql(&cluster.database_url, &fill);
    let mut strikes = 0;
    for round in 0..ROUNDS {
        let quiet = introspecting(&cluster, &token, || std::thread::sleep(WHILE));
        let load = Load::default();
        let begun = Instant::now();
        let loaded = introspecting(&cluster, &token, || under_load(&cluster, &load, round));
        println!("quiet: {quiet:?}; for {:?} under {load:?}: {loaded:?}", begun.elapsed());
        assert!(load.refused.load(Ordering::Relaxed) > 0 && load.revoked.load(Ordering::Relaxed) > 0);
        assert!(load.given_up.load(Ordering::Relaxed) < LISTS, "no list was answered");
        if loaded.unavailable == 0 {
            return;
        }
        strikes += usize::from(quiet.unavailable == 0);
        assert!(strikes < STRIKES, "the lease is lost under load, and is not when nothing happens");
    }
    panic!("this machine loses the lease when nothing happens");
}

/// Rows of the counters may be locked by a slow node or by an operator.
#[test]
fn changes_do_not_wait_for_counters() {
    let cluster = Cluster::start(1);
    let psql = |sql: &str| Postgres::shared().psql(&cluster.database_url, sql);
    let until = |sql: &str, what: &str| {
        let begun = Instant::now();
        while psql(sql) == "0" {
            assert!(begun.elapsed() < PATIENCE, "{what}");
            std::thread::sleep(Duration::from_millis(5));
        }
    };
    let used = cluster.credential(0, "used");
    cluster.first_token(0, &used).expect(200);
    until("SELECT count(*) FROM last_use", "the first use is written down");
    let of_this = "FROM pg_stat_activity WHERE datname = current_database()";
    let waiting = format!("SELECT count(*) {of_this} AND wait_event_type = 'Lock'");
    let who_waits = format!(
        "SELECT coalesce(string_agg(pid || ' since ' || query_start, ', '), '') {of_this} AND wait_event_type = 'Lock'"
    );
    std::thread::scope(|scope| {
        let lock = "SELECT FROM last_use FOR UPDATE; SELECT pg_sleep(600)";
        let locking = scope.spawn(|| Postgres::shared().try_psql(&cluster.database_url, lock));
        until(&format!("SELECT count(*) {of_this} AND wait_event = 'PgSleep'"), "the rows are locked");
        let passed = (0..STRIKES).any(|attempt| {
            let revoked = cluster.credential(0, &format!("revoked-{attempt}"));
            cluster.token(0, &used).expect(200);
            until(&waiting, "the counters wait");
            let before = psql(&who_waits);
            cluster.revoke(0, &revoked).expect(200);
            psql(&who_waits) == before
        });
        psql(&format!("SELECT pg_terminate_backend(pid) {of_this} AND wait_event = 'PgSleep'"));
        assert!(locking.join().expect("a thread").is_err(), "it was ended");
        assert!(passed, "a revocation was answered only when the counters waited no more");
    });
}

/// Whole statistics tables may be locked by an operator, or by a migration of another version.
#[test]
fn acts_do_not_wait_for_statistics() {
    let cluster = Cluster::start(1);
    let psql = |sql: &str| Postgres::shared().psql(&cluster.database_url, sql);
    let of_this = "FROM pg_stat_activity WHERE datname = current_database()";
    let [revoked, edited, renewed] = ["revoked", "edited", "renewed"].map(|name| cluster.credential(0, name));
    for credential in [&revoked, &edited, &renewed] {
        cluster.first_token(0, credential).expect(200);
    }
    let admin = |method: &str, path: &str, body: &Value| cluster.admin(0, method, path, body);
    admin("POST", "/groups", &json!({"name": "testers"})).expect(201);
    let new = json!({"name": "laptop", "scopes": ["ci:read"]});
    let application = admin("POST", "/application-credentials", &new).expect(201).json();
    let application = format!("/application-credentials/{}", application["id"].as_str().expect("an id"));
    let path = |credential: &Client, more: &str| format!("/service-credentials/{}{more}", credential.id);
    std::thread::scope(|scope| {
        let lock =
            "BEGIN; LOCK TABLE last_use, credential_usage IN ACCESS EXCLUSIVE MODE; SELECT pg_sleep(600)";
        let locking = scope.spawn(|| Postgres::shared().try_psql(&cluster.database_url, lock));
        let sleeping = format!("SELECT count(*) {of_this} AND wait_event = 'PgSleep'");
        let begun = Instant::now();
        while psql(&sleeping) == "0" {
            assert!(begun.elapsed() < PATIENCE, "the tables are locked");
            std::thread::sleep(Duration::from_millis(5));
        }
        let begun = Instant::now();
        let revocation = cluster.revoke(0, &revoked);
        let took = begun.elapsed();
        let statuses = [
            revocation,
            admin("PATCH", &path(&edited, ""), &json!({"groups": ["testers"]})),
            admin("POST", &path(&renewed, "/renew"), &json!({"overlap_seconds": 0})),
            admin("PATCH", &application, &json!({"description": "mine"})),
            admin("POST", &format!("{application}/revoke"), &json!({})),
        ]
        .map(|answer| (answer.status, answer.text()));
        let still_locked = psql(&sleeping);
        psql(&format!("SELECT pg_terminate_backend(pid) {of_this} AND wait_event = 'PgSleep'"));
        assert!(locking.join().expect("a thread").is_err(), "it was ended");
        assert!(statuses.iter().all(|(status, _)| (200..300).contains(status)), "{statuses:?}");
        assert_eq!(still_locked, "1");
        // The database itself cancels a statement that waits for five seconds.
        assert!(took < Duration::from_secs(5), "the revocation took {took:?}");
    });
}

/// A decision reads some tables while it holds the head of the log. A table that an operator has locked delays other acts
/// by one query at most.
#[test]
fn locked_table_does_not_stop_acts_that_do_not_read_it() {
    let cluster = Cluster::start(1);
    let psql = |sql: &str| Postgres::shared().psql(&cluster.database_url, sql);
    let of_this = "FROM pg_stat_activity WHERE datname = current_database()";
    let create = |name: &str| cluster.administration("POST", "/groups", &json!({"name": name}));
    std::thread::scope(|scope| {
        let lock = "BEGIN; LOCK TABLE idempotency_key IN ACCESS EXCLUSIVE MODE; SELECT pg_sleep(600)";
        let locking = scope.spawn(|| Postgres::shared().try_psql(&cluster.database_url, lock));
        let sleeping = format!("SELECT count(*) {of_this} AND wait_event = 'PgSleep'");
        let begun = Instant::now();
        while psql(&sleeping) == "0" {
            assert!(begun.elapsed() < PATIENCE, "the table is locked");
            std::thread::sleep(Duration::from_millis(5));
        }
        let reads = create("reads").header("Idempotency-Key", "once");
        let refused = reads.clone().send(cluster.addresses[0]);
        let plain = create("plain").send(cluster.addresses[0]);
        let still_locked = psql(&sleeping);
        psql(&format!("SELECT pg_terminate_backend(pid) {of_this} AND wait_event = 'PgSleep'"));
        assert!(locking.join().expect("a thread").is_err(), "it was ended");
        assert_eq!((refused.status, plain.status), (503, 201), "{} {}", refused.text(), plain.text());
        assert_eq!(still_locked, "1");
        cluster.patiently(0, &reads).expect(201);
    });
}
