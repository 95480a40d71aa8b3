//! The only server of an SQLite file: what it excludes, how commands run beside it, and when it stops answering.

use std::fs;
use std::net::SocketAddr;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use diesel::{Connection, SqliteConnection};
use rustix::process::{Resource, Rlimit, Signal, kill_process, prlimit};
use serde_json::{Value, json};
use tempfile::TempDir;

use claviger_testkit::http::{Request, Response};
use claviger_testkit::process::{ServerProcess, claviger, free_address, run};

/// A lease lasts three seconds; `SLACK` allows for a busy machine.
const LEASE: Duration = Duration::from_secs(3);
const SLACK: Duration = Duration::from_secs(3);

/// A server with the demonstration realm and its database in `data/claviger.db`.
struct Scene {
    folder: TempDir,
    server: Option<ServerProcess>,
    address: SocketAddr,
    facts: Value,
}

impl Scene {
    fn start() -> Self {
        let folder = TempDir::new().expect("a temporary folder");
        let mut scene = Self { folder, server: None, address: free_address(), facts: Value::Null };
        scene.serve(&[]);
        let facts = fs::read(scene.data().join("quickstart.json")).expect("the facts");
        scene.facts = serde_json::from_slice(&facts).expect("JSON");
        scene
    }

    fn serve(&mut self, arguments: &[&str]) {
        let address = self.address.to_string();
        let server = ServerProcess::start_as(self.folder.path(), self.address, || {
            let mut command = self.operator(&["serve", "--listen", &address]);
            command.args(arguments);
            command
        });
        self.server = Some(server);
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn database(&self) -> PathBuf {
        self.data().join("claviger.db")
    }

    fn operator(&self, arguments: &[&str]) -> Command {
        let mut command = claviger(self.folder.path());
        command.args(arguments).args(["--dev", "--data-dir", "data"]);
        command
    }

    /// A command on the same database by another path, with its own data folder.
    fn elsewhere(&self, arguments: &[&str], database: &str) -> Command {
        let mut command = claviger(self.folder.path());
        command.args(arguments).args(["--data-dir", "elsewhere", "--keys-dir", "data/keys"]);
        command.args(["--database-url", &format!("sqlite://{database}")]);
        command
    }

    fn signal(&self, signal: Signal) {
        kill_process(self.server.as_ref().expect("it runs").pid(), signal).expect("it is ours");
    }

    fn limit_file_size(&self, bytes: Option<u64>) {
        let pid = self.server.as_ref().expect("it runs").pid();
        prlimit(Some(pid), Resource::Fsize, Rlimit { current: bytes, maximum: None }).expect("it is ours");
    }

    fn fact(&self, pointer: &str) -> &str {
        self.facts.pointer(pointer).and_then(Value::as_str).expect("a fact")
    }

    fn token(&self) -> String {
        let request = Request::form("/realms/demo/oauth2/token", &[("grant_type", "client_credentials")]);
        let request = request.basic(self.fact("/client_id"), self.fact("/client_key"));
        let answer = request.send(self.address).expect(200).json();
        answer["access_token"].as_str().expect("a token").to_owned()
    }

    fn introspect(&self, token: &str) -> Response {
        let request = Request::form("/realms/demo/oauth2/introspect", &[("token", token)]);
        let (id, key) = (self.fact("/resource_server/client_id"), self.fact("/resource_server/client_key"));
        request.basic(id, key).send(self.address)
    }

    fn is_active(&self, token: &str) -> bool {
        self.introspect(token).expect(200).json()["active"] == true
    }

    fn readiness(&self) -> Response {
        Request::get("/health/ready").send(self.address)
    }

    fn wait_until_ready_is(&self, status: u16, within: Duration) -> Response {
        let begun = Instant::now();
        loop {
            let answer = self.readiness();
            if answer.status == status {
                return answer;
            }
            assert!(begun.elapsed() < within, "{status} was expected: {}", answer.text());
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

fn begin(command: &mut Command) -> Child {
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the binary starts")
}

fn ended(child: Child) -> (Option<i32>, String, String) {
    let output = child.wait_with_output().expect("a child");
    let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
    (output.status.code(), text(output.stdout), text(output.stderr))
}

#[test]
fn command_returns_only_after_the_server_has_applied_it() {
    let scene = Scene::start();
    for act in ["suspend", "resume", "suspend"] {
        let token = (act == "suspend").then(|| scene.token());
        scene.signal(Signal::STOP);
        let mut command = begin(&mut scene.operator(&["realm", act, "demo"]));
        std::thread::sleep(Duration::from_millis(1_500));
        let early = command.try_wait().expect("a child");
        scene.signal(Signal::CONT);
        assert!(early.is_none(), "`realm {act}` returned while the server was stopped: {early:?}");
        let (code, _, errors) = ended(command);
        assert_eq!(code, Some(0), "{errors}");
        match token {
            Some(token) => assert!(!scene.is_active(&token), "when the command returns"),
            None => assert!(scene.is_active(&scene.token())),
        }
    }
}

#[test]
fn command_fails_if_the_server_does_not_apply_it() {
    let scene = Scene::start();
    let token = scene.token();
    scene.signal(Signal::STOP);
    let suspend = begin(&mut scene.operator(&["realm", "suspend", "demo"]));
    let create = ["realm", "create", "other", "--owner", "ada@example.org"];
    let create = begin(&mut scene.operator(&create));
    let member = ["member", "token", "owner@demo.example", "--realm", "demo"];
    let member = begin(&mut scene.operator(&member));
    for (command, prints_token) in [(suspend, false), (create, true), (member, true)] {
        let (code, output, errors) = ended(command);
        assert_eq!(code, Some(1), "{errors}");
        assert!(errors.contains("has not applied it"), "{errors}");
        assert_eq!(output.starts_with("clvp_"), prints_token, "{output}");
    }
    // Without a running server it is enough that the act is written.
    scene.signal(Signal::KILL);
    assert!(run(&mut scene.operator(&["realm", "resume", "demo"])).0.success());
    assert!(run(&mut scene.operator(&["realm", "suspend", "demo"])).0.success());
    let mut scene = scene;
    scene.server = None;
    scene.serve(&["--keep"]);
    assert!(!scene.is_active(&token));
}

#[test]
fn database_file_has_one_server_regardless_of_its_path() {
    let scene = Scene::start();
    let folder = scene.folder.path();
    let absolute = scene.database();
    symlink("data", folder.join("folder-link")).expect("a link");
    symlink(&absolute, folder.join("file-link.db")).expect("a link");
    symlink("file-link.db", folder.join("link-to-link.db")).expect("a link");
    fs::hard_link(&absolute, folder.join("hard-link.db")).expect("a link");
    let absolute = absolute.to_str().expect("a path").to_owned();
    let uri = format!("file:{absolute}");
    let paths = [
        absolute.as_str(),
        uri.as_str(),
        "data/claviger.db",
        "./data/../data//claviger.db",
        "folder-link/claviger.db",
        "file-link.db",
        "link-to-link.db",
        "hard-link.db",
        "file:data/claviger.db",
    ];
    let token = scene.token();
    for path in paths {
        let (status, _, errors) = run(&mut scene.elsewhere(&["serve", "--listen", "127.0.0.1:0"], path));
        assert_eq!(status.code(), Some(1), "{path}: {errors}");
        assert!(errors.contains("another `claviger serve` holds"), "{path}: {errors}");
        fs::remove_dir_all(folder.join("elsewhere")).expect("its data folder");
    }
    assert!(scene.is_active(&token), "the one server goes on");
    // SQLite names its write-ahead log after the file: a command that used another hard link would use another
    // database.
    let (status, _, errors) = run(&mut scene.elsewhere(&["realm", "suspend", "demo"], "hard-link.db"));
    assert_eq!(status.code(), Some(1), "{errors}");
    assert!(errors.contains("under another name"), "{errors}");
    assert!(scene.is_active(&token) && !folder.join("hard-link.db-wal").exists());
    let (status, _, errors) = run(&mut scene.elsewhere(&["realm", "suspend", "demo"], "link-to-link.db"));
    assert!(status.success(), "{errors}");
    assert!(!scene.is_active(&token));
}

#[test]
fn server_accepts_any_path_to_the_database_in_its_data_folder() {
    let mut scene = Scene::start();
    let absolute = scene.database().to_str().expect("a path").to_owned();
    for path in [absolute.as_str(), "./data/claviger.db", "file:data/claviger.db"] {
        scene.server = None;
        scene.serve(&["--keep", "--database-url", &format!("sqlite://{path}")]);
        assert!(scene.is_active(&scene.token()), "{path}");
    }
}

#[test]
fn command_on_a_different_database_file_is_refused() {
    let scene = Scene::start();
    let token = scene.token();
    let other = scene.folder.path().join("other.db");
    fs::copy(scene.database(), &other).expect("a copy");
    let suspend = ["realm", "suspend", "demo"];
    for database in ["sqlite://other.db", "sqlite://absent.db"] {
        let mut command = scene.operator(&suspend);
        let (status, output, errors) = run(command.args(["--database-url", database]));
        assert_eq!((status.code(), output.as_str()), (Some(1), ""), "{errors}");
        assert!(errors.contains("does not have") && errors.contains(&database[9..]), "{errors}");
    }
    assert!(!scene.folder.path().join("absent.db").exists(), "nothing is made");
    // The same if the file was moved away while the server runs.
    move_away(&scene, "claviger.db");
    let (status, _, errors) = run(&mut scene.operator(&suspend));
    assert_eq!(status.code(), Some(1), "{errors}");
    fs::rename(&other, scene.database()).expect("it is ours");
    let (status, _, errors) = run(&mut scene.operator(&suspend));
    assert_eq!(status.code(), Some(1), "{errors}");
    move_back(&scene, "claviger.db");
    let begun = Instant::now();
    while scene.introspect(&token).status == 503 {
        assert!(begun.elapsed() < SLACK, "{}", scene.readiness().text());
        std::thread::sleep(Duration::from_millis(20));
    }
    assert!(scene.is_active(&token));
}

/// A fault, what ends it, and the reason that readiness gives.
struct Fault {
    name: &'static str,
    reason: &'static str,
    begin: fn(&Scene),
    end: fn(&Scene),
}

fn away(scene: &Scene, file: &str) -> (PathBuf, PathBuf) {
    let path = scene.data().join(file);
    (path, scene.data().join("away"))
}

fn move_away(scene: &Scene, file: &str) {
    let (path, away) = away(scene, file);
    fs::rename(path, away).expect("it is ours");
}

fn move_back(scene: &Scene, file: &str) {
    let (path, away) = away(scene, file);
    fs::rename(away, path).expect("it is ours");
}

const FAULTS: [Fault; 4] = [
    Fault {
        name: "the file is removed",
        reason: "removed or replaced",
        begin: |scene| move_away(scene, "claviger.db"),
        end: |scene| move_back(scene, "claviger.db"),
    },
    Fault {
        name: "another file takes its place",
        reason: "removed or replaced",
        begin: |scene| {
            let (path, away) = away(scene, "claviger.db");
            fs::copy(&path, scene.data().join("copy")).expect("a copy");
            fs::rename(&path, away).expect("it is ours");
            fs::rename(scene.data().join("copy"), path).expect("it is ours");
        },
        end: |scene| move_back(scene, "claviger.db"),
    },
    Fault {
        name: "the write-ahead log is removed",
        reason: "removed or replaced",
        begin: |scene| move_away(scene, "claviger.db-wal"),
        end: |scene| move_back(scene, "claviger.db-wal"),
    },
    Fault {
        name: "nothing can be written any more",
        reason: "cannot be written",
        begin: |scene| scene.limit_file_size(Some(1)),
        end: |scene| scene.limit_file_size(None),
    },
];

#[test]
fn server_without_its_database_answers_503_until_it_returns() {
    for fault in &FAULTS {
        let scene = Scene::start();
        let token = scene.token();
        (fault.begin)(&scene);
        // An immediate revocation is not confirmed either.
        let name = json!({"name": "nightly-build"});
        let listed = Request::get("/api/v1/realms/demo/service-credentials")
            .bearer(scene.fact("/owner/personal_access_token"))
            .send(scene.address);
        let id = listed.status.eq(&200).then(|| listed.json()["items"][0]["id"].clone());
        if let Some(id) = id.as_ref().and_then(Value::as_str) {
            let path = format!("/api/v1/realms/demo/service-credentials/{id}/revoke");
            let revoke = Request::json("POST", &path, &name);
            let answer = revoke.bearer(scene.fact("/owner/personal_access_token")).send(scene.address);
            assert_eq!(answer.status, 503, "{}: {}", fault.name, answer.text());
        }
        let red = scene.wait_until_ready_is(503, LEASE + SLACK);
        assert_eq!(red.header("retry-after"), Some("1"), "{}", fault.name);
        let body = red.json();
        let reason = body["reason"].as_str().unwrap_or_default();
        assert!(reason.contains(fault.reason), "{}: {body}", fault.name);
        let refused = scene.introspect(&token);
        assert_eq!(refused.status, 503, "{}: {}", fault.name, refused.text());
        assert!(refused.header("retry-after").is_some(), "{}", fault.name);
        (fault.end)(&scene);
        if fault.reason != "cannot be followed" {
            scene.wait_until_ready_is(200, SLACK);
            assert_ne!(scene.introspect(&token).status, 503, "{}", fault.name);
        }
    }
}

#[test]
fn server_tolerates_a_slow_writer_up_to_a_limit() {
    let scene = Scene::start();
    let token = scene.token();
    let mut writer =
        SqliteConnection::establish(scene.database().to_str().expect("a path")).expect("a connection");
    writer.batch_execute("BEGIN IMMEDIATE").expect("nobody else writes for long");
    let begun = Instant::now();
    // Twice a lease, and less than an act waits for its turn.
    while begun.elapsed() < 2 * LEASE {
        assert!(scene.is_active(&token), "after {:?}", begun.elapsed());
        assert_eq!(scene.readiness().status, 200);
        std::thread::sleep(Duration::from_millis(100));
    }
    // After the time that acts wait, the database counts as not writable.
    let red = scene.wait_until_ready_is(503, 3 * LEASE + SLACK);
    assert!(red.text().contains("cannot be written"), "{}", red.text());
    writer.batch_execute("COMMIT").expect("nothing was written");
    scene.wait_until_ready_is(200, SLACK);
    assert!(scene.is_active(&token));
}

#[test]
fn idle_server_writes_little() {
    let scene = Scene::start();
    let pid = scene.server.as_ref().expect("it runs").pid().as_raw_nonzero();
    let written = || {
        let text = fs::read_to_string(format!("/proc/{pid}/io")).expect("its counters");
        let line = text.lines().find_map(|line| line.strip_prefix("wchar: ")).expect("a figure");
        line.parse::<u64>().expect("a number")
    };
    let before = written();
    std::thread::sleep(Duration::from_secs(4));
    let per_second = (written() - before) / 4;
    assert!((1..16_384).contains(&per_second), "{per_second} bytes a second");
}

#[test]
fn files_are_readable_by_their_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let mode = |path: &Path| fs::metadata(path).expect("a file").permissions().mode() & 0o777;
    let folder = TempDir::new().expect("a temporary folder");
    let address = free_address();
    // An existing folder that is open to all, under a umask that removes no permissions.
    let data = folder.path().join("data");
    fs::create_dir(&data).expect("a folder");
    fs::set_permissions(&data, fs::Permissions::from_mode(0o755)).expect("it is ours");
    let command = |arguments: &str| {
        let mut shell = Command::new("sh");
        let binary = env!("CARGO_BIN_EXE_claviger");
        shell.current_dir(folder.path()).arg("-c").arg(format!("umask 000; exec {binary} {arguments}"));
        shell
    };
    for arguments in ["keys init", "realm create demo --owner ada@example.org"] {
        let (status, _, errors) = run(&mut command(arguments));
        assert!(status.success(), "{errors}");
    }
    let _server =
        ServerProcess::start_as(folder.path(), address, || command(&format!("serve --listen {address}")));
    assert!(run(&mut command("backup saved.jsonl")).0.success());
    let files: Vec<PathBuf> =
        fs::read_dir(&data).expect("a folder").map(|entry| entry.expect("an entry").path()).collect();
    assert!(files.iter().any(|file| file.ends_with("claviger.db-wal")), "{files:?}");
    for file in files.iter().chain([&folder.path().join("saved.jsonl")]) {
        assert_eq!(mode(file), 0o600, "{}", file.display());
    }
}
