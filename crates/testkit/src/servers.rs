//! Servers of other projects: of the system, or unpacked by `scripts/install-test-dependencies`.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::paths::root;

/// Where packages of servers are unpacked, with scripts in `bin` that start them. An installation would start the servers
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
    let more = [PathBuf::from("/usr/sbin"), unpacked_servers().join("bin")];
    let found = std::env::split_paths(&path).chain(more).map(|folder| folder.join(name));
    let program = found.into_iter().find(|program| program.is_file());
    Command::new(program.unwrap_or_else(|| panic!("no {name}: run scripts/install-test-dependencies")))
}

/// A file of a server's package, given by its path in the system.
pub fn server_file(path: &str) -> PathBuf {
    let unpacked = unpacked_servers().join(path.trim_start_matches('/'));
    Some(PathBuf::from(path)).filter(|file| file.exists()).unwrap_or(unpacked)
}

/// A configuration of nginx with its temporary files in `folder`, and what it reads of its package where that is.
pub fn nginx_in(folder: &Path, configuration: &str) -> String {
    let temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .map(|name| format!("    {name}_temp_path {};\n", folder.join(name).display()))
        .concat();
    let parameters = "/etc/nginx/fastcgi_params";
    configuration
        .replacen("http {\n", &format!("http {{\n{temporary}"), 1)
        .replace(parameters, &server_file(parameters).display().to_string())
}
