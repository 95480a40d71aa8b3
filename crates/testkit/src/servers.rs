//! Servers of other projects, and what comes with them: of the system, or unpacked by `scripts/install-test-dependencies`.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::paths::root;

/// Where packages of servers are unpacked, with scripts in `wrapped` that start them. An installation would start the servers
/// and enable them.
pub fn unpacked_servers() -> PathBuf {
    root().join(".tools/debian")
}

/// The command that starts a server. Debian's `PATH` of a user does not contain the folders of system programs.
///
/// # Panics
/// If the server is neither installed nor unpacked.
pub fn server(name: &str) -> Command {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let more = [PathBuf::from("/usr/sbin"), unpacked_servers().join("wrapped")];
    let found = std::env::split_paths(&path).chain(more).map(|folder| folder.join(name));
    let program = found.into_iter().find(|program| program.is_file());
    Command::new(program.unwrap_or_else(|| panic!("no {name}: run scripts/install-test-dependencies")))
}

/// The program `node`: the machine's own if it is new enough, otherwise the one that `make test` installed.
pub fn node() -> PathBuf {
    let installed = root().join(".tools/python/bin/node");
    if installed.exists() {
        return installed;
    }
    let found = Command::new("sh").args(["-c", "command -v node"]).output().expect("a shell");
    PathBuf::from(String::from_utf8(found.stdout).expect("a path").trim())
}

/// A file of a server's package, given by its path in the system.
pub fn server_file(path: &str) -> PathBuf {
    let unpacked = unpacked_servers().join(path.trim_start_matches('/'));
    Some(PathBuf::from(path)).filter(|file| file.exists()).unwrap_or(unpacked)
}

/// A configuration of nginx with its temporary files and logs in `folder`, and what it reads of its package where that is.
pub fn nginx_in(folder: &Path, configuration: &str) -> String {
    let temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .map(|name| format!("    {name}_temp_path {};\n", folder.join(name).display()))
        .concat();
    let temporary = format!("{temporary}    access_log {};\n", folder.join("access.log").display());
    let parameters = "/etc/nginx/fastcgi_params";
    configuration
        .replacen("http {\n", &format!("http {{\n{temporary}"), 1)
        .replace(parameters, &server_file(parameters).display().to_string())
}

/// The ids of a user of this machine, and of its group.
pub fn user_ids(name: &str) -> Option<(u32, u32)> {
    let users = fs::read_to_string("/etc/passwd").ok()?;
    let line = users.lines().find(|line| line.split(':').next() == Some(name))?;
    let mut fields = line.split(':').skip(2);
    Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
}

/// Who runs a server where the tests run as root, as its guide says: root hides what that user may not do. A test that
/// runs as another user runs everything as itself.
#[derive(Clone, Copy, Debug)]
pub struct ServiceUser(Option<(u32, u32)>);

impl ServiceUser {
    /// # Panics
    /// If there is no such user, and the test runs as root.
    pub fn named(name: &str) -> Self {
        Self::with_ids(|| user_ids(name).unwrap_or_else(|| panic!("no user {name}")))
    }

    /// For a user that only the installed package makes, not the unpacked one.
    ///
    /// # Panics
    /// If there is neither, and the test runs as root.
    pub fn named_or_nobody(name: &str) -> Self {
        Self::with_ids(|| user_ids(name).or_else(|| user_ids("nobody")).expect("the user nobody"))
    }

    pub fn with_ids(ids: impl FnOnce() -> (u32, u32)) -> Self {
        Self(rustix::process::geteuid().is_root().then(ids))
    }

    /// Nothing of root is left in the process but its open files.
    pub fn runs(self, command: &mut Command) -> &mut Command {
        if let Some((user, group)) = self.0 {
            command.uid(user).gid(group);
        }
        command
    }

    /// Gives a file or a folder with all its contents to the user.
    pub fn owns(self, path: &Path) {
        let Some((user, group)) = self.0 else { return };
        let status = Command::new("chown").arg("-R").arg(format!("{user}:{group}")).arg(path).status();
        assert!(status.expect("chown starts").success(), "{}", path.display());
    }

    /// Lets the user pass through a folder of root, without listing it.
    pub fn may_enter(self, folder: &Path) {
        if self.0.is_some() {
            fs::set_permissions(folder, Permissions::from_mode(0o711)).expect("our folder");
        }
    }
}
