//! Canaries: after a whole session no table, file, log or later answer holds a secret; only digests are stored.

use std::fs;
use std::io::{self, Write};
use std::sync::{Mutex, OnceLock};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::answers::{items, text};
use crate::tables::Tables;
use claviger_testkit::http::{Request, Response};
use claviger_testkit::on_both_databases;
use claviger_testkit::postgres::Postgres;
use claviger_testkit::world::{Client, World};

/// Everything that this process logs after the first call, at the most verbose level.
fn log() -> &'static Mutex<Vec<u8>> {
    static LOG: OnceLock<Mutex<Vec<u8>>> = OnceLock::new();
    LOG.get_or_init(|| {
        let subscriber = tracing_subscriber::fmt()
            .with_ansi(false)
            .with_max_level(tracing::Level::TRACE)
            .with_writer(|| Lines);
        tracing::subscriber::set_global_default(subscriber.finish()).expect("the only log of this process");
        Mutex::new(Vec::new())
    })
}

struct Lines;

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        log().lock().expect("the log").write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Secrets that were shown once, and the answers that must not repeat them.
#[derive(Default)]
struct Session {
    secrets: Vec<String>,
    answers: Vec<Response>,
}

impl Session {
    fn learn(&mut self, body: &Value, members: &[&str]) {
        self.secrets.extend(members.iter().map(|member| text(&body[*member])));
    }

    fn hear(&mut self, answer: Response) -> Value {
        self.answers.push(answer);
        serde_json::from_slice(&self.answers.last().expect("an answer").body).unwrap_or_default()
    }
}

/// The forms in which a secret may be stored: plain, encoded, and as in a Basic header.
fn disguises(ids: &[String], secret: &str) -> Vec<String> {
    let mut disguises = vec![secret.to_owned(), hex(secret.as_bytes()), STANDARD.encode(secret)];
    disguises.extend(ids.iter().map(|id| STANDARD.encode(format!("{id}:{secret}"))));
    disguises
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Everything that a realm's users and clients do, including mistakes.
fn whole_session(world: &World) -> Session {
    let mut session = Session { secrets: vec![world.owner.clone()], ..Session::default() };
    world.group("builders", &["ci:read", "source:read"]);
    let body =
        json!({"name": "canary", "validity_days": 90, "token_ttl_seconds": 900, "groups": ["builders"]});
    let created = world.admin("POST", "/service-credentials", Some(body.clone())).expect(201).json();
    session.learn(&created, &["client_key"]);
    let renew = format!("/service-credentials/{}/renew", text(&created["id"]));
    let renewed = world.admin("POST", &renew, Some(json!({"overlap_seconds": 86_400}))).expect(201).json();
    session.learn(&renewed, &["client_key"]);
    let line = json!({"name": "imported", "validity_days": 90, "token_ttl_seconds": 900}).to_string();
    let import = Request::new("POST", "/api/v1/realms/acme/service-credentials/import");
    let import = import.header("Content-Type", "application/jsonl").bearer(&world.owner).body(line);
    let imported = items(&world.send(&import).expect(201));
    session.learn(&imported[0], &["client_key"]);
    let server = world.resource_server("builds", "https://builds.example.org");
    session.secrets.push(server.key.clone());
    let (_, member_token) = world.member("ada@acme.example", &["sys_admin"]);
    session.secrets.push(member_token.clone());
    let personal = json!({"expires_at": "2028-01-01T00:00:00Z", "scopes": ["admin:read-update", "ci:read"]});
    let personal =
        world.admin_as(&member_token, "POST", "/personal-access-tokens", Some(personal)).expect(201).json();
    session.learn(&personal, &["token"]);
    let personal_token = text(&personal["token"]);

    let client =
        Client { id: text(&created["client_id"]), key: text(&created["client_key"]), name: "canary".into() };
    let tokens = [
        world.token(&client),
        world.token_with(&client, &[("scope", "ci:read")]),
        world.token_with(&client, &[("resource", "https://builds.example.org")]),
    ];
    session.secrets.extend(tokens.clone());
    for token in tokens.iter().chain([&personal_token]) {
        session.hear(world.send(&world.introspection_request(&server, token)));
        session.hear(world.send(&Request::get(&world.path("/whoami")).bearer(token)));
    }

    // What leaked is looked for.
    for secret in session.secrets.clone() {
        let leaked = json!({"secret": format!("key={secret}")});
        session.hear(world.admin("POST", "/trace", Some(leaked)).expect(200));
    }
    session.hear(world.admin("POST", "/trace", Some(json!({"secret": [client.key]}))).expect(422));

    // Mistakes: a valid secret in the wrong place.
    session.hear(world.admin_as(&client.key, "GET", "/groups", None));
    session.hear(world.send(&Request::get(&world.path(&format!("/whoami?access_token={}", tokens[0])))));
    let in_query = format!("/oauth2/token?client_secret={}&client_id={}", client.key, client.id);
    session.hear(world.send(&Request::form(&world.path(&in_query), &[("grant_type", "client_credentials")])));
    session.hear(world.send(&world.token_request(&client, &[("client_secret", &client.key)])));
    session.hear(world.send(&world.token_request(&client, &[("scope", &client.key)])));
    session.hear(world.send(&world.token_request(&client, &[("grant_type", &client.key)])));
    session.hear(world.send(
        &Request::get(&world.path("/whoami")).header("Authorization", &format!("Bearer {} x", client.key)),
    ));
    let mistaken = json!({
        "name": "n", "validity_days": client.key, "token_ttl_seconds": client.key, "groups": client.key,
        "client_key": client.key,
    });
    session.hear(world.admin("POST", "/service-credentials", Some(mistaken)));
    session.hear(world.admin(
        "PATCH",
        "/groups/builders",
        Some(json!({"scopes": 1, "token": personal_token})),
    ));
    let own = format!("/service-credentials/{}", client.id);
    session.hear(world.admin("POST", &format!("{own}/revoke"), Some(json!({"name": client.key}))));

    // A database that fails during the creation of a key.
    let tables = Tables::of(world);
    tables.execute("ALTER TABLE service_credential RENAME TO out_of_reach");
    let broken = json!({"name": "broken", "validity_days": 90, "token_ttl_seconds": 900});
    session.hear(world.admin("POST", "/service-credentials", Some(broken)).expect(503));
    tables.execute("ALTER TABLE out_of_reach RENAME TO service_credential");

    for path in [
        "/service-credentials",
        &own,
        "/groups",
        "/members",
        "/personal-access-tokens",
        "/resource-servers",
        "/signing-keys",
        "/audit-events?limit=200",
        "",
    ] {
        session.hear(world.admin("GET", path, None).expect(200));
    }
    session.hear(world.send(&Request::get(&world.path("/oauth2/jwks"))).expect(200));
    session.hear(world.admin("PATCH", &own, Some(json!({"groups": []}))).expect(200));
    let revoke =
        Request::form(&world.path("/oauth2/revoke"), &[("token", &tokens[1])]).basic(&client.id, &client.key);
    session.hear(world.send(&revoke).expect(200));
    session.hear(world.revoke(&client).expect(200));
    session.hear(world.send(&world.token_request(&client, &[])).expect(401));
    let own_token = format!("/personal-access-tokens/{}/revoke", text(&personal["id"]));
    session.hear(world.admin("POST", &own_token, None).expect(200));
    session.hear(world.admin("GET", "/audit-events?limit=200", None).expect(200));
    session
}

/// Asserts no hits. The text must contain `control`, which proves that it is the right text.
#[track_caller]
fn assert_clean(place: &str, bytes: &[u8], needles: &[String], control: &str) {
    let holds = |needle: &str| bytes.windows(needle.len()).any(|window| window == needle.as_bytes());
    assert!(holds(control), "{place} does not even hold {control}");
    for needle in needles {
        assert!(!holds(needle), "{place} holds {needle}");
    }
}

/// The contents of all files below a folder, except the master key's.
fn files(folder: &std::path::Path) -> Vec<u8> {
    let mut bytes = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_file() {
            bytes.extend(fs::read(&path).expect("a file"));
        } else if path.file_name() != Some("keys".as_ref()) {
            bytes.extend(files(&path));
        }
    }
    bytes
}

on_both_databases! {
    // T-10, S15
    fn no_table_file_log_or_later_answer_holds_a_secret(world: World) {
        let log_begins = log().lock().expect("the log").len();
        let postgres_log = log_all_statements(&mut world);
        let session = whole_session(&world);
        assert_eq!(session.secrets.len(), 10);
        let ids: Vec<String> = ["/service-credentials", "/resource-servers"]
            .iter()
            .flat_map(|list| items(&world.admin("GET", list, None)))
            .map(|client| text(&client["id"]))
            .collect();
        let needles: Vec<String> =
            session.secrets.iter().flat_map(|secret| disguises(&ids, secret)).collect();

        for answer in &session.answers {
            let headers: String =
                answer.headers.iter().map(|(name, value)| format!("{name}: {value}\n")).collect();
            assert_clean(
                "an answer",
                format!("{headers}{}", answer.text()).as_bytes(),
                &needles,
                "content-type",
            );
        }
        let dump = Tables::of(&world).dump().join("\n");
        assert_clean("a table", dump.as_bytes(), &needles, "canary");
        world.stop();
        let log = log().lock().expect("the log")[log_begins..].to_vec();
        assert_clean("the log", &log, &needles, "administrative operation failed");
        let lines = String::from_utf8_lossy(&log);
        assert!(
            !["clvk_", "clvp_", "eyJ"].iter().any(|prefix| lines.contains(prefix)),
            "the log holds a piece of a secret"
        );
        match postgres_log {
            None => assert_clean("a file", &files(world.folder.path()), &needles, "canary"),
            Some(read) => assert_clean("the log of PostgreSQL", &read(), &needles, "canary"),
        }
    }

    // S36
    fn only_the_digest_of_a_secret_is_stored(world: World) {
        let session = whole_session(&world);
        let dump = Tables::of(&world).dump().join("\n");
        let digester = world.node().keyring.digester();
        let opaque: Vec<&String> =
            session.secrets.iter().filter(|secret| secret.starts_with("clv")).collect();
        assert_eq!(opaque.len(), 7);
        for secret in opaque {
            let digest = digester.digest(secret).to_string();
            assert!(dump.contains(&digest));
            assert!(!session.answers.iter().any(|answer| answer.text().contains(&digest)));
            let in_events =
                dump.lines().filter(|row| row.starts_with("audit_event") && row.contains(&digest)).count();
            assert_eq!(in_events, 0);
        }
    }

    fn private_keys_and_the_master_key_are_not_in_the_database(world: World) {
        let dump = Tables::of(&world).dump().join("\n").to_lowercase();
        let key_file = fs::read(world.folder.path().join("keys/master.key")).expect("the master key");
        assert!(!key_file.is_empty());
        for line in String::from_utf8_lossy(&key_file).split_whitespace().filter(|word| word.len() >= 32) {
            assert!(!dump.contains(&line.to_lowercase()));
        }
        // The curve identifier with which every unsealed P-256 key in PKCS#8 begins (RFC 5480 §2.1.1.1).
        let unsealed = "06072a8648ce3d020106082a8648ce3d030107";
        assert!(dump.contains("signing_key") && !dump.contains(unsealed));
        for secret_member in ["\"d\":", "\"p\":", "\"q\":", "\"k\":", "private"] {
            assert!(!dump.contains(secret_member), "{secret_member}");
        }
    }
}

type Reading = Box<dyn Fn() -> Vec<u8>>;

/// After a restart, PostgreSQL logs every statement with its parameters. `None` on SQLite.
fn log_all_statements(world: &mut World) -> Option<Reading> {
    let url = world.database_url.clone();
    let name = url.strip_prefix("postgres:///")?.split('?').next()?.to_owned();
    let database = Postgres::shared();
    database.psql(&url, &format!("ALTER DATABASE {name} SET log_statement = 'all'"));
    world.restart();
    // The log of the database server lies next to its data folder.
    let read = "SELECT encode(pg_read_binary_file(current_setting('data_directory') || '/../log'), 'escape')";
    Some(Box::new(move || database.psql(&url, read).into_bytes()))
}
