//! The only server of an SQLite file: what it excludes, and how commands run beside it.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::Signal;
use tempfile::TempDir;

use crate::database_file_scene::{SLACK, Scene, move_away, move_back};
use claviger_testkit::process::{ServerProcess, free_address, run};

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

#[test]
fn idle_server_writes_little() {
    let scene = Scene::start();
    let pid = scene.server.as_ref().expect("it runs").pid().as_raw_nonzero();
    let written = || {
        let text = fs::read_to_string(format!("/proc/{pid}/io")).expect("its counters");
        let line = text.lines().find_map(|line| line.strip_prefix("wchar: ")).expect("a figure");
        line.parse::<u64>().expect("a number")
    };
    // What begins with the server, such as its first checkpoint, may fall into the first windows.
    let mut windows = Vec::new();
    while !windows.iter().any(|per_second| (1..16_384).contains(per_second)) {
        assert!(windows.len() < 10, "bytes a second in windows of four seconds: {windows:?}");
        let before = written();
        std::thread::sleep(Duration::from_secs(4));
        windows.push((written() - before) / 4);
    }
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
