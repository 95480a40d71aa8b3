//! Exit codes that scripts rely on, as the help lists them.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;

use crate::commands::samples;
use crate::scene::{Scene, said};

#[test]
fn every_status_of_a_server_has_its_exit_code() {
    for (status, expected) in [
        ("400 Bad Request", 7),
        ("401 Unauthorized", 4),
        ("403 Forbidden", 5),
        ("404 Not Found", 3),
        ("408 Request Timeout", 9),
        ("409 Conflict", 6),
        ("412 Precondition Failed", 6),
        ("422 Unprocessable Content", 7),
        ("429 Too Many Requests", 9),
        ("500 Internal Server Error", 1),
        ("502 Bad Gateway", 9),
        ("503 Service Unavailable", 9),
    ] {
        let scene = Scene::answering(status, "{}");
        for arguments in [
            &["group", "list"][..],
            &["credential", "create", "a", "--token-ttl", "1h", "--never"],
            &["token", "get", "--client-id", "0198a1c0-0000-7000-8000-000000000000", "--key-file", "key"],
            &["registry-ca"],
            &["login"],
        ] {
            let (code, output, errors) = scene.say(arguments, "clvp_token");
            assert_eq!((code, output.as_str()), (Some(expected), ""), "{status} {arguments:?}: {errors}");
        }
    }
}

#[test]
fn run_reports_its_command_as_a_shell_does() {
    let scene = Scene::start();
    fs::write(scene.at("plain"), "").expect("a file");
    fs::set_permissions(scene.at("plain"), Permissions::from_mode(0o644)).expect("a file");
    fs::write(scene.at("no-interpreter"), "#!/nowhere/at-all\n").expect("a file");
    fs::set_permissions(scene.at("no-interpreter"), Permissions::from_mode(0o755)).expect("a file");
    fs::create_dir(scene.at("folder")).expect("a folder");
    for (words, expected) in [
        (&["nosuch-command"][..], 127),
        (&["./nosuch"], 127),
        (&["./no-interpreter"], 127),
        (&["./plain"], 126),
        (&["./folder"], 126),
        (&["./plain/below"], 126),
        (&["sh", "-c", "exit 37"], 37),
        (&["sh", "-c", "kill -KILL $$"], 137),
        (&["sh", "-c", "kill -TERM $$"], 143),
        (&["true"], 0),
    ] {
        let arguments = [&["run", "--"][..], words].concat();
        let mut shell = scene.shell("\"$0\" \"$@\"; exit $?", &arguments);
        shell.env("CLAVIGER_TOKEN", "clva_ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789ab");
        let (code, _, errors) = said(&mut shell, "");
        assert_eq!(code, Some(expected), "{words:?}: {errors}");
    }
}

/// Every command that sends a secret, so every command that cannot do without a server.
#[test]
fn no_secret_is_sent_to_another_machine_unencrypted() {
    let without_secret = [
        "completion",
        "help",
        "logout",
        "registry-ca",
        "setup-docker",
        "setup-git",
        "version",
        "webhook listen",
    ];
    for sample in samples() {
        let name = sample.name.as_str();
        if without_secret.contains(&name) || name.starts_with("git-hook") || name.starts_with("profile ") {
            continue;
        }
        let scene = Scene::start();
        crate::commands::prepare(&scene);
        let mut command = scene.command(&sample.arguments);
        command.env("CLAVIGER_URL", "http://keys.example.org");
        let (code, output, errors) = said(&mut command, sample.input);
        let told = format!("{output}{errors}");
        assert!(matches!(code, Some(1 | 2)) && told.contains("not encrypted"), "{name}: {code:?} {told}");
    }
}
