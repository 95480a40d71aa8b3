//! An unreadable log row, seen through the binary: every command reports it, and `repair log` skips it.

use std::net::SocketAddr;
use std::path::Path;
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use diesel::sql_types::{BigInt, Binary};
use diesel::sqlite::SqliteConnection;
use diesel::{Connection, QueryableByName, RunQueryDsl, sql_query};
use ring::digest::{SHA256, digest};
use serde_json::{Value, json};
use tempfile::TempDir;

use claviger_testkit::http::{Request, Response};
use claviger_testkit::process::{ServerProcess, claviger, free_address, run};

/// The year of the time has five digits: no version can read it back.
const OF_ACME: &str = r#"{"realm":"acme","change":{"kind":"token_revoked","jti":"a","client_id":"01890a5d-ac96-774b-bcce-b302099a8057","expires_at":"+10000-01-01T00:59:59Z"}}"#;
const OF_NO_REALM: &str = r#"{"change":{"kind":"credential_revoked"}}"#;
const NO_JSON: &str = "\u{1}\u{2}{";
const NEWER: &str = r#"{"realm":"acme","change":{"kind":"credential_paused","id":"x"}}"#;

const PATIENCE: Duration = Duration::from_secs(60);

/// One realm, with what was valid in it before the row.
struct Realm {
    label: &'static str,
    address: SocketAddr,
    owner: String,
    client: (String, String),
    server: (String, String),
    token: String,
}

struct Scene {
    folder: TempDir,
    address: SocketAddr,
    server: Option<ServerProcess>,
    realms: [Realm; 2],
}

impl Realm {
    /// Creates a group, a resource server, a credential and an active token.
    fn set(folder: &Path, address: SocketAddr, label: &'static str) -> Self {
        let owner = done(folder, &format!("member token ada@example.org --realm {label}")).trim().to_owned();
        let (client, server) = Default::default();
        let mut realm = Self { label, address, owner, client, server, token: String::new() };
        realm.admin("POST", "/scopes", &json!({"scope": "ci:read"})).expect(201);
        realm.admin("POST", "/groups", &json!({"name": "g", "scopes": ["ci:read"]})).expect(201);
        let body = json!({"name": "builds", "audience": "https://builds.example.org"});
        realm.server = pair(&realm.admin("POST", "/resource-servers", &body).expect(201).json());
        let body = json!({"name": "c", "validity_days": 90, "token_ttl_seconds": 3600, "groups": ["g"]});
        realm.client = pair(&realm.admin("POST", "/service-credentials", &body).expect(201).json());
        realm.token = realm.new_token();
        assert!(realm.is_active(&realm.token));
        realm
    }

    fn admin(&self, method: &str, path: &str, body: &Value) -> Response {
        let path = format!("/api/v1/realms/{}{path}", self.label);
        until_known(|| Request::json(method, &path, body).bearer(&self.owner).send(self.address))
    }

    fn groups(&self) -> Response {
        let path = format!("/api/v1/realms/{}/groups", self.label);
        until_known(|| Request::get(&path).bearer(&self.owner).send(self.address))
    }

    fn new_token(&self) -> String {
        let path = format!("/realms/{}/oauth2/token", self.label);
        let form = Request::form(&path, &[("grant_type", "client_credentials")]);
        let request = form.basic(&self.client.0, &self.client.1);
        let answer = until_known(|| request.send(self.address)).expect(200).json();
        answer["access_token"].as_str().expect("a token").to_owned()
    }

    fn introspection(&self, token: &str) -> Request {
        let path = format!("/realms/{}/oauth2/introspect", self.label);
        Request::form(&path, &[("token", token)]).basic(&self.server.0, &self.server.1)
    }

    fn is_active(&self, token: &str) -> bool {
        let answer = until_known(|| self.introspection(token).send(self.address)).expect(200).json();
        answer["active"] == true
    }
}

impl Scene {
    fn set() -> Self {
        let folder = TempDir::new().expect("a folder");
        done(folder.path(), "keys init");
        done(folder.path(), "realm create acme --owner ada@example.org");
        done(folder.path(), "realm create other --owner ada@example.org");
        let address = free_address();
        let server = Some(ServerProcess::start(folder.path(), address, |_| {}));
        let realms = ["acme", "other"].map(|label| Realm::set(folder.path(), address, label));
        Self { folder, address, server, realms }
    }

    fn start(&mut self) {
        self.server = Some(ServerProcess::start(self.folder.path(), self.address, |_| {}));
    }

    fn stop(&mut self) {
        self.server.take().expect("it runs").terminate();
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn data(&self) -> (bool, String) {
        let (_, output, errors) = command(self.path(), "doctor --json");
        let findings: Vec<Value> =
            serde_json::from_str(&output).unwrap_or_else(|_| panic!("{output}{errors}"));
        let data = findings.iter().find(|finding| finding["what"] == "data").expect("a finding");
        (data["ok"] == true, data.to_string())
    }

    /// Every command that reads the log reports the problem and its position.
    fn is_told_everywhere(&self, position: i64, what: &str) {
        let row = format!("row {position}");
        let (is_fine, data) = self.data();
        assert!(!is_fine && data.contains(&row) && data.contains(what), "{data}");
        assert!(data.contains("repair log"), "doctor says the command: {data}");
        for line in ["audit verify", "backup damaged.backup", "repair log"] {
            let (code, output, errors) = command(self.path(), line);
            assert_eq!(code, 1, "{line}: {output}{errors}");
            assert!(errors.contains(&row), "{line}: {errors}");
            assert!((output + &errors).contains(what), "{line}");
        }
        // The tables are intact: the backup is written, and its exit code warns not to rely on it.
        std::fs::remove_file(self.path().join("damaged.backup")).expect("a backup of what is left");
    }

    fn is_skipped(&self, position: i64, realms: &str) {
        let line = format!("repair log --skip {position}");
        let (code, _, errors) = command(self.path(), &line);
        assert!(code == 2 && errors.contains("--yes"), "{errors}");
        let (code, _, errors) = command(self.path(), &format!("repair log --skip {} --yes", position - 1));
        assert!(code == 1 && errors.contains("not damaged"), "{errors}");
        let said = done(self.path(), &format!("{line} --yes"));
        assert!(said.contains(&format!("Skipped row {position}")), "{said}");
        assert!(said.trim_end().ends_with(&format!("is invalid in {realms}.")), "{said}");
        let (code, _, errors) = command(self.path(), &format!("{line} --yes"));
        assert!(code == 1 && errors.contains("already skipped"), "{errors}");
        let listed = done(self.path(), "repair log");
        let row = listed.lines().find(|line| line.starts_with(&position.to_string())).expect("the row");
        assert!(row.trim_end().ends_with("yes"), "{listed}");
        let (is_fine, data) = self.data();
        assert!(is_fine, "{data}");
        done(self.path(), "audit verify");
    }

    /// Earlier tokens are invalid in realms that were cut, and remain valid in others.
    fn is_cut(&mut self, cut: &[&str], position: i64) {
        for realm in &mut self.realms {
            let is_cut = cut.contains(&realm.label);
            assert_eq!(realm.is_active(&realm.token), !is_cut, "{}", realm.label);
            assert_eq!(realm.groups().status, if is_cut { 401 } else { 200 }, "{}", realm.label);
            let line = format!("member token ada@example.org --realm {}", realm.label);
            realm.owner = done(self.folder.path(), &line).trim().to_owned();
            let path = format!("/api/v1/realms/{}/audit-events?action=log.repair", realm.label);
            let events = until_known(|| Request::get(&path).bearer(&realm.owner).send(realm.address));
            let events = events.expect(200).json()["items"].as_array().expect("events").clone();
            assert_eq!(events.len(), usize::from(is_cut), "{events:?}");
            for event in &events {
                assert_eq!(event["before"]["position"], json!(position));
                assert_eq!(event["actor"]["kind"], "operator", "{event}");
            }
            let fresh = realm.new_token();
            assert!(realm.is_active(&fresh) && (is_cut || realm.is_active(&realm.token)));
        }
    }
}

/// Exit code, standard output, standard error.
fn command(folder: &Path, line: &str) -> (i32, String, String) {
    let mut command = claviger(folder);
    command.args(line.split_whitespace());
    let (status, output, errors) = run(&mut command);
    (status.code().expect("an exit code"), output, errors)
}

/// The output of a command that must succeed.
#[track_caller]
fn done(folder: &Path, line: &str) -> String {
    let (code, output, errors) = command(folder, line);
    assert_eq!(code, 0, "{line}: {output}{errors}");
    output
}

fn pair(made: &Value) -> (String, String) {
    let text = |name: &str| made[name].as_str().expect("a text").to_owned();
    (text("client_id"), text("client_key"))
}

/// A busy machine may renew a lease late: the server then answers 503, and the request is repeated.
fn until_known(ask: impl Fn() -> Response) -> Response {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let answer = ask();
        if answer.status != 503 || Instant::now() > deadline {
            return answer;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[derive(QueryableByName)]
struct Head {
    #[diesel(sql_type = BigInt)]
    position: i64,
    #[diesel(sql_type = Binary)]
    hash: Vec<u8>,
}

/// Appends a row with a valid chained hash to the database file; returns its position.
fn append(folder: &Path, body: &str) -> i64 {
    let path = folder.join("data/claviger.db");
    let mut connection = SqliteConnection::establish(path.to_str().expect("text")).expect("the database");
    connection.batch_execute("PRAGMA busy_timeout = 10000; BEGIN IMMEDIATE").expect("a transaction");
    let head: Head =
        sql_query("SELECT position, hash FROM log_head").get_result(&mut connection).expect("a head");
    let hash = digest(&SHA256, &[head.hash.as_slice(), body.as_bytes()].concat());
    let position = head.position + 1;
    sql_query("INSERT INTO change_log (position, body, hash) VALUES (?, ?, ?)")
        .bind::<BigInt, _>(position)
        .bind::<Binary, _>(body.as_bytes())
        .bind::<Binary, _>(hash.as_ref())
        .execute(&mut connection)
        .expect("a row");
    sql_query("UPDATE log_head SET position = ?, hash = ?")
        .bind::<BigInt, _>(position)
        .bind::<Binary, _>(hash.as_ref())
        .execute(&mut connection)
        .expect("the head");
    connection.batch_execute("COMMIT").expect("a commit");
    position
}

/// Polls until the server stops at the row; returns its answer.
fn stopped(address: SocketAddr, status: &str) -> Value {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let said = Request::get("/health/ready").send(address);
        let body = said.json();
        if said.status == 503 && body["status"] == status {
            return body;
        }
        assert!(Instant::now() < deadline, "the server goes on behind a damaged row: {body}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn damaged_row_is_reported_by_every_command_and_skipped_online() {
    for (body, what, cut) in [
        (OF_ACME, "expires_at", &["acme"] as &[&str]),
        (OF_NO_REALM, "credential_revoked", &["acme", "other"]),
        (NO_JSON, "no version can read it", &["acme", "other"]),
    ] {
        let mut scene = Scene::set();
        let position = append(scene.path(), body);
        let said = stopped(scene.address, "damaged log");
        assert!(said["reason"].as_str().expect("a reason").contains(what), "{said}");
        for realm in &scene.realms {
            realm.introspection(&realm.token).send(scene.address).expect(503);
        }
        scene.is_told_everywhere(position, what);
        scene.is_skipped(position, &cut.join(", "));
        // Without a restart.
        scene.is_cut(cut, position);

        // Backup, restart and restore continue from there.
        done(scene.path(), "backup after.backup");
        let dead: Vec<String> = scene.realms.iter().map(|realm| realm.token.clone()).collect();
        scene.stop();
        scene.start();
        for (realm, token) in scene.realms.iter().zip(&dead) {
            assert_eq!(realm.is_active(token), !cut.contains(&realm.label), "{}", realm.label);
        }
        scene.stop();
        done(scene.path(), "restore after.backup --data-dir restored");
        let _server = ServerProcess::start(scene.path(), scene.address, |command| {
            command.args(["--data-dir", "restored"]);
        });
        for (realm, token) in scene.realms.iter().zip(&dead) {
            assert!(!realm.is_active(token), "{}", realm.label);
            assert!(realm.is_active(&realm.new_token()));
        }
    }
}

#[test]
fn server_starts_after_repair_of_a_damaged_row() {
    let mut scene = Scene::set();
    scene.stop();
    let position = append(scene.path(), OF_ACME);
    let serve = format!("serve --listen {}", scene.address);
    let (code, _, errors) = command(scene.path(), &serve);
    assert!(code != 0 && errors.contains("expires_at"), "{errors}");
    scene.is_told_everywhere(position, "expires_at");
    scene.is_skipped(position, "acme");
    scene.start();
    scene.is_cut(&["acme"], position);
}

#[test]
fn row_of_a_newer_version_is_reported_and_not_skipped() {
    let scene = Scene::set();
    let position = append(scene.path(), NEWER);
    stopped(scene.address, "newer version needed");
    let (code, output, errors) = command(scene.path(), "repair log");
    assert!(code == 1 && errors.contains("install that version"), "{output}{errors}");
    let (code, _, errors) = command(scene.path(), &format!("repair log --skip {position} --yes"));
    assert!(code == 1 && errors.contains("newer version"), "{errors}");
    stopped(scene.address, "newer version needed");
}
