//! `make install` into a folder: units that systemd accepts, backups with retention, commands as the server's user.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use tempfile::TempDir;

use claviger_testkit::paths::{root, server_binary};
use claviger_testkit::process::{claviger, run};
use claviger_testkit::servers::{server, server_file};

/// systemd's rating from 0 (best) to 100, of which 20 is 2.0 in its table.
const MAX_EXPOSURE: u32 = 20;

fn succeed(command: &mut Command) -> String {
    let (status, output, errors) = run(command);
    assert!(status.success(), "{command:?}: {output}{errors}");
    output + &errors
}

/// The prefix of the installation of this test process. Units name it, so that systemd finds the program.
fn installed() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let prefix = server_binary().parent().expect("a folder").join("tmp-installed");
        let _ = fs::remove_dir_all(&prefix);
        make(&["install", &format!("PREFIX={}", prefix.display())]);
        prefix
    })
}

fn make(arguments: &[&str]) -> String {
    let mut make = Command::new("make");
    make.arg("--no-print-directory").args(arguments).current_dir(root());
    succeed(make.arg(format!("BINARY={}", server_binary().display())))
}

fn units() -> Vec<PathBuf> {
    let folder = fs::read_dir(installed().join("lib/systemd/system")).expect("units");
    let units: Vec<_> = folder.map(|unit| unit.expect("a unit").path()).collect();
    assert_eq!(units.len(), 4, "{units:?}");
    units
}

#[test]
fn systemd_accepts_every_unit() {
    // Where systemd is unpacked, the units that ours name are there too.
    let theirs = server_file("/lib/systemd/system/sysinit.target");
    let path = format!("{}:", theirs.parent().expect("a folder").display());
    for unit in units() {
        let mut verify = server("systemd-analyze");
        let said = succeed(verify.env("SYSTEMD_UNIT_PATH", &path).args(["verify", "--man=no"]).arg(&unit));
        let prefix = installed().display().to_string();
        let ours: Vec<&str> =
            said.lines().filter(|line| line.contains(&prefix) || line.contains("claviger")).collect();
        assert!(ours.is_empty(), "{}: {ours:?}", unit.display());
    }
}

#[test]
fn every_service_is_confined() {
    let services = units().into_iter().filter(|unit| unit.extension().is_some_and(|end| end == "service"));
    for service in services {
        let threshold = format!("--threshold={MAX_EXPOSURE}");
        succeed(
            server("systemd-analyze")
                .args(["security", "--offline=true", "--no-pager", &threshold])
                .arg(service),
        );
    }
}

#[test]
fn service_is_restarted_forever_but_not_for_an_invalid_setting() {
    let unit = fs::read_to_string(installed().join("lib/systemd/system/claviger.service")).expect("the unit");
    for line in [
        "After=network-online.target time-sync.target postgresql.service",
        "StartLimitIntervalSec=0",
        "RestartPreventExitStatus=2",
        "AmbientCapabilities=CAP_NET_BIND_SERVICE",
        "CapabilityBoundingSet=CAP_NET_BIND_SERVICE",
        "User=claviger",
        "EnvironmentFile=-/etc/claviger/claviger.env",
        &format!("ExecStart={}/bin/claviger serve", installed().display()),
    ] {
        assert!(unit.lines().any(|found| found == line), "{line}");
    }
    let folder = TempDir::new().expect("a folder");
    let (status, ..) = run(claviger(folder.path()).arg("serve").env("CLAVIGER_WORKERS", "0"));
    assert_eq!(status.code(), Some(2));
}

#[test]
fn user_and_folders_are_declared() {
    let folder = TempDir::new().expect("a folder");
    let root = format!("--root={}", folder.path().display());
    let snippet = |name: &str| installed().join(format!("lib/{name}.d/claviger.conf"));
    if !rustix::process::geteuid().is_root() {
        succeed(server("systemd-sysusers").args(["--dry-run", &root]).arg(snippet("sysusers")));
        return;
    }
    fs::create_dir(folder.path().join("etc")).expect("a folder");
    succeed(server("systemd-sysusers").arg(&root).arg(snippet("sysusers")));
    let users = fs::read_to_string(folder.path().join("etc/passwd")).expect("users");
    let user = users.lines().find_map(|line| line.strip_prefix("claviger:")).expect("the user");
    let ids: Vec<u32> = user.split(':').filter_map(|field| field.parse().ok()).collect();
    succeed(server("systemd-tmpfiles").args(["--create", &root]).arg(snippet("tmpfiles")));
    for (path, mode, owner) in [
        ("etc/claviger", 0o750, 0),
        ("var/lib/claviger", 0o700, ids[0]),
        ("var/lib/claviger/data", 0o700, ids[0]),
        ("var/lib/claviger/keys", 0o700, ids[0]),
        ("var/backups/claviger", 0o700, ids[0]),
    ] {
        let found = folder.path().join(path).metadata().expect(path);
        assert_eq!((found.mode() & 0o777, found.uid()), (mode, owner), "{path}");
        assert!(path != "etc/claviger" || found.gid() == ids[1], "the server reads its settings");
    }
}

#[test]
fn backups_are_kept_up_to_a_number_and_restore() {
    let folder = TempDir::new().expect("a folder");
    let backups = folder.path().join("backups");
    fs::create_dir(&backups).expect("a folder");
    let old = ["claviger-20200101T000000Z.backup", "claviger-20210101T000000Z.backup"];
    for name in old.iter().chain(&["another.backup"]) {
        fs::write(backups.join(name), "old").expect("a file");
    }
    let backup = |kept: &str| {
        // With the settings of the server's folder, and without those of this process.
        let mut command = Command::new(installed().join("libexec/claviger/backup"));
        for (name, _) in claviger(folder.path()).get_envs() {
            command.env_remove(name);
        }
        command.current_dir(folder.path()).env("BACKUP_FOLDER", &backups).env("BACKUPS_KEPT", kept);
        run(&mut command)
    };
    let names = || {
        let mut names: Vec<String> = fs::read_dir(&backups)
            .expect("the folder")
            .map(|entry| entry.expect("a file").file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    };
    assert!(!backup("1").0.success(), "there is no database yet");
    assert_eq!(backup("0").0.code(), Some(2));
    assert_eq!(names(), ["another.backup", old[0], old[1]], "a failed backup deletes nothing");

    for line in ["keys init", "realm create acme --owner ada@example.org"] {
        succeed(claviger(folder.path()).args(line.split(' ')));
    }
    let (status, _, errors) = backup("2");
    assert!(status.success(), "{errors}");
    let names = names();
    assert_eq!((names.len(), names[1].as_str()), (3, old[1]), "{names:?}");
    let newest = backups.join(&names[2]);
    assert_eq!(newest.metadata().expect("the backup").mode() & 0o777, 0o600);
    succeed(claviger(folder.path()).arg("restore").arg(newest).args(["--data-dir", "drill"]));
    succeed(claviger(folder.path()).args(["audit", "verify", "--data-dir", "drill"]));
}

#[test]
fn administration_runs_as_the_server_does() {
    let folder = TempDir::new().expect("a folder");
    let stub = folder.path().join("systemd-run");
    fs::write(&stub, "#!/bin/sh\nprintf '%s\\n' \"$@\"\n").expect("a file");
    fs::set_permissions(&stub, Permissions::from_mode(0o755)).expect("our file");
    let path = format!("{}:{}", folder.path().display(), std::env::var("PATH").unwrap_or_default());
    let mut admin = Command::new(installed().join("sbin/claviger-admin"));
    let said = succeed(admin.args(["realm", "create", "a b"]).env("PATH", path));
    let unit = fs::read_to_string(installed().join("lib/systemd/system/claviger.service")).expect("the unit");
    for setting in ["User=", "Group=", "EnvironmentFile=", "WorkingDirectory=", "UMask="] {
        let line = unit.lines().find(|line| line.starts_with(setting)).expect(setting);
        assert!(said.lines().any(|argument| argument == format!("--property={line}")), "{line}: {said}");
    }
    let command = format!("{}/bin/claviger\nrealm\ncreate\na b\n", installed().display());
    assert!(said.ends_with(&command), "{said}");
}

#[test]
fn staged_installation_has_manual_completions_and_units() {
    let stage = TempDir::new().expect("a folder");
    make(&["install", "PREFIX=/usr", &format!("DESTDIR={}", stage.path().display())]);
    for (file, part) in [
        ("usr/share/man/man1/claviger.1", "OAuth"),
        ("usr/share/man/man1/claviger-credential-create.1", "credential"),
        ("usr/share/bash-completion/completions/claviger", "complete"),
        ("usr/share/zsh/site-functions/_claviger", "#compdef claviger"),
        ("usr/share/fish/vendor_completions.d/claviger.fish", "complete -c claviger"),
        ("usr/lib/systemd/system/claviger.service", "ExecStart=/usr/bin/claviger serve"),
        ("usr/lib/systemd/system/claviger-backup.service", "ExecStart=/usr/libexec/claviger/backup"),
        ("usr/libexec/claviger/backup", "/usr/bin/claviger backup"),
        ("usr/sbin/claviger-admin", "/usr/bin/claviger"),
        ("usr/lib/sysusers.d/claviger.conf", "u claviger"),
        ("usr/lib/tmpfiles.d/claviger.conf", "d /var/lib/claviger"),
    ] {
        let text =
            fs::read_to_string(stage.path().join(file)).unwrap_or_else(|error| panic!("{file}: {error}"));
        assert!(text.contains(part), "{file}");
    }
    assert!(!stage.path().join("etc").exists(), "a package brings no settings");
}
