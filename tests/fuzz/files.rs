//! Parsers of files and of database contents: keys, backups, log rows.

use std::os::unix::fs::PermissionsExt;

use claviger::crypto::{MasterKeys, PemKey};
use claviger::operator::{RestoreFrom, backup, restore};
use claviger::replication::Contents;
use claviger_domain::{Algorithm, LogEntry};
use tempfile::TempDir;

use crate::bytes::fuzz;
use claviger_testkit::process::free_address;
use claviger_testkit::world::{Database, World, settings};

#[test]
fn private_keys() {
    let samples = [
        "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIEVZ8Zb8o5vM2Cq0m5g3Cq9k6oO4Q1N2Yw8d1v0gq5nC\n-----END PRIVATE KEY-----\n",
        "-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----",
        "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----",
    ];
    fuzz("private-keys", &samples, |bytes| {
        let text = String::from_utf8_lossy(bytes).into_owned();
        for algorithm in [Algorithm::Es256, Algorithm::EdDsa, Algorithm::Rs256, Algorithm::Ps256] {
            if let Ok(pkcs8) = PemKey::new(text.clone()).into_pkcs8(algorithm) {
                let _ = claviger::crypto::accept_key(algorithm, pkcs8);
            }
        }
    });
}

#[test]
fn master_keys() {
    let folder = TempDir::new().expect("a temporary folder");
    let file = folder.path().join("master.key");
    fuzz("master-keys", &["8f6d0fa8 AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n", ""], |bytes| {
        std::fs::write(&file, bytes).expect("a file");
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).expect("it is ours");
        if let Ok(keys) = MasterKeys::load(folder.path()) {
            assert!(keys.iter().next().is_some(), "no key is an error");
        }
    });
}

#[test]
fn rows_of_the_log() {
    let samples = [
        r#"{"realm":"acme","change":{"kind":"group_deleted","name":"g"}}"#,
        r#"{"realm":"acme","change":{"kind":"signing_key_deleted","kid":"k"}}"#,
        r#"{"realm":"acme","change":{"kind":"personal_access_token_put","token":{"id":"01890000-0000-7000-8000-000000000000","member":"01890000-0000-7000-8000-000000000001","description":"","scopes":["a:b"],"digest":"0000000000000000000000000000000000000000000000000000000000000000","created_at":"2026-01-01T00:00:00Z","expires_at":"2026-01-01T00:00:00Z","state":{"status":"active"}}}}"#,
        r#"{"realm":"acme","change":{"kind":"realm_cut","suspended_at":null,"at":"2026-01-01T00:00:00Z"}}"#,
        r#"{"realm":"acme","change":{"kind":"scope_put","entry":{"scope":"a:b","description":"","created_at":"2026-01-01T00:00:00Z","updated_at":"2026-01-01T00:00:00Z"}}}"#,
    ];
    for sample in samples {
        serde_json::from_str::<LogEntry>(sample).expect("the samples are right");
    }
    fuzz("log-rows", &samples, |bytes| {
        if let Ok(entry) = serde_json::from_slice::<LogEntry>(bytes) {
            let written = serde_json::to_vec(&entry).expect("JSON");
            assert_eq!(serde_json::from_slice::<LogEntry>(&written).expect("what was written"), entry);
        }
    });
}

/// A damaged backup is refused before any of it is stored.
#[test]
fn backups() {
    let world = World::start(Database::Sqlite);
    world.group("g", &["a:b"]);
    world.credential("c", &["g"]);
    let folder = TempDir::new().expect("a temporary folder");
    let whole = folder.path().join("whole.backup");
    let of = settings(folder.path(), free_address(), &world.database_url);
    backup(&of, &whole, &mut |_| ()).expect("a backup");
    let sample = std::fs::read_to_string(&whole).expect("text");
    let damaged = folder.path().join("damaged.backup");
    fuzz("backups", &[&sample], |bytes| {
        if bytes == sample.as_bytes() {
            return;
        }
        std::fs::write(&damaged, bytes).expect("a file");
        let target = TempDir::new().expect("a temporary folder");
        let database = target.path().join("claviger.db");
        let into = settings(target.path(), free_address(), &format!("sqlite://{}", database.display()));
        assert!(
            restore(&into, &RestoreFrom { backup: &damaged, journals: &[] }, &mut |_| ()).is_err(),
            "a damaged backup was taken"
        );
    });
}

/// A server reads at its start what it has written.
#[test]
fn journals() {
    let mut world = World::start(Database::Sqlite);
    world.revoke(&world.credential("gone", &[])).expect(200);
    world.stop();
    let path = world.folder.path().join("revocations.journal");
    let sample = std::fs::read_to_string(path).expect("a journal");
    assert!(!Contents::parse(sample.as_bytes()).expect("a journal").ended.is_empty());
    fuzz("journals", &[&sample], |bytes| drop(Contents::parse(bytes)));
}
