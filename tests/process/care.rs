//! T-19, T-25, S14: audit verify, backup, restore, migrate, doctor, retention; no working default after installation.

use std::path::Path;

use diesel::connection::SimpleConnection;
use diesel::{Connection, SqliteConnection};
use serde_json::Value;
use tempfile::TempDir;

use claviger_testkit::http::Request;
use claviger_testkit::process::{ServerProcess, claviger, free_address, run};

/// Exit code, standard output, standard error.
fn command(folder: &Path, line: &str) -> (i32, String, String) {
    let mut command = claviger(folder);
    command.args(line.split_whitespace());
    let (status, output, errors) = run(&mut command);
    (status.code().expect("an exit code"), output, errors)
}

#[track_caller]
fn done(folder: &Path, line: &str) -> String {
    let (code, output, errors) = command(folder, line);
    assert_eq!(code, 0, "{line}: {output}{errors}");
    output + &errors
}

fn installed() -> (TempDir, String) {
    let folder = TempDir::new().expect("a folder");
    done(folder.path(), "keys init");
    let (_, token, _) =
        command(folder.path(), "realm create acme --owner ada@example.org --preset foundries");
    let token = token.trim().to_owned();
    assert!(!token.is_empty());
    (folder, token)
}

fn tamper(folder: &Path, sql: &str) {
    let path = folder.join("data/claviger.db");
    let mut connection = SqliteConnection::establish(path.to_str().expect("text")).expect("the database");
    connection.batch_execute(sql).expect("a statement");
}

#[test]
fn audit_verify_counts_valid_rows_and_names_invalid_ones() {
    let (folder, _) = installed();
    let said = done(folder.path(), "audit verify");
    assert!(said.contains("The audit trail is valid") && said.contains("hash"), "{said}");
    tamper(folder.path(), "UPDATE audit_event SET action = 'nothing' WHERE sequence = 1");
    let (code, output, errors) = command(folder.path(), "audit verify");
    assert_eq!((code, output.as_str()), (1, ""));
    assert!(errors.contains("event 1 (realm acme") && errors.contains("edited"), "{errors}");
    let empty = TempDir::new().expect("a folder");
    let (code, _, errors) = command(empty.path(), "audit verify");
    assert!(code == 1 && errors.contains("there is no database"), "{errors}");
    assert!(!empty.path().join("data").exists(), "verification makes nothing");
}

#[test]
fn backup_while_serving_restores_elsewhere() {
    let (folder, token) = installed();
    let address = free_address();
    let server = ServerProcess::start(folder.path(), address, |_| {});
    let members = "/api/v1/realms/acme/members";
    let body = serde_json::json!({"email": "gone@x.example", "name": "Gone", "roles": []});
    let made = Request::json("POST", members, &body).bearer(&token).send(address).expect(201).json();
    let disable = format!("{members}/{}/disable", made["id"].as_str().expect("an id"));
    let said = done(folder.path(), "backup one.backup");
    assert!(said.contains("does not contain the master key"), "{said}");
    Request::new("POST", &disable).bearer(&token).send(address).expect(200);
    let (code, _, errors) = command(folder.path(), "backup one.backup");
    assert!(code == 1 && errors.contains("one.backup"), "{errors}");
    let (code, piped, _) = command(folder.path(), "backup -");
    assert!(code == 0 && piped.starts_with("{\"format\":\"claviger-backup\""));
    assert!(!piped.contains(&token[token.len() - 20..]));
    // A server serves this database, and the database is not empty either.
    let (code, _, errors) = command(folder.path(), "restore one.backup");
    assert!(code == 1 && errors.contains("stop it"), "{errors}");
    drop(server);
    let (code, _, errors) = command(folder.path(), "restore one.backup");
    assert!(code == 1 && errors.contains("not empty"), "{errors}");
    let said = done(folder.path(), "restore one.backup --data-dir other");
    assert!(said.contains("ACTIVE AGAIN") && said.contains("is invalid"), "{said}");
    done(folder.path(), "audit verify --data-dir other");
    // S54
    let said = done(folder.path(), "restore one.backup --data-dir third --journal data/revocations.journal");
    assert!(said.contains("from the journal: 1.") && !said.contains("ACTIVE AGAIN"), "{said}");
    assert!(said.contains("continues from the backup to position"), "{said}");
    let (code, _, errors) =
        command(folder.path(), "restore one.backup --data-dir fourth --journal one.backup");
    assert!(code == 1 && errors.contains("damaged in line 1") && !errors.contains("Restored"), "{errors}");
    let _server = ServerProcess::start(folder.path(), address, |command| {
        command.args(["--data-dir", "other"]);
    });
    let path = "/api/v1/realms/acme/scopes";
    Request::get(path).bearer(&token).send(address).expect(200);
}

#[test]
fn migrate_reports_the_state_of_the_tables() {
    let folder = TempDir::new().expect("a folder");
    let (code, _, errors) = command(folder.path(), "migrate --check");
    assert!(code == 1 && errors.contains("there is no database"), "{errors}");
    assert!(done(folder.path(), "migrate").contains("Applied 0005"));
    assert!(!done(folder.path(), "migrate").contains("Applied"));
    assert!(done(folder.path(), "migrate --check").contains("up to date"));
    tamper(folder.path(), "INSERT INTO __diesel_schema_migrations (version) VALUES ('9999')");
    for line in ["migrate --check", "migrate", "serve --listen 127.0.0.1:0"] {
        let (code, _, errors) = command(folder.path(), line);
        if line.starts_with("serve") {
            assert_ne!(code, 0);
            continue;
        }
        assert!(code == 1 && errors.contains("newer claviger"), "{line}: {errors}");
    }
}

#[test]
fn doctor_reports_problems_and_the_commands_that_fix_them() {
    let folder = TempDir::new().expect("a folder");
    let (code, output, _) = command(folder.path(), "doctor");
    assert!(code == 1 && output.contains("claviger keys init"), "{output}");
    assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), 0, "it makes nothing");

    let (folder, _) = installed();
    let address = free_address();
    let server = ServerProcess::start(folder.path(), address, |_| {});
    let asked = |more: &str| {
        let mut doctor = claviger(folder.path());
        doctor.args(["doctor", "--json"]).args(more.split_whitespace());
        doctor.env("CLAVIGER_PUBLIC_URL", format!("http://{address}"));
        let (status, output, errors) = run(&mut doctor);
        let findings: Vec<Value> =
            serde_json::from_str(&output).unwrap_or_else(|_| panic!("{output}{errors}"));
        let wrong: Vec<String> = findings
            .iter()
            .filter(|finding| finding["ok"] == false)
            .map(|finding| finding["what"].as_str().expect("text").to_owned())
            .collect();
        assert_eq!(status.success(), wrong.is_empty(), "{output}");
        wrong
    };
    assert_eq!(asked(""), Vec::<String>::new());
    tamper(folder.path(), "UPDATE audit_event SET target_name = 'x' WHERE sequence = 1");
    assert_eq!(asked(""), ["audit trail"]);
    tamper(folder.path(), "DELETE FROM signing_key WHERE role = 'next'");
    assert_eq!(asked(""), ["audit trail", "next keys"]);
    drop(server);
    assert_eq!(asked(""), ["audit trail", "next keys", "public_url"]);
    // A copy of an earlier day was put back: no server starts on it.
    tamper(folder.path(), "UPDATE log_head SET position = position - 1");
    assert!(asked("").contains(&"journal".to_owned()));
    tamper(folder.path(), "UPDATE log_head SET position = position + 1");
    let other = TempDir::new().expect("a folder");
    done(other.path(), "keys init");
    let keys = format!("--keys-dir {}", other.path().join("keys").display());
    assert!(asked(&keys).contains(&"master key fits".to_owned()));
    std::fs::set_permissions(
        folder.path().join("keys/master.key"),
        std::os::unix::fs::PermissionsExt::from_mode(0o644),
    )
    .expect("a mode");
    assert!(asked("").contains(&"master key".to_owned()));
}

#[test]
fn retention_deletes_old_events_and_the_rest_still_verifies() {
    let (folder, _) = installed();
    // As if written long ago, then chained again under those times, as in an upgrade.
    tamper(
        folder.path(),
        "UPDATE audit_event SET at = at - 86400 * 90, sequence = NULL, hash = NULL; UPDATE change_log SET at = at - 86400 * 90;
         UPDATE audit_head SET sequence = NULL, hash = NULL",
    );
    command(folder.path(), "member token ada@example.org --realm acme");
    let address = free_address();
    let server = ServerProcess::start(folder.path(), address, |command| {
        command.env("CLAVIGER_AUDIT_RETENTION_DAYS", "30").env("CLAVIGER_LOG_RETENTION_DAYS", "30");
    });
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(30);
    loop {
        let said = done(folder.path(), "audit verify");
        if said.contains("removed by retention") {
            assert!(said.contains("is valid: 1 events"), "{said}");
            break;
        }
        assert!(std::time::Instant::now() < deadline, "nothing went: {said}");
    }
    drop(server);
    let _server = ServerProcess::start(folder.path(), address, |_| {});
    done(folder.path(), "audit verify");
}

/// T-25: no request is accepted before the operator creates an owner, and what the owner gets expires within an hour.
#[test]
fn fresh_installation_has_no_working_default() {
    let folder = TempDir::new().expect("a folder");
    done(folder.path(), "keys init");
    let address = free_address();
    let server = ServerProcess::start(folder.path(), address, |_| {});
    for realm in ["acme", "demo", "default", "admin", "master"] {
        for token in ["admin", "claviger", "clvp_", "change-me"] {
            let path = format!("/api/v1/realms/{realm}/members");
            let answer = Request::get(&path).bearer(token).send(address);
            assert!(matches!(answer.status, 401 | 404), "{realm} {token}: {}", answer.status);
        }
        for (id, key) in [("admin", "admin"), ("claviger", "claviger"), ("demo", "demo")] {
            let path = format!("/realms/{realm}/oauth2/token");
            let form = Request::form(&path, &[("grant_type", "client_credentials")]).basic(id, key);
            assert!(matches!(form.send(address).status, 401 | 404));
        }
    }
    drop(server);
    for line in [
        "realm create acme --owner ada@example.org --json",
        "member token ada@example.org --realm acme --json",
    ] {
        let before = chrono::DateTime::<chrono::Utc>::from(std::time::SystemTime::now());
        let (_, output, _) = command(folder.path(), line);
        let made: Value = serde_json::from_str(&output).expect("JSON");
        let end: chrono::DateTime<chrono::Utc> =
            made["expires_at"].as_str().expect("a time").parse().expect("a time");
        let minutes = (end - before).num_minutes();
        assert!((58..=60).contains(&minutes), "{line}: {minutes} minutes");
        assert!(made["token"].as_str().expect("a token").len() > 30);
    }
}

#[test]
fn unusable_backup_is_refused_before_anything_is_written() {
    let (folder, _) = installed();
    done(folder.path(), "backup good.backup");
    let good = std::fs::read_to_string(folder.path().join("good.backup")).expect("a backup");
    let schema = good.split("\"schema\":\"").nth(1).and_then(|rest| rest.get(..4)).expect("a migration");
    let cut_off = good.lines().take(3).fold(String::new(), |text, line| text + line + "\n");
    let damaged = good.replacen("ada@example.org", "eve@example.org", 1);
    let newer = good.replacen(&format!("\"schema\":\"{schema}"), "\"schema\":\"9999", 1);
    for (name, text) in [("cut-off", &cut_off), ("damaged", &damaged), ("newer", &newer)] {
        assert_ne!(text, &good, "{name}");
        std::fs::write(folder.path().join(format!("{name}.backup")), text).expect("a file");
    }
    let other = TempDir::new().expect("a folder");
    done(other.path(), "keys init");
    let keys = other.path().join("keys").display().to_string();
    let cases = [
        ("good", keys.as_str(), "does not open with the master key"),
        ("good", "no-keys", "there is no master key"),
        ("cut-off", "keys", "truncated"),
        ("damaged", "keys", "damaged"),
        ("newer", "keys", "newer claviger"),
    ];
    for (name, keys, reason) in cases {
        let line = format!("restore {name}.backup --data-dir empty --keys-dir {keys}");
        let (code, output, errors) = command(folder.path(), &line);
        assert_eq!((code, output.as_str()), (1, ""), "{line}: {errors}");
        assert!(errors.contains(reason), "{line}: {errors}");
        assert!(!folder.path().join("empty").exists(), "{line} has written something");
    }
    // Also if the one key that does not open is the last of many realms.
    done(folder.path(), "realm create zebra --owner zoe@example.org");
    done(folder.path(), "keys rotate");
    let key_file = folder.path().join("keys/master.key");
    let lines = std::fs::read_to_string(&key_file).expect("keys");
    done(folder.path(), "backup rotated.backup");
    std::fs::write(&key_file, lines.lines().last().expect("a line").to_owned() + "\n").expect("it is ours");
    let (code, _, errors) = command(folder.path(), "restore rotated.backup --data-dir empty");
    assert!(code == 1 && errors.contains("does not open"), "{errors}");
    std::fs::write(&key_file, lines).expect("it is ours");
    done(folder.path(), "restore rotated.backup --data-dir empty");
    let address = free_address();
    let _server = ServerProcess::start(folder.path(), address, |command| {
        command.args(["--data-dir", "empty"]);
    });
}

#[test]
fn doctor_reports_files_readable_by_others_with_the_fix() {
    use std::os::unix::fs::PermissionsExt;
    let (folder, _) = installed();
    let address = free_address();
    let _server = ServerProcess::start(folder.path(), address, |_| {});
    let asked = || {
        let (_, output, errors) = command(folder.path(), "doctor --json");
        let findings: Vec<Value> =
            serde_json::from_str(&output).unwrap_or_else(|_| panic!("{output}{errors}"));
        findings.into_iter().find(|finding| finding["what"] == "data files").expect("it is looked at")
    };
    assert_eq!(asked()["ok"], true, "{}", asked());
    let files = ["claviger.db", "claviger.db-wal", "claviger.db-shm", "serve.lock", "revocations.journal"];
    let data = folder.path().join("data");
    let paths = files.map(|file| (data.join(file), 0o644, 0o600, "chmod 600"));
    for (path, open, private, advice) in paths.into_iter().chain([(data.clone(), 0o750, 0o700, "chmod 700")])
    {
        let set =
            |mode| std::fs::set_permissions(&path, PermissionsExt::from_mode(mode)).expect("it is ours");
        set(open);
        let found = asked();
        assert_eq!(found["ok"], false, "{}", path.display());
        let name = path.file_name().and_then(|name| name.to_str()).expect("text");
        let said = found["found"].as_str().expect("text");
        assert!(said.contains(name) && said.contains(&format!("{open:03o}")), "{said}");
        assert!(found["advice"].as_str().expect("text").starts_with(advice), "{found}");
        set(private);
    }
    assert_eq!(asked()["ok"], true);
    std::fs::hard_link(data.join("claviger.db"), data.join("second-name.db")).expect("a link");
    assert!(command(folder.path(), "doctor").1.contains("2 hard links"));
}
