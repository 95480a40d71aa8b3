//! Acknowledged acts are on disk: the server is killed at random moments, a hundred times on each database.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::time::{Duration, Instant};

use claviger::crypto::{MasterKeys, SystemRandomness};
use claviger::operator::create_realm;
use serde_json::{Value, json};
use tempfile::TempDir;

use claviger_testkit::patience::{Deadline, StopAtEnd};
use claviger_testkit::postgres::Postgres;
use claviger_testkit::process::{ServerProcess, free_address};
use claviger_testkit::randomness::SeededRandomness;
use claviger_testkit::world::settings;

const KILLS: u64 = 100;

/// How long a server may be without a lease on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// Concurrent callers, so that a kill finds requests in every state.
const CALLERS: u64 = 3;

#[test]
fn nothing_acknowledged_is_lost_on_sqlite() {
    // On a real disk: the test checks what the operating system was told to store.
    let folder = TempDir::new().expect("a temporary folder");
    let url = format!("sqlite://{}/claviger.db", folder.path().display());
    kill_again_and_again(folder.path(), &url, 1);
}

#[test]
fn nothing_acknowledged_is_lost_on_postgres() {
    let folder = TempDir::new().expect("a temporary folder");
    let url = Postgres::shared().fresh_database();
    // After an unclean end a revocation waits for the predecessor's lease: only one round in twenty has one.
    kill_again_and_again(folder.path(), &url, 20);
}

/// What was acknowledged to callers, by credential id.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Told {
    Created { name: String },
    Edited { groups: Vec<String> },
    Revoked,
}

fn kill_again_and_again(folder: &Path, url: &str, revoke_every: u64) {
    let seed = std::process::id().into();
    println!("seed {seed}");
    let randomness = SeededRandomness::new(seed);
    let address = free_address();
    MasterKeys::create(&folder.join("keys"), &SystemRandomness::new()).expect("a master key");
    let settings = settings(folder, address, url);
    let realm = "acme".parse().expect("a label");
    let owner = "holder@acme.example".parse().expect("an address");
    let token = create_realm(&settings, &realm, &owner, None).expect("a realm").token.expose().to_owned();
    let start = || {
        ServerProcess::start(folder, address, |command| {
            command.env("CLAVIGER_DATABASE_URL", url).env("CLAVIGER_DATA_DIR", folder);
        })
    };
    let told = Mutex::new(BTreeMap::new());
    let mut server = start();
    let made = admin(address, &token, "POST", "/groups", &json!({"name": "g"}));
    assert!(matches!(made, Answer::Yes(_)), "the group is made");
    for round in 0..KILLS {
        let revokes = round % revoke_every == 0;
        let after = 1 + randomness.below(9);
        let pause = Duration::from_micros(randomness.below(4_000));
        let (tell, sent) = channel();
        let stop = AtomicBool::new(false);
        std::thread::scope(|scope| {
            for caller in 0..CALLERS {
                let (tell, told, stop, token) = (tell.clone(), &told, &stop, &token);
                let name = format!("c-{round}-{caller}");
                scope.spawn(move || work(address, token, &name, revokes, told, stop, &tell));
            }
            // Makes `recv` fail when every caller has failed.
            drop(tell);
            let _stop = StopAtEnd(&stop);
            for _ in 0..after {
                sent.recv().expect("callers send");
            }
            if revokes && revoke_every > 1 {
                // Let one revocation complete, however long it waits.
                let deadline = Deadline::begin();
                while !told.lock().expect("told").values().any(|one| *one == Told::Revoked) {
                    deadline.assert_before("a revocation is acknowledged");
                    sent.recv().expect("callers send");
                }
            }
            std::thread::sleep(pause);
            server.kill();
            stop.store(true, Ordering::SeqCst);
        });
        server = start();
        verify(address, &token, &told.lock().expect("told"), round);
        if round % 10 == 9 {
            told.lock().expect("told").clear();
        }
    }
    assert_eq!(server.terminate().code(), Some(0));
}

/// Creates, edits and revokes until the server is gone; notes only what was acknowledged.
fn work(
    address: SocketAddr,
    token: &str,
    name: &str,
    revokes: bool,
    told: &Mutex<BTreeMap<String, Told>>,
    stop: &AtomicBool,
    tell: &Sender<()>,
) {
    let note = |id: &str, what| {
        told.lock().expect("told").insert(id.to_owned(), what);
    };
    for index in 0.. {
        let name = format!("{name}-{index}");
        let _ = tell.send(());
        let body = json!({"name": name, "validity_days": 30, "token_ttl_seconds": 900});
        let created = match admin(address, token, "POST", "/service-credentials", &body) {
            Answer::Yes(created) => created,
            Answer::Unknown => continue,
            Answer::None => break,
        };
        let id = created["id"].as_str().expect("an id").to_owned();
        note(&id, Told::Created { name: name.clone() });
        let _ = tell.send(());
        let path = format!("/service-credentials/{id}");
        let edited = admin(address, token, "PATCH", &path, &json!({"groups": ["g"]}));
        if !matches!(edited, Answer::Yes(_)) {
            // The outcome is unknown: nothing was acknowledged.
            told.lock().expect("told").remove(&id);
            if matches!(edited, Answer::None) {
                break;
            }
            continue;
        }
        note(&id, Told::Edited { groups: vec!["g".into()] });
        let _ = tell.send(());
        if revokes {
            let path = format!("/service-credentials/{id}/revoke");
            let revoked = admin(address, token, "POST", &path, &json!({"name": name}));
            if !matches!(revoked, Answer::Yes(_)) {
                told.lock().expect("told").remove(&id);
                if matches!(revoked, Answer::None) {
                    break;
                }
                continue;
            }
            note(&id, Told::Revoked);
            let _ = tell.send(());
        }
        if stop.load(Ordering::SeqCst) {
            break;
        }
    }
}

fn verify(address: SocketAddr, token: &str, told: &BTreeMap<String, Told>, round: u64) {
    for (id, what) in told {
        let path = format!("/service-credentials/{id}");
        let begun = Instant::now();
        let shown = loop {
            match admin(address, token, "GET", &path, &Value::Null) {
                Answer::Yes(shown) => break shown,
                // A server that lost its lease on a busy machine is asked again.
                Answer::Unknown if begun.elapsed() < PATIENCE => {
                    std::thread::sleep(Duration::from_millis(20))
                }
                _ => panic!("round {round}: {id} was acknowledged and is gone"),
            }
        };
        match what {
            Told::Created { name } => assert_eq!(shown["name"], json!(name), "round {round}"),
            Told::Edited { groups } => assert_eq!(shown["groups"], json!(groups), "round {round}"),
            Told::Revoked => assert_eq!(shown["status"], "revoked", "round {round}"),
        }
    }
}

enum Answer {
    Yes(Value),
    /// 503: the outcome is unknown.
    Unknown,
    /// The connection broke.
    None,
}

fn admin(address: SocketAddr, token: &str, method: &str, path: &str, body: &Value) -> Answer {
    use claviger_testkit::http::Request;
    let path = format!("/api/v1/realms/acme{path}");
    let request =
        if body.is_null() { Request::get(&path) } else { Request::json(method, &path, body) }.bearer(token);
    match request.try_send(address) {
        None => Answer::None,
        Some(answer) if matches!(answer.status, 200 | 201) => Answer::Yes(answer.json()),
        Some(answer) if answer.status == 503 => Answer::Unknown,
        Some(answer) => panic!("{method} {path}: {} {}", answer.status, answer.text()),
    }
}
