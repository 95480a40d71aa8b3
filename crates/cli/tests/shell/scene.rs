//! A folder, a stub server, and commands that use both.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use tempfile::TempDir;

pub const ID: &str = "0198a1c0-0000-7000-8000-000000000000";
pub const OTHER_ID: &str = "0198a1c1-0000-7000-8000-000000000000";
/// Part of every secret that the stub answers with.
pub const SECRET: &str = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZab";
pub const TOKEN: &str = "clvp_ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789ab";

const PROGRAM: &str = env!("CARGO_BIN_EXE_claviger-cli");

pub struct Scene {
    folder: TempDir,
    address: SocketAddr,
    asked: Arc<Mutex<Vec<String>>>,
}

/// Exit code, standard output, standard error.
pub type Said = (Option<i32>, String, String);

impl Scene {
    /// The stub answers every request alike, with an object that is a creation, a list and a token at once.
    pub fn start() -> Self {
        Self::answering("200 OK", &everything().to_string())
    }

    pub fn answering(status: &str, body: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let length = body.len();
        let answer =
            format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}");
        let asked = Arc::<Mutex<Vec<String>>>::default();
        let heard = asked.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (answer, heard) = (answer.clone(), heard.clone());
                std::thread::spawn(move || answer_one(stream, &answer, &heard));
            }
        });
        let scene = Self { folder: TempDir::new().expect("a folder"), address, asked };
        std::fs::write(scene.at("key"), "clvk_key").expect("a file");
        std::fs::write(scene.at("token"), "eyJ.x.y").expect("a file");
        scene
    }

    /// The request lines so far.
    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().expect("a list").clone()
    }

    pub fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        self.prepared(Command::new(PROGRAM), arguments)
    }

    /// A shell script with the program as `$0`, and its arguments.
    pub fn shell(&self, script: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script, PROGRAM]);
        self.prepared(command, arguments)
    }

    /// Without what this process and its user have set.
    fn prepared(&self, mut command: Command, arguments: &[&str]) -> Command {
        command.args(arguments).current_dir(self.folder()).env_clear();
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default()).env("HOME", self.folder());
        command.env("GIT_CONFIG_NOSYSTEM", "1").env("CLAVIGER_URL", self.url());
        command.env("CLAVIGER_REALM", "demo").env("CLAVIGER_TOKEN", TOKEN);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    pub fn say(&self, arguments: &[&str], input: &str) -> Said {
        said(&mut self.command(arguments), input)
    }
}

pub fn said(command: &mut Command, input: &str) -> Said {
    ended(started(command, input))
}

pub fn started(command: &mut Command, input: &str) -> Child {
    let mut child = command.stdin(Stdio::piped()).spawn().expect("it starts");
    // A command that reads no input may have ended already.
    let _ = child.stdin.take().expect("a pipe").write_all(input.as_bytes());
    child
}

pub fn ended(child: Child) -> Said {
    let output = child.wait_with_output().expect("it ends");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
    (output.status.code(), text(output.stdout), text(output.stderr))
}

fn answer_one(mut stream: TcpStream, answer: &str, asked: &Mutex<Vec<String>>) -> Option<()> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let mut first = String::new();
    reader.read_line(&mut first).ok()?;
    asked.lock().ok()?.push(first.trim().to_owned());
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        if line.trim().is_empty() {
            break;
        }
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
    }
    reader.read_exact(&mut vec![0; length]).ok()?;
    stream.write_all(answer.as_bytes()).ok()
}

fn everything() -> Value {
    let by = json!({"kind": "member", "id": null, "name": "a"});
    let validation = json!({
        "at": "2026-01-31T00:00:00Z", "outcome": "ok", "identity": null, "scopes": null, "expires_at": null,
        "permissions": [], "excess": [], "sentences": [], "unanswered": [],
    });
    let mut item = json!({
        "id": ID, "client_id": ID, "client_key": format!("clvk_{SECRET}"), "name": "n", "description": "",
        "realm": "demo", "status": "active", "validity_days": 90, "expires_at": null, "token_ttl_seconds": 3600,
        "groups": [], "resources": [], "effective_scopes": [], "responsible": [], "replaces": null,
        "overlap_ends_at": null, "created_at": "2026-01-31T00:00:00Z", "created_by": by,
        "updated_at": "2026-01-31T00:00:00Z", "updated_by": by, "last_used_at": null, "revoked_at": null,
        "revoked_by": null, "admin_scopes": [], "identities": [],
    });
    let of_vault = json!({
        "slug": "n", "source_type": "github", "auth_mode": "token", "fields": {}, "secret_fields": [], "profile": null,
        "answers": {}, "validation": validation, "used_by": 0, "version": 1,
        "source_credential_id": ID, "stopped_reason": null, "settings": {},
        "category": [], "hosting": "cloud", "notes": "", "auth_modes": [], "profiles": [], "questions": [],
        "key": "acme", "title": "Acme", "kind": "api_token", "cause": "validity", "owner": null,
        // Of webhooks and deliveries.
        "url": "https://a.example/", "events": [], "enabled": true, "disabled_reason": null,
        "secret_created_at": "2026-01-31T00:00:00Z", "webhook_id": ID, "event_id": ID,
        "event_type": "service_credential.revoked", "next_attempt_at": null, "attempts": [], "payload": {},
    });
    for (name, value) in of_vault.as_object().expect("an object") {
        item[name] = value.clone();
    }
    json!({
        "id": OTHER_ID, "client_key": format!("clvk_{SECRET}"), "token": format!("clva_{SECRET}"),
        "access_token": format!("eyJ.{SECRET}.x"), "items": [item], "next_cursor": null,
        "identities": [{"id": ID, "issuer": "https://a.example", "subject": "s"}],
        "name": "GitHub", "category": [], "hosting": "cloud", "notes": "", "auth_modes": [], "profiles": [], "questions": [],
        "question": "groups", "state": "listed", "truncated": false, "secret": format!("whsec_{SECRET}"),
        "dry_run": true, "affected": [
            {"kind": "service_credential", "effect": "loses_tokens", "count": 25, "names": ["nightly", "docs"]},
        ],
    })
}
