//! `make deb`: a package that dpkg installs, upgrades and removes, with settings and data that stay.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use claviger_testkit::paths::{root, server_binary};
use claviger_testkit::process::run;
use claviger_testkit::servers::unpacked_servers;

fn succeed(command: &mut Command) -> String {
    let (status, output, errors) = run(command);
    assert!(status.success(), "{command:?}: {output}{errors}");
    output + &errors
}

/// Without compression, which would take most of the test's time.
fn package(folder: &Path) -> PathBuf {
    let mut deb = Command::new(root().join("packaging/deb"));
    let path = succeed(deb.arg(server_binary()).arg(folder).env("COMPRESSION", "none"));
    PathBuf::from(path.trim())
}

/// A system of its own: a database of packages, and the folders that every system has.
struct System {
    root: TempDir,
}

impl System {
    fn new() -> Self {
        let root = TempDir::new().expect("a folder");
        for folder in ["etc", "var/lib/dpkg/info", "var/lib/dpkg/updates"] {
            fs::create_dir_all(root.path().join(folder)).expect("a folder");
        }
        fs::write(root.path().join("var/lib/dpkg/status"), "").expect("a file");
        Self { root }
    }

    fn path(&self, path: &str) -> PathBuf {
        self.root.path().join(path)
    }

    /// The scripts of the package run outside, and are told the root. Its dependencies are not there.
    fn dpkg(&self, arguments: &[&str]) -> String {
        let mut dpkg = Command::new("dpkg");
        dpkg.arg(format!("--root={}", self.root.path().display()));
        dpkg.args(["--force-depends", "--force-script-chrootless", "--force-confold", "--force-not-root"]);
        let wrapped = unpacked_servers().join("wrapped");
        let path = std::env::var("PATH").unwrap_or_default();
        succeed(dpkg.args(arguments).env("PATH", format!("{path}:/usr/sbin:/sbin:{}", wrapped.display())))
    }
}

#[test]
fn package_names_what_the_program_needs_and_has_every_file() {
    let folder = TempDir::new().expect("a folder");
    let package = package(folder.path());
    let dpkg_deb = |option: &str| succeed(Command::new("dpkg-deb").arg(option).arg(&package));
    let control = dpkg_deb("--field");
    for part in [
        "Package: claviger\n",
        &format!("Version: {}\n", env!("CARGO_PKG_VERSION")),
        "Depends: libc6 (>= 2.",
        ", libssl3, ca-certificates, systemd\n",
    ] {
        assert!(control.contains(part), "{part}: {control}");
    }
    let listed = dpkg_deb("--contents");
    for line in listed.lines() {
        assert!(line.split_whitespace().nth(1) == Some("root/root"), "{line}");
    }
    for (mode, file) in [
        ("-rwxr-xr-x", "usr/bin/claviger"),
        ("lrwxrwxrwx", "usr/bin/git-credential-claviger"),
        ("lrwxrwxrwx", "usr/bin/docker-credential-claviger"),
        ("-rwxr-xr-x", "usr/sbin/claviger-admin"),
        ("-rwxr-xr-x", "usr/libexec/claviger/backup"),
        ("-rw-r--r--", "usr/lib/systemd/system/claviger.service"),
        ("-rw-r--r--", "usr/lib/systemd/system/claviger-sidecar.service"),
        ("-rw-r--r--", "usr/lib/systemd/system/claviger-backup.service"),
        ("-rw-r--r--", "usr/lib/systemd/system/claviger-backup.timer"),
        ("-rw-r--r--", "usr/lib/sysusers.d/claviger.conf"),
        ("-rw-r--r--", "usr/lib/tmpfiles.d/claviger.conf"),
        ("-rw-r--r--", "usr/share/man/man1/claviger-keys-init.1.gz"),
        ("-rw-r--r--", "usr/share/bash-completion/completions/claviger"),
        ("-rw-r--r--", "usr/share/zsh/vendor-completions/_claviger"),
        ("-rw-r--r--", "usr/share/fish/vendor_completions.d/claviger.fish"),
        ("-rw-r--r--", "usr/share/doc/claviger/copyright"),
        ("-rw-r--r--", "usr/share/doc/claviger/changelog.gz"),
        ("-rw-r-----", "etc/claviger/claviger.env"),
    ] {
        let is_it = |line: &&str| {
            let name = line.split(" ./").nth(1).unwrap_or_default();
            name.split(" -> ").next() == Some(file)
        };
        let line = listed.lines().find(is_it).unwrap_or_else(|| panic!("no {file}: {listed}"));
        assert!(line.starts_with(mode), "{line}");
    }
}

#[test]
fn upgrade_keeps_settings_and_removal_keeps_data() {
    let folder = TempDir::new().expect("a folder");
    let package = package(folder.path()).display().to_string();
    let system = System::new();
    let (program, settings) = (system.path("usr/bin/claviger"), system.path("etc/claviger/claviger.env"));
    if !rustix::process::geteuid().is_root() {
        // Another user may not make the package's user: the files alone are checked.
        system.dpkg(&["--unpack", &package]);
        assert!(succeed(Command::new(program).arg("version")).contains(env!("CARGO_PKG_VERSION")));
        return;
    }
    system.dpkg(&["--install", &package]);
    assert!(succeed(Command::new(&program).arg("version")).contains(env!("CARGO_PKG_VERSION")));
    assert_eq!(settings.metadata().expect("settings").permissions().mode() & 0o777, 0o640);
    let users = fs::read_to_string(system.path("etc/passwd")).expect("users");
    let user = users.lines().find_map(|line| line.strip_prefix("claviger:")).expect("the user");
    let keys = system.path("var/lib/claviger/keys");
    let found = keys.metadata().expect("the folder of keys");
    assert_eq!(
        (found.mode() & 0o777, Some(found.uid())),
        (0o700, user.split(':').nth(1).and_then(|id| id.parse().ok()))
    );

    // An upgrade keeps what the operator wrote.
    fs::write(&settings, "CLAVIGER_LISTEN=0.0.0.0:443\n").expect("a file");
    fs::write(keys.join("master.key"), "a key").expect("a file");
    system.dpkg(&["--install", &package]);
    let read = || fs::read_to_string(&settings).expect("settings");
    assert_eq!(read(), "CLAVIGER_LISTEN=0.0.0.0:443\n");

    system.dpkg(&["--remove", "claviger"]);
    assert!(!program.exists() && !system.path("usr/lib/systemd/system/claviger.service").exists());
    assert_eq!(read(), "CLAVIGER_LISTEN=0.0.0.0:443\n");
    let said = system.dpkg(&["--purge", "claviger"]);
    assert!(!settings.exists() && keys.join("master.key").exists(), "{said}");
    assert!(said.contains("/var/lib/claviger is kept"), "{said}");
}
